#include "../host/call.h"
#include "../host/export.h"

// Calls both ways, as the host's thread sees them. It reads and writes the records in place, by the
// positions that stand in host/layout.js.

#ifdef __wasm__
static_assert(sizeof(GoValue) == 16 && offsetof(GoValue, len) == 4 &&
                      offsetof(GoValue, number) == 8,
              "host/layout.js: Value");
static_assert(offsetof(HostCall, taken) == 4 && offsetof(HostCall, name) == 8 &&
                      offsetof(HostCall, args) == 12 && offsetof(HostCall, nargs) == 16 &&
                      offsetof(HostCall, to) == 20 && offsetof(HostCall, answer) == 24 &&
                      offsetof(HostCall, room) == 40 && offsetof(HostCall, state) == 40 + HostRoom,
              "host/layout.js: Call");
static_assert(sizeof(Packet) == 16 && offsetof(GoCall, id) == 4 && offsetof(GoCall, what) == 8 &&
                      offsetof(GoCall, nargs) == 12 && offsetof(GoCall, args) == 32,
              "host/layout.js: Message");
static_assert(offsetof(GoExport, next) == 16, "host/layout.js: Export");
#endif

EXPORT(rt_host_take)
HostCall *
rt_host_take(void)
{
	return rt_hostcall_take();
}

EXPORT(rt_host_claim)
bool
rt_host_claim(HostCall *c)
{
	return rt_hostcall_claim(c);
}

EXPORT(rt_host_settle)
void
rt_host_settle(HostCall *c)
{
	rt_hostcall_settle(c);
}

EXPORT(rt_host_giveback)
void
rt_host_giveback(HostCall *c)
{
	rt_hostcall_giveback(c);
}

EXPORT(rt_host_exports)
const GoExport *
rt_host_exports(void)
{
	return rt_exports();
}
