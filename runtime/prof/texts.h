#ifndef RT_TEXTS_H
#define RT_TEXTS_H

// Texts in the place of pcs: labels, and entries of a profile that are no functions. A text keeps
// the pc that it once got.

#include "../ask/words.h"
#include "../base/base.h"

// A pc with this bit is the number of a text.
#define PC_TEXT ((uint32_t)1 << PcTextBit)

enum { MaxTexts = 1024, TextBytes = 64 }; // longer texts are cut

// The pc of a label; 0: the label is empty, or there are too many.
uint32_t rt_label_pc(const char *label);
// "" when there is none.
const char *rt_text_of(uint32_t pc);

#endif
