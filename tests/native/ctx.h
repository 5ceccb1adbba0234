#ifndef NATIVE_CTX_H
#define NATIVE_CTX_H

#include "../../runtime/base/gmp.h"

// Called on a new M's own thread.
void os_ctx_minit(M *mp);

#endif
