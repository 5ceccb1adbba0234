#include <emscripten/threading.h>
#include <math.h>
#include <wasi/api.h>

#include "../runtime/base/os.h"
#include "../runtime/base/self.h"
#include "box.h"

// Standard input, if the host provides it: a reading goroutine waits in place, without a P, until
// there is input. Emscripten's own function asks the page's thread, which cannot wait, and reports
// an error.

// The linker (--wrap) makes libc call the second function instead of the first.
__wasi_errno_t
__real___wasi_fd_read(__wasi_fd_t fd, const __wasi_iovec_t *iovs, size_t n, __wasi_size_t *done);
__wasi_errno_t
__wrap___wasi_fd_read(__wasi_fd_t fd, const __wasi_iovec_t *iovs, size_t n, __wasi_size_t *done);
size_t
rt_js_input(char *to, size_t room); // with one thread: the host gives what it has; 0: the end
bool rt_js_is_stdin(void);          // false: the program has another file at descriptor 0

// Waits until no other thread reads. False: the host provides no input.
static bool
claim(void)
{
	for (;;) {
		uint32_t state = load_acq(&os_box.input);

		if (state == InputNone)
			return false;
		if (state == InputIdle && cas_acqrel(&os_box.input, InputIdle, InputClaimed))
			return true;
		if (state != InputIdle)
			emscripten_futex_wait(&os_box.input, state, INFINITY);
	}
}

static size_t
ask(char *to, size_t room)
{
	size_t got;

	os_flush(); // shows a prompt
	if (os_alone()) {
		os_drain();
		return rt_js_input(to, room);
	}
	os_box.input_to = to;
	os_box.input_room = room;
	store_seq(&os_box.input, InputWanted);
	os_news();
	while (load_acq(&os_box.input) != InputGiven)
		emscripten_futex_wait(&os_box.input, InputWanted, INFINITY);
	got = load_acq(&os_box.input_got);
	store_seq(&os_box.input, InputIdle);
	os_futexwakeup(&os_box.input, UINT32_MAX);
	return got;
}

__wasi_errno_t
__wrap___wasi_fd_read(__wasi_fd_t fd, const __wasi_iovec_t *iovs, size_t n, __wasi_size_t *done)
{
	if (fd != 0 || !rt_m() || load_acq(&os_box.input) == InputNone || !rt_js_is_stdin() ||
	    (!os_alone() && !claim()))
		return __real___wasi_fd_read(fd, iovs, n, done);
	for (; n > 1 && iovs->buf_len == 0; n--) // libc puts an empty buffer first
		iovs++;
	*done = n > 0 ? ask((char *)iovs->buf, iovs->buf_len) : 0;
	return 0;
}
