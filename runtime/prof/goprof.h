#ifndef RT_GOPROF_H
#define RT_GOPROF_H

#include "../base/base.h"
#include "../worldsema.h"

// Keeps the frames of a goroutine that enters a host call (on_syscall).
void rt_keepframes(G *gp);
// Keeps the frames of who made mp (on_newm).
void rt_keepcreator(M *mp);

#endif
