// Frames that a panic, an exception, a longjmp, pthread_exit or go_exit leaves: the handlers of
// pthread_cleanup_push run, newest first among deferred calls, while their frames are whole.

#include <cstring>
#include <initializer_list>
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <worldsema.h>

#include "check.hpp"

namespace
{

enum class By { Panic, Throw, Longjmp, PthreadExit, GoExit };

struct Way {
	By by;
	bool isProtected;
	const char *said;
};

pthread_mutex_t mu = PTHREAD_MUTEX_INITIALIZER;
jmp_buf env;
char said[100];

void
say(void *what)
{
	std::strcat(said, static_cast<const char *>(what));
	std::strcat(said, " ");
}

// What runs too late writes over the frames that were left.
void
use_stack()
{
	volatile char room[2000];

	std::memset(const_cast<char *>(room), 0x5a, sizeof room);
}

void
deferred(void *what)
{
	use_stack();
	say(what);
}

void
unlocks(void *what)
{
	pthread_mutex_unlock(&mu);
	say(what);
}

void
waits(void *what)
{
	sem_t sem;

	sem_init(&sem, 0, 0);
	go([](void *s) { sem_post(static_cast<sem_t *>(s)); }, &sem);
	sem_wait(&sem);
	say(what);
}

void
throws(void *what)
{
	try {
		throw 'x';
	} catch (char) {
		say(what);
	}
}

void
leaves(void *arg)
{
	char unlock[] = "unlock";

	pthread_mutex_lock(&mu);
	pthread_cleanup_push(unlocks, unlock);
	go_defer(deferred, const_cast<char *>("deferred"));
	pthread_cleanup_push(waits, const_cast<char *>("waits"));
	pthread_cleanup_push(throws, const_cast<char *>("throws"));
	switch (static_cast<Way *>(arg)->by) {
	case By::Panic:
		go_panic("panic");
	case By::Throw:
		throw 7;
	case By::Longjmp:
		longjmp(env, 42);
	case By::PthreadExit:
		pthread_exit(nullptr);
	case By::GoExit:
		go_exit();
	}
	pthread_cleanup_pop(0);
	pthread_cleanup_pop(0);
	pthread_cleanup_pop(0);
}

void
comes_back(Way *way)
{
	int jumped = setjmp(env);

	if (jumped != 0) {
		check(jumped == 42 && way->by == By::Longjmp, "longjmp's value");
		return;
	}
	try {
		if (way->isProtected)
			check(go_protect(leaves, way) != nullptr, "go_protect");
		else
			leaves(way);
	} catch (int n) {
		check(n == 7 && way->by == By::Throw, "the exception");
	}
}

void *
thread(void *way)
{
	pthread_cleanup_push(say, const_cast<char *>("outer"));
	comes_back(static_cast<Way *>(way));
	use_stack();
	say(const_cast<char *>("|"));
	pthread_cleanup_pop(1);
	return nullptr;
}

void
handlers()
{
	static Way ways[] = {
		{By::Panic, true, "throws waits deferred unlock | outer "},
		{By::Throw, true, "throws waits deferred unlock | outer "},
		{By::Throw, false, "throws waits unlock | outer deferred "},
		{By::Longjmp, true, "throws waits deferred unlock | outer "},
		{By::Longjmp, false, "throws waits unlock | outer deferred "},
		{By::PthreadExit, true, "throws waits deferred unlock outer "},
		{By::PthreadExit, false, "throws waits deferred unlock outer "},
		{By::GoExit, true, "throws waits deferred unlock outer "},
		{By::GoExit, false, "throws waits deferred unlock outer "},
	};

	for (Way &way : ways) {
		pthread_t t;

		said[0] = '\0';
		pthread_create(&t, nullptr, thread, &way);
		pthread_join(t, nullptr);
		check(std::strcmp(said, way.said) == 0, said);
		check(pthread_mutex_trylock(&mu) == 0, "unlocked");
		pthread_mutex_unlock(&mu);
	}
}

// --- once ---

GoOnce once;
pthread_once_t posix_once = PTHREAD_ONCE_INIT;
int runs;

void
defers_and_throws(void *)
{
	runs++;
	go_defer(deferred, const_cast<char *>("deferred"));
	throw 1;
}

void
fails_twice()
{
	if (++runs < 3)
		throw 2;
}

void
panics_twice()
{
	if (++runs < 3)
		go_panic("not yet");
}

int
caught(void (*body)(void *))
{
	try {
		return go_protect(body, nullptr) ? -1 : 0;
	} catch (int n) {
		return n;
	}
}

void
onces()
{
	GoFunc in_go = [](void *) { go_once_do(&once, defers_and_throws, nullptr); };
	GoFunc in_posix = [](void *) { pthread_once(&posix_once, fails_twice); };
	GoFunc panics = [](void *) { pthread_once(&posix_once, panics_twice); };

	check(caught(in_go) == 1 && caught(in_go) == 0 && runs == 1, "go_once_do");
	runs = 0;
	for (int n : {2, 2, 0, 0})
		check(caught(in_posix) == n, "pthread_once throws");
	check(runs == 3, "pthread_once is tried again after a throw");
	runs = 0;
	posix_once = PTHREAD_ONCE_INIT;
	for (int n : {-1, -1, 0, 0})
		check(caught(panics) == n, "pthread_once panics");
	check(runs == 3, "pthread_once is tried again after a panic");
}

// --- a block that is left in its own function, and a function that forgets to pop ---

void
forgets(bool early)
{
	pthread_cleanup_push(say, const_cast<char *>("forgotten"));
	if (early)
		return;
	pthread_cleanup_pop(0);
}

void *
careless(void *)
{
	pthread_cleanup_push(say, const_cast<char *>("outer"));
	for (int i = 0; i < 3; i++) {
		forgets(true);
		try {
			pthread_cleanup_push(say, const_cast<char *>("inner"));
			throw i;
			pthread_cleanup_pop(0);
		} catch (int) {
		}
	}
	pthread_cleanup_pop(1);
	forgets(true);
	pthread_exit(nullptr);
}

void
dropped()
{
	pthread_t t;

	said[0] = '\0';
	pthread_create(&t, nullptr, careless, nullptr);
	pthread_join(t, nullptr);
	check(std::strcmp(said, "outer ") == 0, said);
}

} // namespace

int
main()
{
	handlers();
	onces();
	dropped();
	std::printf("%d wrong\n", wrong);
	return wrong;
}
