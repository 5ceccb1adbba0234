// procs: 1 2 8
// stderr: other 1999
// While one goroutine's prints are redirected, those of another one still reach stderr, and none
// of them lands in the buffer.

#include "../../runtime/base/gmp.h"
#include "../../wasm/os_self.h"
#include "../../runtime/base/print.h"
#include "check.h"

static bool finished;

static void
other(void *unused)
{
	(void)unused;
	for (int i = 0; i < 2000; i++) {
		rt_printf("other %d\n", i);
		if (i % 10 == 0)
			go_gosched();
	}
	__atomic_store_n(&finished, true, __ATOMIC_SEQ_CST);
}

int
main(void)
{
	static char buf[1 << 16];
	G *gp = rt_g();
	bool started = false;

	do {
		gp->writer.buf = buf;
		gp->writer.room = sizeof buf;
		if (!started)
			go(other, NULL);
		started = true;
		for (int i = 0; i < 1000; i++) {
			rt_printf("mine %d\n", i);
			if (i % 100 == 0)
				go_gosched(); // it is kept over a switch
		}
		check(gp->writer.room == sizeof buf - 8890);
		gp->writer.buf = NULL;
		for (char *p = buf, want[20]; p < buf + 8890; p += strlen(want)) {
			snprintf(want, sizeof want, "mine %d\n",
			         (int)(p - buf) == 0 ? 0 : atoi(p + 5));
			check(strncmp(p, want, strlen(want)) == 0);
		}
	} while (!__atomic_load_n(&finished, __ATOMIC_SEQ_CST));
	puts("apart");
	return 0;
}
