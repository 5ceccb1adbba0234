// Loops that call nothing.

#include "speed.h"

enum { Ints = 100000, Side = 96 };

static uint32_t ints[Ints];

NOINLINE static uint32_t
hash_bytes(uint32_t h, const uint8_t *p, int n)
{
	for (int i = 0; i < n; i++)
		h = (h ^ p[i]) * 16777619u;
	return h;
}

static uint32_t
hash(void)
{
	uint32_t h = 2166136261u;

	for (int i = 0; i < 8; i++)
		h = hash_bytes(h, (const uint8_t *)ints, (int)sizeof ints);
	return h;
}

NOINLINE static uint32_t
sum_of(const uint32_t *p, int n)
{
	uint32_t sum = 0;

	for (int i = 0; i < n; i++)
		sum += p[i];
	return sum;
}

static uint32_t
sum(void)
{
	uint32_t all = 0;

	for (uint32_t i = 0; i < 150; i++) {
		ints[i] = i;
		all += sum_of(ints, Ints);
	}
	return all;
}

NOINLINE static void
multiply(double a[Side][Side], double b[Side][Side], double c[Side][Side])
{
	for (int i = 0; i < Side; i++)
		for (int j = 0; j < Side; j++) {
			double s = 0;

			for (int k = 0; k < Side; k++)
				s += a[i][k] * b[k][j];
			c[i][j] = s;
		}
}

static uint32_t
matrix(void)
{
	static double a[Side][Side], b[Side][Side], c[Side][Side];

	for (int i = 0; i < Side; i++)
		for (int j = 0; j < Side; j++) {
			a[i][j] = i + j;
			b[i][j] = i - j;
		}
	for (int i = 0; i < 8; i++)
		multiply(a, b, c);
	return (uint32_t)(int32_t)c[3][4];
}

NOINLINE static uint32_t
primes_below(uint8_t *composite, uint32_t n)
{
	uint32_t count = 0;

	memset(composite, 0, n);
	for (uint32_t i = 2; i < n; i++) {
		if (composite[i])
			continue;
		count++;
		for (uint32_t k = i + i; k < n; k += i)
			composite[k] = 1;
	}
	return count;
}

static uint32_t
sieve(void)
{
	static uint8_t composite[200000];
	uint32_t count = 0;

	for (int i = 0; i < 10; i++)
		count += primes_below(composite, sizeof composite);
	return count;
}

NOINLINE static uint32_t
longest_below(uint32_t from, uint32_t to)
{
	uint32_t longest = 0;

	for (uint32_t n = from; n < to; n++) {
		uint32_t steps = 0;

		for (uint64_t v = n; v != 1; steps++)
			v = v & 1 ? 3 * v + 1 : v / 2;
		if (steps > longest)
			longest = steps;
	}
	return longest;
}

static uint32_t
collatz(void)
{
	uint32_t all = 0;

	for (uint32_t n = 1; n < 40000; n += 1000)
		all += longest_below(n, n + 1000);
	return all;
}

NOINLINE static uint32_t
mandelbrot_row(double y, int width)
{
	uint32_t inside = 0;

	for (int x = 0; x < width; x++) {
		double re = x * 3.0 / width - 2, zr = 0, zi = 0;
		int i = 0;

		for (; i < 200 && zr * zr + zi * zi < 4; i++) {
			double next = zr * zr - zi * zi + re;

			zi = 2 * zr * zi + y;
			zr = next;
		}
		inside += i == 200;
	}
	return inside;
}

static uint32_t
mandelbrot(void)
{
	uint32_t inside = 0;

	for (int y = 0; y < 60; y++)
		inside += mandelbrot_row(y * 2.0 / 60 - 1, 400);
	return inside;
}

const Kernel kernels[] = {
	{"hash", hash},         {"sum", sum},         {"matrix multiply", matrix},
	{"prime sieve", sieve}, {"collatz", collatz}, {"mandelbrot", mandelbrot},
	{NULL, NULL},
};
