#include "texts.h"

#include <string.h>

#include "../base/lock.h"
#include "../base/os.h"

typedef struct Text Text;
struct Text {
	char bytes[TextBytes];
};

static const char *const own[TextLabels] = {
	[TextLost] = "lost profile data",
	[TextIdle] = "runtime.idle",
	[TextScheduler] = "runtime.scheduler",
	[TextCollector] = "runtime.gc",
};

static Lock lock = LOCK_INIT(RankProf);
static AtomicPtr labels; // Text[MaxTexts], open hashing; an entry never changes

static uint32_t
hash(const char *s, size_t n)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < n; i++)
		h = (h ^ (uint8_t)s[i]) * 16777619u;
	return h;
}

static uint32_t
intern_locked(const char *label, size_t n)
{
	Text *table = (Text *)loadp_acq(&labels);
	uint32_t at = hash(label, n);

	for (uint32_t i = 0; table && i < MaxTexts; i++) {
		char *have = table[(at + i) % MaxTexts].bytes;

		if (!have[0])
			memcpy(have, label, n);
		if (strncmp(have, label, n) == 0 && !have[n])
			return PC_TEXT | (TextLabels + (at + i) % MaxTexts);
	}
	return 0;
}

uint32_t
rt_label_pc(const char *label)
{
	size_t n = strnlen(label, TextBytes - 1);
	uint32_t pc;

	if (n == 0)
		return 0;
	rt_lock(&lock);
	if (!loadp_acq(&labels))
		storep_rel(&labels, (uintptr_t)os_alloc(MaxTexts * sizeof(Text)));
	pc = intern_locked(label, n);
	rt_unlock(&lock);
	return pc;
}

const char *
rt_text_of(uint32_t pc)
{
	const Text *table = (const Text *)loadp_acq(&labels);
	uint32_t i = pc & ~PC_TEXT;

	if (i < TextLabels)
		return own[i];
	return table && i - TextLabels < MaxTexts ? table[i - TextLabels].bytes : "";
}
