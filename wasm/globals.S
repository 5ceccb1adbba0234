# One of each per worker, because every worker has an instance of its own.
	.section .globals,"",@

	.globaltype rt_self_g, i32      # the goroutine that runs, or the M's g0
	.globl rt_self_g
rt_self_g:

	.globaltype rt_self_m, i32      # this worker's M; 0 on the page's thread
	.globl rt_self_m
rt_self_m:

	.globaltype rt_stack_lo, i32    # lowest allowed stack pointer
	.globl rt_stack_lo
rt_stack_lo:

	.globaltype rt_pinned, i32      # calls of libc that wait for a callback which must not suspend
	.globl rt_pinned
rt_pinned:

	.globaltype rt_polls_left, i32  # with one thread: polls until one calls the runtime
	.globl rt_polls_left
rt_polls_left:

	.globaltype rt_inplace_left, i32    # the same for polls in code that cannot be unwound
	.globl rt_inplace_left
rt_inplace_left:
