// NULL for a thing that must be there is a panic with Go's text, which can be caught. A nil channel
// keeps its meaning. Counters do not wrap.

#include "check.h"

static const char nil[] = "runtime error: invalid memory address or nil pointer dereference";
static size_t n;

#define NIL(name, call)           \
	static void name(void *p) \
	{                         \
		(void)p;          \
		call;             \
	}
// clang-format off
NIL(lock, go_mutex_lock(p))
NIL(trylock, go_mutex_trylock(p))
NIL(unlock, go_mutex_unlock(p))
NIL(rlock, go_rwmutex_rlock(p))
NIL(runlock, go_rwmutex_runlock(p))
NIL(wlock, go_rwmutex_lock(p))
NIL(wunlock, go_rwmutex_unlock(p))
NIL(add, go_waitgroup_add(p, 1))
NIL(done, go_waitgroup_done(p))
NIL(wait, go_waitgroup_wait(p))
NIL(acquire, go_semacquire(p))
NIL(release, go_semrelease(p))
NIL(once, go_once_do(p, lock, NULL))
NIL(once_nothing, go_once_do(&(GoOnce){0}, NULL, NULL))
NIL(cond_wait, go_cond_wait(p))
NIL(cond_no_mutex, go_cond_wait(&(GoCond){0}))
NIL(signal, go_cond_signal(p))
NIL(broadcast, go_cond_broadcast(p))
NIL(timer_stop, go_timer_stop(p))
NIL(timer_reset, go_timer_reset(p, 1))
NIL(ticker_chan, go_ticker_chan(p))
NIL(ticker_stop, go_ticker_stop(p))
NIL(ticker_reset, go_ticker_reset(p, 1))
NIL(profile_add, go_profile_add(p, &n, 0))
NIL(profile_remove, go_profile_remove(p, &n))
NIL(profile_count, go_profile_count(p))
NIL(profile_lookup, go_profile_lookup(p))
NIL(frames, go_func_for_pc(0, p, 1))
NIL(nargs, go_call_nargs(p))
NIL(arg, go_call_arg(p, 0))
NIL(stats, go_read_mem_stats(p))
NIL(records, go_goroutine_profile(p, 1, &n))
NIL(leak_records, go_goroutine_leak_profile(p, 1, &n))
NIL(thread_records, go_thread_create_profile(p, 1, &n))
NIL(mem_records, go_mem_profile(p, 1, &n, true))
NIL(mem_count, go_mem_profile(p, 0, p, true))
NIL(block_records, go_block_profile(p, 1, &n))
NIL(mutex_count, go_mutex_profile(p, 0, p))
NIL(cpu_words, go_cpu_profile(p))
NIL(fetched, go_host_fetch("data:,", GO_FOREVER, p))
NIL(read_bytes, go_host_read("/", GO_FOREVER, p, &n))
NIL(random_bytes, go_host_random(p, 1))
NIL(answer, go_call_return(p, go_null()))
NIL(refusal, go_call_fail(p, NULL, NULL, NULL))
NIL(callers, go_callers(0, p, 1))
NIL(select_nothing, go_select(p, 1, false))
// clang-format on

static void
send_nothing(void *p)
{
	go_chan_send(go_chan_make(sizeof(int), 1), p);
}

static void
try_send_nothing(void *p)
{
	go_chan_try_send(go_chan_make(sizeof(int), 1), p);
}

static void
select_send_nothing(void *p)
{
	GoCase arm = {.chan = go_chan_make(sizeof(int), 1), .dir = GO_SEND, .elem = p};

	go_select(&arm, 1, true);
}

static void
deferred(void *p)
{
	go_defer((GoFunc)p, NULL);
}

static void
nil_channels(void)
{
	GoChan *c = go_chan_make(0, 1);
	GoCase arm = {.chan = NULL, .dir = GO_SEND};

	check(!go_chan_try_send(NULL, NULL) && !go_chan_try_recv(NULL, NULL, NULL));
	check(go_chan_len(NULL) == 0 && go_chan_cap(NULL) == 0);
	check(go_select(&arm, 1, false) == -1);
	go_chan_send(c, NULL); // it has no elements
	check(go_chan_recv(c, NULL));
	go_chan_free(c);
	go_chan_free(NULL);
	go_timer_free(NULL);
	go_ticker_free(NULL);
}

static void
bound(void)
{
	static char text[4000];

	for (int i = 0; i < 300; i++)
		go_lock_os_thread();
	for (int i = 0; i < 299; i++)
		go_unlock_os_thread();
	text[go_stack(text, sizeof text - 1, false)] = '\0';
	check(strstr(text, "locked to thread"));
	go_unlock_os_thread();
	text[go_stack(text, sizeof text - 1, false)] = '\0';
	check(!strstr(text, "locked to thread"));
}

static void
reserved(void *name)
{
	go_profile_new(name);
}

int
main(void)
{
	static const GoFunc all[] = {
		lock,
		trylock,
		unlock,
		rlock,
		runlock,
		wlock,
		wunlock,
		add,
		done,
		wait,
		acquire,
		release,
		once,
		once_nothing,
		cond_wait,
		cond_no_mutex,
		signal,
		broadcast,
		timer_stop,
		timer_reset,
		ticker_chan,
		ticker_stop,
		ticker_reset,
		profile_add,
		profile_remove,
		profile_count,
		profile_lookup,
		frames,
		nargs,
		arg,
		stats,
		records,
		leak_records,
		thread_records,
		mem_records,
		mem_count,
		block_records,
		mutex_count,
		cpu_words,
		fetched,
		read_bytes,
		random_bytes,
		answer,
		refusal,
		callers,
		select_nothing,
		send_nothing,
		try_send_nothing,
		select_send_nothing,
		deferred,
		NULL,
	};
	GoValue v;
	GoError *err = go_host_call("worldsema:accept", NULL, 0, GO_SECOND, &v);

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		check_panic(all[i], NULL, nil);
	check_panic(reserved, "goroutineleak", "pprof: NewProfile name already in use");
	check(err && !strcmp(err->code, "ERR_NO_HOST_FUNCTION"));
	free(err);
	nil_channels();
	bound();
	printf("done\n");
	return 0;
}
