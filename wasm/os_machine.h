#ifndef OS_MACHINE_H
#define OS_MACHINE_H

// What this machine keeps of an M and of a goroutine: see ctx.c. The link step writes code that
// reads and writes some of the fields; scripts/layout.mjs gives it their offsets.

#include <stdbool.h>
#include <stdint.h>

typedef struct Machine Machine;
struct Machine {
	_Alignas(16) uint64_t result[2]; // return value of the frame that ended last
	uintptr_t home;                  // place of the frame resumed last: it is saved there again
	uint32_t switching;              // 1 between the start of an unwind and its end
	char *kept;      // [buf, kept): copies of frames, only for collectors to see
	uint32_t hidden; // runs of goroutine frames on this thread that are not in memory
	// The link step does not use the fields below.
	uintptr_t threw; // what the landing site that is resumed finds in __THREW__; or 0
	bool left; // the goroutine in place left from a callback: its topmost frames are saved
	uintptr_t asy[2];    // Asyncify's data record: next byte, end
	char *buf, *buf_end; // unwind buffer
	char *syskept;       // value of kept at entry to a host call
	uintptr_t borrowed;  // the goroutine's stack pointer while libc runs on the M's stack; or 0
	void *stack;         // the thread's
	uintptr_t stack_end; // lowest address of the M's own stack
	uintptr_t tls;       // the worker's own thread-locals
};

// Suspended frames lie in [frames_end - nframes, frames_end). While the goroutine runs, the frames
// that wait there for their turn do too.
typedef struct MachineG MachineG;
struct MachineG {
	uintptr_t frames_end;
	uint32_t nframes, frames_room;
	void *ext;     // newest block for frames that do not fit above the stack; or NULL
	void *thread;  // its record as a thread of the C library (thread.c); or NULL
	uintptr_t tls; // its thread-locals; 0: none yet
	uint32_t site; // number of the call that makes a thread; 0: none (thread.c)
};

#endif
