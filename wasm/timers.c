#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "../runtime/base/os.h"
#include "../runtime/sched/sched.h"
#include "../runtime/sync/futex.h"
#include "../runtime/worldsema.h"
#include "sent.h"
#include "shape.h"
#include "thread.h"

// Timers of POSIX: timer_create and its kin, setitimer and alarm. A service goroutine waits until
// the first is due. Then it sends its signal, or starts a thread that calls its function.
//
// While the signal of a timer has not been taken, the timer stands still. Who takes the signal
// counts how often it would have been due meanwhile (timer_getoverrun).
//
// os_sent_lock guards them all.

typedef struct Timer Timer;
struct Timer {
	Timer *next;
	int64_t due; // of os_nanotime; 0: is not set
	int64_t interval;
	clockid_t clock;
	int notify; // SIGEV_...
	void (*fn)(union sigval);
	pthread_attr_t attr;
	Sent sent;
	bool listed, queued; // its signal waits to be taken
	int overrun;         // of the signal that was taken last
};

static Timer *timers;
static AtomicU32 started;

enum { NsPerUs = 1000, UsPerS = 1000000 };
static const int64_t NsPerS = 1000000000;

// --- due ---

// How often a timer was due until now, which goes on behind that.
static int
passed_locked(Timer *t)
{
	int64_t now = os_nanotime(), n;

	if (!t->due || !t->interval || t->due > now)
		return 0;
	n = (now - t->due) / t->interval + 1;
	t->due += n * t->interval;
	return n < INT_MAX ? (int)n : INT_MAX;
}

static int
taken(Sent *s)
{
	Timer *t = s->timer;

	t->queued = false;
	t->overrun = passed_locked(t);
	return t->overrun;
}

// One that is due; else NULL, and *until is when the first will be.
static Timer *
due_locked(int64_t now, int64_t *until)
{
	*until = -1;
	for (Timer *t = timers; t; t = t->next) {
		if (!t->due || t->queued || t->notify == SIGEV_NONE)
			continue;
		if (t->due <= now)
			return t;
		if (*until < 0 || t->due < *until)
			*until = t->due;
	}
	return NULL;
}

typedef struct {
	void (*fn)(union sigval);
	union sigval value;
	pthread_attr_t attr;
} Call;

// The name tells the link step that it calls the program.
MAYSWITCH void *rt_thread_timer(void *arg);

MAYSWITCH void *
rt_thread_timer(void *arg)
{
	Call c = *(Call *)arg;

	free(arg);
	// A union is passed by its address.
	rt_thread_call((void *)c.fn, SHAPE(1, 0), (uintptr_t)&c.value, 0, 0);
	return NULL;
}

MAYSWITCH static void
start(const Call *given)
{
	Call *c = malloc(sizeof *c);
	pthread_t thread;

	if (!c)
		return;
	*c = *given;
	if (pthread_create(&thread, &c->attr, rt_thread_timer, c) != 0)
		free(c);
}

// Does what is due. Returns when more will be.
MAYSWITCH static int64_t
do_due(void)
{
	int64_t until;
	Timer *t;

	for (;;) {
		Call c = {NULL};
		int sig = 0;

		rt_lock(&os_sent_lock);
		t = due_locked(os_nanotime(), &until);
		if (t) {
			t->due = t->interval ? t->due + t->interval : 0;
			if (t->notify == SIGEV_SIGNAL) {
				sig = t->sent.sig;
				t->queued = true;
				os_sent_put_locked(&t->sent);
			} else {
				c = (Call){t->fn, t->sent.value, t->attr};
			}
		}
		rt_unlock(&os_sent_lock);
		if (!t)
			return until;
		if (sig)
			os_signal_any(sig, NULL);
		else
			start(&c);
	}
}

MAYSWITCH static void
look(void)
{
	do_due();
}

MAYSWITCH static void
serve(void *arg)
{
	(void)arg;
	for (;;) {
		uint32_t now = load_seq(&os_sent_timers);
		int64_t until = do_due();

		rt_futexwait((uint32_t *)&os_sent_timers, now, until, WaitSleep, NULL);
	}
}

// --- setting ---

static int64_t
nanoseconds(const struct timespec *time)
{
	if (time->tv_sec > INT64_MAX / NsPerS / 4)
		return INT64_MAX / 4;
	return time->tv_sec * NsPerS + time->tv_nsec;
}

static struct timespec
timespec_of(int64_t ns)
{
	return (struct timespec){.tv_sec = ns / NsPerS, .tv_nsec = (long)(ns % NsPerS)};
}

static void
get_locked(Timer *t, struct itimerspec *into)
{
	int64_t left;

	if (!t->queued && t->notify != SIGEV_NONE)
		left = t->due - os_nanotime(); // also if it is due and the service is late
	else {
		int64_t due = t->due;

		passed_locked(t);
		left = t->due - os_nanotime();
		if (t->queued)
			t->due = due;
	}
	if (t->due && left <= 0)
		left = t->notify == SIGEV_NONE && !t->interval ? 0 : 1;
	into->it_value = timespec_of(t->due ? left : 0);
	into->it_interval = timespec_of(t->interval);
}

// ns: from now; 0: never.
static void
set_locked(Timer *t, int64_t ns, int64_t interval)
{
	t->due = ns ? os_nanotime() + ns : 0;
	t->interval = interval;
	t->overrun = 0;
	if (!t->listed) {
		t->listed = true;
		t->next = timers;
		timers = t;
	}
}

static void
changed(void)
{
	static const Site site = {"timer_settime", "", 0};

	os_thread_due = look;
	os_thread_known();
	if (cas_acqrel(&started, 0, 1))
		rt_newhelper(serve, 65536, &site); // its threads name it as their maker
	os_sent_timers_changed();
}

// --- timer_create and its kin ---

static bool
is_valid(const struct timespec *time)
{
	return time->tv_sec >= 0 && (unsigned long)time->tv_nsec < (unsigned long)NsPerS;
}

static bool
is_known_locked(const Timer *t)
{
	const Timer *at = timers;

	while (at && at != t)
		at = at->next;
	return at;
}

static int
read_event(Timer *t, const struct sigevent *event)
{
	bool has_sig = event->sigev_notify == SIGEV_SIGNAL;

	t->notify = event->sigev_notify;
	t->sent.value = event->sigev_value;
	t->sent.sig = has_sig ? event->sigev_signo : SIGALRM;
	if (has_sig)
		return event->sigev_signo > 0 && event->sigev_signo < _NSIG ? 0 : EINVAL;
	if (event->sigev_notify == SIGEV_NONE)
		return 0;
	if (event->sigev_notify != SIGEV_THREAD)
		return EINVAL;
	t->fn = event->sigev_notify_function;
	if (event->sigev_notify_attributes)
		t->attr = *event->sigev_notify_attributes;
	else
		pthread_attr_init(&t->attr);
	return pthread_attr_setdetachstate(&t->attr, PTHREAD_CREATE_DETACHED);
}

WEAK int
timer_create(clockid_t clock, struct sigevent *restrict event, timer_t *restrict id)
{
	struct timespec now;
	int error = 0;
	Timer *t;

	if (clock == CLOCK_PROCESS_CPUTIME_ID || clock == CLOCK_THREAD_CPUTIME_ID)
		return os_thread_fail(ENOTSUP);
	if (clock_gettime(clock, &now) != 0)
		return os_thread_fail(EINVAL);
	if (!(t = malloc(sizeof *t)))
		return os_thread_fail(EAGAIN);
	*t = (Timer){.clock = clock, .notify = SIGEV_SIGNAL};
	t->sent = (Sent){.sig = SIGALRM, .code = SI_TIMER, .taken = taken, .timer = t};
	t->sent.value.sival_ptr = t;
	if (event)
		error = read_event(t, event);
	if (error) {
		free(t);
		return os_thread_fail(error);
	}
	rt_lock(&os_sent_lock);
	set_locked(t, 0, 0);
	rt_unlock(&os_sent_lock);
	*id = t;
	return 0;
}

WEAK int
timer_delete(timer_t id)
{
	Timer *t = id, **at = &timers;

	rt_lock(&os_sent_lock);
	while (*at && *at != t)
		at = &(*at)->next;
	if (*at && t->queued)
		os_sent_drop_locked(&t->sent);
	t = *at;
	if (t)
		*at = t->next;
	rt_unlock(&os_sent_lock);
	free(t);
	return t ? 0 : os_thread_fail(EINVAL);
}

WEAK int
timer_settime(timer_t id, int flags, const struct itimerspec *restrict to,
              struct itimerspec *restrict old)
{
	int64_t ns = nanoseconds(&to->it_value), interval = nanoseconds(&to->it_interval);
	struct timespec now = {0};
	bool known;
	Timer *t = id;

	if (!is_valid(&to->it_value) || (ns && !is_valid(&to->it_interval)))
		return os_thread_fail(EINVAL);
	rt_lock(&os_sent_lock);
	known = is_known_locked(t);
	if (known && old)
		get_locked(t, old);
	if (known && ns && flags & TIMER_ABSTIME) {
		clock_gettime(t->clock, &now);
		ns -= nanoseconds(&now);
		ns = ns > 0 ? ns : 1;
	}
	if (known)
		set_locked(t, ns, interval);
	rt_unlock(&os_sent_lock);
	if (!known)
		return os_thread_fail(EINVAL);
	changed();
	return 0;
}

WEAK int
timer_gettime(timer_t id, struct itimerspec *into)
{
	bool known;

	rt_lock(&os_sent_lock);
	known = is_known_locked(id);
	if (known)
		get_locked(id, into);
	rt_unlock(&os_sent_lock);
	return known ? 0 : os_thread_fail(EINVAL);
}

WEAK int
timer_getoverrun(timer_t id)
{
	int n = -1;

	rt_lock(&os_sent_lock);
	if (is_known_locked(id))
		n = ((Timer *)id)->overrun;
	rt_unlock(&os_sent_lock);
	return n >= 0 ? n : os_thread_fail(EINVAL);
}

// --- the timer of setitimer and alarm ---

static Timer real = {
	.notify = SIGEV_SIGNAL,
	.sent = {.sig = SIGALRM, .code = SI_KERNEL, .taken = taken, .timer = &real},
};

static void
set_real(int64_t ns, int64_t interval, struct itimerspec *old)
{
	rt_lock(&os_sent_lock);
	get_locked(&real, old);
	set_locked(&real, ns, interval);
	rt_unlock(&os_sent_lock);
	changed();
}

static int64_t
microseconds(const struct timeval *time)
{
	struct timespec same = {.tv_sec = time->tv_sec, .tv_nsec = time->tv_usec * NsPerUs};

	return nanoseconds(&same);
}

static void
to_itimerval(struct itimerval *into, const struct itimerspec *from)
{
	// rounded up: a timer that is set is not 0
	struct timespec left = timespec_of(nanoseconds(&from->it_value) + NsPerUs - 1);

	*into = (struct itimerval){
		.it_value = {left.tv_sec, left.tv_nsec / NsPerUs},
		.it_interval = {from->it_interval.tv_sec, from->it_interval.tv_nsec / NsPerUs},
	};
}

int
__wrap_setitimer(int which, const struct itimerval *restrict to, struct itimerval *restrict old);
int __wrap_getitimer(int which, struct itimerval *into);

// Nobody knows how much time a program has computed.
static int
check_which(int which)
{
	if (which == ITIMER_REAL)
		return 0;
	return os_thread_fail(which == ITIMER_VIRTUAL || which == ITIMER_PROF ? ENOSYS : EINVAL);
}

int
__wrap_setitimer(int which, const struct itimerval *restrict to, struct itimerval *restrict old)
{
	struct itimerspec before;

	if (check_which(which) < 0)
		return -1;
	if (to->it_value.tv_sec < 0 || (unsigned long)to->it_value.tv_usec >= UsPerS ||
	    to->it_interval.tv_sec < 0 || (unsigned long)to->it_interval.tv_usec >= UsPerS)
		return os_thread_fail(EINVAL);
	set_real(microseconds(&to->it_value), microseconds(&to->it_interval), &before);
	if (old)
		to_itimerval(old, &before);
	return 0;
}

int
__wrap_getitimer(int which, struct itimerval *into)
{
	struct itimerspec now;

	if (check_which(which) < 0)
		return -1;
	rt_lock(&os_sent_lock);
	get_locked(&real, &now);
	rt_unlock(&os_sent_lock);
	to_itimerval(into, &now);
	return 0;
}

unsigned __wrap_alarm(unsigned seconds);

unsigned
__wrap_alarm(unsigned seconds)
{
	struct itimerspec old;

	set_real(seconds * NsPerS, 0, &old);
	return (unsigned)((nanoseconds(&old.it_value) + NsPerS - 1) / NsPerS);
}
