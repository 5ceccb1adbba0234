#ifndef RT_HOSTCALL_H
#define RT_HOSTCALL_H

// Calls of the host. A goroutine fills a record, puts it into a list, and parks. The host's thread
// takes the list. It answers in any order, when it likes. It never waits for goroutines: it takes
// no lock and allocates nothing.
//
// The life of a record. Its place:
//	queued	  in the list
//	taken	  the host has read it and works on it
//	gone	  given up while queued: the host gives it back unread
// and its state:
//	waiting	  neither answered nor expired
//	answering the host was first: it writes the answer
//	answered  the goroutine goes on, and owns the record again
//	expired	  the time was up first: the goroutine goes on. If the host had taken the
//		  record, the record is posted once more, as HostForget. The host returns it
//		  with rt_hostcall_giveback
// Arguments lie in the caller's memory. So after reading them the host looks at the state: if that
// is no longer waiting, the bytes read may be garbage.
//
// HostOwn is a call of the runtime's own: its name may begin with "worldsema:". A name in the
// program's HostDo may not.
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
	// --- the host reads and writes these, and state ---
	HostCall *next; // the list it is in
	uint32_t taken; // op, as it was when the host took the record
	const char *name;
	const GoValue *args;
	uint32_t nargs;
	char *to; // HostFill: room for len bytes
	// The host writes the answer: a value, whose string or bytes lie in room if they fit.
	GoValue answer;
	char room[HostRoom];

	AtomicU32 state;
	AtomicU32 place;
	uint32_t op; // what it was posted for; the goroutine may write it once it is taken
	G *gp;
	int64_t ns;   // how long to wait; GO_FOREVER
	bool counted; // while it waits, the program is not in a deadlock
	Timer timer;
};

// --- for goroutines ---

// go_host_call with more options.
typedef struct HostHow HostHow;
struct HostHow {
	int64_t ns;
	const char *detail; // dumps show it instead of the name; NULL: the name
	bool uncounted;     // a service goroutine waits for something to do
	bool own;           // the name is one of the runtime's: it may begin with "worldsema:"
};
MAYSWITCH GoError *
rt_host_call(const char *name, const GoValue *args, size_t nargs, HostHow how, GoValue *result);

// --- for the host's thread ---

// The next posted record, oldest first; NULL: there is none. Skips records that were given up.
HostCall *rt_hostcall_take(void);
// True: the caller must answer: it fills in the answer and calls rt_hostcall_settle. False: too
// late.
bool rt_hostcall_claim(HostCall *c);
void rt_hostcall_settle(HostCall *c);
// The host no longer uses c, so another call may.
void rt_hostcall_giveback(HostCall *c);

#endif
