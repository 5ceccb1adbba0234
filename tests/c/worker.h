#ifndef WORKER_H
#define WORKER_H

#include <emscripten.h>

// Which worker runs the caller, as a number above 0. Each worker has JavaScript globals of its own;
// all that C knows of its thread belongs to the goroutine.
__attribute__((noinline, unused)) static int
this_worker(void)
{
	return EM_ASM_INT({
		if (!globalThis.testsWorker)
			globalThis.testsWorker = 1 + Math.floor(Math.random() * 0x7ffffffe);
		return globalThis.testsWorker;
	});
}

#endif
