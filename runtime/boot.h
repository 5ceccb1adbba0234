#ifndef RT_BOOT_H
#define RT_BOOT_H

// Reads the environment and makes the first goroutine. Returns 0.
int rt_boot(void);
// Starts its worker; nothing of the runtime may be touched on this thread afterwards but what is
// made for that (wasm/abi.c).
void rt_start(void);

#endif
