#ifndef CALLS_H
#define CALLS_H

// Code that does little but call. With SUSPENDS, leaves give way now and then, the interpreters
// output to a channel and the JSON parser reads its text from one.

#include "json.h"
#include "speed.h"

NOINLINE static uint32_t
fibonacci(uint32_t n)
{
	if (n < 2) {
		MAYBE_PAUSE();
		return n;
	}
	return fibonacci(n - 1) + fibonacci(n - 2);
}

static uint32_t
fib(void)
{
	return fibonacci(32);
}

static void
quicksort(uint32_t *p, int n)
{
	int low = 0, high = n - 1;
	uint32_t pivot = p[n / 2];

	MAYBE_PAUSE();
	while (low <= high) {
		while (p[low] < pivot)
			low++;
		while (p[high] > pivot)
			high--;
		if (low <= high) {
			uint32_t t = p[low];

			p[low++] = p[high];
			p[high--] = t;
		}
	}
	if (high > 0)
		quicksort(p, high + 1);
	if (low < n - 1)
		quicksort(p + low, n - low);
}

static uint32_t
sort(void)
{
	enum { Count = 40000 };
	static uint32_t numbers[Count];
	uint32_t state = 1;

	for (int i = 0; i < Count; i++)
		numbers[i] = next_random(&state);
	quicksort(numbers, Count);
	return numbers[0] + numbers[Count / 2] + numbers[Count - 1];
}

// --- a stack machine, dispatched in two ways ---

enum { Push, Load, Store, Add, Mul, Less, JumpIf, Out, Halt };

typedef struct Vm Vm;
struct Vm {
	const int32_t *pc;
	int32_t *sp;
	int32_t vars[4];
	int32_t stack[16];
	int32_t out;
};

// Variables: 0 i, 1 s, 2 the next i at which s is put out.
static const int32_t program[] = {
	Push, 0, Store, 1,                                       // s = 0
	Load, 1, Push,  3,     Mul,  Load,   0,   Add, Store, 1, // s = s * 3 + i
	Load, 0, Push,  1,     Add,  Store,  0,                  // i++
	Load, 0, Load,  2,     Less, JumpIf, -23,                // again while i < stop
	Load, 1, Out,                                            // out s
	Load, 2, Push,  4096,  Add,  Store,  2,                  // stop += 4001
	Load, 0, Push,  50000, Less, JumpIf, -40,                // again while i < 50,000
	Halt,
};

NOINLINE static void
out(Vm *vm, int32_t v)
{
	vm = MAYBE_CHANNEL(vm);
	vm->out += v;
}

NOINLINE static int32_t
run_switch(Vm *vm)
{
	const int32_t *pc = program;
	int32_t *sp = vm->stack;

	for (;;)
		switch (*pc++) {
		case Push:
			*sp++ = *pc++;
			break;
		case Load:
			*sp++ = vm->vars[*pc++];
			break;
		case Store:
			vm->vars[*pc++] = *--sp;
			break;
		case Add:
			sp--;
			sp[-1] = (int32_t)((uint32_t)sp[-1] + (uint32_t)sp[0]);
			break;
		case Mul:
			sp--;
			sp[-1] = (int32_t)((uint32_t)sp[-1] * (uint32_t)sp[0]);
			break;
		case Less:
			sp--;
			sp[-1] = sp[-1] < sp[0];
			break;
		case JumpIf:
			if (*--sp)
				pc += *pc;
			else
				pc++;
			break;
		case Out:
			out(vm, *--sp & 0xff);
			break;
		case Halt:
			return vm->out;
		}
}

static uint32_t
interpreter_switch(void)
{
	Vm vm = {0};

	return (uint32_t)run_switch(&vm);
}

static void
op_push(Vm *vm)
{
	*vm->sp++ = *vm->pc++;
}

static void
op_load(Vm *vm)
{
	*vm->sp++ = vm->vars[*vm->pc++];
}

static void
op_store(Vm *vm)
{
	vm->vars[*vm->pc++] = *--vm->sp;
}

static void
op_add(Vm *vm)
{
	vm->sp--;
	vm->sp[-1] = (int32_t)((uint32_t)vm->sp[-1] + (uint32_t)vm->sp[0]);
}

static void
op_mul(Vm *vm)
{
	vm->sp--;
	vm->sp[-1] = (int32_t)((uint32_t)vm->sp[-1] * (uint32_t)vm->sp[0]);
}

static void
op_less(Vm *vm)
{
	vm->sp--;
	vm->sp[-1] = vm->sp[-1] < vm->sp[0];
}

static void
op_jump_if(Vm *vm)
{
	if (*--vm->sp)
		vm->pc += *vm->pc;
	else
		vm->pc++;
}

static void
op_out(Vm *vm)
{
	out(vm, *--vm->sp & 0xff);
}

static void
op_halt(Vm *vm)
{
	vm->pc = NULL;
}

static void (*const ops[])(Vm *) = {
	op_push, op_load, op_store, op_add, op_mul, op_less, op_jump_if, op_out, op_halt,
};

NOINLINE static void
run_table(Vm *vm)
{
	while (vm->pc)
		ops[*vm->pc++](vm);
}

static uint32_t
interpreter_table(void)
{
	Vm vm = {0};

	vm.pc = program;
	vm.sp = vm.stack;
	run_table(&vm);
	return (uint32_t)vm.out;
}

// --- a search tree ---

typedef struct Node Node;
struct Node {
	Node *left, *right;
	uint32_t key;
};

NOINLINE static Node *
insert(Node *at, Node *n)
{
	if (!at)
		return n;
	if (n->key < at->key)
		at->left = insert(at->left, n);
	else
		at->right = insert(at->right, n);
	return at;
}

NOINLINE static uint32_t
walk(const Node *at)
{
	if (!at) {
		MAYBE_PAUSE();
		return 1;
	}
	return walk(at->left) * 3 + walk(at->right) + at->key;
}

static uint32_t
tree(void)
{
	enum { Count = 10000 };
	static Node nodes[Count];
	Node *root = NULL;
	uint32_t state = 7, sum = 0;

	for (int i = 0; i < Count; i++) {
		nodes[i] = (Node){.key = next_random(&state)};
		root = insert(root, &nodes[i]);
	}
	for (int i = 0; i < 20; i++)
		sum += walk(root);
	return sum;
}

NOINLINE static uint32_t
place(uint32_t all, uint32_t columns, uint32_t left, uint32_t right)
{
	uint32_t count = 0;

	if (columns == all) {
		MAYBE_PAUSE();
		return 1;
	}
	for (uint32_t free = all & ~(columns | left | right); free;) {
		uint32_t bit = free & -free;

		free ^= bit;
		count += place(all, columns | bit, (left | bit) << 1, (right | bit) >> 1);
	}
	return count;
}

static uint32_t
queens(void)
{
	return place((1 << 11) - 1, 0, 0, 0);
}

const Kernel kernels[] = {
	{"fib(32)", fib},
	{"quicksort", sort},
	{"interpreter, switch", interpreter_switch},
	{"interpreter, table", interpreter_table},
	{"json", json},
	{"tree", tree},
	{"queens", queens},
	{NULL, NULL},
};

#endif
