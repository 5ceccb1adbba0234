// Goroutines that are leaked and goroutines that are not, in known shapes, each a function. A
// goroutine that ends starts them all, so only what the shape says leads to what they wait for.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <worldsema.h>

// --- leaked: a name with "lost" ---

static void
lost_send(void *arg)
{
	go_chan_send(arg, &(int){1});
}

static void
lost_receive(void *arg)
{
	go_chan_recv(arg, NULL);
}

static void
lost_full(void *arg)
{
	for (int i = 0;; i++)
		go_chan_send(arg, &i);
}

static void
lost_nil_send(void *arg)
{
	(void)arg;
	go_chan_send(NULL, NULL);
}

static void
lost_nil_receive(void *arg)
{
	(void)arg;
	go_chan_recv(NULL, NULL);
}

static void
lost_select_nothing(void *arg)
{
	(void)arg;
	go_select(NULL, 0, true);
}

static void
lost_select_two(void *arg)
{
	GoCase cases[] = {{.chan = arg, .dir = GO_RECV},
	                  {.chan = go_chan_make(0, 0), .dir = GO_SEND},
	                  {.chan = NULL, .dir = GO_RECV}};

	go_select(cases, 3, true);
}

static void
lost_select_many(void *arg)
{
	GoCase cases[20] = {{.chan = arg, .dir = GO_RECV}};

	for (int i = 1; i < 20; i++)
		cases[i] = (GoCase){.chan = go_chan_make(0, 0), .dir = GO_RECV};
	go_select(cases, 20, true);
}

typedef struct Pair Pair;
struct Pair {
	GoChan *in, *out;
};

// Two of them, each waits for the other one.
static void
lost_in_circle(void *arg)
{
	Pair p = *(Pair *)arg;

	free(arg);
	go_chan_recv(p.in, NULL);
	go_chan_send(p.out, NULL);
}

// Of a chain only the last has what the one before waits for, and is lost itself.
static void
lost_in_chain(void *arg)
{
	Pair p = *(Pair *)arg;

	free(arg);
	go_chan_recv(p.in, NULL);
	go_chan_close(p.out);
}

static void
lost_mutex(void *arg)
{
	go_mutex_lock(arg);
}

static void
lost_reader(void *arg)
{
	go_rwmutex_rlock(arg);
}

static void
lost_group(void *arg)
{
	go_waitgroup_wait(arg);
}

static void
lost_semaphore(void *arg)
{
	go_semacquire(arg);
}

static void
lost_after_sleep(void *arg)
{
	go_sleep(GO_MILLISECOND);
	go_chan_send(arg, &(int){1});
}

static void
lost_after_timeout(void *arg)
{
	GoCase cases[] = {{.chan = arg, .dir = GO_RECV},
	                  {.chan = go_after(GO_MILLISECOND), .dir = GO_RECV}};

	go_select(cases, 2, true);
	go_chan_free(cases[1].chan);
	go_chan_recv(arg, NULL);
}

// Who got the request has forgotten it.
static GoChan *requests;

static void
lost_asker(void *reply)
{
	go_chan_send(requests, &reply);
	go_chan_recv(reply, NULL);
}

static void
forget_request(void *arg)
{
	void *reply;

	(void)arg;
	go_chan_recv(requests, &reply);
}

typedef struct Meeting Meeting;
struct Meeting {
	GoMutex mutex;
	GoCond cond;
};

static void
lost_cond(void *arg)
{
	Meeting *m = arg;

	go_mutex_lock(&m->mutex);
	go_cond_wait(&m->cond);
}

static void
lost_context(void *arg)
{
	GoContext *c = go_context_make(NULL);

	(void)arg;
	go_chan_recv(go_context_done(c), NULL);
}

static int
lost_member(GoContext *c, void *arg)
{
	(void)arg;
	go_chan_recv(go_context_done(c), NULL);
	return 0;
}

// Nobody cancels, so neither ends.
static void
lost_task_group(void *arg)
{
	GoGroup *g = go_group_make(NULL);

	(void)arg;
	go_group_go(g, lost_member, NULL);
	go_group_wait(g);
}

// --- live ---

static GoContext *volatile global_context;
static GoChan *volatile global_chan; // a variable that nobody reads is none
static GoMutex global_mutex;
static GoWaitGroup global_group;
static Meeting global_meeting;
static struct Holder {
	int padding[7];
	struct Holder *next;
	GoChan *chan;
	GoMutex mutex;
} *volatile in_malloc, *volatile in_collected;

static void
live_receive(void *arg)
{
	go_chan_recv(arg, NULL);
}

static void
live_select(void *arg)
{
	GoCase cases[12] = {{.chan = arg, .dir = GO_RECV}};

	for (int i = 1; i < 12; i++)
		cases[i] = (GoCase){.chan = go_chan_make(0, 0), .dir = GO_RECV};
	go_select(cases, 12, true);
}

static void
live_mutex(void *arg)
{
	go_mutex_lock(arg);
}

static void
live_group(void *arg)
{
	go_waitgroup_wait(arg);
}

static void
live_cond(void *arg)
{
	Meeting *m = arg;

	go_mutex_lock(&m->mutex);
	go_cond_wait(&m->cond);
}

static void
live_sleep(void *arg)
{
	go_sleep(3600 * GO_SECOND);
	go_chan_close(arg);
}

static void
live_timer(void *arg)
{
	(void)arg;
	go_chan_recv(go_after(3600 * GO_SECOND), NULL);
}

// What the last of these has is held by a goroutine that sleeps.
static void
live_in_chain(void *arg)
{
	Pair p = *(Pair *)arg;

	free(arg);
	go_chan_recv(p.in, NULL);
	go_chan_close(p.out);
}

// Waits on its own stack for what a goroutine that sleeps will do.
static void
finishes(void *arg)
{
	go_sleep(3600 * GO_SECOND);
	go_waitgroup_done(arg);
}

static void
live_own_group(void *arg)
{
	GoWaitGroup group = {0};

	(void)arg;
	go_waitgroup_add(&group, 1);
	go(finishes, &group);
	go_waitgroup_wait(&group);
}

// A context ends with those above it, which may be nobody's but the tree's.
static void
live_context(void *arg)
{
	GoContext *middle = go_context_make(global_context), *c = go_context_make(middle);

	(void)arg;
	go_context_free(middle);
	go_chan_recv(go_context_done(c), NULL);
}

static void
live_deadline(void *arg)
{
	GoContext *middle = go_context_with_timeout(NULL, 3600 * GO_SECOND);
	GoContext *c = go_context_make(middle);

	(void)arg;
	go_context_free(middle);
	go_chan_recv(go_context_done(c), NULL);
}

static int
live_member(GoContext *c, void *arg)
{
	(void)arg;
	go_chan_recv(go_context_done(c), NULL);
	return 0;
}

static void
live_task_group(void *arg)
{
	GoGroup *g = go_group_make(global_context);

	(void)arg;
	go_group_go(g, live_member, NULL);
	go_group_wait(g);
}

// --- all of them ---

static void
chain(void (*fn)(void *), GoChan *out, int length)
{
	for (int i = 0; i < length; i++) {
		Pair *p = malloc(sizeof *p);

		*p = (Pair){.in = go_chan_make(0, 0), .out = out};
		out = p->in;
		go(fn, p);
	}
	if (fn == live_in_chain)
		go(live_sleep, out);
}

static void
circle(void)
{
	GoChan *a = go_chan_make(0, 0), *b = go_chan_make(0, 0);
	Pair *p = malloc(sizeof *p), *q = malloc(sizeof *q);

	*p = (Pair){a, b};
	*q = (Pair){b, a};
	go(lost_in_circle, p);
	go(lost_in_circle, q);
}

static void
lose_all(void *arg)
{
	GoMutex *mutex = calloc(1, sizeof *mutex);
	GoRWMutex *rw = calloc(1, sizeof *rw);
	GoWaitGroup *group = calloc(1, sizeof *group);
	Meeting *m = calloc(1, sizeof *m);

	(void)arg;
	go(lost_send, go_chan_make(sizeof(int), 0));
	go(lost_receive, go_chan_make(0, 0));
	go(lost_full, go_chan_make(sizeof(int), 3));
	go(lost_nil_send, NULL);
	go(lost_nil_receive, NULL);
	go(lost_select_nothing, NULL);
	go(lost_select_two, go_chan_make(0, 0));
	go(lost_select_many, go_chan_make(0, 0));
	circle();
	chain(lost_in_chain, go_chan_make(0, 0), 5);
	go_mutex_lock(mutex);
	go(lost_mutex, mutex);
	go_rwmutex_lock(rw);
	go(lost_reader, rw);
	go_waitgroup_add(group, 1);
	go(lost_group, group);
	go(lost_semaphore, go_alloc(100)); // its first word
	m->cond.l = &m->mutex;
	go(lost_cond, m);
	go(lost_after_sleep, go_chan_make(sizeof(int), 0));
	go(lost_after_timeout, go_chan_make(0, 0));
	requests = go_chan_make(sizeof(void *), 4);
	go(lost_asker, go_chan_make(0, 0));
	go(forget_request, NULL);
	go(lost_context, NULL);
	go(lost_task_group, NULL);
}

static struct Holder *
hold(struct Holder *h)
{
	h->chan = go_chan_make(0, 0);
	go(live_receive, h->chan);
	go_mutex_lock(&h->mutex);
	go(live_mutex, &h->mutex);
	return h;
}

static void
live_all(void *arg)
{
	(void)arg;
	global_chan = go_chan_make(0, 0);
	go(live_receive, global_chan);
	go(live_select, global_chan);
	in_malloc = hold(calloc(1, sizeof *in_malloc));
	in_collected = go_alloc(sizeof *in_collected);
	in_collected->next = hold(go_alloc(sizeof *in_collected));
	go_mutex_lock(&global_mutex);
	go(live_mutex, &global_mutex);
	go_waitgroup_add(&global_group, 1);
	go(live_group, &global_group);
	global_meeting.cond.l = &global_meeting.mutex;
	go(live_cond, &global_meeting);
	go(live_timer, NULL);
	go(live_own_group, NULL);
	chain(live_in_chain, go_chan_make(0, 0), 5);
	global_context = go_context_make(NULL);
	go(live_context, NULL);
	go(live_deadline, NULL);
	go(live_task_group, NULL);
}

// --- and what is told ---

static GoStackRecord records[100];

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

// The program's own function that a stack begins with.
static const char *
name_of(const GoStackRecord *r)
{
	static const char *const ours[] = {"lost_", "live_"};
	GoFrame f[8];

	for (int i = 0; i < 32 && r->pcs[i]; i++) {
		size_t n = go_func_for_pc(r->pcs[i], f, 8);

		for (size_t k = 0; k < n && k < 8; k++)
			if (strncmp(f[k].func, ours[0], 5) == 0 ||
			    strncmp(f[k].func, ours[1], 5) == 0)
				return f[k].func;
	}
	return "?";
}

// Until so many are: some may not have come to where they wait.
static void
tell(size_t expected)
{
	const char *names[100];
	size_t n;

	while (!go_goroutine_leak_profile(records, 100, &n) || n < expected)
		go_gosched();
	for (size_t i = 0; i < n; i++)
		names[i] = name_of(&records[i]);
	qsort(names, n, sizeof *names, by_name);
	for (size_t i = 0; i < n; i++)
		puts(names[i]);
	printf("%zu leaked\n", n);
}

// Until only those are left that wait.
static void
start(void (*fn)(void *), int n)
{
	int before = go_num_goroutine();

	go_with_stack(fn, NULL, 64 << 10);
	while (go_num_goroutine() != before + n)
		go_gosched();
}

int
main(void)
{
	GoChan *mine = go_chan_make(0, 0);
	size_t n;

	tell(0);
	start(live_all, 22);
	go(live_receive, mine);
	for (int i = 0; i < 20; i++) // on their way to where they wait
		tell(0);
	start(lose_all, 26);
	tell(26);
	records[0].pcs[0] = 7;
	printf("too few: %d", go_goroutine_leak_profile(records, 22, &n));
	printf(" %zu %zu\n", n, (size_t)records[0].pcs[0]);
	go_chan_close(mine);
	return 0;
}
