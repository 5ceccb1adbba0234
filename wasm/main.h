#ifndef OS_MAIN_H
#define OS_MAIN_H

// The arguments of the program's main; the memory must stay.
void os_setargs(int argc, char **argv);

#endif
