#include <time.h>

#include "../runtime/base/atomic.h"

// The names of temporary files: tmpnam, mkstemp and their kin. musl makes them of the time, which
// counts whole milliseconds here, and of an address on the stack. So the name was the same one if
// it was asked for twice in a millisecond, and mkstemp gave up. This one (--wrap) counts.

char *__wrap___randname(char *name);

char *
__wrap___randname(char *name)
{
	static AtomicU32 last;
	uint32_t r = load_acq(&last);

	if (r == 0)
		cas_acqrel(&last, 0, (uint32_t)time(NULL) * 65537);
	r = add_seq(&last, 0x9e3779b1);
	for (int i = 0; i < 6; i++, r >>= 5)
		name[i] = (char)('A' + (r & 15) + (r & 16) * 2);
	return name;
}
