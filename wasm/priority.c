#define _GNU_SOURCE
#include <sched.h>
#include <unistd.h>

#include "record.h"

#include "../runtime/base/self.h"
#include "../runtime/sched/sched.h"
#include "priority.h"
#include "thread.h"

// The policy and the priority of a thread are kept, and checked as Linux does, but have no effect:
// all goroutines are scheduled alike.

static bool
is_policy(int policy)
{
	return policy == SCHED_OTHER || policy == SCHED_FIFO || policy == SCHED_RR ||
	       policy == SCHED_BATCH || policy == SCHED_IDLE;
}

static bool
has_priorities(int policy)
{
	return policy == SCHED_FIFO || policy == SCHED_RR;
}

static bool
fits(int policy, int priority)
{
	if (!has_priorities(policy))
		return is_policy(policy) && priority == 0;
	return priority >= 1 && priority <= 99;
}

int
os_thread_inherit(Thread *t, const pthread_attr_t *attr)
{
	const Thread *maker = os_thread(rt_g());

	t->policy = maker->policy;
	t->priority = maker->priority;
	if (!attr || !attr->_a_sched)
		return 0;
	t->policy = attr->_a_policy;
	t->priority = attr->_a_prio;
	return fits(t->policy, t->priority) ? 0 : EINVAL;
}

int __wrap_pthread_getschedparam(pthread_t pt, int *restrict policy,
                                 struct sched_param *restrict param);
int __wrap_pthread_setschedparam(pthread_t pt, int policy, const struct sched_param *param);
int __wrap_pthread_setschedprio(pthread_t pt, int priority);

int
__wrap_pthread_getschedparam(pthread_t pt, int *restrict policy, struct sched_param *restrict param)
{
	bool kept = is_thread(pt);

	if (pt->self != pt)
		return ESRCH;
	*policy = kept ? ((Thread *)pt)->policy : SCHED_OTHER;
	param->sched_priority = kept ? ((Thread *)pt)->priority : 0;
	return 0;
}

int
__wrap_pthread_setschedparam(pthread_t pt, int policy, const struct sched_param *param)
{
	Thread *t = (Thread *)pt;

	if (pt->self != pt)
		return ESRCH;
	if (!fits(policy, param->sched_priority))
		return EINVAL;
	if (is_thread(pt)) {
		t->policy = policy;
		t->priority = param->sched_priority;
	}
	return 0;
}

int
__wrap_pthread_setschedprio(pthread_t pt, int priority)
{
	struct sched_param param = {.sched_priority = priority};

	if (pt->self != pt)
		return ESRCH;
	return __wrap_pthread_setschedparam(
		pt, is_thread(pt) ? ((Thread *)pt)->policy : SCHED_OTHER, &param);
}

int __wrap_pthread_attr_setschedpolicy(pthread_attr_t *attr, int policy);
int __wrap_pthread_attr_setschedparam(pthread_attr_t *restrict attr,
                                      const struct sched_param *restrict param);
int __wrap_sched_get_priority_max(int policy);
int __wrap_sched_get_priority_min(int policy);

int
__wrap_pthread_attr_setschedpolicy(pthread_attr_t *attr, int policy)
{
	if (!is_policy(policy))
		return EINVAL;
	attr->_a_policy = policy;
	return 0;
}

// The policy may be set later: pthread_create checks the two together.
int
__wrap_pthread_attr_setschedparam(pthread_attr_t *restrict attr,
                                  const struct sched_param *restrict param)
{
	if (!fits(SCHED_FIFO, param->sched_priority) && !fits(SCHED_OTHER, param->sched_priority))
		return EINVAL;
	attr->_a_prio = param->sched_priority;
	return 0;
}

int
__wrap_sched_get_priority_max(int policy)
{
	if (!is_policy(policy))
		return os_thread_fail(EINVAL);
	return has_priorities(policy) ? 99 : 0;
}

int
__wrap_sched_get_priority_min(int policy)
{
	if (!is_policy(policy))
		return os_thread_fail(EINVAL);
	return has_priorities(policy) ? 1 : 0;
}

// Emscripten does not have the functions below. As on Linux, they are about the calling thread.

static int
check_process(pid_t pid)
{
	M *mp = rt_m();

	if (pid < 0)
		return EINVAL;
	if (pid != 0 && pid != getpid())
		return ESRCH;
	return !mp || rt_g() == mp->g0 ? ENOSYS : 0;
}

weak int
sched_getscheduler(pid_t pid)
{
	int error = check_process(pid);

	return error ? os_thread_fail(error) : os_thread(rt_g())->policy;
}

weak int
sched_getparam(pid_t pid, struct sched_param *param)
{
	int error = param ? check_process(pid) : EINVAL;

	if (error)
		return os_thread_fail(error);
	param->sched_priority = os_thread(rt_g())->priority;
	return 0;
}

weak int
sched_setscheduler(pid_t pid, int policy, const struct sched_param *param)
{
	int error = param ? check_process(pid) : EINVAL;

	if (!error)
		error = __wrap_pthread_setschedparam(&os_thread(rt_g())->pt, policy, param);
	return error ? os_thread_fail(error) : 0;
}

weak int
sched_setparam(pid_t pid, const struct sched_param *param)
{
	int policy = sched_getscheduler(pid);

	return policy < 0 ? -1 : sched_setscheduler(pid, policy, param);
}

// After 10 ms a thread that computes is preempted.
weak int
sched_rr_get_interval(pid_t pid, struct timespec *slice)
{
	int error = check_process(pid);

	if (!error && !slice)
		error = EFAULT;
	if (error)
		return os_thread_fail(error);
	*slice = (struct timespec){.tv_nsec = 10000000};
	return 0;
}
