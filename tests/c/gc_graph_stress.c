// Goroutines change graphs of blocks at random, and look whether all that can be reached is whole.
// args: a seed.
// env: GODEBUG=gcstress=200,heapcheck=1

enum { Turns = 4000 };

#include "gc_graph.h"

int
main(int argc, char **argv)
{
	return gc_graph(argc, argv);
}
