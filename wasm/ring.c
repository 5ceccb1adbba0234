#include <emscripten/threading.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <wasi/api.h>

#include "../runtime/base/lock.h"
#include "../runtime/base/noroot.h"
#include "../runtime/base/os.h"
#include "../runtime/base/self.h"
#include "box.h"

// The program's output. A worker never returns to its event loop, and must not wait for the host's
// event loop at every line. So bytes go into a ring in shared memory. A writer waits only when the
// ring is full because nobody reads; then it gives up its P (blocking.c). libc's fd_write for
// descriptors 1 and 2 also ends here.

enum { RingBytes = 256 << 10, MaxRecord = 32 << 10 };

static char ring[RingBytes];
NOROOT(ring)
static AtomicU32 lock; // for writers: 0 free, 1 held, 2 held and a writer sleeps

HostBox os_box = {.ring = ring, .ring_bytes = RingBytes};
NOROOT(os_box)

void
os_news(void)
{
	add_seq(&os_box.seq, 1);
	os_futexwakeup(&os_box.seq, UINT32_MAX);
}

void rt_js_drain(void);

void
os_drain(void)
{
	if (load_seq(&os_box.rd) != load_seq(&os_box.wr))
		rt_js_drain();
}

// No rt_lock: dying Ms also write, and so does the page's thread, which may not sleep.
static void
ring_lock(void)
{
	uint32_t want = 1;

	while (!cas_acqrel(&lock, 0, want)) {
		if (!rt_m()) {
			os_pause(100);
			continue;
		}
		want = 2;
		if (swap_acqrel(&lock, 2) == 0)
			return;
		emscripten_futex_wait(&lock, 2, INFINITY);
	}
}

static void
ring_unlock(void)
{
	if (swap_acqrel(&lock, 0) == 2)
		os_futexwakeup(&lock, 1);
}

static void
copy_in(uint32_t at, const char *p, uint32_t n)
{
	uint32_t off = at % RingBytes, first = RingBytes - off < n ? RingBytes - off : n;

	memcpy(ring + off, p, first);
	memcpy(ring, p + first, n - first);
}

// False when the ring is full and this thread may not wait.
static bool
wait_for_room(uint32_t need)
{
	for (;;) {
		uint32_t rd = load_seq(&os_box.rd);

		if (RingBytes - (load_relaxed(&os_box.wr) - rd) >= need)
			return true;
		if (os_alone())
			os_drain();
		else if (!rt_m())
			return false;
		else {
			os_news();
			emscripten_futex_wait(&os_box.rd, rd, 100);
		}
	}
}

static void
put(int fd, const char *p, uint32_t n)
{
	uint32_t wr, head = (uint32_t)fd | n << RingFdBits;

	ring_lock();
	if (wait_for_room(4 + (uint32_t)round_up(n, 4))) {
		wr = load_relaxed(&os_box.wr);
		copy_in(wr, (char *)&head, 4);
		copy_in(wr + 4, p, n);
		store_seq(&os_box.wr, wr + 4 + (uint32_t)round_up(n, 4));
	}
	ring_unlock();
}

void
os_write(int fd, const void *p, size_t n)
{
	const char *from = p;

	for (; n > MaxRecord; n -= MaxRecord, from += MaxRecord)
		put(fd, from, MaxRecord);
	if (n > 0)
		put(fd, from, (uint32_t)n);
	os_news();
}

// libc's writes. Other descriptors are files, which the host's thread keeps (Emscripten's FS).
__wasi_errno_t
rt_js_fd_write(__wasi_fd_t fd, const __wasi_ciovec_t *iovs, size_t n, __wasi_size_t *done);

__wasi_errno_t
__wasi_fd_write(__wasi_fd_t fd, const __wasi_ciovec_t *iovs, size_t n, __wasi_size_t *done)
{
	size_t total = 0;

	if (fd != 1 && fd != 2)
		return rt_js_fd_write(fd, iovs, n, done);
	for (size_t i = 0; i < n; i++) {
		os_write((int)fd, iovs[i].buf, iovs[i].buf_len);
		total += iovs[i].buf_len;
	}
	*done = total;
	return 0;
}

int __real_isatty(int fd);
int __wrap_isatty(int fd);

// Emscripten says that all three are terminals. The host knows.
int
__wrap_isatty(int fd)
{
	if (fd < 0 || fd > 2)
		return __real_isatty(fd);
	if (os_box.terminals >> fd & 1)
		return 1;
	errno = ENOTTY;
	return 0;
}
