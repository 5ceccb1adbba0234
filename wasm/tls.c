#include "../runtime/base/noroot.h"
#include "../runtime/base/os.h"
#include "../runtime/base/throw.h"
#include "../runtime/sched/stack.h"
#include "tls.h"

// Above the program's part of a stack lie the goroutine's thread-locals, below stack_hi. So they
// are roots of the collector while the goroutine lives.
//
//	| ... C stack | thread-locals |
//	              ^ first sp      ^ stack_hi
uintptr_t
os_tls_place(const G *gp)
{
	size_t align = __builtin_wasm_tls_align();
	uintptr_t at = gp->stack_hi - __builtin_wasm_tls_size();

	return at & ~(uintptr_t)((align > StackAlign ? align : StackAlign) - 1);
}

size_t
os_ctx_room(void)
{
	size_t align = __builtin_wasm_tls_align();

	return round_up(round_up(__builtin_wasm_tls_size(), StackAlign) +
	                        (align > StackAlign ? align : 0),
	                CacheLine);
}

void __wasm_init_tls(void *tls); // by the linker

// Copied, because memory.init takes longer.
uint32_t *os_tls_image;
NOROOT(os_tls_image)

void
os_tls_start(void)
{
	uintptr_t own = os_tls();

	if (__builtin_wasm_tls_size() == 0)
		return;
	os_tls_image = os_alloc(__builtin_wasm_tls_size() + sizeof *os_tls_image);
	if (!os_tls_image)
		rt_throw("ctx: out of memory for thread-locals");
	__wasm_init_tls(os_tls_image);
	os_set_tls(own);
}
