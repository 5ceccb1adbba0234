// Values and errors of the host. GO_HOST and GO_EXPORT use these functions.

#include "error.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../base/throw.h"

// --- errors ---

static char *
copy(char *to, const char *text, size_t n)
{
	memcpy(to, text, n);
	return to;
}

GoError *
rt_host_error(const char *name, const char *message, const char *code)
{
	size_t n = strlen(name) + 1, m = strlen(message) + 1, k = strlen(code) + 1;
	GoError *err = rt_must(malloc(sizeof *err + n + m + k), "host: out of memory for an error");
	char *text = (char *)(err + 1);

	err->name = copy(text, name, n);
	err->message = copy(text + n, message, m);
	err->code = copy(text + n + m, code, k);
	return err;
}

GoError *
rt_host_timeout(const char *func, int64_t ns)
{
	char text[400];

	snprintf(text, sizeof text, "%s did not answer within %.6g ms", func,
	         ns < 0 ? 0.0 : (double)ns / 1e6);
	return rt_host_error("TimeoutError", text, "ERR_TIMEOUT");
}

// --- values ---

GoValue
go_string(const char *text)
{
	return go_string_n(text, text ? strlen(text) : 0);
}

MAYSWITCH GoFrom_
go_host_must_(const char *func, const GoValue *args, size_t nargs)
{
	GoFrom_ from = {.func = func};
	GoError *err = go_host_call(func, args, nargs, GO_FOREVER, &from.value);
	char text[240];

	if (!err)
		return from;
	snprintf(text, sizeof text, "host call %s: %s: %s", func, err->name, err->message);
	free(err);
	go_panic(text);
}

// The value is not of the declared type: fails the call, or panics with the host's answer.
MAYSWITCH static void
mismatch(GoFrom_ *from, const char *wanted)
{
	static const char *const kinds[] = {"null", "a number", "a BigInt", "a string", "bytes"};
	const GoValue *v = &from->value;
	char got[48], text[400];

	if (v->kind == GO_NUMBER)
		snprintf(got, sizeof got, "%.17g", v->number);
	else if (v->kind == GO_INT)
		snprintf(got, sizeof got, "%" PRId64, v->integer);
	else
		snprintf(got, sizeof got, "%s", kinds[v->kind]);
	if (from->call) {
		snprintf(text, sizeof text, "%s: argument %u is %s, expected %s", from->func,
		         (unsigned)from->arg + 1, got, wanted);
		if (!go_call_answered_(from->call))
			go_call_fail(from->call, "TypeError", text, "ERR_BAD_ARGUMENT");
		return;
	}
	snprintf(text, sizeof text, "host call %s: it gave %s, expected %s", from->func, got,
	         wanted);
	go_value_free(&from->value);
	go_panic(text);
}

MAYSWITCH double
go_to_number_(GoFrom_ from)
{
	if (from.value.kind == GO_NUMBER)
		return from.value.number;
	if (from.value.kind == GO_INT)
		return (double)from.value.integer;
	mismatch(&from, "a number");
	return 0;
}

// True: the value is an integer of 64 bits, *n.
static bool
integral(const GoValue *v, int64_t *n)
{
	double x = v->number;

	if (v->kind == GO_INT) {
		*n = v->integer;
		return true;
	}
	if (v->kind != GO_NUMBER || !(x >= -9223372036854775808.0 && x < 9223372036854775808.0))
		return false;
	*n = (int64_t)x;
	return (double)*n == x;
}

MAYSWITCH int64_t
go_to_integer_(GoFrom_ from, int64_t min, int64_t max)
{
	char wanted[96];
	int64_t n = 0;

	if (integral(&from.value, &n) && n >= min && n <= max)
		return n;
	snprintf(wanted, sizeof wanted, "an integer from %" PRId64 " to %" PRId64, min, max);
	mismatch(&from, wanted);
	return 0;
}

MAYSWITCH char *
go_to_string_(GoFrom_ from)
{
	if (from.value.kind == GO_STRING)
		return from.value.string;
	if (from.value.kind != GO_NULL)
		mismatch(&from, "a string");
	return NULL;
}
