#ifndef OS_MACHINE_H
#define OS_MACHINE_H

// What this machine keeps: a ucontext of each (ctx_ucontext.c).

typedef struct Ctx Ctx;

typedef struct Machine Machine;
struct Machine {
	Ctx *ctx;
};

typedef struct MachineG MachineG;
struct MachineG {
	Ctx *ctx;
};

#endif
