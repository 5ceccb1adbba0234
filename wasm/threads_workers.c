#include <stdbool.h>

#include "../runtime/base/names.h"

// Linked only by `--threads=workers`: the program's threads are Emscripten's own. See thread.c.
extern const bool os_threads_are_workers;
const bool os_threads_are_workers = true;
