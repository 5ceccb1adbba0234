// Functions that every host has. Their names begin with "worldsema:".

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../ask/words.h"
#include "../base/base.h"
#include "../sync/panic.h"
#include "call.h"
#include "error.h"

// A host call. Dumps show "what of" for it, as in "fetch URL".
MAYSWITCH static GoError *
call(const char *what, const char *of, const GoValue *args, size_t nargs, int64_t ns, GoValue *v)
{
	char name[32], detail[80];

	snprintf(name, sizeof name, "worldsema:%s", what);
	snprintf(detail, sizeof detail, "%s%s%s", what, of ? " " : "", of ? of : "");
	return rt_host_call(name, args, nargs, (HostHow){.ns = ns, .detail = detail, .own = true},
	                    v);
}

// Panics if there is an error.
MAYSWITCH static void
must(const char *who, GoError *err)
{
	char why[240];

	if (!err)
		return;
	snprintf(why, sizeof why, "%s: %s", who, err->message);
	free(err);
	go_panic(why);
}

MAYSWITCH GoError *
go_host_fetch(const char *url, int64_t timeout_ns, GoResponse *r)
{
	GoValue arg = go_string(url), v;
	GoError *err;
	FetchHead head;
	char *from;

	rt_nonil(r);
	err = call("fetch", url, &arg, 1, timeout_ns, &v);
	if (err)
		return err;
	from = v.bytes;
	memcpy(&head, from, sizeof head);
	r->status = (int)head.status;
	r->len = v.len - sizeof head - head.header_bytes;
	r->body = from + sizeof head + head.header_bytes;
	// r->headers must be the beginning of the block, for free().
	memmove(from, from + sizeof head, head.header_bytes);
	r->headers = from;
	return NULL;
}

MAYSWITCH GoError *
go_host_read(const char *path, int64_t timeout_ns, void **bytes, size_t *len)
{
	GoValue arg = go_string(path), v;
	GoError *err;

	rt_nonil(bytes);
	rt_nonil(len);
	err = call("read", path, &arg, 1, timeout_ns, &v);
	if (err)
		return err;
	*bytes = v.bytes;
	*len = v.len;
	return NULL;
}

MAYSWITCH _Noreturn void
go_host_serve(void)
{
	must("go_host_serve", call("serve", NULL, NULL, 0, GO_FOREVER, NULL));
	go_exit();
}

MAYSWITCH GoError *
go_host_sleep(int64_t ns)
{
	GoValue arg = go_number((double)ns / 1e6);

	return call("sleep", NULL, &arg, 1, GO_FOREVER, NULL);
}

enum { RandomPiece = 1 << 20 };

MAYSWITCH void
go_host_random(void *bytes, size_t n)
{
	if (n > 0)
		rt_nonil(bytes);
	for (char *to = bytes; n > 0;) {
		size_t piece = n < RandomPiece ? n : RandomPiece;
		GoValue arg = go_number((double)piece), v;
		GoError *err = call("random", NULL, &arg, 1, GO_FOREVER, &v);

		must("go_host_random", err);
		memcpy(to, v.bytes, piece);
		go_value_free(&v);
		to += piece;
		n -= piece;
	}
}

MAYSWITCH void
go_host_console(const char *level, const char *text)
{
	GoValue args[] = {go_string(level), go_string(text)};

	must("go_host_console", call("console", NULL, args, nelem(args), GO_FOREVER, NULL));
}
