#ifndef OS_MACHINE_H
#define OS_MACHINE_H

// What this machine keeps of an M and of a goroutine: see ctx.c. The link step writes code that
// reads and writes some of it; scripts/layout.mjs tells it where they lie.

#include <stdbool.h>
#include <stdint.h>

typedef struct Machine Machine;
struct Machine {
	_Alignas(16) uint64_t result[2]; // what the frame returned that ended last
	uintptr_t home;     // where the frame that was resumed last lies, and is saved again
	uint32_t switching; // 1 between the start of an unwind and its end
	char *kept;         // the end of those frames in buf that are only there to be seen
	uint32_t hidden;    // runs of goroutine frames on this thread, less those in memory
	uintptr_t invoked;  // what a call through JavaScript is to call (setjmp, exceptions)
	// The link step knows none of these.
	bool left; // the goroutine in place left from a callback: its topmost frames are saved
	uintptr_t asy[2];    // Asyncify's data record: next byte, end
	char *buf, *buf_end; // unwind buffer
	char *syskept;       // what kept was at entry to a host call
	uintptr_t borrowed;  // while libc runs on this stack: the goroutine's stack pointer
	void *stack;         // the thread's
};

// Suspended frames lie in [frames_end - nframes, frames_end), those that wait while the goroutine
// runs too.
typedef struct MachineG MachineG;
struct MachineG {
	uintptr_t frames_end;
	uint32_t nframes, frames_room;
	void *ext; // what they lie in, if not in the stack
};

#endif
