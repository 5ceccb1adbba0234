// Linked after the program's own objects and before the runtime's: what stands before it in the
// code section is the program's.
void rt_mark_user_end(void);

__attribute__((used, noinline, export_name("rt_mark_user_end"))) void
rt_mark_user_end(void)
{
	__asm__ volatile("" ::: "memory");
}
