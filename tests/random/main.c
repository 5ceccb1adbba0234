// A generated program: starts the cases, waits until all have parked, and looks at them, three
// times: each goroutine at itself before it parks, go_stack at all, and then, when argv[3] says
// so, the host.
//
//	main SEED NCASES [host]

#include <stdio.h>

#include "shadow.h"

enum { StackBytes = 128 << 10, TextBytes = 8 << 20, MaxSpinners = 2, MaxForeign = 16 };

GoChan *gate;
bool open;

static int wrong, spinners;
static uint32_t seed;

// --- comparing ---

// One frame of a text: "func(...)\n\tpath/file:line[ +0x..]\n".
static const char *
frame(const char *p, const Shadow *want, bool *same)
{
	const char *paren = strchr(p, '('), *colon = strchr(p, '\n'), *file, *end;

	colon = strchr(colon + 1, ':');
	end = strchr(colon, '\n');
	for (file = colon; file[-1] != '/' && file[-1] != '\t'; file--)
		;
	*same = want && (size_t)(paren - p) == strlen(want->func) &&
	        memcmp(p, want->func, (size_t)(paren - p)) == 0 && atoi(colon + 1) == want->line &&
	        memcmp(file, want->file, (size_t)(colon - file)) == 0 &&
	        want->file[colon - file] == 0;
	return end + 1;
}

// The frames of one goroutine: exactly those of the case, innermost first.
static bool
frames(const char *p, const Case *c)
{
	int i = c->n;
	bool same = true;

	while (*p != '\n' && *p != 0 && strncmp(p, "created by ", 11) != 0) {
		p = frame(p, i > 0 ? &c->shadow[i - 1] : NULL, &same);
		if (!same)
			return false;
		i--;
	}
	return i == 0;
}

static void
tell(const char *who, const char *text, const Case *c)
{
	const char *end = strstr(text, "\n\n");

	if (++wrong > 3)
		return;
	printf("%s: goroutine %llu\n--- dump\n%.*s\n--- shadow\n", who, (unsigned long long)c->id,
	       !end ? (int)strlen(text) : (int)(end - text), text);
	for (int i = c->n - 1; i >= 0; i--)
		printf("%s %s:%d\n", c->shadow[i].func, c->shadow[i].file, c->shadow[i].line);
}

// Compares a dump of everybody with the shadows. False: somebody was still on its way to park.
static bool
compare(const Case *cases, int ncases)
{
	static char text[TextBytes];
	int seen = 0;
	size_t n = go_stack(text, sizeof text - 1, true);

	text[n] = 0;
	for (const char *p = text; p; p = strstr(p, "\n\n")) {
		const Case *c = cases, *end = cases + ncases;
		unsigned long long id;

		p += strspn(p, "\n");
		if (sscanf(p, "goroutine %llu", &id) != 1)
			break;
		while (c < end && c->id != id)
			c++;
		if (c == end)
			continue;
		seen++;
		if (!c->spins && strncmp(strchr(p, '['), "[run", 4) == 0)
			return false;
		if (!frames(strchr(p, '\n') + 1, c))
			tell("go_stack of all", p, c);
	}
	if (seen != ncases)
		printf("%d of %d goroutines are in the dump\n", seen, ncases), wrong++;
	return true;
}

// --- at the bottom of each path ---

void
look_at_self(const Case *c, const char *text)
{
	static GoMutex mu;

	if (frames(strchr(text, '\n') + 1, c))
		return;
	go_mutex_lock(&mu);
	tell("go_stack of itself", text, c);
	go_mutex_unlock(&mu);
}

static void
run(void *arg)
{
	Case *c = arg;

	c->id = go_id();
	ENTER;
	c->sum += AT(table[next(c) % (uint32_t)ntable](c, (int)(next(c) % 100)));
	LEAVE;
	if (c->n != 0)
		printf("%d frames too many\n", c->n), wrong++;
}

int
main(int argc, char **argv)
{
	int ncases = argc > 2 ? atoi(argv[2]) : 100, left;
	Case *cases = calloc((size_t)ncases, sizeof *cases);

	seed = argc > 1 ? (uint32_t)atoi(argv[1]) : 1;
	gate = go_chan_make(0, 0);
	for (int i = 0; i < ncases; i++) {
		Case *c = &cases[i];

		c->random = (seed * 2654435761u + (uint32_t)i * 40503u) | 1;
		for (int k = 0; k < 5; k++)
			next(c);
		c->left = (int)(next(c) % 40);
		c->foreign = i < MaxForeign;
		c->spins = next(c) % 50 == 0 && spinners++ < MaxSpinners;
		go_with_stack(run, c, StackBytes);
	}
	// All are there when nobody is runnable but who spins.
	do {
		go_gosched();
		left = 0;
		for (int i = 0; i < ncases; i++)
			left += !__atomic_load_n(&cases[i].parked, __ATOMIC_SEQ_CST);
	} while (left > 0);
	for (int i = 0; i < 3; i++)
		while (!compare(cases, ncases)) // parked is set a moment before
			go_gosched();
	printf("%d cases, %d wrong\n", ncases, wrong);
	if (argc > 3) {
		for (int i = 0; i < ncases; i++) {
			printf("case %llu", (unsigned long long)cases[i].id);
			for (int k = cases[i].n - 1; k >= 0; k--)
				printf(" %s:%s:%d", cases[i].shadow[k].func,
				       cases[i].shadow[k].file, cases[i].shadow[k].line);
			printf("\n");
		}
		printf("look\n");
		fflush(stdout);
		for (;;)
			go_sleep(GO_SECOND);
	}
	__atomic_store_n(&open, true, __ATOMIC_SEQ_CST);
	go_chan_close(gate);
	while (go_num_goroutine() > 1)
		go_gosched();
	printf("all returned, %d wrong\n", wrong);
	return wrong > 0;
}
