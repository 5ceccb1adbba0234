// More collected memory than there is: the report has the size and the heap's state.

#include <worldsema.h>

int
main(void)
{
	static void *volatile kept[4];

	for (int i = 0; i < 4; i++)
		kept[i] = go_alloc_noscan((size_t)1500 << 20);
	return 0;
}
