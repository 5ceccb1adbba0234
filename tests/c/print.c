// The runtime's own printing, and the redirect it goes through. For each size of the buffer, the
// text in it is the beginning of the whole, and nothing is written behind it.

#include <float.h>

#include "../../runtime/base/gmp.h"
#include "../../wasm/os_self.h"
#include "../../runtime/base/print.h"
#include "check.h"

static void
everything(void)
{
	static const double doubles[] = {
		0,
		-0.0,
		1,
		3.14,
		-2.5,
		10,
		123456789,
		9.9999994,
		9.9999996,
		0.1,
		1e-7,
		1e100,
		DBL_MAX,
		5e-324,
		__builtin_nan(""),
		__builtin_inf(),
		-__builtin_inf(),
	};
	static const unsigned char bytes[18] = {0x4a, 0, 0xff, 1, 2, 3};

	for (size_t i = 0; i < sizeof doubles / sizeof *doubles; i++) {
		rt_printfloat(doubles[i]);
		rt_printnl();
	}
	rt_printcomplex(1, -2.5);
	rt_printnl();
	rt_printint(INT64_MIN), rt_printsp(), rt_printint(0), rt_printsp(), rt_printint(-1);
	rt_printsp(), rt_printint(INT64_MAX), rt_printsp(), rt_printuint(UINT64_MAX), rt_printnl();
	rt_printhex(0), rt_printsp(), rt_printhex(0xdeadbeef), rt_printsp();
	rt_printhex(UINT64_MAX), rt_printnl();
	rt_printbool(true), rt_printsp(), rt_printbool(false), rt_printnl();
	rt_printpointer(NULL), rt_printsp(), rt_printpointer((void *)0x1000), rt_printnl();
	rt_prints("text"), rt_prints(""), rt_printsp(), rt_prints(NULL), rt_printnl();
	rt_dump(bytes, sizeof bytes);
	rt_dump(bytes, 16);
	rt_dump(bytes, 0);
	rt_printf("%d %d %D %D\n", 1, INT32_MIN, INT64_MIN, INT64_MAX);
	rt_printf("%u %U\n", UINT32_MAX, UINT64_MAX);
	rt_printf("%x %x %X\n", 0, 0xabcdef, UINT64_MAX);
	rt_printf("%s|%s|%s|%c|%t|%t|%%|%f|%p\n", "a", "", NULL, 'z', 1, 0, 2.5, (void *)16);
	rt_printf("%S|%S\n", (size_t)3, "abcdef", (size_t)0, "x");
	rt_printf("unknown: %y%k, at the end: %");
	rt_printnl();
}

static size_t
capture(char *buf, size_t room)
{
	G *gp = rt_g();
	size_t n;

	gp->writer.buf = buf;
	gp->writer.room = room;
	everything();
	n = room - gp->writer.room;
	check(gp->writer.buf == buf + n);
	gp->writer.buf = NULL;
	gp->writer.room = 0;
	return n;
}

int
main(void)
{
	static char whole[8192], part[8192];
	size_t n = capture(whole, sizeof whole);

	check(n < sizeof whole);
	for (size_t k = 0; k <= n + 1; k++) {
		memset(part, '#', sizeof part);
		check(capture(part, k) == (k < n ? k : n));
		check(memcmp(part, whole, k < n ? k : n) == 0);
		check(part[k < n ? k : n] == '#');
	}
	fwrite(whole, 1, n, stdout);
	return 0;
}
