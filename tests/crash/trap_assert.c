// assert says what was wrong and where, and dies with all stacks.

#include <assert.h>
#include <worldsema.h>

int
main(void)
{
	assert(go_num_goroutine() == 2);
	return 0;
}
