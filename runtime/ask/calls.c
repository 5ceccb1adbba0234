#include "../host/call.h"
#include "../host/export.h"

// Calls both ways, as the host's thread sees them. It reads and writes the records in place.

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
