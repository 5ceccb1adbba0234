#ifndef RT_GMP_H
#define RT_GMP_H

// The scheduler's records. G: a goroutine. M: a thread that runs goroutines (a Web Worker). P: the
// right to run a G; there are GOMAXPROCS of them, and an M must hold one to run a G. Sched: what
// they share. After Go 1.4's runtime.h.

#include "../ask/words.h"
#include "atomic.h"
#include "base.h"
#include "lock.h"
#include "os_machine.h"

typedef struct Sched Sched;
typedef struct Defer Defer;
typedef struct Panic Panic;
typedef struct MCache MCache;

// Why a goroutine waits. The texts that dumps show are in status.c, in the same order.
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
	WaitThreadMutex, // of pthreads, as the following
	WaitThreadRead,
	WaitThreadWrite,
	WaitThreadCond,
	WaitThreadJoin,
	WaitThreadWord, // barriers, once
	NWaitReason,
};

// Why a goroutine must enter the runtime at its next poll: bits of M.preempt.
enum {
	PreemptStop = 1,   // to let another goroutine run, or for a stop of the world
	PreemptSample = 2, // to be sampled for the CPU profile; then it goes on
};

// Where a goroutine was made. The go() macro fills it at compile time.
typedef struct GoSite Site;

// While buf is set, prints of this goroutine go there (print.c).
typedef struct Writer Writer;
struct Writer {
	char *buf; // next byte
	size_t room;
};

struct G {
	// --- context: what the machine saves when the goroutine leaves (os.h) ---
	uintptr_t sp;         // C stack pointer while not running
	uintptr_t stack_lo;   // lowest byte that may be used
	uintptr_t stack_hi;   // one past the highest
	uintptr_t saved;      // suspended frames [saved, saved + nsaved), innermost first
	uint32_t nsaved;      // 0: never ran, or running
	uint32_t stack_bytes; // its size: see sched/stack.h
	uintptr_t waitson; // channel, Select or condition it waits for; reason tells which; no root
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
	M *inplace;         // the M whose thread has its frames while it waits: see inplace.h
	int64_t waitsince;  // about when it began to wait; 0 until somebody asks (world stopped)
	int64_t blocked;    // start of a wait that a profile counts; else 0
	uint8_t system;     // a service goroutine: not counted, hidden below GOTRACEBACK=2
	uint8_t running;    // unwound by a stop or a preemption, not by its own wish
	uint8_t leaked;     // the last check found that nobody can ever wake it: see look/leak.h
	uint32_t alli;      // place in allg

	// --- meeting ---
	void *param; // from the waker to the sleeper
	// With WaitHostCall: what it waits for. NUL-terminated, at most DetailBytes.
	const char *detail;

	// --- dying ---
	Defer *defers;    // newest first
	Defer *framed;    // newest Defer that belongs to a frame
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

// The frames that an exception has left behind, innermost first, down to where it landed last.
enum { CutMost = 30 };
typedef struct Cut Cut;
struct Cut {
	uint32_t n, pcs[CutMost];
	uint32_t landed; // the pc of the frame where it landed last; the last of pcs if it fits
	uint32_t below;  // bytes of the frames further out than that one; UINT32_MAX: none landed
};

// What leaves frames behind on its way out: a panic or go_exit, a C++ exception, or a longjmp.
struct Leaving {
	// Goes on behind a level of go_protect. NULL: a panic or go_exit, which ends there.
	void (*on)(Leaving *l);
	uintptr_t threw; // what the code that lands is told: 1, or longjmp's jmp_buf
	void *what;      // the exception, or longjmp's value
	Cut *cut;        // of an exception
	uint8_t lands;   // where: enum Lands
	bool stuck;      // nothing lands above the frames of foreign code
};

// A level of go_protect (sync/panic.c). The machine owns the first two words.
struct Protect {
	uintptr_t mach[2];
	Protect *prev;
	Defer *defers;   // the goroutine's newest deferred call when this level began
	Panic *panics;   // the goroutine's newest panic when this level began
	Panic *caught;   // the panic that ends the level
	bool exiting;    // go_exit is on its way out
	Leaving passing; // what ends the level and goes on behind it, if it has `on`
};

// How an M limits what sampling for the heap profile costs it (prof/memprof.c).
typedef struct MemPace MemPace;
struct MemPace {
	uint32_t shift;       // it samples as if the rate were coarser by 2^shift
	uint32_t n;           // samples since the time since
	int64_t since, least; // least: ns that the cheapest of these samples took
};

// An M's ring of the flight recorder (trace/trace.h).
typedef struct TraceRing TraceRing;
struct TraceRing {
	AtomicPtr at;                // the next word; NULL: the recorder is off
	AtomicPtr due;               // the next word must be a context if at has reached this
	uint64_t lap, run;           // lap: its bits in a word; run: these and kind TraceRun
	AtomicU64 *words;            // of the ring
	uint32_t mask, shift, every; // every: words after which a context is due, less 1
	AtomicU32 before; // words before this lap, modulo 2^32; odd while a new one begins
};

struct M {
	// The machine's own. It is first so that code of the link step reaches it by small offsets.
	Machine machine;
	G *g0;             // the M's own stack: the scheduler runs here
	G *curg;           // goroutine that runs or is being saved
	AtomicU32 preempt; // why curg must enter the runtime at a poll: see sched/preempt.h
	void (*mcallfn)(M *,
	                G *); // runs after the unwind; NULL: the unwind only saves the frames

	TraceRing trace;
	uint64_t leave; // how the last goroutine left, as in a word, if not yet in the ring

	P *p;     // NULL when it holds none
	P *nextp; // P handed over by whoever wakes this M
	int32_t id;
	int32_t locks; // rt_locks held; no switch while > 0
	int32_t gcing; // this M stopped the world
	int32_t dying;
	int32_t noprof; // > 0: its allocations are not profiled
	MemPace mempace;
	AtomicU32 due; // periods of the CPU profile since its last sample
	bool spinning; // out of work, looking for it
	bool resume;   // mcallfn wants curg run again at once
	bool helpgc;   // woken to help the collector, without a P
	bool started;  // its loop has begun
	bool onstack;  // with one thread: the M runs, or waits in place (sched/alone.h)
	bool away;     // with one thread: the M is idle, and returns instead of sleeping
	uint32_t rand;
	Note park;
	M *alllink;   // sched.allm, newest first
	M *schedlink; // sched.midle
	G *lockedg;
	P *syscallp;     // P it had when it entered a host call
	uint32_t *below; // pcs of a goroutine in place, innermost first: [0, nbelow) of belowcap
	uint32_t nbelow, belowcap;
	bool partial;      // the engine has not given all of them, or no lines
	AtomicU32 ncreate; // frames at creation; set when createstack is filled
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
	AtomicU32 schedtick; // counts time slices
	uint32_t sysmontick; // schedtick when sysmon last looked
	int64_t sysmonwhen;  // when sysmon first saw that value

	MCache *mcache; // blocks of memory at hand

	_Alignas(CacheLine) AtomicU32 runqhead; // stealers and owner
	AtomicU32 runqtail;                     // owner only
	AtomicPtr runnext; // goroutine readied by the running one: runs next, inherits the slice
	G *runq[RunqSize];

	G *stopped; // its goroutine, while that stops in place for a stopped world
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

	M *midle;             // idle Ms without pollm, last in first out
	int32_t nmidle;       // idle Ms, with pollm and an M just woken from pollm
	int32_t nmidlelocked; // Ms that wait for their own goroutine (locked, or in place)
	int32_t nmsys;        // Ms not counted by the deadlock check
	int32_t mcount;       // Ms that run, or are about to
	int32_t mlimit;       // the highest mcount allowed
	int32_t maxmcount;    // the limit now: lower for a while after a worker could not start
	int64_t retry;        // when maxmcount becomes mlimit again
	int32_t nstarting;    // Ms in mcount whose thread does not run yet: they hold no P
	int32_t mids;         // numbers given to Ms
	M *mspare;            // Ms whose thread could not be started, by schedlink
	AtomicPtr mfailed;    // such Ms that sysmon has not seen yet. Any thread, no lock
	AtomicPtr allm;       // newest first; only grows

	// For threads that are no M (the host's): they make goroutines runnable, but may wait for
	// no lock. See rt_ready_outside. While Ms are idle, one of them stands in pollm, so that
	// such a thread can wake it. Whoever takes it out owns it. Set with lock held.
	AtomicPtr pollm;
	AtomicPtr outside;  // goroutines, newest first, by schedlink
	AtomicU32 answers;  // goroutines that wait for an answer of the host
	AtomicU32 hostluck; // high: lately answers came while an M looked out for one

	P *pidle;
	AtomicU32 npidle;
	AtomicU32 nmspinning;
	AtomicU32 vain; // Ms in a row that were woken for one readied goroutine and did not get it

	G *runqhead, *runqtail; // global queue, lock held
	AtomicU32 runqsize;

	G *gfree;         // dead goroutines, under gflock
	AtomicU32 ngfree; // read without the lock: is it worth taking?
	Lock gflock;

	AtomicU32 gcwaiting; // a stop of the world is wanted
	int32_t stopwait;    // Ps not yet stopped, lock held
	Note stopnote;
	AtomicU32 sysmonwait;
	AtomicU32 sysmonkey; // bumped to wake sysmon
	AtomicU32 wanted;    // goroutines that are to come to a poll, whether others wait or not
	AtomicU32 ticking;   // sysmon readies and makes goroutines: a stop waits for its end

	AtomicU64 idgen;
	AtomicU32 ngcount;         // live goroutines less the sum of P.ngcount
	AtomicU32 ngsys;           // live service goroutines
	AtomicU32 hostpending;     // work that only the host can finish: not a deadlock
	AtomicU32 urgent;          // service goroutines wait to run: each schedule looks here first
	G *urgentg;                // the first of them, by schedlink; lock held
	AtomicU32 nhelpgc;         // Ms that help the collector
	AtomicU32 collecting;      // one M collects
	AtomicU32 timewaits;       // a block or mutex profile is on: G.blocked
	AtomicU64 nstw;            // stops of the world
	AtomicU32 nomoreworkers;   // times work stayed queued because every worker was taken
	AtomicU64 nblockedinplace; // times a callback from foreign code blocked its worker
	int32_t nputoff;           // goroutines in place that wait for another's end: sched/alone.h
	M *watcher;                // sysmon's M
	int32_t newprocs;          // GOMAXPROCS from the next start of the world; 0 unchanged
	bool mainstarted;
};

extern Sched sched;
extern _Atomic int32_t gomaxprocs;    // written in a stopped world; sysmon reads it any time
extern P *_Atomic allp[MaxProcs + 1]; // set once each, before gomaxprocs counts it

// All goroutine records, oldest first. A recycled record keeps its place. The array is read without
// a lock by whoever stopped the world, and by counters that may be a little wrong. Chunks never
// move: allg_at(i) for i < allglen.
enum { AllgChunk = 4096, AllgChunks = 2048 };
extern G **allgchunks[AllgChunks];
extern AtomicU32 allglen;

ALWAYS_INLINE G *
allg_at(uint32_t i)
{
	return allgchunks[i / AllgChunk][i % AllgChunk];
}

#endif
