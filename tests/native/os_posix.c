// base/os.h over POSIX threads and Linux futexes: the second machine under the runtime, for
// sanitizers and debuggers. Test equipment, not a product: there is no host and no link step, so
// loops are not polled (a program may call rt_safepoint itself) and stacks have no names.

#define _GNU_SOURCE
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "../../runtime/base/os.h"
#include "../../runtime/base/self.h"
#include "ctx.h"
#include "os_mem.h"

int program_main(int argc, char **argv); // the program's main, renamed by the build

static int argc;
static char **argv;

int64_t
os_nanotime(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int64_t
os_hosttime(int64_t ns)
{
	return ns;
}

void
os_futexsleep(AtomicU32 *addr, uint32_t val, int64_t ns)
{
	struct timespec t = {.tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000};

	syscall(SYS_futex, addr, FUTEX_WAIT_PRIVATE, val, ns < 0 ? NULL : &t, NULL, 0);
}

void
os_futexwakeup(AtomicU32 *addr, uint32_t n)
{
	syscall(SYS_futex, addr, FUTEX_WAKE_PRIVATE, n > INT32_MAX ? INT32_MAX : n, NULL, NULL, 0);
}

void
os_pause(uint32_t n)
{
	while (n-- > 0)
		__asm__ volatile("" ::: "memory");
}

void *
os_alloc(size_t n)
{
	void *p;

	n = round_up(n, CacheLine);
	p = aligned_alloc(CacheLine, n);
	return !p ? NULL : memset(p, 0, n);
}

enum { SpaceShift = 32 };

uintptr_t os_space;
size_t os_pages_limit = (size_t)1 << SpaceShift;

static pthread_once_t reserved = PTHREAD_ONCE_INIT;
static AtomicPtr taken;

static void
reserve(void)
{
	void *p = mmap(NULL, (size_t)1 << SpaceShift, PROT_READ | PROT_WRITE,
	               MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED) {
		perror("mmap");
		_exit(99);
	}
	os_space = (uintptr_t)p;
}

void *
os_pages(size_t n)
{
	uintptr_t old;

	pthread_once(&reserved, reserve);
	do {
		old = loadp_acq(&taken);
		if (n > os_pages_limit || old > os_pages_limit - n)
			return NULL;
	} while (!casp_acqrel(&taken, old, old + n));
	return (void *)(os_space + old);
}

extern char __data_start, _end;

size_t
os_roots(OsRange *r, size_t max)
{
	(void)max;
	r[0] = (OsRange){(uintptr_t)&__data_start, (uintptr_t)&_end};
	return 1;
}

uint64_t
os_memory(void)
{
	return loadp_acq(&taken) + ((uint64_t)64 << 20); // malloc does not tell
}

uint64_t
os_maxmemory(void)
{
	return os_pages_limit + ((uint64_t)64 << 20);
}

void
os_nomemory(void)
{
	errno = ENOMEM;
}

int
os_ncpu(void)
{
	return (int)sysconf(_SC_NPROCESSORS_ONLN);
}

uint64_t
os_random(void)
{
	uint64_t v = 0;

	if (getrandom(&v, sizeof v, 0) != sizeof v)
		v = (uint64_t)os_nanotime();
	return v;
}

size_t
os_stack(uint32_t *locs, size_t max)
{
	(void)locs;
	(void)max;
	return 0;
}

size_t
os_stack_top(uint32_t *locs, size_t max)
{
	return os_stack(locs, max);
}

// --- threads ---

static void *
body(void *mp)
{
	rt_mstart(mp);
	return NULL;
}

AtomicU32 os_nothreads; // none can be started for now, but for the two that a program begins with

bool
os_newthread(M *mp)
{
	pthread_t thread;

	// A third one may run main before the second is started.
	if ((load_seq(&os_nothreads) && mp->id > 1) || pthread_create(&thread, NULL, body, mp) != 0)
		return false;
	pthread_detach(thread);
	return true;
}

void
os_minit(M *mp)
{
	os_ctx_minit(mp);
	rt_set_m(mp);
	rt_set_g(mp->g0);
}

// --- the host: who plays it sleeps on this word (host.c) ---

AtomicU32 os_newscount;

void
os_news(void)
{
	add_seq(&os_newscount, 1);
	os_futexwakeup(&os_newscount, UINT32_MAX);
}

// --- the ends ---

void
os_write(int fd, const void *p, size_t n)
{
	const char *from = p;
	ssize_t done;

	for (; n > 0; n -= (size_t)done, from += done)
		if ((done = write(fd, from, n)) <= 0)
			return;
}

void
os_drain(void)
{
}

void
os_flush(void)
{
	fflush(NULL);
}

NORETURN void
os_exit(int code)
{
	_exit(code);
}

NORETURN void
os_fatal(int kind, const char *text, size_t ntext, const char *dump, size_t ndump, int code)
{
	(void)kind;
	(void)text;
	(void)ntext;
	(void)dump;
	(void)ndump;
	_exit(code);
}

NORETURN void
rt_exit(int code)
{
	fflush(NULL);
	_exit(code);
}

MAYSWITCH int
os_main(void)
{
	return program_main(argc, argv);
}

int
main(int n, char **args)
{
	argc = n;
	argv = args;
	rt_boot();
	rt_ask_init();
	rt_start();
	for (;;)
		pause();
}
