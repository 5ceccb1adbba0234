#define SUSPENDS

#include "calls.h"
