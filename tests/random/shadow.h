#ifndef SHADOW_H
#define SHADOW_H

// What generated programs share. Every goroutine of such a program is a case: it walks down a
// random path of calls and parks. On the way each function writes down its name, and before each
// call the line: the shadow, which a dump must agree with, frame by frame.

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <worldsema.h>

enum { MaxShadow = 96, TextRoom = 16 << 10 };

typedef struct Shadow Shadow;
struct Shadow {
	const char *func, *file;
	int line;
};

typedef struct Case Case;
struct Case {
	uint64_t id;     // of the goroutine
	uint32_t random; // decides about everything
	int left;        // calls until it parks
	bool parked;     // has been: on the way back
	bool spins;      // its way to park is a loop
	bool foreign;    // its way may lead through foreign code
	int n;
	Shadow shadow[MaxShadow]; // outermost first
	int64_t sum;
};

typedef int CaseFunc(Case *c, int a);

// Functions of all files, to be called by pointer.
extern CaseFunc *const table[];
extern const int ntable;

// Where cases park; closed at the end.
extern GoChan *gate;
extern bool open;

// Not in any stack when somebody looks.
static inline uint32_t
next(Case *c)
{
	c->random ^= c->random << 13;
	c->random ^= c->random >> 17;
	c->random ^= c->random << 5;
	return c->random;
}

static inline void
enter(Case *c, const char *func, const char *file)
{
	if (c->n >= MaxShadow)
		abort();
	c->shadow[c->n++] = (Shadow){func, file, 0};
	c->left--;
}

// Also keeps the compiler from taking a call before it for the function's end.
static inline void
leave(Case *c, const char *func)
{
	if (c->n <= 0 || c->shadow[c->n - 1].func != func)
		abort();
	c->n--;
	c->sum = c->sum * 31 + c->n;
}

// Shall a call that need not be made be made?
static inline bool
wanted(Case *c)
{
	return c->left > 0 && next(c) % 8 != 0;
}

#define ENTER enter(c, __func__, __FILE_NAME__)
#define LEAVE leave(c, __func__)
// Does a call, all on this line.
#define AT(call) (c->shadow[c->n - 1].line = __LINE__, (call))

// What go_stack said in the function whose shadow is the newest.
void look_at_self(const Case *c, const char *text);

#endif
