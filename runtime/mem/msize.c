#include "malloc.h"

// Size classes. The rule: 8, 16, 24, 32; then every 16 up to 128; then eight for each doubling. A
// span has as many pages as it takes to waste at most an eighth of it at its end. If two neighbours
// have the same number of pages and of blocks, only the larger stays, unless the smaller is a power
// of two, which aligned_alloc wants. So a request of 128 bytes or more loses at most a ninth, or
// the distance to the only size that fits as often into the span: in all at most a fifth.
// tests/native/mem.c makes the tables anew by the rule, and compares.

#define CLASS(size, npages)                                               \
	{                                                                 \
		size, npages, (npages) * (1 << 13) / (size),              \
			(uint32_t)((UINT64_C(1) << 32) / (size) +         \
		                   (((UINT64_C(1) << 32) % (size)) != 0)) \
	}

const SizeClass rt_classes[NClasses] = {
	{0, 0, 0, 0},    CLASS(8, 1),     CLASS(16, 1),    CLASS(24, 1),    CLASS(32, 1),
	CLASS(48, 1),    CLASS(64, 1),    CLASS(80, 1),    CLASS(96, 1),    CLASS(112, 1),
	CLASS(128, 1),   CLASS(144, 1),   CLASS(160, 1),   CLASS(176, 1),   CLASS(192, 1),
	CLASS(208, 1),   CLASS(224, 1),   CLASS(240, 1),   CLASS(256, 1),   CLASS(288, 1),
	CLASS(320, 1),   CLASS(352, 1),   CLASS(384, 1),   CLASS(416, 1),   CLASS(448, 1),
	CLASS(480, 1),   CLASS(512, 1),   CLASS(576, 1),   CLASS(640, 1),   CLASS(704, 1),
	CLASS(768, 1),   CLASS(896, 1),   CLASS(1024, 1),  CLASS(1152, 1),  CLASS(1280, 1),
	CLASS(1408, 2),  CLASS(1536, 1),  CLASS(1664, 2),  CLASS(2048, 1),  CLASS(2304, 2),
	CLASS(2560, 1),  CLASS(2816, 3),  CLASS(3072, 2),  CLASS(3328, 3),  CLASS(4096, 1),
	CLASS(4608, 3),  CLASS(5120, 2),  CLASS(6144, 3),  CLASS(6656, 5),  CLASS(8192, 1),
	CLASS(9216, 5),  CLASS(10240, 4), CLASS(12288, 3), CLASS(13312, 5), CLASS(16384, 2),
	CLASS(20480, 5), CLASS(24576, 3), CLASS(26624, 7), CLASS(32768, 4),
};

const uint8_t rt_class8[MaxSmall / 32 / 8 + 1] = {
	1,  1,  2,  3,  4,  5,  5,  6,  6,  7,  7,  8,  8,  9,  9,  10, 10, 11, 11, 12, 12, 13,
	13, 14, 14, 15, 15, 16, 16, 17, 17, 18, 18, 19, 19, 19, 19, 20, 20, 20, 20, 21, 21, 21,
	21, 22, 22, 22, 22, 23, 23, 23, 23, 24, 24, 24, 24, 25, 25, 25, 25, 26, 26, 26, 26, 27,
	27, 27, 27, 27, 27, 27, 27, 28, 28, 28, 28, 28, 28, 28, 28, 29, 29, 29, 29, 29, 29, 29,
	29, 30, 30, 30, 30, 30, 30, 30, 30, 31, 31, 31, 31, 31, 31, 31, 31, 31, 31, 31, 31, 31,
	31, 31, 31, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32,
};

const uint8_t rt_class128[(MaxSmall - 1024) / 128 + 1] = {
	32, 33, 34, 35, 36, 37, 38, 38, 38, 39, 39, 40, 40, 41, 41, 42, 42, 43, 43, 44, 44, 44, 44,
	44, 44, 45, 45, 45, 45, 46, 46, 46, 46, 47, 47, 47, 47, 47, 47, 47, 47, 48, 48, 48, 48, 49,
	49, 49, 49, 49, 49, 49, 49, 49, 49, 49, 49, 50, 50, 50, 50, 50, 50, 50, 50, 51, 51, 51, 51,
	51, 51, 51, 51, 52, 52, 52, 52, 52, 52, 52, 52, 52, 52, 52, 52, 52, 52, 52, 52, 53, 53, 53,
	53, 53, 53, 53, 53, 54, 54, 54, 54, 54, 54, 54, 54, 54, 54, 54, 54, 54, 54, 54, 54, 54, 54,
	54, 54, 54, 54, 54, 54, 55, 55, 55, 55, 55, 55, 55, 55, 55, 55, 55, 55, 55, 55, 55, 55, 55,
	55, 55, 55, 55, 55, 55, 55, 55, 55, 55, 55, 55, 55, 55, 55, 56, 56, 56, 56, 56, 56, 56, 56,
	56, 56, 56, 56, 56, 56, 56, 56, 56, 56, 56, 56, 56, 56, 56, 56, 56, 56, 56, 56, 56, 56, 56,
	56, 57, 57, 57, 57, 57, 57, 57, 57, 57, 57, 57, 57, 57, 57, 57, 57, 58, 58, 58, 58, 58, 58,
	58, 58, 58, 58, 58, 58, 58, 58, 58, 58, 58, 58, 58, 58, 58, 58, 58, 58, 58, 58, 58, 58, 58,
	58, 58, 58, 58, 58, 58, 58, 58, 58, 58, 58, 58, 58, 58, 58, 58, 58, 58, 58,
};
