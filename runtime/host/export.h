#ifndef RT_EXPORT_H
#define RT_EXPORT_H

// C functions that the host starts: for rt.go(name, ...args), and for rt.channel(name). A service
// goroutine makes the call "worldsema:accept" again and again. The host answers each with a packet.
// Each message of a packet becomes a goroutine.

#include "../base/base.h"
#include "../base/atomic.h"
#include "../worldsema.h"

// A packet: one malloc block, [Packet][message]... The call that ends last frees it.
typedef struct Packet Packet;
struct Packet {
	uint32_t nmessages;
	AtomicU32 live;
	uint32_t unused[2];
};

// A message, and later the call that it starts. As the address of strings and bytes the host writes
// their offset in the message.
struct GoCall {
	// --- the host writes these ---
	uint32_t bytes;       // to the next message; a multiple of 16
	uint32_t id;          // the host's number of the promise
	const GoExport *what; // NULL: the host gives up the call with this id
	uint32_t nargs;
	Packet *packet; // the host leaves room for this and the following
	bool answered;
	GoChan *cancel; // closed when the host gives up; NULL: the call is the program's own
	GoCall *next;   // list of calls with a cancel that is open
	GoValue args[];
};

// All exports; complete when main begins.
const GoExport *rt_exports(void);
// Has the program itself exported any?
bool rt_exports_any(void);

// Once, at boot.
void rt_hostinit(void);

#endif
