#ifndef RT_LOCKRANK_H
#define RT_LOCKRANK_H

// The lock order, lowest first: whoever holds a lock may only take one of a higher rank. Channels
// are the exception: several are locked at once, in address order. Builds with RT_ASSERT check
// every rt_lock against this list.
enum LockRank {
	RankNone, // not checked
	RankHost, // requests from the host
	RankContext,
	RankTimer, // a due timer sends on its channel with the lock held
	RankChan,
	RankCond, // a condition's wait unlocks the mutex with the lock held
	RankSema,
	RankGC,
	RankAllg,
	RankSched,
	RankGfree,
	RankStack,
	RankAbout,  // finalizers, weak references
	RankMalloc, // the cache of threads without a P
	RankCentral,
	RankHeap,
	RankProf, // a block is sampled, or a sampled block is freed
	RankMark,
	RankRecord, // what the C library knows of a goroutine
	RankPanic,
	RankPrint,
};

#endif
