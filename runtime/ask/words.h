#ifndef RT_WORDS_H
#define RT_WORDS_H

// What crosses the border between the program and its host: every number, and every record, once.
// host/layout.js is made from this file (scripts/layout.mjs), and a test holds the two together. So
// neither side counts words.
//
// Records of 32-bit words, little endian. A number of 64 bits is a Word64, so that a record may
// begin at any word. An address is a word. What follows a record is said in its comment. Records
// that hold pointers of the program's own lie where they belong; the host finds their fields in the
// same way: HostCall (host/call.h), GoCall and Packet (host/export.h), and GoValue, GoMemStats,
// GoBlockProfileRecord of the public headers.
//
// Whoever changes anything here makes AbiVersion one more: a program and a host of different
// versions refuse each other when the program is loaded.
//
// This file belongs to all floors: it names nothing of any.

#include "../base/atomic.h"

enum { AbiVersion = 4 };

typedef struct Word64 Word64;
struct Word64 {
	uint32_t low, high;
};

ALWAYS_INLINE Word64
split64(uint64_t n)
{
	return (Word64){(uint32_t)n, (uint32_t)(n >> 32)};
}

ALWAYS_INLINE uint64_t
join64(Word64 w)
{
	return w.low | (uint64_t)w.high << 32;
}

// --- states ---

// A goroutine's state. Who may change it: the M that runs it, or the one that readies it after
// taking it off the queue where it waited.
enum Gstatus {
	Gidle,     // just made, not yet queued
	Grunnable, // in a run queue
	Grunning,  // on an M with a P, or unwound by a stop of the world, still belonging to its P
	Gsyscall,  // in a host call, off its P
	Gwaiting,  // parked; reason says why
	Gmoribund, // unused, kept for the numbering of Go 1
	Gdead,     // in a free list
};

enum Pstatus {
	Pidle,    // in sched.pidle
	Prunning, // held by an M
	Psyscall, // its M is in a host call; whoever swaps the status takes it
	Pgcstop,  // halted for a stopped world
	Pdead,    // beyond GOMAXPROCS
};

enum { MaxProcs = 256 };

// Numbers of service goroutines begin at this power of two, far above the program's.
enum { ServiceBit = 42 };

// Why the program died.
enum FatalKind { FatalNone, FatalThrow, FatalDeadlock, FatalPanic, FatalStack, FatalTrap };

// --- the mailbox ---

// Whether the host looks at the program once more before it ends: the host says so before it boots
// the program.
enum HoldState { HoldNone, HoldWanted, HoldReached };

// Who reads stdin: the host gives it, if it has said so before it boots the program.
enum InputState { InputNone, InputIdle, InputClaimed, InputWanted, InputGiven };

// The mailbox between the workers and the host's thread. The host sleeps on seq with
// Atomics.waitAsync; whoever has news adds one and notifies. Output goes through a ring: records
// [descriptor | length << RingFdBits][bytes, padded to 4], in one order for all workers.
enum { RingFdBits = 8 };
typedef struct HostBox HostBox;
struct HostBox {
	AtomicU32 seq;
	AtomicU32 exited;
	uint32_t code; // of the exit
	char *ring;
	uint32_t ring_bytes; // a power of two
	AtomicU32 rd;        // free-running; the host stores it and notifies
	AtomicU32 wr;        // free-running; writers hold the ring's lock
	AtomicU32 wanted;    // workers that only the host's thread can start
	uint32_t fatal;      // FatalKind
	const char *text;    // the first lines of the report
	size_t text_bytes;
	const char *dump; // and its dump
	size_t dump_bytes;
	AtomicU32 started, failed; // workers
	AtomicU32 exiting;         // ours: the first to leave
	AtomicU32 hold;            // HoldState
	AtomicU32 input;           // InputState
	char *input_to;            // where what is read goes
	size_t input_room;
	AtomicU32 input_got; // bytes; 0: the end
	AtomicU32 begun;     // main begins: the constructors are through
};

// --- questions ---

enum AskKind {
	AskStack = 1,
	AskDump,
	AskGoroutineProfile,
	AskThreadProfile,
	AskMaxProcs,
	AskMemStats,
	AskGc,
	AskHeapProfile,
	AskCpuStart,
	AskCpuStop,
	AskBlockProfile,
	AskMutexProfile,
	AskBlockRate,
	AskMutexFraction,
	AskUserProfile,
	AskLeaks,
	AskWaits,
	AskKinds,
};

enum AskState { AskPending, AskDone, AskFailed };

// A question, and its answer: so many bytes, which the service goroutine has allocated.
typedef struct Request Request;
struct Request {
	uint32_t kind, arg;
	AtomicU32 state; // AskState
	void *answer;
	size_t bytes;
	Request *next;   // ours
	AtomicU32 taken; // by the host, until it has read the answer
};

// --- answers: stacks ---

// The goroutines, each a DumpG; behind them the words of a wait graph, if there is one.
enum { DumpMagic = 0x504d4447 }; // "GDMP"
typedef struct DumpHead DumpHead;
struct DumpHead {
	uint32_t magic, version;
	uint32_t n;                  // goroutines
	Word64 stopped_ns, total_ns; // so long the world was stopped; the dump took
	uint32_t waits;              // number of the word where WaitsHead stands
};

enum DumpFlag { DumpLocked = 1, DumpSystem = 2, DumpInPlace = 4, DumpDetail = 8, DumpLeaked = 16 };

// Behind the pcs, with DumpDetail, DetailBytes of text: what of the host the goroutine waits for.
typedef struct DumpG DumpG;
struct DumpG {
	Word64 id;
	uint32_t status, reason, flags; // Gstatus, WaitReason, DumpFlag
	Word64 wait_ns;
	Word64 parent;   // who made it; 0 not known
	uint32_t thread; // + 1; 0: none
	uint32_t site;   // address of a Site: where it was made; 0 not known
	uint32_t label;  // address of its text
	uint32_t npcs;
	uint32_t pcs[]; // innermost first
};

enum { DetailBytes = 64 };

// Goroutines, threads, or a profile of the program's own: each stack a StackRecord.
enum { ProfileMagic = 0x464f5250 }; // "PROF"
typedef struct ProfileHead ProfileHead;
struct ProfileHead {
	uint32_t magic, version, n;
};

typedef struct StackRecord StackRecord;
struct StackRecord {
	uint32_t npcs, label; // of a goroutine, the address of its text; else 0
	uint32_t pcs[];
};

// Writes one; returns where the next one comes.
ALWAYS_INLINE StackRecord *
put_stack(StackRecord *to, const uint32_t *pcs, uint32_t n, uint32_t label)
{
	to->npcs = n;
	to->label = label;
	for (uint32_t i = 0; i < n; i++)
		to->pcs[i] = pcs[i];
	return (StackRecord *)(to->pcs + n);
}

// --- answers: who waits for whom ---

enum ThingKind {
	ThingChan,
	ThingMutex,
	ThingRWMutex,
	ThingWaitGroup,
	ThingCond,
	ThingSemaphore,
};

enum ThingFlag {
	ThingAnybody = 1, // others than those that are told could give it
	ThingHeld = 2,    // a locked mutex
};

enum WaitsFlag {
	WaitsCut = 1,    // there is more than is told
	WaitsAsleep = 2, // all goroutines are: nobody is anybody
	WaitsBlind = 4,  // not everything could be seen: only mutexes are known
};

// Then the things, the waits, the edges.
typedef struct WaitsHead WaitsHead;
struct WaitsHead {
	uint32_t nthings, nwaits, nedges, flags;
};

// The address is inverted: the words lie in a block of malloc, and whatever they lead to would
// count as reachable.
typedef struct WaitsThing WaitsThing;
struct WaitsThing {
	uint32_t inverted, kind, flags;
};

// A wait: the goroutine waits for the thing. An edge: the goroutine could give it.
typedef struct WaitsPair WaitsPair;
struct WaitsPair {
	uint32_t thing; // its number
	Word64 id;
};

// --- answers: memory ---

// Each bucket a HeapRecord.
enum { HeapMagic = 0x50414548 }; // "HEAP"
typedef struct HeapHead HeapHead;
struct HeapHead {
	uint32_t magic, version, n, rate;
};

// As in the bucket (prof/bucket.h): counters of sampled blocks, and doubles, what they stand for.
typedef struct HeapCounts HeapCounts;
struct HeapCounts {
	Word64 allocs, frees, alloc_bytes, free_bytes;
};

typedef struct HeapRecord HeapRecord;
struct HeapRecord {
	HeapCounts sampled, estimated;
	uint32_t npcs;
	uint32_t pcs[];
};

// The heap at a glance; behind it each Collection that is new, oldest first.
enum { CollectionsTold = 128, NoCollection = 0xffffffff }; // next, when none will begin by itself
typedef struct HeapGlance HeapGlance;
struct HeapGlance {
	uint32_t ngc, collected, uncollected, next; // collections; bytes
};

typedef struct Collection Collection;
struct Collection {
	Word64 end_ns, pause_ns;
	uint32_t before, after, next; // bytes
};

// --- answers: time ---

// Records as go_block_profile gives them.
enum { BlockMagic = 0x4b434c42 }; // "BLCK"
typedef struct BlockHead BlockHead;
struct BlockHead {
	uint32_t magic, version, n;
	uint32_t rate; // or fraction
};

// The log of a CPU profile, in Go 1's form.
enum { CpuMagic = 0x50555043 }; // "CPUP"
typedef struct CpuHead CpuHead;
struct CpuHead {
	uint32_t magic, version;
	Word64 duration_ns;
};

// What stands in the place of a pc. An entry: the function-table slot of a goroutine that never
// ran. A place: the number of a location, of a frame that the engine told. A text: its number.
enum PcBit { PcTextBit = 29, PcPlaceBit, PcEntryBit };

// Numbers of texts.
enum TextNumber {
	TextLost,      // samples that the log had no room for
	TextIdle,      // a P that no M has
	TextScheduler, // an M that looks for work
	TextCollector,
	TextLabels, // the first label
};

// --- answers: counts ---

// Then a CountsP for each P.
typedef struct CountsHead CountsHead;
struct CountsHead {
	uint32_t goroutines; // service goroutines not counted
	uint32_t idle, runnable, running, syscall, waiting;
	uint32_t procs, threads, preemptions, stops; // stops of the world
};

typedef struct CountsP CountsP;
struct CountsP {
	uint32_t status, queued, ticks; // Pstatus
	Word64 goroutine;               // that runs; 0: none
};

// --- answers: events ---

// A word of the flight recorder (trace/trace.h): kind and lap, and in front of them either a time
// and a P, or a value and an argument.
enum TraceKind {
	TraceContext = 1,
	TraceRun,   // value: the goroutine; arg: how the one before it left
	TraceLeft,  // arg: how the goroutine left; nobody runs here for now
	TraceReady, // value: made runnable by who runs here
	// The new goroutine 35 | its function 16, in the place of value and arg. Of its number the
	// bits from 34 on are left out: bit 34 says that it is a service goroutine.
	TraceGo,
	TraceSteal,     // value: the goroutine; arg: the P it was taken from, low bits
	TraceCall,      // value: enters a host call; arg: reason
	TraceReturn,    // value: back from it, with a P
	TraceInplace,   // value: stops or waits on this thread, as the next event says
	TraceThread,    // the M begins
	TraceTimer,     // a timer fires
	TraceWorldStop, // begins
	TraceWorldStopped,
	TraceWorldStart,
	TraceGcBegin, // the world is stopped for it
	TraceGcMarked,
	TraceGcEnd,
};

// How a goroutine left its M: with the reason in the upper bits, an event's arg.
enum TraceLeave {
	LeftNot, // the same goroutine goes on
	LeftYield,
	LeftPark,
	LeftPreempt,
	LeftStop,  // for a stop of the world
	LeftQueue, // back from a host call, and no P is free
	LeftEnd,
};

enum {
	LeaveBits = 3,
	TraceUnit = 4, // log2 of ns
	TraceTimeBits = 42,
	TraceNoProc = 511,
	TraceArg = 43,   // where it begins; so the others
	TraceEntry = 35, // where the function begins
	TraceNoEntry = 0xffff,
	TraceKindAt = 51,
	TraceLap = 56,
};

// Some words of one M's ring in a row.
typedef struct TraceHead TraceHead;
struct TraceHead {
	uint32_t from, n; // number of the first; how many, of 64 bits
	uint32_t sysmon;  // the M is sysmon's
	uint32_t unused;
	Word64 now_ns;  // since the program's start
	Word64 base_ns; // the start, by the host's clock
};

// Goroutines that live: from which record on to go on, then each an EntriesG.
typedef struct EntriesHead EntriesHead;
struct EntriesHead {
	uint32_t from;
};

typedef struct EntriesG EntriesG;
struct EntriesG {
	Word64 id;
	uint32_t slot; // of the function table
};

// --- the program's tables ---

enum FuncKind { KindUser, KindRuntime, KindSystem, KindForeign };

// Made by the host from the custom section: behind the head functions, locations by pc, locations,
// offsets, names of functions, slots of the function table, and text.
enum { TablesMagic = 0x4d455357 }; // "WSEM"
enum { TablesSeparate = 1 };       // names and lines lie in a file of their own
typedef struct TablesHead TablesHead;
struct TablesHead {
	uint32_t magic, version;
	uint32_t nfuncs, maxpc, nlocs, text_bytes, noffsets;
	uint32_t flags; // TablesSeparate
	uint32_t nnames, nslots;
	uint32_t protectpc;   // of go_protect's call
	uint32_t firstresume; // slot of the first resumed function
};

typedef struct TablesFunc TablesFunc;
struct TablesFunc {
	uint32_t entry, bytes, name, kind, loc; // pc; of its frame
};

typedef struct TablesLoc TablesLoc;
struct TablesLoc {
	uint32_t func, file, line, parent, kind;
};

typedef struct TablesOffset TablesOffset;
struct TablesOffset {
	uint32_t offset, loc;
};

typedef struct TablesSlot TablesSlot;
struct TablesSlot {
	uint32_t name, loc;
};

// --- calls ---

// What a posted call wants of the host.
enum HostOp { HostDo, HostFill, HostForget, HostOwn };
// Who has decided what about a call: see host/call.h.
enum HostState { HostWaiting, HostAnswering, HostAnswered, HostExpired };

enum { HostRoom = 128 }; // bytes of an answer that fit into the record

// What the host gives for go_host_fetch: then the headers with a NUL, and the body.
typedef struct FetchHead FetchHead;
struct FetchHead {
	uint32_t status, header_bytes;
};

#endif
