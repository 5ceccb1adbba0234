#ifndef RT_CPUPROF_H
#define RT_CPUPROF_H

// The CPU profile. Hz times a second, at a random moment of each period, sysmon asks every M that
// runs a goroutine for a sample (M.due). The M takes it when the goroutine leaves next, or at its
// next poll. Then the frames lie in memory; if the goroutine stays in place, the engine gives them.
// A sample counts for all periods since the M was asked.

#include "../base/base.h"

void rt_cpuprof_init(void);
// False: a profile runs, or the last one has not been read to its end. host: it is the host's
// profile; the program can neither end it nor read it.
bool rt_cpuprof_start(int hz, bool host);
bool rt_cpuprof_stop(bool host);
// The same for the host's profile when the program has died: see rt_cpulog_died.
void rt_cpuprof_died(bool reread);

#endif
