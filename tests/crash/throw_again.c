// exit: 3
// A program that dies again while it reports its death says less.

#include <worldsema.h>
#include "../../runtime/base/hooks.h"
#include "../../runtime/base/throw.h"

static void
again(void)
{
	rt_throw("again");
}

int
main(void)
{
	rt_hooks.on_throw = again;
	rt_throw("once");
}
