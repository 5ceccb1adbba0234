// Linked after the runtime's objects: what stands behind it in the code section is the system's.
void rt_mark_runtime_end(void);

__attribute__((used, noinline, export_name("rt_mark_runtime_end"))) void
rt_mark_runtime_end(void)
{
	__asm__ volatile("" ::: "memory");
}
