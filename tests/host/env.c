// What the runtime has read in the environment, for env.test.mjs.

#include <stdio.h>
#include <worldsema.h>

int
main(void)
{
	printf("%d %lld\n", go_set_gc_percent(100), (long long)go_set_memory_limit(-1));
	return 0;
}
