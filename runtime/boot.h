#ifndef RT_BOOT_H
#define RT_BOOT_H

// Reads the environment and makes the first goroutine and its worker. Returns 0.
int rt_boot(void);

#endif
