#include "typename.h"

#include <string.h>

// Names of types for the message of an exception that nobody catches. libc++abi has a demangler for
// all names; it would make each C++ program 70 KB larger. The names of functions are in the tables
// that the link step writes.
//
// A compiler's name refers back to what it has named before (S_, S0_ ...). So each part that can be
// meant is kept as a place in the text that has been written.

enum { Parts = 40, Depth = 30 };

typedef struct Name Name;
struct Name {
	const char *s; // what is still to be read
	char *out;
	size_t used, room;
	int depth;
	uint32_t nparts;
	struct {
		size_t from, to;
	} parts[Parts];
};

static void
put(Name *n, const char *s, size_t len)
{
	if (len > n->room - 1 - n->used)
		len = n->room - 1 - n->used;
	memmove(n->out + n->used, s, len);
	n->used += len;
}

static void
say(Name *n, const char *s)
{
	put(n, s, strlen(s));
}

static bool
skip(Name *n, char c)
{
	if (*n->s != c)
		return false;
	n->s++;
	return true;
}

// What was written from there on can be meant again.
static void
keep(Name *n, size_t from)
{
	if (n->nparts < Parts) {
		n->parts[n->nparts].from = from;
		n->parts[n->nparts].to = n->used;
	}
	n->nparts++;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static const char *
builtin(char c)
{
	static const char *const names[26] = {
		['a' - 'a'] = "signed char",   ['b' - 'a'] = "bool",
		['c' - 'a'] = "char",          ['d' - 'a'] = "double",
		['e' - 'a'] = "long double",   ['f' - 'a'] = "float",
		['h' - 'a'] = "unsigned char", ['i' - 'a'] = "int",
		['j' - 'a'] = "unsigned",      ['l' - 'a'] = "long",
		['m' - 'a'] = "unsigned long", ['n' - 'a'] = "__int128",
		['s' - 'a'] = "short",         ['t' - 'a'] = "unsigned short",
		['v' - 'a'] = "void",          ['w' - 'a'] = "wchar_t",
		['x' - 'a'] = "long long",     ['y' - 'a'] = "unsigned long long",
	};

	return c >= 'a' && c <= 'z' ? names[c - 'a'] : NULL;
}

// An identifier, with its length before it.
static bool
identifier(Name *n)
{
	size_t len = 0;

	if (!is_digit(*n->s))
		return false;
	while (is_digit(*n->s) && len < 10000)
		len = len * 10 + (size_t)(*n->s++ - '0');
	if (strnlen(n->s, len) < len)
		return false;
	if (len >= 8 && memcmp(n->s, "_GLOBAL_", 8) == 0)
		say(n, "(anonymous namespace)");
	else
		put(n, n->s, len);
	n->s += len;
	return true;
}

// Behind an S: what was named before, or a name that has a letter of its own.
static bool
reference(Name *n)
{
	static const struct {
		char c;
		const char *name;
	} known[] = {{'a', "std::allocator"}, {'b', "std::basic_string"}, {'s', "std::string"},
	             {'i', "std::istream"},   {'o', "std::ostream"},      {'d', "std::iostream"}};
	uint32_t i = 0;

	for (size_t k = 0; k < sizeof known / sizeof known[0]; k++)
		if (skip(n, known[k].c)) {
			say(n, known[k].name);
			return true;
		}
	if (*n->s != '_') {
		for (; is_digit(*n->s) || (*n->s >= 'A' && *n->s <= 'Z'); n->s++) {
			if (i > Parts)
				return false;
			i = i * 36 + (uint32_t)(is_digit(*n->s) ? *n->s - '0' : *n->s - 'A' + 10);
		}
		i++;
	}
	if (!skip(n, '_') || i >= n->nparts || i >= Parts)
		return false;
	put(n, n->out + n->parts[i].from, n->parts[i].to - n->parts[i].from);
	return true;
}

static bool type(Name *n);

// A number or a truth value: L, its type, its digits.
static bool
literal(Name *n)
{
	bool truth = *n->s == 'b';

	if (!builtin(*n->s++))
		return false;
	if (truth && (*n->s == '0' || *n->s == '1')) {
		say(n, *n->s++ == '1' ? "true" : "false");
		return skip(n, 'E');
	}
	if (skip(n, 'n'))
		say(n, "-");
	while (is_digit(*n->s))
		put(n, n->s++, 1);
	return skip(n, 'E');
}

// The arguments of a template, behind an I or a J, up to their E.
static bool
arguments(Name *n)
{
	for (bool first = true; !skip(n, 'E'); first = false) {
		if (!first)
			say(n, ", ");
		if (skip(n, 'J') ? !arguments(n) : skip(n, 'L') ? !literal(n) : !type(n))
			return false;
	}
	return true;
}

// Behind a name that began at from: the arguments, if it is that of a template.
static bool
of_template(Name *n, size_t from)
{
	if (!skip(n, 'I'))
		return true;
	say(n, "<");
	if (!arguments(n))
		return false;
	say(n, ">");
	keep(n, from);
	return true;
}

// A class in namespaces or classes, behind an N, up to its E.
static bool
nested(Name *n)
{
	size_t from = n->used;

	for (bool first = true; !skip(n, 'E'); first = false) {
		if (*n->s == 'I') {
			if (first || !of_template(n, from))
				return false;
			continue;
		}
		if (first && skip(n, 'S')) {
			if (skip(n, 't'))
				say(n, "std");
			else if (!reference(n))
				return false;
			continue;
		}
		if (n->s[0] == '3' && strncmp(n->s, "3__2", 4) == 0) {
			n->s += 4; // libc++'s version of std
		} else {
			if (!first)
				say(n, "::");
			if (!identifier(n))
				return false;
		}
		keep(n, from);
	}
	return true;
}

// What is said behind a type that is made of another one; NULL: it is none.
static const char *
suffix(char c)
{
	switch (c) {
	case 'P':
		return "*";
	case 'R':
		return "&";
	case 'O':
		return "&&";
	case 'K':
		return " const";
	case 'V':
		return " volatile";
	default:
		return NULL;
	}
}

static bool
plain(Name *n)
{
	const char *behind = suffix(*n->s);
	size_t from = n->used;

	if (builtin(*n->s)) {
		say(n, builtin(*n->s++));
		return true;
	}
	if (behind) {
		n->s++;
		if (!type(n))
			return false;
		say(n, behind);
		keep(n, from);
		return true;
	}
	switch (*n->s) {
	case 'D':
		n->s++;
		if (!skip(n, 'n'))
			return false;
		say(n, "std::nullptr_t");
		return true;
	case 'N':
		n->s++;
		return nested(n);
	case 'S':
		n->s++;
		if (!skip(n, 't'))
			return reference(n) && of_template(n, from);
		say(n, "std::");
		break;
	}
	if (!identifier(n))
		return false;
	keep(n, from);
	return of_template(n, from);
}

static bool
type(Name *n)
{
	bool known;

	if (++n->depth > Depth)
		return false;
	known = plain(n);
	n->depth--;
	return known;
}

// Its whole name says less.
static void
shorten(char *text, const char *of, const char *to)
{
	size_t len = strlen(of);

	for (char *at = text; *at; at++)
		if (strncmp(at, of, len) == 0) {
			memcpy(at, to, strlen(to));
			memmove(at + strlen(to), at + len, strlen(at + len) + 1);
		}
}

bool
os_typename(const char *mangled, char *out, size_t room)
{
	Name n = {.s = mangled, .out = out, .room = room};

	if (room == 0 || !type(&n) || *n.s)
		return false;
	out[n.used] = '\0';
	shorten(out, "std::basic_string<char, std::char_traits<char>, std::allocator<char>>",
	        "std::string");
	return true;
}
