#ifndef RT_CPUPROF_H
#define RT_CPUPROF_H

// The CPU profile. Sysmon asks every M that runs a goroutine for a sample hz times a second
// (M.due), at a random moment of each period. The M gives it when the goroutine leaves next, or at
// its next poll: then the frames lie in memory, or, in place, the engine tells them. A sample
// counts as many periods as have gone by meanwhile.

#include "../base/base.h"

void rt_cpuprof_init(void);
// False: there is a profile, or what it told has not been read to its end. host: nobody else may
// end or read it.
bool rt_cpuprof_start(int hz, bool host);
bool rt_cpuprof_stop(bool host);
// The same for the host's profile when the program has died: see rt_cpulog_died.
void rt_cpuprof_died(bool reread);

#endif
