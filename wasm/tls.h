#ifndef OS_TLS_H
#define OS_TLS_H

// Thread-locals belong to the goroutine.

#include <string.h>

#include "../runtime/base/gmp.h"
#include "../runtime/base/self.h"

// Once, before the first goroutine.
void os_tls_start(void);

// Where the goroutine's thread-locals lie. Its first stack pointer is the same.
uintptr_t os_tls_place(const G *gp);

// What thread-locals are at first.
extern uint32_t *os_tls_image;

// The goroutine runs on this worker from now on.
ALWAYS_INLINE void
os_enter_tls(G *gp)
{
	size_t bytes = __builtin_wasm_tls_size();
	uint32_t *to;

	if (bytes == 0)
		return;
	if (unlikely(gp->machine.tls == 0)) {
		gp->machine.tls = os_tls_place(gp);
		to = (uint32_t *)gp->machine.tls;
		if (bytes > 64)
			memcpy(to, os_tls_image, bytes);
		else
			for (size_t i = 0; i < (bytes + 3) / 4; i++)
				to[i] = os_tls_image[i];
	}
	os_set_tls(gp->machine.tls);
}

#endif
