#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <semaphore.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "../runtime/base/lock.h"

// Semaphores that have names. The C library keeps them in files that processes share, for which
// Emscripten's file system lacks hard links. Here a table of the program has them: there is one
// process.

enum { NameMax = NAME_MAX - 4 }; // as on Linux, where the file is called sem.NAME

typedef struct Named Named;
struct Named {
	Named *next;
	sem_t sem;
	unsigned opened; // how often, and not yet closed
	bool unlinked;
	char name[NameMax + 1];
};

static Lock lock = LOCK_INIT(RankNone);
static Named *all;

// The name without leading slashes. NULL: errno tells why it is none.
static const char *
plain(const char *name)
{
	while (*name == '/')
		name++;
	errno = 0;
	if (!*name || strchr(name, '/') || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		errno = EINVAL;
	else if (strlen(name) > NameMax)
		errno = ENAMETOOLONG;
	return errno ? NULL : name;
}

static Named *
find_locked(const char *name)
{
	Named *n = all;

	while (n && (n->unlinked || strcmp(n->name, name) != 0))
		n = n->next;
	return n;
}

// Takes out of the table what nobody can reach any more. The caller frees it.
static Named *
drop_locked(Named *n)
{
	Named **link = &all;

	if (n->opened > 0 || !n->unlinked)
		return NULL;
	while (*link != n)
		link = &(*link)->next;
	*link = n->next;
	return n;
}

static Named *
make(const char *name, unsigned value)
{
	Named *n = malloc(sizeof *n);

	if (!n)
		return NULL;
	*n = (Named){.next = NULL};
	strcpy(n->name, name);
	if (sem_init(&n->sem, 0, value) == 0)
		return n;
	free(n);
	return NULL;
}

// Returns what is open now; *made becomes NULL if it is that.
static Named *
open_named(const char *name, int flags, Named **made)
{
	Named *n;
	int error = 0;

	rt_lock(&lock);
	n = find_locked(name);
	if (n && (flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL))
		error = EEXIST;
	else if (!n && !(flags & O_CREAT))
		error = ENOENT;
	else if (!n) {
		n = *made;
		*made = NULL;
		n->next = all;
		all = n;
	}
	if (!error)
		n->opened++;
	rt_unlock(&lock);
	errno = error ? error : errno;
	return error ? NULL : n;
}

sem_t *__wrap_sem_open(const char *name, int flags, ...);
int __wrap_sem_close(sem_t *sem);
int __wrap_sem_unlink(const char *name);

sem_t *
__wrap_sem_open(const char *name, int flags, ...)
{
	Named *made = NULL, *n;
	va_list args;

	if (!(name = plain(name)))
		return SEM_FAILED;
	if (flags & O_CREAT) {
		va_start(args, flags);
		(void)va_arg(args, mode_t);
		made = make(name, va_arg(args, unsigned));
		va_end(args);
		if (!made)
			return SEM_FAILED;
	}
	n = open_named(name, flags, &made);
	free(made);
	return n ? &n->sem : SEM_FAILED;
}

int
__wrap_sem_close(sem_t *sem)
{
	Named *n, *dropped = NULL;
	bool found;

	rt_lock(&lock);
	for (n = all; n && &n->sem != sem; n = n->next)
		;
	found = n && n->opened > 0;
	if (found) {
		n->opened--;
		dropped = drop_locked(n);
	}
	rt_unlock(&lock);
	free(dropped);
	if (!found)
		errno = EINVAL;
	return found ? 0 : -1;
}

int
__wrap_sem_unlink(const char *name)
{
	Named *n, *dropped = NULL;

	name = plain(name);
	if (!name && errno == EINVAL)
		errno = ENOENT; // no semaphore has such a name
	if (!name)
		return -1;
	rt_lock(&lock);
	n = find_locked(name);
	if (n) {
		n->unlinked = true;
		dropped = drop_locked(n);
	}
	rt_unlock(&lock);
	free(dropped);
	if (!n)
		errno = ENOENT;
	return n ? 0 : -1;
}
