#ifndef RT_NEWM_H
#define RT_NEWM_H

#include "sched.h"

// One more M, which is counted already.
void rt_newm(void);
// On sysmon: what rt_mfailed was told of.
void rt_take_failed(void);

#endif
