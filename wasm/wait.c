#include "wait.h"

// The wait stands alone in a function that uses nothing afterwards: Node 20's baseline compiler
// loses the function's last integer local around memory.atomic.wait32. The link step keeps every
// pass from inlining functions whose name begins with rt_os_wait (names.h).

__attribute__((noinline)) void
os_wait32(void *addr, uint32_t val, int64_t ns)
{
	__builtin_wasm_memory_atomic_wait32(addr, (int)val, ns);
}
