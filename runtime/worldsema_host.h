#ifndef WORLDSEMA_HOST_H
#define WORLDSEMA_HOST_H

// The host: JavaScript, from C and back. Part of worldsema.h, which includes it.
//
//	GO_HOST(double, add, double, double) // C calls add, of createRuntime's option `host`
//	GO_EXPORT(double, half, double)      // JavaScript starts half, by rt.go('half', x)
//
// All JavaScript of the host runs on one thread: the page's, or Node's main one. If it answers with
// a promise, only the goroutine that has called waits; a dump shows it as [host call: add]. A wait
// for the host is never a deadlock.

#ifndef WORLDSEMA_H
#error "include worldsema.h"
#endif

#include <limits.h>
#include <stdlib.h>

#ifdef __cplusplus
extern "C" {
#endif

// --- values ----------------------------------------------------------------------------------

// What crosses the border.
typedef enum GoKind {
	GO_NULL,   // null; undefined becomes it, too
	GO_NUMBER, // a number; true and false become 1 and 0
	GO_INT,    // a BigInt of 64 bits, signed
	GO_STRING, // UTF-8. A lone surrogate becomes U+FFFD
	GO_BYTES,  // a Uint8Array; every view and ArrayBuffer becomes it
} GoKind;

typedef struct GoValue GoValue;
struct GoValue {
	GoKind kind;
	size_t len; // of a string, without the NUL behind it, or of bytes
	union {
		double number;
		int64_t integer;
		char *string;
		void *bytes;
	};
};

static inline GoValue
go_null(void)
{
	GoValue v = {GO_NULL, 0, {0}};

	return v;
}

static inline GoValue
go_number(double number)
{
	GoValue v = {GO_NUMBER, 0, {number}};

	return v;
}

static inline GoValue
go_int(int64_t integer)
{
	GoValue v = {GO_INT, 0, {0}};

	v.integer = integer;
	return v;
}

// n bytes. They are not copied, and nobody writes to them. A string may hold NULs.
static inline GoValue
go_bytes(const void *bytes, size_t n)
{
	GoValue v = {GO_BYTES, n, {0}};

	v.bytes = (void *)bytes;
	return v;
}

static inline GoValue
go_string_n(const char *text, size_t n)
{
	GoValue v = go_bytes(text, n);

	v.kind = text ? GO_STRING : GO_NULL;
	return v;
}

// NULL: null.
GoValue go_string(const char *text);

// Frees the string or the bytes of a value that was received.
static inline void
go_value_free(GoValue *v)
{
	if (v->kind == GO_STRING || v->kind == GO_BYTES)
		free(v->bytes);
	*v = go_null();
}

// An error of the host, or of the call itself. One block of memory: free(error).
typedef struct GoError GoError;
struct GoError {
	const char *name;    // "TypeError"
	const char *message; // never NULL
	const char *code;    // "ENOENT"; "" when there is none
};

// --- calling JavaScript ----------------------------------------------------------------------

#define GO_FOREVER INT64_MAX

// Calls the function `name` of createRuntime's option `host` with the arguments. Waits until it has
// returned, or its promise is fulfilled. Returns NULL, and the result in *result (which may be
// NULL); a string or bytes in it are malloc'd, and the caller frees them. Or returns an error: what
// the function throws, or rejects with, and:
//
//	TimeoutError    ERR_TIMEOUT           no answer within timeout_ns (GO_FOREVER: no
//	                                      limit). `this.signal` of the function is
//	                                      aborted, and its answer is dropped
//	ReferenceError  ERR_NO_HOST_FUNCTION  no function of that name
//	TypeError       ERR_BAD_NAME, ERR_BAD_ARGUMENT, ERR_BAD_RESULT
//	RangeError      ERR_BAD_RESULT        a BigInt of more than 64 bits
//	RangeError      ERR_NO_MEMORY         for the answer
//
// The arguments are not copied: nobody may change them until it returns.
MAYSWITCH GoError *go_host_call(const char *name, const GoValue *args, size_t nargs,
                                int64_t timeout_ns, GoValue *result);

// Makes args and nargs of C values: go_host_call("add", GO_ARGS(1, x), GO_FOREVER, &sum).
// One to seven values of the types below. Not in C++.
#define GO_ARGS(...) GO_ARRAY_(GO_VALUES_(__VA_ARGS__))
#define GO_NO_ARGS NULL, 0

// Declares `result name(types...)`, which calls the host's function of that name, with up to six
// arguments. An error is a panic: "host call add: TypeError: ...". Types of arguments: bool, int,
// unsigned, long, unsigned long, float, double (numbers), long long, int64_t (BigInt), const char *
// (NULL: null), GoValue. Types of results: the same, void, and char * (NULL: null). A char *, and
// what a GoValue holds, is malloc'd, and the caller frees it. A result that does not fit the type
// (1.5 or NaN for an int) is a panic, too.
#define GO_HOST(ret, ...)                                                                       \
	GO_PICK_(__VA_ARGS__, GO_HOST6_, GO_HOST5_, GO_HOST4_, GO_HOST3_, GO_HOST2_, GO_HOST1_, \
	         GO_HOST0_, )                                                                   \
	(ret, __VA_ARGS__)

// --- called by JavaScript --------------------------------------------------------------------

// A call by rt.go(name, ...args): a goroutine of its own.
typedef struct GoCall GoCall;

// Lets rt.go('name', ...args) start the C function of that name as a goroutine. Its result fulfils
// the promise. Types as for GO_HOST. Strings that are arguments are valid until the function
// returns. If it returns a char * or a GoValue with a string or bytes, these must be malloc'd, and
// are freed afterwards; a const char * is not freed. Wrong arguments reject the promise, and the
// function is not called. A panic that nobody catches ends the program, as in every goroutine.
// go_exit rejects the promise.
#define GO_EXPORT(ret, ...)                                                                    \
	GO_PICK_(__VA_ARGS__, GO_EXPORT6_, GO_EXPORT5_, GO_EXPORT4_, GO_EXPORT3_, GO_EXPORT2_, \
	         GO_EXPORT1_, GO_EXPORT0_, )                                                   \
	(ret, __VA_ARGS__)

// The same for `void fn(GoCall *)`, which reads its arguments and answers with the functions below.
// Its stack has at least stack_bytes bytes (0: the default).
#define GO_EXPORT_CALL(name, fn, stack_bytes)                                    \
	__attribute__((constructor)) static void go_export_##name##_(void)       \
	{                                                                        \
		static GoExport export_ = {#name, fn, stack_bytes, false, NULL}; \
		go_export_(&export_);                                            \
	}

size_t go_call_nargs(const GoCall *call);
// GO_NULL beyond the last one. Strings and bytes are valid until the function returns.
GoValue go_call_arg(const GoCall *call, size_t i);
#ifndef RT_BASE_H // see "NULL" in worldsema.h
GO_CHECKED_(size_t, return, go_call_nargs, (const GoCall *p), (p))
GO_CHECKED_(GoValue, return, go_call_arg, (const GoCall *p, size_t i), (p, i))
#define go_call_nargs(...) go_call_nargs_checked_(__VA_ARGS__)
#define go_call_arg(...) go_call_arg_checked_(__VA_ARGS__)
#endif
// Fulfils the promise. When it returns the host has its copy. A function that does not answer gives
// null. Panics: "the call is answered already".
MAYSWITCH void go_call_return(GoCall *call, GoValue result);
// Rejects the promise with a GoError of that name, message and code (NULL: none).
MAYSWITCH void go_call_fail(GoCall *call, const char *name, const char *message, const char *code);

// Gives rt.channel(name) the channel c, whose elements are of this C type: double, int, int64_t,
// char * (malloc'd; whoever receives one owns it), GoValue (the same), anything else: its bytes.
// A channel has one name. A goroutine that waits on it waits for the host: that is no deadlock.
// Panics when elements are of another size, when name is empty, longer than 255 bytes or taken.
#define go_host_channel(name, c, type) go_host_channel_at(name, c, sizeof(type), GO_ELEM_(type))
// The host has it no longer: what it waits for there fails, and what it asks for later, unless the
// channel was closed (receivers just end) or the name is given again. To be called before
// go_chan_free.
MAYSWITCH void go_host_channel_forget(GoChan *c);

// --- ready-made ------------------------------------------------------------------------------

// What fetch() gave: free(r.headers) frees it with the body.
typedef struct GoResponse GoResponse;
struct GoResponse {
	int status;          // 200, 404, ...
	const char *headers; // lines "name: value\n"
	const void *body;
	size_t len;
};

// The host's fetch(url): whatever the server answers is a response, not an error.
MAYSWITCH GoError *go_host_fetch(const char *url, int64_t timeout_ns, GoResponse *r);
// A file by its path (Node.js) or the body of a URL; a status that is not 2xx is an error. *bytes
// is malloc'd, with a NUL behind the len bytes.
MAYSWITCH GoError *go_host_read(const char *path, int64_t timeout_ns, void **bytes, size_t *len);
// Waits for ever, while other goroutines run: for main, in a program that only does what JavaScript
// asks it to (GO_EXPORT, channels by name). It is no deadlock. The program ends by exit, or when it
// is closed.
MAYSWITCH _Noreturn void go_host_serve(void);
// Waits on a timer of the host. NULL, or the error.
MAYSWITCH GoError *go_host_sleep(int64_t ns);
// Random bytes, fit for keys.
MAYSWITCH void go_host_random(void *bytes, size_t n);
// console[level](text), at once: "log", "info", "warn", "error", "debug".
MAYSWITCH void go_host_console(const char *level, const char *text);

#include "worldsema_convert.h"

#ifdef __cplusplus
}
#endif

#endif
