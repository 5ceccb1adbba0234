#ifndef RT_SELF_H
#define RT_SELF_H

// Who is running. These functions are the only way to ask. The result of rt_g() stays true across a
// switch. Those of rt_m() and rt_p() do not: ask again after every MAYSWITCH call, and never keep
// the address of anything they give.
//
// The machine's os_self.h supplies rt_g(), rt_m(), rt_set_g() and rt_set_m(). No compiler can keep
// their values over a switch (on wasm each is a global of the worker's own instance).

#include "gmp.h"
#include "os_self.h"

ALWAYS_INLINE P *
rt_p(void)
{
	return rt_m()->p;
}

#endif
