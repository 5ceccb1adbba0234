// Goroutines change graphs of blocks at random, and look whether all that can be reached is whole.
// args: a seed.
// procs: 1 2 8

enum { Turns = 30000 };

#include "gc_graph.h"

int
main(int argc, char **argv)
{
	return gc_graph(argc, argv);
}
