// The program waits for words of memory itself: by emscripten_futex_wait, and by the instructions
// of WebAssembly. Goroutine code is parked, foreign code blocks, and a wake serves both.

#include "check.h"
#include <emscripten/threading.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <pthread.h>

enum { N = 20 };

static _Atomic int word, woken;
static _Atomic uint64_t wide;

static void *
by_call(void *arg)
{
	while (word == 0)
		emscripten_futex_wait(&word, 0, INFINITY);
	woken++;
	return arg;
}

static void *
by_instruction(void *arg)
{
	while (word == 0)
		__builtin_wasm_memory_atomic_wait32((int *)&word, 0, -1);
	woken++;
	return arg;
}

static void *
by_wide_instruction(void *arg)
{
	while (wide == 0)
		__builtin_wasm_memory_atomic_wait64((long long *)&wide, 0, -1);
	woken++;
	return arg;
}

// Once only: the waker's count says that it was notified, not that it looked.
static void *
once(void *arg)
{
	int *at = arg;

	check(__builtin_wasm_memory_atomic_wait32(at + 1, 7, -1) == 0);
	woken++;
	return arg;
}

typedef void *Thread(void *arg);

static void
start(pthread_t *threads, Thread *fn, void *arg)
{
	word = 0;
	woken = 0;
	for (int i = 0; i < N; i++)
		check(pthread_create(&threads[i], NULL, fn, arg) == 0);
	until_waiting(N, "futex");
}

static void
join(pthread_t *threads)
{
	for (int i = 0; i < N; i++)
		check(pthread_join(threads[i], NULL) == 0);
	check(woken == N);
}

static void
parks(void)
{
	pthread_t threads[N];
	int at[2] = {0, 7};

	start(threads, by_call, NULL);
	word = 1;
	check(emscripten_futex_wake(&word, INT_MAX) == N);
	join(threads);

	start(threads, by_instruction, NULL);
	word = 1;
	check(__builtin_wasm_memory_atomic_notify((int *)&word, 5) == 5);
	check(emscripten_futex_wake(&word, INT_MAX) == N - 5);
	join(threads);

	start(threads, by_wide_instruction, NULL);
	wide = UINT64_C(1) << 32; // the lower half has not changed
	check(__builtin_wasm_memory_atomic_notify((int *)&wide, -1) == N);
	join(threads);

	start(threads, once, at);
	check(__builtin_wasm_memory_atomic_notify(at, -1) == 0);
	check(__builtin_wasm_memory_atomic_notify(at + 1, N) == N);
	join(threads);
	printf("parked\n");
}

static void
ends(void)
{
	uint64_t big = UINT64_C(1) << 40;
	int n = 3;
	int *volatile nowhere = NULL;

	check(emscripten_futex_wait(&n, 4, INFINITY) == -EWOULDBLOCK);
	check(emscripten_futex_wait(&n, 3, 1) == -ETIMEDOUT);
	check(emscripten_futex_wait(&n, 3, 0) == -ETIMEDOUT);
	check(emscripten_futex_wait((char *)&n + 1, 3, 1) == -EINVAL);
	check(emscripten_futex_wake(&n, 1) == 0);
	check(emscripten_futex_wake(nowhere, 1) == -EINVAL);
	check(emscripten_futex_wake(&n, -1) == -EINVAL);
	check(__builtin_wasm_memory_atomic_wait32(&n, 4, -1) == 1);
	check(__builtin_wasm_memory_atomic_wait32(&n, 3, 1000) == 2);
	check(__builtin_wasm_memory_atomic_wait32(&n, 3, 0) == 2);
	check(__builtin_wasm_memory_atomic_wait64((long long *)&big, 0, -1) == 1);
	check(__builtin_wasm_memory_atomic_wait64((long long *)&big, (long long)big, 1000) == 2);
	check(__builtin_wasm_memory_atomic_notify(&n, 1) == 0);
	emscripten_thread_sleep(1);
	printf("ended\n");
}

// --- foreign code ---

static _Atomic int inside;

GO_FOREIGN(fu_call) void *fu_call(void *arg)
{
	inside++;
	while (word == 0)
		emscripten_futex_wait(&word, 0, INFINITY);
	woken++;
	return arg;
}

GO_FOREIGN(fu_instruction) void *fu_instruction(void *arg)
{
	inside++;
	while (word == 0)
		__builtin_wasm_memory_atomic_wait32((int *)&word, 0, -1);
	woken++;
	return arg;
}

// One waits in foreign code, and one in goroutine code.
static void
serves_both(Thread *foreign, Thread *own, bool instruction)
{
	pthread_t a, b;

	word = woken = inside = 0;
	check(pthread_create(&a, NULL, foreign, NULL) == 0);
	check(pthread_create(&b, NULL, own, NULL) == 0);
	until(inside == 1);
	until_waiting(1, "futex");
	word = 1;
	if (instruction)
		__builtin_wasm_memory_atomic_notify((int *)&word, -1);
	else
		emscripten_futex_wake(&word, INT_MAX);
	check(pthread_join(a, NULL) == 0 && pthread_join(b, NULL) == 0);
	check(woken == 2);
}

int
main(void)
{
	ends();
	parks();
	serves_both(fu_call, by_instruction, true);
	serves_both(fu_instruction, by_call, false);
	printf("both\n");
	return 0;
}
