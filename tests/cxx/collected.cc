// Exceptions thrown by code that is marked foreign and by callbacks from it, through frames of both
// kinds; what they hold is collected memory, and what was kept for them is kept no longer.

#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <worldsema.h>

namespace {

constexpr int N = 4, Rounds = 700;

struct Node {
	Node *next;
	unsigned n;
};

GoWaitGroup wg;
int wrong;

Node *
make(unsigned n)
{
	auto *p = static_cast<Node *>(go_alloc(sizeof(Node)));

	p->next = static_cast<Node *>(go_alloc(sizeof(Node)));
	p->n = p->next->n = n;
	return p;
}

void
expect(bool ok, const char *what)
{
	if (!ok) {
		std::printf("%s\n", what);
		wrong++;
	}
}

bool
intact(const Node *p, unsigned n)
{
	return p->n == n && p->next->n == n;
}

struct Guard {
	Node *p;
	~Guard()
	{
		go_gosched();
		expect(intact(p, 9), "in a destructor");
	}
};

} // namespace

using Visit = void (*)(Node *, int);

extern "C" {
void cc_visit(Visit visit, Node *p, int depth);
int cc_tries(Visit visit, Node *p, int depth);
void cc_throws(Node *p);

void
cc_visit(Visit visit, Node *p, int depth)
{
	for (; p; p = p->next)
		visit(p, depth);
}

GO_FOREIGN(cc_tries) int
cc_tries(Visit visit, Node *p, int depth)
{
	int caught = 0;

	for (int i = 0; i < 3; i++)
		try {
			visit(p, depth);
		} catch (const std::exception &) {
			caught++;
		}
	return caught;
}

GO_FOREIGN(cc_throws) void
cc_throws(Node *p)
{
	for (; p; p = p->next)
		if (p->n == 3)
			throw std::runtime_error("foreign");
}
}

namespace {

void
visit(Node *p, int depth)
{
	Guard guard{make(9)};
	Node *own = make(static_cast<unsigned>(depth));

	if (depth == 0)
		cc_throws(make(3));
	else if (depth % 2)
		cc_visit(visit, p, depth - 1);
	else
		expect(cc_tries(visit, p, depth - 1) == 3, "caught by foreign code");
	expect(intact(own, static_cast<unsigned>(depth)), "in a callback");
	throw std::runtime_error("callback");
}

void
run(void *arg)
{
	auto *total = static_cast<int *>(arg);

	for (int i = 0; i < Rounds; i++) {
		Node *p = make(5), *q = make(6);
		bool caught = false;
		try {
			cc_visit(visit, p, i % 4);
		} catch (const std::exception &) {
			go_gosched();
			caught = true;
			++*total;
		}
		expect(caught && intact(p, 5) && intact(q, 6), "in a try block");
	}
	go_waitgroup_done(&wg);
}

} // namespace

// Until there were some collections: how many there are meanwhile is chance.
int
main()
{
	GoMemStats stats;

	do {
		int totals[N] = {};

		go_waitgroup_add(&wg, N);
		for (int &total : totals)
			go_with_stack(run, &total, 64 << 10);
		go_waitgroup_wait(&wg);
		for (int total : totals)
			expect(total == Rounds, "rounds");
		go_read_mem_stats(&stats);
	} while (stats.num_gc <= 10);
	go_gc();
	go_read_mem_stats(&stats);
	expect(stats.collected_blocks < 1000, "blocks left");
	std::printf("%d wrong\n", wrong);
	return wrong;
}
