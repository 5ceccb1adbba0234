#ifndef RT_PRINT_H
#define RT_PRINT_H

// Printing without malloc: to descriptor 2, or into the buffer of the running goroutine's Writer
// while that is set (the seed's gwrite). Verbs, as in Go's C runtime (there is no width):
// %d int32  %D int64  %u uint32  %U uint64  %x %X hex of 32 and 64 bits (0x...)  %p pointer
// %s C string (NULL prints (nil))  %q the same in quotes, escaped (not NULL)  %S length-limited:
// size_t n, const char *  %t bool %f double  %c char  %% percent. An unknown verb prints nothing.

#include <stdarg.h>
#include "base.h"

void rt_printf(const char *fmt, ...);
void rt_vprintf(const char *fmt, va_list ap);
void rt_write(const void *p, size_t n); // through the redirect
void rt_prints(const char *s);
void rt_printlines(const char *s); // of somebody else, in a report
void rt_printquoted(const char *s);
void rt_printbool(bool v);
void rt_printint(int64_t v);
void rt_printuint(uint64_t v);
void rt_printhex(uint64_t v);
void rt_printfloat(double v);
void rt_printcomplex(double re, double im);
void rt_printpointer(const void *p);
void rt_printsp(void);
void rt_printnl(void);
void rt_dump(const void *p, size_t n);

// While the program dies, buf also gets everything that is printed to descriptor 2, for the host.
void rt_print_keep(char *buf, size_t room);
size_t rt_print_kept(void);

#endif
