#ifndef RT_GMP_H
#define RT_GMP_H

// The three citizens and their city. G: a goroutine. M: a thread that runs goroutines (a Web
// Worker). P: the right to run, GOMAXPROCS of them; an M must hold a P to run a G.
// Each field names its owner or lock. After Go 1.4's runtime.h.

#include "../ask/words.h"
#include "atomic.h"
#include "base.h"
#include "lock.h"
#include "os_machine.h"

typedef struct Sched Sched;
typedef struct Defer Defer;
typedef struct Panic Panic;
typedef struct MCache MCache;
typedef struct TraceRing TraceRing;

// Why a goroutine waits. The words are what dumps show; the order is the table in status.c.
enum WaitReason {
	WaitNone,
	WaitChanSend,
	WaitChanSendNil,
	WaitChanReceive,
	WaitChanReceiveNil,
	WaitSelect,
	WaitSelectNoCases,
	WaitSemacquire,
	WaitSleep,
	WaitTimerIdle,
	WaitFinalizer,
	WaitNewGoroutine,
	WaitMutexLock,
	WaitRWMutexRLock,
	WaitRWMutexLock,
	WaitWaitGroup,
	WaitCond,
	WaitHostCall,
	WaitHostIdle,
	WaitPreempted,
	WaitStopped,
	WaitGCIdle,
	WaitGC,
	WaitCpuProfile,
	NWaitReason,
};

// Why an M is to come to the runtime: bits of M.preempt.
enum {
	PreemptStop = 1,   // for another goroutine, or a stop of the world
	PreemptSample = 2, // for the CPU profile, and then to go on
};

// Where a goroutine was made, filled by the go() macro at compile time.
typedef struct GoSite Site;

// A write-redirect: prints of this goroutine go here while buf is set (print.c).
typedef struct Writer Writer;
struct Writer {
	char *buf; // next byte
	size_t room;
};

struct G {
	// --- context: what the machine leaves when the goroutine does (os.h) ---
	uintptr_t sp;       // C stack pointer while not running
	uintptr_t stack_lo; // lowest byte that may be used
	uintptr_t stack_hi; // one past the highest
	uintptr_t saved;    // suspended frames [saved, saved + nsaved), innermost first
	uint32_t nsaved;    // 0: never ran, or running
	uint32_t stack_bytes;
	uintptr_t waitson; // the channel, Select or condition it waits for, by its reason; no root
	void (*fn)(void *);
	void *arg;

	MachineG machine; // the machine's own

	// --- scheduling ---
	AtomicU32 status;
	uint32_t reason;    // WaitReason, valid in Gwaiting
	uint64_t id;        // from 1, never reused
	G *schedlink;       // queue it is in; valid while in one
	M *m;               // M it runs on, while Grunning or Gsyscall
	M *lockedm;         // go_lock_os_thread
	uint32_t lockcount; // nesting of that
	M *inplace;         // it waits, and frames of it are on this M's thread: see inplace.h
	int64_t waitsince;  // about when it began to wait; 0 until somebody asks (world stopped)
	int64_t blocked;    // since when, if a profile counts this wait; else 0
	uint8_t system;     // a service goroutine: not counted, hidden below GOTRACEBACK=2
	uint8_t running;    // unwound by a stop or a preemption, not by its own wish
	uint8_t leaked;     // nobody can ever wake it, as of the last look: see look/leak.h
	uint32_t alli;      // place in allg

	// --- meeting ---
	void *param; // what the waker tells the sleeper
	// What of the host it waits for, beside WaitHostCall: NUL-terminated, at most DetailBytes.
	const char *detail;

	// --- dying ---
	Defer *defers;    // newest first
	Defer *framed;    // newest of those that lie in a frame of this stack
	Panic *panics;    // newest first
	Protect *protect; // innermost go_protect

	// --- looking ---
	Writer writer;
	const Site *site;  // where it was made; NULL unknown
	uint64_t parent;   // id of its creator
	const char *label; // go_set_label
	uint32_t *syspcs;  // frames at entry to a host call, [n, pc...]; NULL: none kept
	Panic *lastpanic;
};

// A level of go_protect (sync/panic.c). The machine owns the first two words.
struct Protect {
	uintptr_t mach[2];
	Protect *prev;
	Defer *defers; // the goroutine's newest deferred call, and
	Panic *panics; // its newest panic, when this began
	Panic *caught; // the panic that ends the level
	bool exiting;  // go_exit is on its way out
};

// What sampling for the heap profile costs an M (prof/memprof.c).
typedef struct MemPace MemPace;
struct MemPace {
	uint32_t shift;       // it samples as if the rate were so much coarser
	uint32_t n;           // samples since
	int64_t since, least; // this moment; and what the cheapest took, ns
};

struct M {
	// The machine's own. First: what the link step writes names its fields by small numbers.
	Machine machine;
	G *g0;             // the M's own stack: the scheduler runs here
	G *curg;           // goroutine that runs or is being saved
	AtomicU32 preempt; // why it is to come to the runtime at a poll: see sched/preempt.h
	void (*mcallfn)(M *,
	                G *); // what os_mcall left for; NULL: only to have the frames in memory

	TraceRing *trace; // the flight recorder's; NULL: it is off
	uint8_t leave;    // how the goroutine before left, not yet in the ring (trace/trace.h)

	P *p;     // NULL when it holds none
	P *nextp; // P handed over by whoever wakes this M
	int32_t id;
	int32_t locks; // rt_locks held; no switch while > 0
	int32_t gcing; // this M stopped the world
	int32_t dying;
	int32_t noprof; // > 0: what it allocates is not profiled
	MemPace mempace;
	AtomicU32 due; // periods of the CPU profile since its last sample
	bool spinning; // out of work, looking for it
	bool resume;   // mcallfn wants curg run again at once
	bool helpgc;   // woken to help the collector, without a P
	uint32_t rand;
	Note park;
	M *alllink;   // sched.allm, newest first
	M *schedlink; // sched.midle
	G *lockedg;
	P *syscallp;     // P it had when it entered a host call
	uint32_t *below; // frames of a goroutine in place, innermost first: [0, nbelow) of belowcap
	uint32_t nbelow, belowcap;
	uint32_t ncreate; // frames at creation
	uint32_t createstack[MaxStackRecord];
	uint32_t heldranks; // a bit for each LockRank held, RT_ASSERT builds
	void (*waitunlockf)(void *);
	void *waitlock;
	void (*startfn)(M *); // sysmon instead of the scheduler
};

enum { RunqSize = 256 };

// Numbers of service goroutines begin here.
#define ServiceIds (UINT64_C(1) << ServiceBit)

struct P {
	AtomicU32 status;
	int32_t id;
	P *link;             // sched.pidle
	M *_Atomic m;        // M that holds it; sysmon and stoppers read it any time
	AtomicU32 schedtick; // one more with every scheduling
	uint32_t sysmontick; // sysmon's copies
	int64_t sysmonwhen;

	MCache *mcache; // blocks of memory at hand

	_Alignas(CacheLine) AtomicU32 runqhead; // stealers and owner
	AtomicU32 runqtail;                     // owner only
	AtomicPtr runnext; // goroutine readied by the running one: runs next, inherits the slice
	G *runq[RunqSize];

	G *stopped; // its goroutine, while it stops in place for a stopped world
	G *gfree;   // dead goroutines with default stacks
	uint32_t ngfree;
	AtomicU32 ngcount; // goroutines made here less those that ended here; written by the owner
	uint32_t rand;
	uint64_t idcache; // next goroutine id of this P
	uint64_t idcacheend;
	AtomicU32 npreempt;
};

struct Sched {
	Lock lock;

	M *midle;             // idle Ms but one, last in first out
	int32_t nmidle;       // of these, and pollm, and one that was woken from there just now
	int32_t nmidlelocked; // Ms waiting for the goroutine that is theirs (locked, or in place)
	int32_t nmsys;        // Ms not counted by the deadlock check
	int32_t mcount;       // Ms that run, or are about to
	int32_t mlimit;       // of mcount
	int32_t maxmcount;    // that; for a while mcount, when a worker could not be started
	int64_t retry;        // until then
	int32_t nstarting;    // of mcount, those whose thread does not run yet: they hold no P
	int32_t mids;         // numbers given to Ms
	M *mspare;            // their thread could not be started, by schedlink
	AtomicPtr mfailed;    // the same, just now: for sysmon. Any thread, no lock
	AtomicPtr allm;       // newest first; only grows

	// What threads that are no M (the host's) make runnable, which may wait for no lock: see
	// rt_ready_outside. While any M is idle, one stands in pollm for them to wake; whoever
	// takes it out owns it. Set with lock held.
	AtomicPtr pollm;
	AtomicPtr outside;  // goroutines, newest first, by schedlink
	AtomicU32 answers;  // goroutines that wait for an answer of the host
	AtomicU32 hostluck; // answers that came while an M looked out for one, less the others

	P *pidle;
	AtomicU32 npidle;
	AtomicU32 nmspinning;
	AtomicU32 vain; // Ms in a row that were woken for one readied goroutine, and did not get it

	G *runqhead, *runqtail; // global queue, lock held
	AtomicU32 runqsize;

	G *gfree;         // dead goroutines, under gflock
	AtomicU32 ngfree; // read without the lock: is it worth taking?
	Lock gflock;

	AtomicU32 gcwaiting; // the world is to stop
	int32_t stopwait;    // Ps not yet stopped, lock held
	Note stopnote;
	AtomicU32 sysmonwait;
	AtomicU32 sysmonkey; // bumped to wake sysmon
	AtomicU32 ticking;   // sysmon readies and makes goroutines: a stop waits for its end

	AtomicU64 idgen;
	AtomicU32 ngcount;     // goroutines that live, less what Ps have counted
	AtomicU32 ngsys;       // of these, service goroutines
	AtomicU32 hostpending; // work that only the host can finish: not a deadlock
	AtomicU32 urgent;     // service goroutines wait to run: the next schedule looks there first
	G *urgentg;           // of them the first, by schedlink; lock held
	AtomicU32 nhelpgc;    // Ms that help the collector
	AtomicU32 collecting; // one M collects
	AtomicU32 timewaits;  // a block or mutex profile is on: G.blocked
	AtomicU64 nstw;       // stops of the world
	AtomicU32 nomoreworkers;   // times work stayed queued because every worker was taken
	AtomicU64 nblockedinplace; // times a callback from foreign code blocked its worker
	int32_t newprocs;          // GOMAXPROCS from the next start of the world; 0 unchanged
	bool mainstarted;
};

extern Sched sched;
extern _Atomic int32_t gomaxprocs;    // written in a stopped world; sysmon reads it any time
extern P *_Atomic allp[MaxProcs + 1]; // set once each, before gomaxprocs counts it

// All goroutine records, in the order of their making; a recycled one keeps its place. The
// array is read without a lock by whoever stopped the world and by counters that may be a
// little wrong. Chunks never move: allg_at(i) for i < allglen.
enum { AllgChunk = 4096, AllgChunks = 2048 };
extern G **allgchunks[AllgChunks];
extern AtomicU32 allglen;

ALWAYS_INLINE G *
allg_at(uint32_t i)
{
	return allgchunks[i / AllgChunk][i % AllgChunk];
}

#endif
