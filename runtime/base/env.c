#include "env.h"

#include <string.h>

#include "throw.h"

bool
rt_env_number(const char *s, const char *end, int64_t least, int64_t most, int64_t *v)
{
	bool neg = s < end && *s == '-';
	uint64_t n = 0, limit = neg ? (uint64_t)1 << 63 : INT64_MAX;

	if (s < end && (*s == '-' || *s == '+'))
		s++;
	if (s == end)
		return false;
	for (; s < end; s++) {
		uint64_t digit = (uint64_t)(*s - '0');

		if (*s < '0' || *s > '9' || n > (limit - digit) / 10)
			return false;
		n = n * 10 + digit;
	}
	*v = (int64_t)(neg ? -n : n);
	return *v >= least && *v <= most;
}

void
rt_env_int32(const char *name, const char *value, int32_t least, int32_t *v)
{
	int64_t n;

	if (!value || !*value)
		return;
	if (!rt_env_number(value, value + strlen(value), least, INT32_MAX, &n))
		rt_env_fault(name, value, least > 0 ? "a whole number above 0" : "a whole number");
	*v = (int32_t)n;
}

static char *
append(char *to, const char *end, const char *text)
{
	for (; *text && to < end; text++)
		*to++ = (unsigned char)*text < ' ' ? '?' : *text;
	*to = '\0';
	return to;
}

NORETURN void
rt_env_fault(const char *name, const char *value, const char *expected)
{
	static char text[240];
	char *to = text, *end = text + sizeof text - 1;

	to = append(append(to, end, "malformed "), end, name);
	to = append(append(to, end, "; expected "), end, expected);
	append(append(to, end, ", got "), end, value);
	rt_throw(text);
}
