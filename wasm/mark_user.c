// Linked after the program's own objects and before the runtime's: in the code section, the
// program's code stands before this function.
void rt_mark_user_end(void);

__attribute__((used, noinline, export_name("rt_mark_user_end"))) void
rt_mark_user_end(void)
{
	__asm__ volatile("" ::: "memory");
}
