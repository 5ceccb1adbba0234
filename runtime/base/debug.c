#include "debug.h"

#include <string.h>

#include "noroot.h"

Debug rt_debug = {.preempt = 1, .flightrec = 16384, .memprofilerate = -1};
NOROOT(rt_debug)

static int traceback_level = 1;
static bool traceback_all = true;

typedef struct DebugVar DebugVar;
struct DebugVar {
	const char *name;
	int32_t *value;
};

static const DebugVar vars[] = {
	{"schedtrace", &rt_debug.schedtrace},
	{"scheddetail", &rt_debug.scheddetail},
	{"schedstress", (int32_t *)&rt_debug.schedstress},
	{"preempt", &rt_debug.preempt},
	{"preemptstress", &rt_debug.preemptstress},
	{"gctrace", &rt_debug.gctrace},
	{"gcstress", &rt_debug.gcstress},
	{"heapcheck", &rt_debug.heapcheck},
	{"clobberfree", &rt_debug.clobberfree},
	{"flightrec", &rt_debug.flightrec},
	{"memprofilerate", &rt_debug.memprofilerate},
};

// Decimal digits; what follows them, or no digits at all, reads as 0.
static int32_t
number(const char *s)
{
	uint32_t v = 0;
	bool neg = *s == '-';

	for (s += neg; *s >= '0' && *s <= '9'; s++)
		v = v * 10 + (uint32_t)(*s - '0');
	return neg ? -(int32_t)v : (int32_t)v;
}

static void
set(const char *name, size_t n, const char *value)
{
	for (size_t i = 0; i < nelem(vars); i++)
		if (strlen(vars[i].name) == n && memcmp(vars[i].name, name, n) == 0)
			*vars[i].value = number(value);
}

static void
parse_godebug(const char *s)
{
	while (s && *s) {
		const char *eq = strchr(s, '='), *comma = strchr(s, ',');

		if (eq && (!comma || eq < comma))
			set(s, (size_t)(eq - s), eq + 1);
		s = comma ? comma + 1 : NULL;
	}
}

// Go's words, and the seed's digits. Unset: single is Go's default, but here a crash shows
// everybody, as the seed did: the window is what the program is for.
static void
parse_traceback(const char *s)
{
	static const struct {
		const char *word;
		int level;
		bool all;
	} words[] = {
		{"none", 0, false},  {"single", 1, false}, {"all", 1, true},
		{"system", 2, true}, {"crash", 2, true},
	};

	if (!s || !*s)
		return;
	for (size_t i = 0; i < nelem(words); i++)
		if (strcmp(s, words[i].word) == 0) {
			traceback_level = words[i].level;
			traceback_all = words[i].all;
			return;
		}
	traceback_level = number(s);
	traceback_all = true;
}

void
rt_parsedebug(const char *godebug, const char *traceback)
{
	parse_godebug(godebug);
	parse_traceback(traceback);
}

int
rt_gotraceback(bool *all)
{
	if (all)
		*all = traceback_all;
	return traceback_level;
}
