#ifndef OS_MAIN_H
#define OS_MAIN_H

// The arguments of the program's main; the memory must stay.
void os_setargs(int argc, char **argv);

// At the end of exit: returns, unless the host wants to look before the program ends. Then the host
// ends it.
void os_hold(int code);

#endif
