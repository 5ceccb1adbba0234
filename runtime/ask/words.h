#ifndef RT_WORDS_H
#define RT_WORDS_H

// All numbers and records that cross the border between the program and its host. host/layout.js is
// made from this file (scripts/layout.mjs), and a test checks that the two agree. So neither side
// counts words.
//
// Records consist of 32-bit words, little endian. A number of 64 bits is a Word64, so that a record
// may begin at any word. An address is a word. The comment of a record says what follows it.
// Records with pointers of the program are defined where they belong, and the host finds their
// fields in the same way: HostCall (host/call.h), GoCall and Packet (host/export.h), and GoValue,
// GoMemStats, GoBlockProfileRecord of the public headers.
//
// Whoever changes anything here adds one to AbiVersion: a program and a host of different versions
// refuse each other when the program is loaded.
//
// This file belongs to all floors, and names nothing of any of them.

#include "../base/atomic.h"

enum { AbiVersion = 6 };

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

// A goroutine's state. It may be changed by the M that runs the goroutine, or by the one that
// readies it after taking it off the queue where it waited.
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

// Whether the host looks at the program once more before the program ends. The host says so before
// it boots the program.
enum HoldState { HoldNone, HoldWanted, HoldReached };

// Where a read of stdin stands. The host gives the input, if it said so before it booted the
// program.
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
	const char *dump; // the report's dump
	size_t dump_bytes;
	AtomicU32 started, failed; // workers
	AtomicU32 exiting;         // the program's own: the first to leave
	AtomicU32 hold;            // HoldState
	AtomicU32 input;           // InputState
	char *input_to;            // where the input goes
	size_t input_room;
	AtomicU32 input_got; // bytes; 0: the end
	AtomicU32 begun;     // main begins: the constructors have run
	uint32_t terminals;  // a bit for each of the descriptors 0 to 2 that is a terminal
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

// A question and its answer, which the service goroutine allocates.
typedef struct Request Request;
struct Request {
	uint32_t kind, arg;
	AtomicU32 state; // AskState
	void *answer;
	size_t bytes;
	Request *next;   // the program's own
	AtomicU32 taken; // by the host, until it has read the answer
};

// --- answers: stacks ---

// A DumpG for each goroutine follows, then the words of a wait graph, if there is one.
enum { DumpMagic = 0x504d4447 }; // "GDMP"
typedef struct DumpHead DumpHead;
struct DumpHead {
	uint32_t magic, version;
	uint32_t n;                  // goroutines
	Word64 stopped_ns, total_ns; // how long the world was stopped; how long the dump took
	uint32_t waits;              // number of the word where WaitsHead begins
};

enum DumpFlag {
	DumpLocked = 1,
	DumpSystem = 2,
	DumpInPlace = 4,
	DumpDetail = 8,
	DumpLeaked = 16,
	DumpPartial = 32, // the engine did not give all frames, or not all lines
};

// With DumpDetail, DetailBytes of text follow the pcs: what the goroutine waits for from the host.
typedef struct DumpG DumpG;
struct DumpG {
	Word64 id;
	uint32_t status, reason, flags; // Gstatus, WaitReason, DumpFlag
	Word64 wait_ns;
	Word64 parent;   // the goroutine that made it; 0: not known
	uint32_t thread; // its number + 1; 0: none
	uint32_t site;   // address of a Site: where it was made; 0: not known
	uint32_t label;  // address of its text
	uint32_t npcs;
	uint32_t pcs[]; // innermost first
};

enum { DetailBytes = 64 };

// A StackRecord for each stack follows: of goroutines, of threads, or of a profile that the program
// made.
enum { ProfileMagic = 0x464f5250 }; // "PROF"
typedef struct ProfileHead ProfileHead;
struct ProfileHead {
	uint32_t magic, version, n;
};

typedef struct StackRecord StackRecord;
struct StackRecord {
	uint32_t npcs, label; // label: the address of a goroutine's text, or 0
	uint32_t pcs[];
};

// Writes a StackRecord; returns where the next one goes.
ALWAYS_INLINE StackRecord *
put_stack(StackRecord *to, const uint32_t *pcs, uint32_t n, uint32_t label)
{
	to->npcs = n;
	to->label = label;
	for (uint32_t i = 0; i < n; i++)
		to->pcs[i] = pcs[i];
	return (StackRecord *)(to->pcs + n);
}

// --- answers: the wait graph ---

enum ThingKind {
	ThingChan,
	ThingMutex,
	ThingRWMutex,
	ThingWaitGroup,
	ThingCond,
	ThingSemaphore,
	ThingThread, // waited for by pthread_join
};

enum ThingFlag {
	ThingAnybody = 1, // others than the goroutines of its edges could give it
	ThingHeld = 2,    // a locked mutex
};

enum WaitsFlag {
	WaitsCut = 1,    // the graph is not complete
	WaitsAsleep = 2, // all goroutines are asleep: there is no other that could give a thing
	WaitsBlind = 4,  // some locals could not be read: only the holders of mutexes are known
};

// The things follow, then the waits, then the edges.
typedef struct WaitsHead WaitsHead;
struct WaitsHead {
	uint32_t nthings, nwaits, nedges, flags;
};

// The address is inverted. Otherwise the thing would count as reachable when these words lie in a
// block of malloc.
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

// A HeapRecord for each bucket follows.
enum { HeapMagic = 0x50414548 }; // "HEAP"
typedef struct HeapHead HeapHead;
struct HeapHead {
	uint32_t magic, version, n, rate;
};

// As in the bucket (prof/bucket.h): counters of sampled blocks, or doubles that estimate all
// blocks.
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

// The heap at a glance. A Collection for each new cycle follows, oldest first. next is NoCollection
// if no cycle will begin by itself.
enum { CollectionsTold = 128, NoCollection = 0xffffffff };
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

// Records as go_block_profile gives them follow.
enum { BlockMagic = 0x4b434c42 }; // "BLCK"
typedef struct BlockHead BlockHead;
struct BlockHead {
	uint32_t magic, version, n;
	uint32_t rate; // of the mutex profile: the fraction
};

// The log of a CPU profile follows, in Go 1's form.
enum { CpuMagic = 0x50555043 }; // "CPUP"
typedef struct CpuHead CpuHead;
struct CpuHead {
	uint32_t magic, version;
	Word64 duration_ns;
};

// Bits of a pc that is not a call's number. Entry: the function-table slot of a goroutine that
// never ran. Place: the number of a location, for a frame that the engine gave. Text: the number of
// a text. Function: the number of a function's location, for a frame whose line nobody knows.
enum PcBit { PcFunctionBit = 28, PcTextBit, PcPlaceBit, PcEntryBit };

// Numbers of texts.
enum TextNumber {
	TextLost,      // samples that the log had no room for
	TextIdle,      // a P without an M
	TextScheduler, // an M that looks for work
	TextCollector,
	TextLabels, // the first label
};

// --- answers: counts ---

// A CountsP for each P follows.
typedef struct CountsHead CountsHead;
struct CountsHead {
	uint32_t goroutines; // service goroutines not counted
	uint32_t idle, runnable, running, syscall, waiting;
	uint32_t procs, threads, preemptions, stops; // stops of the world
};

typedef struct CountsP CountsP;
struct CountsP {
	uint32_t status, queued, ticks; // Pstatus
	Word64 goroutine;               // the one that runs; 0: none
};

// --- answers: events ---

// A word of the flight recorder (trace/trace.h). Its upper bits are the kind and the lap. Below
// them is either a time and a P, or a value and an argument.
enum TraceKind {
	TraceContext = 1,
	TraceRun,   // value: the goroutine; arg: how the one before it left
	TraceLeft,  // arg: how the goroutine left; nobody runs here for now
	TraceReady, // value: the goroutine that the running one made runnable
	// Has no value and arg, but 35 bits for the new goroutine and 16 for its function. The
	// goroutine's number has 34 bits here; bit 34 says that it is a service goroutine.
	TraceGo,
	TraceSteal,     // value: the goroutine; arg: the P it was taken from, low bits
	TraceCall,      // value: the goroutine that enters a host call; arg: the reason
	TraceReturn,    // value: the goroutine that is back from it, with a P
	TraceInplace,   // value: the goroutine; it stops or waits here, as the next event says
	TraceThread,    // the M begins
	TraceTimer,     // a timer fires
	TraceWorldStop, // begins
	TraceWorldStopped,
	TraceWorldStart,
	TraceGcBegin, // the world is stopped for a collection
	TraceGcMarked,
	TraceGcEnd,
};

// How a goroutine left its M. It is the lower LeaveBits of an event's arg; the reason is above it.
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
	TraceArg = 43,   // the bit where arg begins
	TraceEntry = 35, // the bit where the function begins
	TraceNoEntry = 0xffff,
	TraceKindAt = 51,
	TraceLap = 56,
};

// Successive words of one M's ring follow.
typedef struct TraceHead TraceHead;
struct TraceHead {
	uint32_t from, n; // the number of the first word; how many words, of 64 bits
	uint32_t sysmon;  // the M is sysmon's
	uint32_t unused;
	Word64 now_ns;  // since the program's start
	Word64 base_ns; // the start, by the host's clock
};

// An EntriesG for each goroutine that lives follows. from: where the next call goes on.
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

// The host makes the tables from the custom section. The head is followed by functions, locations
// by pc, locations, offsets, names of functions, slots of the function table, pcs of landing sites,
// and text.
enum { TablesMagic = 0x4d455357 }; // "WSEM"
enum { TablesSeparate = 1 };       // names and lines lie in a file of their own
// Offsets behind the end of every module: from here on the numbers of polls in place, of calls that
// make threads, and the indices of functions in the final module.
enum { TablesPolls = 0x40000000, TablesCreations = 0x50000000, TablesFunctions = 0x60000000 };
typedef struct TablesHead TablesHead;
struct TablesHead {
	uint32_t magic, version;
	uint32_t nfuncs, maxpc, nlocs, text_bytes, noffsets;
	uint32_t flags; // TablesSeparate
	uint32_t nnames, nslots;
	uint32_t protectpc;   // of go_protect's call
	uint32_t firstresume; // slot of the first resumed function
	uint32_t nlands;      // landing sites: 4 * pc + enum Lands
};

// What may land behind a call: exceptions, panics and go_exit; longjmp.
enum Lands { LandsThrow = 1, LandsJump };

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

// What a posted call wants from the host.
enum HostOp { HostDo, HostFill, HostForget, HostOwn };
// What has been decided about a call, and by which side: see host/call.h.
enum HostState { HostWaiting, HostAnswering, HostAnswered, HostExpired };

enum { HostRoom = 128 }; // bytes of an answer that fit into the record

// The host's answer to go_host_fetch. The headers with a NUL follow, then the body.
typedef struct FetchHead FetchHead;
struct FetchHead {
	uint32_t status, header_bytes;
};

#endif
