#ifndef RT_EXPORT_H
#define RT_EXPORT_H

// C functions that the host starts: rt.go(name, ...args), and what channels are made of. The host
// hands over packets, as answers to the call "worldsema:accept" that a service goroutine makes
// again and again; each message of a packet becomes a goroutine.

#include "../base/base.h"
#include "../base/atomic.h"
#include "../worldsema.h"

// A packet: one block of malloc's, [Packet][message]... Whoever ends last frees it.
typedef struct Packet Packet;
struct Packet {
	uint32_t nmessages;
	AtomicU32 live;
	uint32_t unused[2];
};

// A message, and later on the call that it begins. In strings and bytes the host puts the distance
// from the beginning of the message.
struct GoCall {
	// --- the host writes these ---
	uint32_t bytes;       // to the next message; a multiple of 16
	uint32_t id;          // the host's name for the promise
	const GoExport *what; // NULL: whoever waits for id is to give up
	uint32_t nargs;
	Packet *packet; // from here on ours; the host leaves room
	bool answered;
	GoChan *cancel; // closed when the host gives up; NULL: nobody listens
	GoCall *next;   // those with a cancel
	GoValue args[];
};

// All of them; complete when main begins.
const GoExport *rt_exports(void);
// Are there any of the program's own among them?
bool rt_exports_any(void);

// The host's giving up closes call->cancel, from now on until unlisten.
MAYSWITCH void rt_host_listen(GoCall *call);
MAYSWITCH void rt_host_unlisten(GoCall *call);

// Once, at boot.
void rt_hostinit(void);

#endif
