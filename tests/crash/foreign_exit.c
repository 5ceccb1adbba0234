// go_exit would have to unwind foreign code.

#include <worldsema.h>

void fe_call(GoFunc f);

GO_FOREIGN(fe_call) void fe_call(GoFunc f)
{
	f(0);
}

static void
callback(void *arg)
{
	(void)arg;
	go_exit();
}

int
main(void)
{
	fe_call(callback);
	return 0;
}
