#ifndef OS_MAIN_H
#define OS_MAIN_H

// Sets the arguments of the program's main. The memory must stay.
void os_setargs(int argc, char **argv);

// Called at the end of exit. Returns, unless the host wants to look before the program ends; then
// the host ends it.
void os_hold(int code);

// Called when main has returned. Returns when the program may end. NULL until it may have to wait
// (eventloop.c).
extern void (*os_behind_main)(void);

// Called at the beginning of exit, on a goroutine: destroys its thread_local objects. NULL in a
// program that has none (thread.c).
extern void (*os_end_locals)(void);

#endif
