// A dump of goroutines in every state, word for word. Ids and pcs are left out: ids depend on
// which P made them.
//
// No goroutine is preempted: the last one of all is not to run before the dump.
// env: GODEBUG=preempt=0

#include "check.h"

static GoChan *empty, *full;
static GoMutex mu;
static GoRWMutex rw;
static GoWaitGroup wg;
static GoCond cond = {.l = &mu};
static uint32_t sema;

static void
sends(void *unused)
{
	int v = 1;

	(void)unused;
	go_chan_send(full, &v);
}

static void
sends_nil(void *unused)
{
	(void)unused;
	go_chan_send(NULL, NULL);
}

static void
receives(void *unused)
{
	(void)unused;
	go_chan_recv(empty, NULL);
}

static void
receives_nil(void *unused)
{
	(void)unused;
	go_chan_recv(NULL, NULL);
}

static void
selects(void *unused)
{
	GoCase cases[] = {{empty, GO_RECV, NULL, false}, {NULL, GO_RECV, NULL, false}};

	(void)unused;
	go_select(cases, 2, true);
}

static void
selects_none(void *unused)
{
	(void)unused;
	go_select(NULL, 0, true);
}

static void
sleeps(void *unused)
{
	(void)unused;
	go_sleep(1000 * GO_SECOND);
}

static void
semacquires(void *unused)
{
	(void)unused;
	go_semacquire(&sema);
}

static void
locks(void *unused)
{
	(void)unused;
	go_mutex_lock(&mu);
}

static void
rlocks(void *unused)
{
	(void)unused;
	go_rwmutex_rlock(&rw);
}

static void
wlocks(void *unused)
{
	(void)unused;
	go_rwmutex_lock(&rw);
}

static void
waits(void *unused)
{
	(void)unused;
	go_waitgroup_wait(&wg);
}

static void
waits_cond(void *unused)
{
	(void)unused;
	go_mutex_lock(&mu);
	go_cond_wait(&cond);
}

static void protected(void *unused)
{
	go_protect(receives, unused);
}

static void
deferred(void *unused)
{
	(void)unused;
	go_defer(receives, NULL);
	go_panic("stays");
}

static void
leaves(void *unused)
{
	(void)unused;
	go_defer(protected, NULL);
	go_exit();
}

static void
runnable(void *unused)
{
	(void)unused;
}

static void
print_dump(void)
{
	static char text[1 << 15];
	size_t n = go_stack(text, sizeof text - 1, true);

	text[n] = 0;
	for (char *p = text; (p = strstr(p, " +0x")) != NULL;)
		memmove(p, strchr(p, '\n'), strlen(strchr(p, '\n')) + 1);
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		if (strncmp(line, "goroutine ", 10) == 0)
			printf("\n%s\n", strchr(line, '['));
		else if (strncmp(line, "created by ", 11) == 0)
			printf("%.*s\n", (int)(strstr(line, " in goroutine ") - line), line);
		else
			printf("%s\n", line);
}

int
main(void)
{
	static const GoFunc fns[] = {
		sends,       sends_nil,  receives, receives_nil, selects,  selects_none, sleeps,
		semacquires, waits_cond, waits,    protected,    deferred, leaves,
	};
	int n = 0, old = go_max_procs(1);

	empty = go_chan_make(sizeof(int), 0);
	full = go_chan_make(sizeof(int), 1);
	go_chan_send(full, &n);
	go_waitgroup_add(&wg, 1);
	for (; n < (int)(sizeof fns / sizeof *fns); n++)
		go(fns[n], NULL);
	for (int i = 0; i < 20; i++)
		go_gosched();
	go_mutex_lock(&mu);
	go_rwmutex_lock(&rw);
	go(locks, NULL);
	go(rlocks, NULL);
	go(wlocks, NULL);
	for (int i = 0; i < 20; i++)
		go_gosched();
	go(runnable, NULL);
	print_dump();
	go_max_procs(old);
	return 0;
}
