#ifndef CHECK_H
#define CHECK_H

// What the programs here share. A check that fails prints a line that no expectation has.

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <worldsema.h>

#define check(cond) ((cond) ? (void)0 : check_failed(__FILE__, __LINE__, #cond))
// The panic of fn(arg), or none (NULL), is this very text.
#define check_panic(fn, arg, text) check_same(__FILE__, __LINE__, go_protect(fn, arg), text)

__attribute__((unused)) static void
check_failed(const char *file, int line, const char *cond)
{
	printf("%s:%d: failed: %s\n", file, line, cond);
}

__attribute__((unused)) static void
check_same(const char *file, int line, const char *got, const char *want)
{
	if (!got && !want)
		return;
	if (!got || !want || strcmp(got, want) != 0)
		printf("%s:%d: got \"%s\", want \"%s\"\n", file, line, !got ? "nothing" : got,
		       !want ? "nothing" : want);
}

// The number for an ordinary run, or the one for a long run (npm run stress).
__attribute__((unused)) static int
many(int usual, int stress)
{
	return getenv("WORLDSEMA_STRESS") ? stress : usual;
}

// Yields until cond; no time limit of its own, the runner has one.
#define until(cond)           \
	do                    \
		go_gosched(); \
	while (!(cond))

// How many goroutines the dump shows with "[reason" ("chan" is both directions).
__attribute__((unused)) static int
count_waiting(const char *reason)
{
	static char *text;
	char mark[64];
	int n = 0;
	size_t len;

	if (!text)
		text = malloc(1 << 18);
	len = go_stack(text, (1 << 18) - 1, true);
	text[len] = 0;
	snprintf(mark, sizeof mark, " [%s", reason);
	for (const char *p = text; (p = strstr(p, mark)) != NULL; p++)
		n++;
	return n;
}

// Until n goroutines are seen to wait. Only for main, and for few goroutines.
__attribute__((unused)) static void
until_waiting(int n, const char *reason)
{
	until(count_waiting(reason) == n);
}

#endif
