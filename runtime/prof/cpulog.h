#ifndef RT_CPULOG_H
#define RT_CPULOG_H

// The words of a CPU profile, as Go 1 makes them. Equal stacks are counted in a small table. A
// stack that has to leave the table goes to the log. The log has two halves: one is written while
// the other is read. Samples that find both halves full are counted as lost.
//
//	0, 3, 0, period in microseconds, 0   first
//	count, depth, pc ...                 innermost first
//	count, 1, PC_TEXT | TextLost         samples lost up to here
//	0, 1, 0                              last
//
// A pc with PC_TEXT is a text. It is the outermost pc, a goroutine's label, or the only pc.

#include "../base/base.h"

enum { CpuDepth = 64, CpuHalfWords = 1 << 16, CpuSets = 1 << 10, CpuWays = 4 };

// host: it is the host's profile; the program can neither end it nor read it. False: the last
// profile has not been read to its end, or there is no memory.
bool rt_cpulog_open(uint32_t period_us, bool host);
void rt_cpulog_add(const uint32_t *pcs, size_t n, uint32_t count);
// Nothing more will be added.
void rt_cpulog_close(void);
// Waits for the next words, which stay until the next call. 0: there are no more words, or the
// profile belongs to the other side than host says. While one goroutine waits, others get 0 at
// once.
MAYSWITCH size_t rt_cpulog_read(const uintptr_t **words, bool host);

// These are called when the program has died and only the host's thread is left. They take no lock:
// a dead thread may hold it. This one ends the log. reread: a reader died before it had used the
// words that it got last, so they come once more.
void rt_cpulog_died(bool reread);
void rt_cpulog_died_add(uint32_t pc, uint32_t count);
// The next words, without waiting; 0: there are no more.
size_t rt_cpulog_died_read(const uintptr_t **words);

#endif
