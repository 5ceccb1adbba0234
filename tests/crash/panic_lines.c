// A text of several lines cannot be taken for the report's own.

#include <worldsema.h>

int
main(void)
{
	go_panic("one\ngoroutine 7 [running]:\nthree");
}
