// Linked after the runtime's objects: in the code section, the system's code stands after this
// function.
void rt_mark_runtime_end(void);

__attribute__((used, noinline, export_name("rt_mark_runtime_end"))) void
rt_mark_runtime_end(void)
{
	__asm__ volatile("" ::: "memory");
}
