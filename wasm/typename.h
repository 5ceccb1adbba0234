#ifndef OS_TYPENAME_H
#define OS_TYPENAME_H

#include "../runtime/base/base.h"

// The name of a C++ type as the source has it, from the compiler's name for it (Itanium C++ ABI,
// <type>). At most room bytes with the NUL are written. False: the name has a kind that is not
// known here (functions, expressions), and out is not to be used.
bool os_typename(const char *mangled, char *out, size_t room);

#endif
