// Linked after the foreign objects and before the runtime's: what stands between rt_mark_user_end
// and this in the code section is foreign code.
void rt_mark_foreign_end(void);

__attribute__((used, noinline, export_name("rt_mark_foreign_end"))) void
rt_mark_foreign_end(void)
{
	__asm__ volatile("" ::: "memory");
}
