#ifndef OS_BOX_H
#define OS_BOX_H

// The mailbox between the workers and the host's thread: 32-bit words at known places
// (host/box.js reads them). The host sleeps on seq with Atomics.waitAsync; whoever has news adds
// one and notifies. Output goes through a ring: records [descriptor | length << 8][bytes, padded
// to 4], in one order for all workers.

#include "../runtime/base/atomic.h"
#include "../runtime/base/base.h"

typedef struct HostBox HostBox;
struct HostBox {
	AtomicU32 seq;
	AtomicU32 exited;
	uint32_t code;
	char *ring;
	uint32_t ringbytes;
	AtomicU32 rd; // free-running; the host stores it and notifies
	AtomicU32 wr; // free-running; writers hold the ring's lock
	AtomicU32 wanted;
	uint32_t fatal;
	const char *text;
	size_t ntext;
	const char *dump;
	size_t ndump;
	AtomicU32 started;
	AtomicU32 failed;
	AtomicU32 exiting; // ours: the first to leave
	AtomicU32 hold;    // enum HostHold
	AtomicU32 input;   // enum HostInput
	char *inputto;     // where what is read goes
	size_t inputroom;
	AtomicU32 inputgot; // bytes; 0: the end
	AtomicU32 begun;    // main begins: the constructors are through
};

// Whether the host looks at the program once more before it ends: it says so before it boots it.
enum HostHold { HoldNone, HoldWanted, HoldReached };

// Who reads stdin: the host gives it, if it has said so before it boots the program.
enum HostInput { InputNone, InputIdle, InputClaimed, InputWanted, InputGiven };

extern HostBox os_box;

#endif
