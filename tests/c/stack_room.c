// A stack is for the program, but for the guard, and the room for frames if it is small:
// thread-locals and errno lie elsewhere.

#include <errno.h>
#include <string.h>

#include "check.h"

static _Thread_local char own[200] = {1};

__attribute__((noinline)) static void
fill(volatile char *room, size_t n)
{
	for (size_t i = 0; i < n; i++)
		room[i] = (char)0xff;
}

// All but the guard, the frames' room, and what it takes to begin and to call.
static void
uses_all(void *unused)
{
	volatile char room[1024 - 16 - 128 - 256 - 64];

	(void)unused;
	errno = ENOENT;
	memset(own, 2, sizeof own);
	fill(room, sizeof room);
	check(errno == ENOENT && own[0] == 2 && own[sizeof own - 1] == 2);
}

int
main(void)
{
	check(errno == 0 && own[0] == 1);
	go_with_stack(uses_all, NULL, 1024);
	until(go_num_goroutine() == 1);
	check(errno == 0 && own[0] == 1);
	puts("used all of it");
	return 0;
}
