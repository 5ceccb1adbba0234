#ifndef CHECK_HPP
#define CHECK_HPP

// What the programs here share: main prints how many checks were wrong.

#include <cstdio>

static int wrong;

static inline void
check(bool right, const char *what)
{
	if (right)
		return;
	std::printf("wrong: %s\n", what);
	wrong++;
}

#endif
