#ifndef VISIT_H
#define VISIT_H

// The sum of what next gives until it is negative.
int visit(int (*next)(void *arg), void *arg);

#endif
