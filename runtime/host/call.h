#ifndef RT_HOSTCALL_H
#define RT_HOSTCALL_H

// Calls of the host. A goroutine fills a record, which goes into a list that the host's thread
// takes, and parks. The host answers when it likes, in any order, and never waits for us: it takes
// no lock and allocates nothing.
//
// The life of a record. Its place:
//	queued	  in the list of what was posted
//	taken	  the host has read it and is at it
//	gone	  given up while queued: the host takes it out, and gives it back unread
// and its state:
//	waiting	  nobody has decided anything
//	answering the host was first: it writes the answer
//	answered  the goroutine goes on, and the record is its own again
//	expired	  the time was up first: the goroutine goes on. If the host has taken the
//		  record, it gets the record once more, as HostForget. Then, or unread, the
//		  record comes back by rt_hostcall_giveback
// Arguments lie where the caller has them. So whoever reads them looks at the state afterwards: if
// it is not waiting any more, what was read may be anything.
//
// HostOwn is a call of the runtime's own, whose name may begin with "worldsema:"; the program's
// HostDo may not.
//
// An answer of more than HostRoom bytes stays with the host. The goroutine makes room for its len
// bytes, and asks for them with the same record, as HostFill.

#include "../ask/words.h"
#include "../base/base.h"
#include "../sync/timer.h"
#include "../worldsema.h"

enum HostPlace { HostQueued, HostTaken, HostGone };

enum {
	HostError = GO_BYTES + 1, // a kind of answer: name, message and code, each with its NUL
};

typedef struct HostCall HostCall;
struct HostCall {
	// --- the host reads and writes these; so it does state ---
	HostCall *next; // the list it is in
	uint32_t taken; // op, as it was when the host took the record
	const char *name;
	const GoValue *args;
	uint32_t nargs;
	char *to; // HostFill: room for len bytes
	// The answer: a value, whose string or bytes lie in room, if they fit. The host writes it.
	GoValue answer;
	char room[HostRoom];

	AtomicU32 state;
	AtomicU32 place;
	uint32_t op; // what it was posted for; the goroutine's again once it is taken
	G *gp;
	int64_t ns;   // how long to wait; GO_FOREVER
	bool counted; // it keeps the program from being a deadlock
	Timer timer;
};

// --- for goroutines ---

// go_host_call with more: detail is what dumps show instead of the name, NULL for the name;
// uncounted: a service goroutine that waits for something to do; own: it may begin with
// "worldsema:".
typedef struct HostHow HostHow;
struct HostHow {
	int64_t ns;
	const char *detail;
	bool uncounted;
	bool own; // the name is one of the runtime's
};
MAYSWITCH GoError *
rt_host_call(const char *name, const GoValue *args, size_t nargs, HostHow how, GoValue *result);

// --- for the host's thread ---

// What was posted, oldest first, one after the other; NULL: nothing more. What has been given up in
// the meantime is passed over.
HostCall *rt_hostcall_take(void);
// True: it is the caller's to answer, by filling in the answer and rt_hostcall_settle. False: too
// late.
bool rt_hostcall_claim(HostCall *c);
void rt_hostcall_settle(HostCall *c);
// The host has forgotten it.
void rt_hostcall_giveback(HostCall *c);

#endif
