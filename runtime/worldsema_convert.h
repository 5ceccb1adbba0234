#ifndef WORLDSEMA_CONVERT_H
#define WORLDSEMA_CONVERT_H

// How GO_HOST and GO_EXPORT work: from C types to values and back. Part of worldsema_host.h;
// nothing here is for programs but go_value.

typedef struct GoExport GoExport;
struct GoExport {
	const char *name;
	void (*run)(GoCall *call);
	size_t stack_bytes;
	bool system; // the runtime's own
	GoExport *next;
};
void go_export_(GoExport *e);

// A value on its way to a C type: what func gave (call NULL), or argument number arg of a call.
typedef struct GoFrom_ GoFrom_;
struct GoFrom_ {
	GoValue value;
	const char *func;
	size_t arg;
	GoCall *call;
};

// Calls the host; an error is a panic.
MAYSWITCH GoFrom_ go_host_must_(const char *func, const GoValue *args, size_t nargs);
// Has the call so many arguments? Else it fails.
MAYSWITCH bool go_call_takes_(GoCall *call, size_t nargs);
GoFrom_ go_call_from_(GoCall *call, size_t arg);
bool go_call_answered_(const GoCall *call);

// The value as that type. When it does not fit: the call fails, or, of a result, a panic.
MAYSWITCH double go_to_number_(GoFrom_ from);
MAYSWITCH int64_t go_to_integer_(GoFrom_ from, int64_t min, int64_t max);
MAYSWITCH char *go_to_string_(GoFrom_ from);

static inline void
go_free_string_(const void *p)
{
	free(*(char *const *)p);
}

static inline void
go_free_value_(const void *p)
{
	GoValue v = *(const GoValue *)p;

	go_value_free(&v);
}

static inline void
go_free_nothing_(const void *p)
{
	(void)p;
}

#define GO_INTEGER_(name, type, min, max)                    \
	MAYSWITCH static inline type name(GoFrom_ from)      \
	{                                                    \
		return (type)go_to_integer_(from, min, max); \
	}
GO_INTEGER_(go_to_bool_, bool, 0, 1)
GO_INTEGER_(go_to_int_, int, INT_MIN, INT_MAX)
GO_INTEGER_(go_to_uint_, unsigned, 0, UINT_MAX)
GO_INTEGER_(go_to_long_, long, LONG_MIN, LONG_MAX)
GO_INTEGER_(go_to_ulong_, unsigned long, 0, sizeof(long) == 4 ? (int64_t)UINT32_MAX : INT64_MAX)
GO_INTEGER_(go_to_int64_, long long, INT64_MIN, INT64_MAX)

MAYSWITCH static inline float
go_to_float_(GoFrom_ from)
{
	return (float)go_to_number_(from);
}

static inline GoValue
go_to_value_(GoFrom_ from)
{
	return from.value;
}

static inline GoValue
go_from_long_(long n)
{
	return sizeof n == 4 ? go_number((double)n) : go_int(n);
}

static inline GoValue
go_from_ulong_(unsigned long n)
{
	return sizeof n == 4 ? go_number((double)n) : go_int((int64_t)n);
}

static inline GoValue
go_same_(GoValue v)
{
	return v;
}

#ifdef __cplusplus
}
#define GO_BOTH_(type, from, to)                            \
	static inline GoValue go_value(type x)              \
	{                                                   \
		return from(x);                             \
	}                                                   \
	template <> inline type go_to_<type>(GoFrom_ from_) \
	{                                                   \
		return to(from_);                           \
	}
template <typename T> T go_to_(GoFrom_ from);
GO_BOTH_(bool, go_number, go_to_bool_)
GO_BOTH_(int, go_number, go_to_int_)
GO_BOTH_(unsigned, go_number, go_to_uint_)
GO_BOTH_(long, go_from_long_, go_to_long_)
GO_BOTH_(unsigned long, go_from_ulong_, go_to_ulong_)
GO_BOTH_(long long, go_int, go_to_int64_)
GO_BOTH_(float, go_number, go_to_float_)
GO_BOTH_(double, go_number, go_to_number_)
GO_BOTH_(char *, go_string, go_to_string_)
GO_BOTH_(const char *, go_string, go_to_string_)
GO_BOTH_(GoValue, go_same_, go_to_value_)
#undef GO_BOTH_
#define GO_TO_(type) go_to_<type>
static inline auto
go_free_of_(char **) -> void (*)(const void *)
{
	return go_free_string_;
}
static inline auto
go_free_of_(GoValue *) -> void (*)(const void *)
{
	return go_free_value_;
}
static inline auto
go_free_of_(const void *) -> void (*)(const void *)
{
	return go_free_nothing_;
}
#define GO_FREE_(type) go_free_of_((type *)0)
template <typename T> struct GoElem_ {
	static const int kind = 0;
};
template <> struct GoElem_<double> {
	static const int kind = 1;
};
template <> struct GoElem_<int> {
	static const int kind = 2;
};
template <> struct GoElem_<long long> {
	static const int kind = 3;
};
template <> struct GoElem_<char *> {
	static const int kind = 4;
};
template <> struct GoElem_<GoValue> {
	static const int kind = 5;
};
#define GO_ELEM_(type) GoElem_<type>::kind
extern "C" {
#else
#define go_value(x) \
	_Generic((x), bool                               \
	         : go_number, int                        \
	         : go_number, unsigned                   \
	         : go_number, long                       \
	         : go_from_long_, unsigned long          \
	         : go_from_ulong_, long long             \
	         : go_int, float                         \
	         : go_number, double                     \
	         : go_number, char *                     \
	         : go_string, const char *               \
	         : go_string, GoValue                    \
	         : go_same_)(x)
#define GO_TO_(type) \
	_Generic((type *)0, bool *                       \
	         : go_to_bool_, int *                    \
	         : go_to_int_, unsigned *                \
	         : go_to_uint_, long *                   \
	         : go_to_long_, unsigned long *          \
	         : go_to_ulong_, long long *             \
	         : go_to_int64_, float *                 \
	         : go_to_float_, double *                \
	         : go_to_number_, char **                \
	         : go_to_string_, const char **          \
	         : go_to_string_, GoValue *              \
	         : go_to_value_)
#define GO_FREE_(type) \
	_Generic((type *)0, char **                      \
	         : go_free_string_, GoValue *            \
	         : go_free_value_, default               \
	         : go_free_nothing_)
#define GO_ELEM_(type)                                                                          \
	_Generic((type *)0, double * : 1, int * : 2, int64_t * : 3, char ** : 4, GoValue * : 5, \
	         default : 0)
#endif
MAYSWITCH void go_host_channel_at(const char *name, GoChan *c, size_t elem_size, int elem);

// The eighth of its arguments: which macro, by the number of those before.
#define GO_PICK_(a, b, c, d, e, f, g, N, ...) N
// yes if ret is void.
#define GO_IF_VOID_(ret, yes, no) GO_THIRD_(GO_VOID_##ret, yes, no, )
#define GO_THIRD_(...) GO_THIRD2_(__VA_ARGS__)
#define GO_THIRD2_(a, b, c, ...) c
#define GO_VOID_void ,

#define GO_ARRAY_(...) \
	(const GoValue[]){__VA_ARGS__}, sizeof((const GoValue[]){__VA_ARGS__}) / sizeof(GoValue)
#define GO_VALUES_(...)                                                                        \
	GO_PICK_(__VA_ARGS__, GO_VALUES7_, GO_VALUES6_, GO_VALUES5_, GO_VALUES4_, GO_VALUES3_, \
	         GO_VALUES2_, GO_VALUES1_, )                                                   \
	(__VA_ARGS__)
#define GO_VALUES1_(a) go_value(a)
#define GO_VALUES2_(a, ...) go_value(a), GO_VALUES1_(__VA_ARGS__)
#define GO_VALUES3_(a, ...) go_value(a), GO_VALUES2_(__VA_ARGS__)
#define GO_VALUES4_(a, ...) go_value(a), GO_VALUES3_(__VA_ARGS__)
#define GO_VALUES5_(a, ...) go_value(a), GO_VALUES4_(__VA_ARGS__)
#define GO_VALUES6_(a, ...) go_value(a), GO_VALUES5_(__VA_ARGS__)
#define GO_VALUES7_(a, ...) go_value(a), GO_VALUES6_(__VA_ARGS__)

#define GO_HOST_BODY_(ret, name, nargs, params, ...)                \
	__attribute__((unused)) MAYSWITCH static ret name params    \
	{                                                           \
		const GoValue args_[] = {__VA_ARGS__};              \
		GoFrom_ from_ = go_host_must_(#name, args_, nargs); \
		GO_IF_VOID_(ret, GO_DROP_, GO_GIVE_)(ret)           \
	}
#define GO_DROP_(ret) go_value_free(&from_.value);
#define GO_GIVE_(ret) return GO_TO_(ret)(from_);
#define GO_HOST0_(ret, name) GO_HOST_BODY_(ret, name, 0, (void), go_null())
#define GO_HOST1_(ret, name, A) GO_HOST_BODY_(ret, name, 1, (A a_), go_value(a_))
#define GO_HOST2_(ret, name, A, B) \
	GO_HOST_BODY_(ret, name, 2, (A a_, B b_), go_value(a_), go_value(b_))
#define GO_HOST3_(ret, name, A, B, C) \
	GO_HOST_BODY_(ret, name, 3, (A a_, B b_, C c_), go_value(a_), go_value(b_), go_value(c_))
#define GO_HOST4_(ret, name, A, B, C, D)                                                  \
	GO_HOST_BODY_(ret, name, 4, (A a_, B b_, C c_, D d_), go_value(a_), go_value(b_), \
	              go_value(c_), go_value(d_))
#define GO_HOST5_(ret, name, A, B, C, D, E)                                                     \
	GO_HOST_BODY_(ret, name, 5, (A a_, B b_, C c_, D d_, E e_), go_value(a_), go_value(b_), \
	              go_value(c_), go_value(d_), go_value(e_))
#define GO_HOST6_(ret, name, A, B, C, D, E, F)                                          \
	GO_HOST_BODY_(ret, name, 6, (A a_, B b_, C c_, D d_, E e_, F f_), go_value(a_), \
	              go_value(b_), go_value(c_), go_value(d_), go_value(e_), go_value(f_))

#define GO_EXPORT_BODY_(ret, name, nargs, args, list)                 \
	static void go_run_##name##_(GoCall *call_)                   \
	{                                                             \
		if (!go_call_takes_(call_, nargs))                    \
			return;                                       \
		args if (go_call_answered_(call_)) return;            \
		GO_IF_VOID_(ret, GO_RUN_, GO_RETURN_)(ret, name list) \
	}                                                             \
	GO_EXPORT_CALL(name, go_run_##name##_, 0)
#define GO_ARG_(type, var, i) type var = GO_TO_(type)(go_call_from_(call_, i));
#define GO_RUN_(ret, run) run;
#define GO_RETURN_(ret, run)                 \
	ret r_ = run;                        \
	go_call_return(call_, go_value(r_)); \
	GO_FREE_(ret)(&r_);
#define GO_EXPORT0_(ret, name) GO_EXPORT_BODY_(ret, name, 0, , ())
#define GO_EXPORT1_(ret, name, A) GO_EXPORT_BODY_(ret, name, 1, GO_ARG_(A, a_, 0), (a_))
#define GO_EXPORT2_(ret, name, A, B) \
	GO_EXPORT_BODY_(ret, name, 2, GO_ARG_(A, a_, 0) GO_ARG_(B, b_, 1), (a_, b_))
#define GO_EXPORT3_(ret, name, A, B, C)                                                      \
	GO_EXPORT_BODY_(ret, name, 3, GO_ARG_(A, a_, 0) GO_ARG_(B, b_, 1) GO_ARG_(C, c_, 2), \
	                (a_, b_, c_))
#define GO_EXPORT4_(ret, name, A, B, C, D)                                                       \
	GO_EXPORT_BODY_(ret, name, 4,                                                            \
	                GO_ARG_(A, a_, 0) GO_ARG_(B, b_, 1) GO_ARG_(C, c_, 2) GO_ARG_(D, d_, 3), \
	                (a_, b_, c_, d_))
#define GO_EXPORT5_(ret, name, A, B, C, D, E)                                                   \
	GO_EXPORT_BODY_(ret, name, 5,                                                           \
	                GO_ARG_(A, a_, 0) GO_ARG_(B, b_, 1) GO_ARG_(C, c_, 2) GO_ARG_(D, d_, 3) \
	                        GO_ARG_(E, e_, 4),                                              \
	                (a_, b_, c_, d_, e_))
#define GO_EXPORT6_(ret, name, A, B, C, D, E, F)                                                \
	GO_EXPORT_BODY_(ret, name, 6,                                                           \
	                GO_ARG_(A, a_, 0) GO_ARG_(B, b_, 1) GO_ARG_(C, c_, 2) GO_ARG_(D, d_, 3) \
	                        GO_ARG_(E, e_, 4) GO_ARG_(F, f_, 5),                            \
	                (a_, b_, c_, d_, e_, f_))

#endif
