// A panic that nobody recovers in the callback cannot pass through foreign code to a go_protect
// behind it.

#include <worldsema.h>

void fp_call(GoFunc f);

GO_FOREIGN(fp_call) void fp_call(GoFunc f)
{
	f(0);
}

static void
callback(void *arg)
{
	(void)arg;
	go_panic("in the callback");
}

static void protected(void *arg)
{
	(void)arg;
	fp_call(callback);
}

int
main(void)
{
	go_protect(protected, 0);
	return 0;
}
