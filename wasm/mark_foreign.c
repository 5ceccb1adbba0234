// Linked after the foreign objects and before the runtime's: in the code section, foreign code
// stands between rt_mark_user_end and this function.
void rt_mark_foreign_end(void);

__attribute__((used, noinline, export_name("rt_mark_foreign_end"))) void
rt_mark_foreign_end(void)
{
	__asm__ volatile("" ::: "memory");
}
