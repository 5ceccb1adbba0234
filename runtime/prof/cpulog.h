#ifndef RT_CPULOG_H
#define RT_CPULOG_H

// The words of a CPU profile, as Go 1 makes them: equal stacks are counted in a small table, and
// what has no place in it any more goes to the log. The log has two halves: one is written while
// the other is read. What finds both full is counted as lost.
//
//	0, 3, 0, period in microseconds, 0   first
//	count, depth, pc ...                 innermost first
//	count, 1, PC_TEXT | TextLost         samples lost up to here
//	0, 1, 0                              last
//
// A pc with PC_TEXT is a text: a label as the outermost one, or the only one.

#include "../base/base.h"

enum { CpuDepth = 64, CpuHalfWords = 1 << 16, CpuSets = 1 << 10, CpuWays = 4 };

// host: the host's, which nobody else may end or read. False: the last profile has not been read to
// its end, or there is no memory.
bool rt_cpulog_open(uint32_t period_us, bool host);
void rt_cpulog_add(const uint32_t *pcs, size_t n, uint32_t count);
// No more will be added.
void rt_cpulog_close(void);
// Waits for the next words, which stay until the next call; 0: there are no more, or it is not
// whose profile host says. While one goroutine waits others get 0 at once.
MAYSWITCH size_t rt_cpulog_read(const uintptr_t **words, bool host);

// When the program has died, and every thread but the host's has ended. No lock is taken: a dead
// thread may hold it. The log is ended. reread: a reader died before it had used the words it got
// last, so they come once more.
void rt_cpulog_died(bool reread);
void rt_cpulog_died_add(uint32_t pc, uint32_t count);
// The next words, without waiting; 0: there are no more.
size_t rt_cpulog_died_read(const uintptr_t **words);

#endif
