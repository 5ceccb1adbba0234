#ifndef OS_BOX_H
#define OS_BOX_H

// The program's mailbox (ring.c).

#include "../runtime/ask/words.h"

extern HostBox os_box;

#endif
