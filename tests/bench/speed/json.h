#ifndef JSON_H
#define JSON_H

// A JSON parser by recursive descent, and a serializer. The text comes in pieces.

#include "speed.h"

enum { Chunk = 4096, Text = 400000 };

typedef enum { JsonNull, JsonTrue, JsonFalse, JsonNumber, JsonString, JsonArray, JsonObject } Kind;

typedef struct Value Value;
struct Value {
	Kind kind;
	double number;
	char *string; // or the key, of a member
	char *key;
	Value *first, *next;
};

static char json_in[Text + 1024], json_out[Text + 1024];
static const char *at, *end_of_chunk, *end_of_text;
static char *put_at;

static char heap[16 << 20];
static size_t heap_used;

static void *
take(size_t n)
{
	void *p = heap + heap_used;

	heap_used += (n + 7) & ~(size_t)7;
	return p;
}

NOINLINE static int
refill(void)
{
	if (at == end_of_text)
		return 0;
	at = MAYBE_CHANNEL((void *)(uintptr_t)at);
	end_of_chunk = end_of_text - at < Chunk ? end_of_text : at + Chunk;
	return *at;
}

static inline int
peek(void)
{
	return at < end_of_chunk ? *at : refill();
}

static inline int
get(void)
{
	int c = peek();

	at++;
	return c;
}

static int
peek_token(void)
{
	int c;

	while ((c = peek()) == ' ' || c == '\n')
		at++;
	return c;
}

NOINLINE static char *
parse_string(void)
{
	char *s = heap + heap_used;
	size_t n = 0;
	int c;

	get();
	while ((c = get()) != '"') {
		if (c == '\\')
			c = get();
		s[n++] = (char)c;
	}
	s[n] = '\0';
	return take(n + 1);
}

NOINLINE static double
parse_number(void)
{
	double v = 0, scale = 1;
	int negative = peek() == '-';

	if (negative)
		get();
	while (peek() >= '0' && peek() <= '9')
		v = v * 10 + (get() - '0');
	if (peek() == '.') {
		get();
		while (peek() >= '0' && peek() <= '9')
			v += (get() - '0') * (scale /= 10);
	}
	return negative ? -v : v;
}

static Value *parse(void);

NOINLINE static Value *
parse_members(int closing)
{
	Value *first = NULL, **last = &first;

	get();
	while (peek_token() != closing) {
		char *key = NULL;

		if (closing == '}') {
			key = parse_string();
			peek_token();
			get();
		}
		*last = parse();
		(*last)->key = key;
		last = &(*last)->next;
		if (peek_token() == ',')
			get();
	}
	get();
	return first;
}

static Value *
parse(void)
{
	Value *v = take(sizeof *v);
	int c = peek_token();

	*v = (Value){0};
	switch (c) {
	case '{':
		v->kind = JsonObject;
		v->first = parse_members('}');
		break;
	case '[':
		v->kind = JsonArray;
		v->first = parse_members(']');
		break;
	case '"':
		v->kind = JsonString;
		v->string = parse_string();
		break;
	case 'n':
	case 't':
	case 'f':
		v->kind = c == 'n' ? JsonNull : c == 't' ? JsonTrue : JsonFalse;
		while ((c = peek()) >= 'a' && c <= 'z')
			get();
		break;
	default:
		v->kind = JsonNumber;
		v->number = parse_number();
	}
	return v;
}

static inline void
put(char c)
{
	*put_at++ = c;
}

NOINLINE static void
put_string(const char *s)
{
	put('"');
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			put('\\');
		put(*s);
	}
	put('"');
}

NOINLINE static void
put_number(double v)
{
	char digits[20];
	int n = 0;
	uint32_t whole = (uint32_t)(v < 0 ? -v : v);

	if (v < 0)
		put('-');
	do {
		digits[n++] = (char)('0' + whole % 10);
		whole /= 10;
	} while (whole);
	while (n > 0)
		put(digits[--n]);
}

NOINLINE static void
put_word(const char *s)
{
	while (*s)
		put(*s++);
}

NOINLINE static void
serialize(const Value *v)
{
	switch (v->kind) {
	case JsonNull:
		put_word("null");
		break;
	case JsonTrue:
		put_word("true");
		break;
	case JsonFalse:
		put_word("false");
		break;
	case JsonNumber:
		put_number(v->number);
		break;
	case JsonString:
		put_string(v->string);
		break;
	case JsonArray:
	case JsonObject:
		MAYBE_PAUSE();
		put(v->kind == JsonArray ? '[' : '{');
		for (const Value *m = v->first; m; m = m->next) {
			if (m->key) {
				put_string(m->key);
				put(':');
			}
			serialize(m);
			if (m->next)
				put(',');
		}
		put(v->kind == JsonArray ? ']' : '}');
	}
}

static void
make_text(void)
{
	char *p = json_in;

	*p++ = '[';
	for (int i = 0; p < json_in + Text; i++)
		p += sprintf(
			p,
			"%s{\"id\": %d, \"name\": \"item \\\"%d\\\"\", \"tags\": [\"a\", \"bc\"], "
			"\"at\": {\"x\": %d.5, \"y\": -%d}, \"ok\": %s, \"more\": null}\n",
			i ? "," : "", i, i * 7, i * 3, i, i % 2 ? "true" : "false");
	*p++ = ']';
	end_of_text = p;
}

static uint32_t
json(void)
{
	uint32_t sum = 0;

	if (!end_of_text)
		make_text();
	for (int i = 0; i < 2; i++) {
		heap_used = 0;
		at = end_of_chunk = json_in;
		put_at = json_out;
		serialize(parse());
		sum += (uint32_t)(put_at - json_out);
	}
	return sum;
}

#endif
