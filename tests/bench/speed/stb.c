// stb_image and stb_image_write: a picture to PNG and JPEG and back.

#include "speed.h"

#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STBI_NO_STDIO
#define STBI_WRITE_NO_STDIO
#include <stb_image.h>
#include <stb_image_write.h>

enum { Side = 128 };

static uint8_t pixels[Side][Side][3];
static uint8_t file[1 << 20];
static int file_size;

static void
append(void *arg, void *data, int n)
{
	(void)arg;
	memcpy(file + file_size, data, (size_t)n);
	file_size += n;
}

static void
paint(void)
{
	for (int y = 0; y < Side; y++)
		for (int x = 0; x < Side; x++) {
			pixels[y][x][0] = (uint8_t)(x * y >> 6);
			pixels[y][x][1] = (uint8_t)(x ^ y);
			pixels[y][x][2] = (uint8_t)(x * x >> 8);
		}
}

static uint32_t
encode_png(void)
{
	uint32_t sum = 0;

	paint();
	for (int i = 0; i < 1; i++) {
		file_size = 0;
		stbi_write_png_to_func(append, NULL, Side, Side, 3, pixels, 0);
		sum += (uint32_t)file_size;
	}
	return sum;
}

static uint32_t
encode_jpeg(void)
{
	uint32_t sum = 0;

	paint();
	for (int i = 0; i < 2; i++) {
		file_size = 0;
		stbi_write_jpg_to_func(append, NULL, Side, Side, 3, pixels, 90);
		sum += (uint32_t)file_size;
	}
	return sum;
}

// What the kernel before it has encoded.
static uint32_t
decode(void)
{
	uint32_t sum = 0;

	for (int i = 0; i < 2; i++) {
		int w, h, n;
		uint8_t *p = stbi_load_from_memory(file, file_size, &w, &h, &n, 3);

		for (int k = 0; k < w * h * 3; k++)
			sum += p[k];
		stbi_image_free(p);
	}
	return sum;
}

const Kernel kernels[] = {
	{"encode PNG", encode_png}, {"decode PNG", decode}, {"encode JPEG", encode_jpeg},
	{"decode JPEG", decode},    {NULL, NULL},
};
