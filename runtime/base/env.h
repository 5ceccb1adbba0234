#ifndef RT_ENV_H
#define RT_ENV_H

// Variables of the environment that the runtime reads: a value that cannot be used ends the program
// before main, and is named.

#include "base.h"

// A whole number in decimal, perhaps with a sign, and nothing behind it; end: where it has to end.
// False: it is none, or it does not lie between least and most.
bool rt_env_number(const char *s, const char *end, int64_t least, int64_t most, int64_t *v);
// The same for a variable, which may be unset (NULL) or empty: then v stays as it is.
void rt_env_int32(const char *name, const char *value, int32_t least, int32_t *v);
// "fatal error: malformed NAME; expected ..., got VALUE".
NORETURN void rt_env_fault(const char *name, const char *value, const char *expected);

#endif
