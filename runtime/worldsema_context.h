#ifndef WORLDSEMA_CONTEXT_H
#define WORLDSEMA_CONTEXT_H

// Contexts tell goroutines to stop; groups wait for goroutines. worldsema.h includes this.

#ifdef __cplusplus
extern "C" {
#endif

// --- contexts --------------------------------------------------------------------------------

// A context is over when it is canceled, when its deadline has passed, or when its parent is over.
// Whoever works for it looks at go_context_err now and then, or selects on go_context_done. Any
// number of goroutines may use one. After Go's package context.
typedef struct GoContext GoContext;

// Makes a context that ends with its parent (NULL: it has none), or when it is canceled. The caller
// frees it.
GoContext *go_context_make(GoContext *parent);
// The same with a deadline, a time of go_nanotime. An earlier deadline of the parent holds for it,
// too.
GoContext *go_context_with_deadline(GoContext *parent, int64_t when);
// The same, over after ns nanoseconds.
GoContext *go_context_with_timeout(GoContext *parent, int64_t ns);
// Another reference, for a goroutine that may use the context longer than the caller. Returns ctx.
GoContext *go_context_ref(GoContext *ctx);
// Gives up a reference. With the last one the context and its timer are freed. Freeing does not
// cancel. NULL is allowed.
void go_context_free(GoContext *ctx);
// Ends the context, and those below it. Does nothing if it is over.
void go_context_cancel(GoContext *ctx);
// Why the context is over: ECANCELED, or ETIMEDOUT for its deadline. 0: it is not over.
int go_context_err(const GoContext *ctx);
// True if it has a deadline. Then *when is that.
bool go_context_deadline(const GoContext *ctx, int64_t *when);
// A channel that is closed when the context is over. It belongs to the context: do not close or
// free it.
GoChan *go_context_done(const GoContext *ctx);
// Parks the goroutine for ns nanoseconds, or until the context is over. Returns what go_context_err
// returns then.
MAYSWITCH int go_context_sleep(GoContext *ctx, int64_t ns);

// --- groups ----------------------------------------------------------------------------------

// Goroutines that work on one thing. The first that fails cancels the context of all. After Go's
// package errgroup.
typedef struct GoGroup GoGroup;

// Makes a group. Its context ends with the parent (NULL: it has none). The caller frees the group.
GoGroup *go_group_make(GoContext *parent);
// The context of the group. It belongs to the group.
GoContext *go_group_context(const GoGroup *group);
// Starts fn(context, arg) as a goroutine of the group. A result other than 0 is an error: the first
// one cancels the context, and go_group_wait returns it. Use errno's numbers, or your own.
typedef int (*GoGroupFunc)(GoContext *ctx, void *arg);
#define go_group_go(group, fn, arg) go_group_go_at(group, fn, arg, 0, GO_SITE)
// The same with a stack size as in go_with_stack; 0: the default.
void
go_group_go_at(GoGroup *group, GoGroupFunc fn, void *arg, size_t stack_bytes, const GoSite *site);
// Waits until all goroutines of the group have ended, and cancels its context. Returns the first
// error, or 0.
MAYSWITCH int go_group_wait(GoGroup *group);
// Frees a group after go_group_wait. Panics: "go_group_free: goroutines of the group still run".
// NULL is allowed.
void go_group_free(GoGroup *group);

// --- NULL ------------------------------------------------------------------------------------

#ifndef RT_BASE_H
// clang-format off
GO_CHECKED_(GoContext *, return, go_context_ref, (GoContext *p), (p))
GO_CHECKED_(void, , go_context_cancel, (GoContext *p), (p))
GO_CHECKED_(int, return, go_context_err, (const GoContext *p), (p))
GO_CHECKED_(GoChan *, return, go_context_done, (const GoContext *p), (p))
GO_CHECKED_(GoContext *, return, go_group_context, (const GoGroup *p), (p))
GO_CHECKED_IF_(!p || !when, bool, return, go_context_deadline,
               (const GoContext *p, int64_t *when), (p, when))
GO_CHECKED_IF_(!p || !fn, void, , go_group_go_at,
               (GoGroup *p, GoGroupFunc fn, void *arg, size_t stack_bytes, const GoSite *site),
               (p, fn, arg, stack_bytes, site))
// clang-format on
#define go_context_ref(...) go_context_ref_checked_(__VA_ARGS__)
#define go_context_cancel(...) go_context_cancel_checked_(__VA_ARGS__)
#define go_context_err(...) go_context_err_checked_(__VA_ARGS__)
#define go_context_done(...) go_context_done_checked_(__VA_ARGS__)
#define go_context_deadline(...) go_context_deadline_checked_(__VA_ARGS__)
#define go_group_context(...) go_group_context_checked_(__VA_ARGS__)
#define go_group_go_at(...) go_group_go_at_checked_(__VA_ARGS__)
#endif

#ifdef __cplusplus
}
#endif

#endif
