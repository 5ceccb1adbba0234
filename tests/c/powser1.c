// Power series as processes. After "Squinting at Power Series" (McIlroy) and Go's
// test/chan/powser1.go: a series is a goroutine that hands out one rational coefficient for each
// request; arithmetic on series is plumbing. Everything here waits for everything else.

#include "check.h"

typedef struct Rat Rat;
struct Rat {
	int64_t num, den; // den > 0, no common factor; den == 0: the series has ended
};

static int64_t
gcd(int64_t a, int64_t b)
{
	if (a < 0)
		return gcd(-a, b);
	return b == 0 ? a : gcd(b, a % b);
}

static Rat
rat(int64_t num, int64_t den)
{
	int64_t g = gcd(num, den);

	if (den < 0)
		g = -g;
	return (Rat){num / g, den / g};
}

static const Rat zero = {0, 1}, one = {1, 1}, finis = {0, 0};

static Rat
add(Rat u, Rat v)
{
	int64_t g = gcd(u.den, v.den);

	return rat(u.num * (v.den / g) + v.num * (u.den / g), u.den * (v.den / g));
}

static Rat
mul(Rat u, Rat v)
{
	int64_t g = gcd(u.num, v.den), h = gcd(v.num, u.den);

	if (u.num == 0 || v.num == 0)
		return zero;
	return (Rat){(u.num / g) * (v.num / h), (u.den / h) * (v.den / g)};
}

static Rat
neg(Rat u)
{
	return (Rat){-u.num, u.den};
}

static Rat
inv(Rat u)
{
	return rat(u.den, u.num);
}

static bool
ended(Rat u)
{
	return u.den == 0;
}

// --- series ---

typedef struct Series Series;
struct Series {
	GoChan *req, *dat;
};

static Series
make_series(void)
{
	return (Series){go_chan_make(0, 0), go_chan_make(sizeof(Rat), 0)};
}

static Rat
get(Series u)
{
	Rat r;

	go_chan_send(u.req, NULL);
	check(go_chan_recv(u.dat, &r));
	return r;
}

static void
put(Series u, Rat r)
{
	go_chan_recv(u.req, NULL);
	go_chan_send(u.dat, &r);
}

// Waits until somebody wants a coefficient, before ours are asked for.
static void
wanted(Series u)
{
	go_chan_recv(u.req, NULL);
}

static void
deliver(Series u, Rat r)
{
	go_chan_send(u.dat, &r);
}

// The arguments of a process that makes the series out.
typedef struct Job Job;
struct Job {
	Series out, u, v;
	Rat c;
	int n;
};

static Series
start(GoFunc fn, Job job)
{
	Job *copy = malloc(sizeof *copy);

	job.out = make_series();
	*copy = job; // from the go statement on it is the goroutine's, which frees it
	go(fn, copy);
	return job.out;
}

static Job
take(void *arg)
{
	Job job = *(Job *)arg;

	free(arg);
	return job;
}

// One coefficient from each of two series at the same time, whichever is ready first.
static void
get2(Series u, Series v, Rat *ru, Rat *rv)
{
	GoCase cases[4] = {
		{u.req, GO_SEND, NULL, false},
		{v.req, GO_SEND, NULL, false},
		{NULL, GO_RECV, ru, false},
		{NULL, GO_RECV, rv, false},
	};

	for (int left = 4; left > 0; left--) {
		int i = go_select(cases, 4, true);

		cases[i].chan = NULL;
		if (i == 0)
			cases[2].chan = u.dat;
		if (i == 1)
			cases[3].chan = v.dat;
	}
}

static void
finish(Series out)
{
	for (;;)
		put(out, finis);
}

static void
run_constant(void *arg)
{
	Job j = take(arg);

	for (;;)
		put(j.out, j.c);
}

static void
run_copy(void *arg)
{
	Job j = take(arg);

	for (;;) {
		wanted(j.out);
		deliver(j.out, get(j.u));
	}
}

static void
run_add(void *arg)
{
	Job j = take(arg);
	Rat a, b;

	for (;;) {
		wanted(j.out);
		get2(j.u, j.v, &a, &b);
		if (ended(a) && ended(b)) {
			deliver(j.out, finis);
			finish(j.out);
		}
		deliver(j.out, ended(a) ? b : ended(b) ? a : add(a, b));
	}
}

static void
run_scale(void *arg)
{
	Job j = take(arg);

	for (;;) {
		Rat a;

		wanted(j.out);
		a = get(j.u);
		deliver(j.out, ended(a) ? finis : mul(j.c, a));
	}
}

// c + x u
static void
run_shift(void *arg)
{
	Job j = take(arg);

	put(j.out, j.c);
	for (;;) {
		wanted(j.out);
		deliver(j.out, get(j.u));
	}
}

static void
run_differentiate(void *arg)
{
	Job j = take(arg);

	wanted(j.out);
	get(j.u);
	for (int64_t i = 1;; i++) {
		Rat a = get(j.u);

		deliver(j.out, ended(a) ? finis : mul(rat(i, 1), a));
		wanted(j.out);
	}
}

static void
run_integrate(void *arg)
{
	Job j = take(arg);

	put(j.out, j.c);
	for (int64_t i = 1;; i++) {
		Rat a;

		wanted(j.out);
		a = get(j.u);
		deliver(j.out, ended(a) ? finis : mul(rat(1, i), a));
	}
}

static void
run_polynomial(void *arg)
{
	Job j = take(arg); // 1 + c x^n

	put(j.out, one);
	for (int i = 1; i < j.n; i++)
		put(j.out, zero);
	put(j.out, j.c);
	finish(j.out);
}

// --- two readers of one series ---

typedef struct Split Split;
struct Split {
	Series in, out[2];
};

typedef struct Tape Tape;
struct Tape {
	Rat *at;
	int n, read[2];
	bool waits[2]; // for the coefficient that comes next
};

static bool
serve(Tape *t, int i, Series out)
{
	if (t->read[i] == t->n)
		return false;
	t->waits[i] = false;
	deliver(out, t->at[t->read[i]++]);
	return true;
}

// Serves whoever asks. While one waits for a new coefficient the other may read what is there:
// the new one may depend on it.
static void
run_split(void *arg)
{
	Split s = *(Split *)arg;
	Tape t = {0};
	Rat r;
	GoCase cases[3] = {
		{s.out[0].req, GO_RECV, NULL, false},
		{s.out[1].req, GO_RECV, NULL, false},
		{s.in.dat, GO_RECV, &r, false},
	};

	free(arg);
	for (;;) {
		int i = go_select(cases, 3, true);

		if (i < 2) {
			bool asked = t.waits[!i];

			if (serve(&t, i, s.out[i]))
				continue;
			t.waits[i] = true;
			if (!asked)
				go_chan_send(s.in.req, NULL);
			continue;
		}
		t.at = realloc(t.at, (size_t)(t.n + 1) * sizeof *t.at);
		t.at[t.n++] = r;
		for (i = 0; i < 2; i++)
			if (t.waits[i])
				serve(&t, i, s.out[i]);
	}
}

static void
split(Series u, Series out[2])
{
	Split *s = malloc(sizeof *s);

	out[0] = make_series();
	out[1] = make_series();
	*s = (Split){u, {out[0], out[1]}};
	go(run_split, s);
}

// --- the algebra ---

static Series
sum(Series u, Series v)
{
	return start(run_add, (Job){.u = u, .v = v});
}

static Series
scale(Rat c, Series u)
{
	return start(run_scale, (Job){.u = u, .c = c});
}

static Series
shift(Rat c, Series u)
{
	return start(run_shift, (Job){.u = u, .c = c});
}

static Series
differentiate(Series u)
{
	return start(run_differentiate, (Job){.u = u});
}

static Series
integrate(Rat c, Series u)
{
	return start(run_integrate, (Job){.u = u, .c = c});
}

static Series
constants(Rat c)
{
	return start(run_constant, (Job){.c = c});
}

static Series
polynomial(Rat c, int n)
{
	return start(run_polynomial, (Job){.c = c, .n = n});
}

static Series product(Series u, Series v);

// u v = u0 v0 + x (u0 v' + v0 u' + x u' v'), with u = u0 + x u', v = v0 + x v'.
static void
run_product(void *arg)
{
	Job j = take(arg);
	Series uu[2], vv[2], rest;
	Rat a, b;

	wanted(j.out);
	get2(j.u, j.v, &a, &b);
	if (ended(a) || ended(b)) {
		deliver(j.out, finis);
		finish(j.out);
	}
	deliver(j.out, mul(a, b));
	split(j.u, uu);
	split(j.v, vv);
	rest = sum(sum(scale(a, vv[0]), scale(b, uu[0])), shift(zero, product(uu[1], vv[1])));
	for (;;) {
		wanted(j.out);
		deliver(j.out, get(rest));
	}
}

static Series
product(Series u, Series v)
{
	return start(run_product, (Job){.u = u, .v = v});
}

// A series that is made from itself: u, which reads back, becomes back.
static Series
tie(Series u, Series back)
{
	Series both[2];
	Job *copy = malloc(sizeof *copy);

	split(u, both);
	*copy = (Job){.out = back, .u = both[1]};
	go(run_copy, copy);
	return both[0];
}

// r = 1 / u: r0 = 1 / u0, and r' = -r0 u' r.
static void
run_reciprocal(void *arg)
{
	Job j = take(arg);
	Series back = make_series(), rest;
	Rat g;

	wanted(j.out);
	g = inv(get(j.u));
	deliver(j.out, g);
	rest = tie(product(scale(neg(g), j.u), shift(g, back)), back);
	for (;;) {
		wanted(j.out);
		deliver(j.out, get(rest));
	}
}

static Series
reciprocal(Series u)
{
	return start(run_reciprocal, (Job){.u = u});
}

// y = e^u for u0 = 0: y' = u' y.
static Series
exponential(Series u)
{
	Series back = make_series();

	return tie(integrate(one, product(back, differentiate(u))), back);
}

// y = tan x: y' = 1 + y^2.
static Series
tangent(void)
{
	Series back = make_series(), yy[2];

	split(back, yy);
	return tie(integrate(zero, sum(polynomial(zero, 1), product(yy[0], yy[1]))), back);
}

static Series compose(Series u, Series v);

// u(v) for v0 = 0: u0 + x v' u'(v).
static void
run_compose(void *arg)
{
	Job j = take(arg);
	Series vv[2], rest;
	Rat a;

	split(j.v, vv);
	wanted(j.out);
	a = get(j.u);
	deliver(j.out, a);
	if (ended(a))
		finish(j.out);
	check(get(vv[0]).num == 0);
	rest = product(vv[0], compose(j.u, vv[1]));
	for (;;) {
		wanted(j.out);
		deliver(j.out, get(rest));
	}
}

static Series
compose(Series u, Series v)
{
	return start(run_compose, (Job){.u = u, .v = v});
}

// --- what comes out ---

static void
print(const char *name, Series u, int n)
{
	printf("%-12s", name);
	for (int i = 0; i < n; i++) {
		Rat r = get(u);

		if (ended(r)) {
			printf(" .");
			break;
		}
		printf(" %lld", (long long)r.num);
		if (r.den != 1)
			printf("/%lld", (long long)r.den);
	}
	printf("\n");
}

static Series
ones(void)
{
	return constants(one);
}

static Series
x(void)
{
	return shift(zero, polynomial(zero, 1));
}

// - log(1 - x)
static Series
logarithm(void)
{
	return integrate(zero, ones());
}

int
main(void)
{
	int n = 10;

	print("ones", ones(), n);
	print("sum", sum(ones(), polynomial(rat(2, 1), 3)), n);
	print("shift", shift(rat(5, 1), ones()), n);
	print("differ", differentiate(ones()), n);
	print("integral", integrate(zero, ones()), n);
	print("square", product(ones(), ones()), n);
	print("cube", product(product(ones(), ones()), ones()), n);
	print("1/(1-x)", reciprocal(polynomial(rat(-1, 1), 1)), n);
	print("1/ones", reciprocal(ones()), n);
	print("exp", exponential(x()), n);
	print("1/exp", reciprocal(exponential(x())), n);
	print("exp -log", exponential(logarithm()), n);
	print("1/exp -log", reciprocal(exponential(logarithm())), n);
	print("tan", tangent(), n);
	print("(1+x) exp", product(polynomial(one, 1), exponential(x())), n);
	print("compose", compose(ones(), shift(zero, ones())), n);
	print("1 + x^3/2", polynomial(rat(1, 2), 3), n);
	print("squared", product(polynomial(rat(1, 2), 3), polynomial(rat(1, 2), 3)), n);
	printf("%s\n", go_num_goroutine() > 200 ? "hundreds of goroutines" : "too few goroutines");
	return 0;
}
