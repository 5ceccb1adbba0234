#include "debug.h"

#include <string.h>

#include "env.h"
#include "noroot.h"

Debug rt_debug = {.preempt = 1, .flightrec = 16384, .memprofilerate = -1};
NOROOT(rt_debug)

static int traceback_level = 1;
static bool traceback_all = true;

typedef struct DebugVar DebugVar;
struct DebugVar {
	const char *name;
	int32_t *value;
	int32_t least;
};

static const DebugVar vars[] = {
	{"schedtrace", &rt_debug.schedtrace, 0},
	{"scheddetail", &rt_debug.scheddetail, 0},
	{"schedstress", (int32_t *)&rt_debug.schedstress, 0},
	{"preempt", &rt_debug.preempt, 0},
	{"preemptstress", &rt_debug.preemptstress, 0},
	{"gctrace", &rt_debug.gctrace, 0},
	{"gcstress", &rt_debug.gcstress, 0},
	{"heapcheck", &rt_debug.heapcheck, 0},
	{"clobberfree", &rt_debug.clobberfree, 0},
	{"flightrec", &rt_debug.flightrec, 0},
	{"memprofilerate", &rt_debug.memprofilerate, -1},
};

// Sets one item, NAME=VALUE. An unknown name is ignored, as in Go: it may belong to another
// version.
static void
set(const char *item, const char *end, const char *all)
{
	const char *eq = memchr(item, '=', (size_t)(end - item));
	size_t n = (size_t)((eq ? eq : end) - item);
	int64_t v = 0;

	for (size_t i = 0; i < nelem(vars); i++) {
		const DebugVar *d = &vars[i];

		if (strlen(d->name) != n || memcmp(d->name, item, n) != 0)
			continue;
		if (!eq || !rt_env_number(eq + 1, end, d->least, INT32_MAX, &v))
			rt_env_fault("GODEBUG", all, "names and numbers, as gctrace=1,preempt=0");
		*d->value = (int32_t)v;
	}
}

static void
parse_godebug(const char *all)
{
	const char *end;

	for (const char *s = all; s && *s; s = *end ? end + 1 : end) {
		end = strchr(s, ',');
		end = end ? end : s + strlen(s);
		set(s, end, all);
	}
}

// Go's words, and the seed's numbers. If it is unset, Go shows a single goroutine; here a crash
// shows all, as the seed did, because to show them is the purpose of this program.
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

	int64_t level;

	if (!s || !*s)
		return;
	for (size_t i = 0; i < nelem(words); i++)
		if (strcmp(s, words[i].word) == 0) {
			traceback_level = words[i].level;
			traceback_all = words[i].all;
			return;
		}
	if (!rt_env_number(s, s + strlen(s), 0, INT32_MAX, &level))
		rt_env_fault("GOTRACEBACK", s, "none, single, all, system, crash or a number");
	traceback_level = (int)level;
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
