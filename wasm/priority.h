#ifndef OS_PRIORITY_H
#define OS_PRIORITY_H

#include "record.h"

// Gives a new thread the policy and priority of its attributes, or those of the running thread.
// attr may be NULL. Returns EINVAL if the attributes do not fit together.
int os_thread_inherit(Thread *t, const pthread_attr_t *attr);

#endif
