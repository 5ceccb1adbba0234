#ifndef RT_ENV_H
#define RT_ENV_H

// Environment variables that the runtime reads. An unusable value ends the program before main, and
// the message names it.

#include "base.h"

// Reads a whole decimal number, perhaps with a sign, that fills [s, end). False: the text is no
// such number, or the number does not lie between least and most.
bool rt_env_number(const char *s, const char *end, int64_t least, int64_t most, int64_t *v);
// The same for a variable. If it is unset (NULL) or empty, *v stays as it is.
void rt_env_int32(const char *name, const char *value, int32_t least, int32_t *v);
// "fatal error: malformed NAME; expected ..., got VALUE".
NORETURN void rt_env_fault(const char *name, const char *value, const char *expected);

#endif
