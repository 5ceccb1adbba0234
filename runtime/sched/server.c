#include "server.h"

void
rt_server_asleep(void *server)
{
	Server *s = server;

	store_seq(&s->asleep, 1);
	rt_server_wake(s);
}
