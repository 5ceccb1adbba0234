#include "print.h"

#include <string.h>

#include "os.h"
#include "self.h"

// The redirecting writer and the print family of the seed. All output goes through rt_write.
// Nothing here allocates or locks, or uses more of libc than memory and string functions.

static char *keepbuf; // while dying: a copy for the host
static size_t keeproom, kept;

void
rt_print_keep(char *buf, size_t room)
{
	keepbuf = buf;
	keeproom = room;
	kept = 0;
}

size_t
rt_print_kept(void)
{
	return kept;
}

static void
keep(const void *p, size_t n)
{
	if (n > keeproom - kept)
		n = keeproom - kept;
	memcpy(keepbuf + kept, p, n);
	kept += n;
}

// Writes into the running goroutine's buffer if one is set; bytes that do not fit are dropped
// silently. Else writes to descriptor 2.
void
rt_write(const void *p, size_t n)
{
	G *gp = rt_g();

	if (!gp || !gp->writer.buf) {
		if (keepbuf)
			keep(p, n);
		os_write(2, p, n);
		return;
	}
	if (n > gp->writer.room)
		n = gp->writer.room;
	memcpy(gp->writer.buf, p, n);
	gp->writer.buf += n;
	gp->writer.room -= n;
}

void
rt_prints(const char *s)
{
	if (!s)
		s = "(nil)";
	rt_write(s, strlen(s));
}

// Lines after the first are indented, so that they cannot be mistaken for lines of the report.
void
rt_printlines(const char *s)
{
	const char *nl;

	while (s && (nl = strchr(s, '\n')) != NULL) {
		rt_write(s, (size_t)(nl - s));
		rt_prints("\n\t");
		s = nl + 1;
	}
	rt_prints(s);
}

// In quotes, as Go's %q: a name of the program cannot be mistaken for other text.
void
rt_printquoted(const char *s)
{
	static const char escaped[] = "\"\\\n\r\t", letters[] = "\"\\nrt";
	const char *e;
	unsigned char c;

	rt_prints("\"");
	for (; (c = (unsigned char)*s); s++) {
		if ((e = strchr(escaped, c)))
			rt_printf("\\%c", letters[e - escaped]);
		else if (c < ' ' || c == 0x7f)
			rt_printf("\\x%c%c", "01234567"[c >> 4], "0123456789abcdef"[c & 15]);
		else
			rt_printf("%c", c);
	}
	rt_prints("\"");
}

void
rt_printbool(bool v)
{
	rt_prints(v ? "true" : "false");
}

static char *
decimal(char *end, uint64_t v)
{
	do
		*--end = (char)('0' + v % 10);
	while (v /= 10);
	return end;
}

void
rt_printuint(uint64_t v)
{
	char buf[24], *end = buf + sizeof buf, *p = decimal(end, v);

	rt_write(p, (size_t)(end - p));
}

void
rt_printint(int64_t v)
{
	char buf[24], *end = buf + sizeof buf,
		      *p = decimal(end, v < 0 ? -(uint64_t)v : (uint64_t)v);

	if (v < 0)
		*--p = '-';
	rt_write(p, (size_t)(end - p));
}

void
rt_printhex(uint64_t v)
{
	static const char digits[] = "0123456789abcdef";
	char buf[24], *end = buf + sizeof buf, *p = end;

	do
		*--p = digits[v % 16];
	while (v /= 16);
	*--p = 'x';
	*--p = '0';
	rt_write(p, (size_t)(end - p));
}

void
rt_printpointer(const void *p)
{
	rt_printhex((uintptr_t)p);
}

// Scales v to [1, 10) and returns the decimal exponent.
static int
normalise(double *v)
{
	int e = 0;

	if (*v == 0)
		return 0;
	while (*v >= 10) {
		e++;
		*v /= 10;
	}
	while (*v < 1) {
		e--;
		*v *= 10;
	}
	return e;
}

// Sign, digit, point, six digits, e, sign, three exponent digits: "+1.234568e+008".
void
rt_printfloat(double v)
{
	enum { Digits = 7 };
	char buf[Digits + 7];
	double half = 5;
	int e, n = 0;

	if (v != v) {
		rt_prints("NaN");
		return;
	}
	if (v - v != 0) {
		rt_prints(v > 0 ? "+Inf" : "-Inf");
		return;
	}
	buf[n++] = v < 0 || (v == 0 && 1 / v < 0) ? '-' : '+';
	if (v < 0)
		v = -v;
	e = normalise(&v);
	if (v != 0) {
		for (int i = 0; i < Digits; i++)
			half /= 10;
		v += half;
		if (v >= 10) {
			e++;
			v /= 10;
		}
	}
	for (int i = 0; i < Digits; i++) {
		int d = (int)v;

		buf[n++] = (char)('0' + d);
		if (i == 0)
			buf[n++] = '.';
		v = (v - d) * 10;
	}
	buf[n++] = 'e';
	buf[n++] = e < 0 ? '-' : '+';
	if (e < 0)
		e = -e;
	buf[n++] = (char)('0' + e / 100);
	buf[n++] = (char)('0' + e / 10 % 10);
	buf[n++] = (char)('0' + e % 10);
	rt_write(buf, (size_t)n);
}

void
rt_printcomplex(double re, double im)
{
	rt_write("(", 1);
	rt_printfloat(re);
	rt_printfloat(im);
	rt_write("i)", 2);
}

void
rt_printsp(void)
{
	rt_write(" ", 1);
}

void
rt_printnl(void)
{
	rt_write("\n", 1);
}

// Prints each nibble as a hex number, a space after each byte, a newline after each sixteenth.
void
rt_dump(const void *p, size_t n)
{
	const unsigned char *b = p;

	for (size_t i = 0; i < n; i++) {
		rt_printhex(b[i] >> 4);
		rt_printhex(b[i] & 0xf);
		if (i % 16 == 15)
			rt_printnl();
		else
			rt_printsp();
	}
	if (n % 16)
		rt_printnl();
}

// Prints one verb. False: it is unknown. Integer arguments keep their C promotions.
static void
verb(char c, va_list *ap)
{
	switch (c) {
	case 'd':
		rt_printint(va_arg(*ap, int32_t));
		break;
	case 'D':
		rt_printint(va_arg(*ap, int64_t));
		break;
	case 'u':
		rt_printuint(va_arg(*ap, uint32_t));
		break;
	case 'U':
		rt_printuint(va_arg(*ap, uint64_t));
		break;
	case 'x':
		rt_printhex(va_arg(*ap, uint32_t));
		break;
	case 'X':
		rt_printhex(va_arg(*ap, uint64_t));
		break;
	case 'p':
		rt_printpointer(va_arg(*ap, void *));
		break;
	case 's':
		rt_prints(va_arg(*ap, const char *));
		break;
	case 'q':
		rt_printquoted(va_arg(*ap, const char *));
		break;
	case 't':
		rt_printbool(va_arg(*ap, int));
		break;
	case 'f':
		rt_printfloat(va_arg(*ap, double));
		break;
	case 'c': {
		char ch = (char)va_arg(*ap, int);

		rt_write(&ch, 1);
		break;
	}
	case 'S': {
		size_t n = va_arg(*ap, size_t);

		rt_write(va_arg(*ap, const char *), n);
		break;
	}
	case '%':
		rt_write("%", 1);
		break;
	default:
		break;
	}
}

void
rt_vprintf(const char *fmt, va_list args)
{
	va_list ap;
	const char *p = fmt;

	va_copy(ap, args);
	while (*p) {
		const char *percent = p;

		while (*percent && *percent != '%')
			percent++;
		if (percent > p)
			rt_write(p, (size_t)(percent - p));
		if (!*percent || !percent[1])
			break;
		verb(percent[1], &ap);
		p = percent + 2;
	}
	va_end(ap);
}

void
rt_printf(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	rt_vprintf(fmt, ap);
	va_end(ap);
}
