#ifndef RT_NEWM_H
#define RT_NEWM_H

#include "sched.h"

// Starts one more M, which the caller has counted in mcount and nstarting.
void rt_newm(void);
// On sysmon: takes back the Ms that rt_mfailed reported.
void rt_take_failed(void);

#endif
