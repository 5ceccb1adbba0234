// Mandelbrot, drawn by several painters at once: rows are handed out through one
// channel, and come back through another in the order in which they are finished.
//
//	main --rows--> painter, painter, ... --done--> publish --> the page
//
// The loop in escape calls nothing. Still the dump finds every painter in the
// middle of this loop.
//
// What to look for: the strip beside the picture shows the colour of each row's
// painter. Run the program on one worker, and then on as many as you have.
//
// Arguments: width in pixels, painters.

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>
#include <worldsema.h>

enum { MaxWidth = 960, Frames = 110, Step = 61 };

typedef struct Row { // also what goes to stdout, where the page reads it
	uint16_t width, height, y, painter;
	uint8_t shade[MaxWidth];
} Row;

typedef struct Task {
	double scale; // size of a pixel
	int y, limit;
} Task;

static int width = 480, height;
static GoChan *rows, *done;

static uint8_t
escape(double cr, double ci, int limit)
{
	double r = 0, i = 0, rr = 0, ii = 0;
	int n = 0;

	while (rr + ii < 64 && n < limit) {
		i = 2 * r * i + ci;
		r = rr - ii + cr;
		rr = r * r;
		ii = i * i;
		n++;
	}
	if (n == limit)
		return 0; // did not escape: black
	return (uint8_t)(1 + (int)(48 * log2(n + 4 - log2(log2(rr + ii)))) % 255);
}

static void
paint(void *arg)
{
	Row *row = arg;
	Task task;

	while (go_chan_recv(rows, &task)) {
		row->y = (uint16_t)task.y;
		for (int x = 0; x < width; x++) {
			double re = -0.77568377 + (x - width / 2) * task.scale;
			double im = 0.13646737 + (task.y - height / 2) * task.scale;

			row->shade[x] = escape(re, im, task.limit);
		}
		go_chan_send(done, row);
	}
}

static void
publish(void *arg)
{
	static Row row;

	(void)arg;
	while (go_chan_recv(done, &row))
		write(STDOUT_FILENO, &row, sizeof row - MaxWidth + row.width);
}

int
main(int argc, char **argv)
{
	int painters = argc > 2 ? atoi(argv[2]) : 8;

	if (argc > 1)
		width = atoi(argv[1]);
	if (width < 16 || width > MaxWidth)
		width = MaxWidth;
	height = width * 5 / 8;
	height -= height % Step == 0; // then Step shares no factor with it
	rows = go_chan_make(sizeof(Task), 0);
	done = go_chan_make(sizeof(Row), 4);
	go(publish, NULL);
	for (int i = 0; i < painters; i++) {
		Row *row = calloc(1, sizeof *row);

		row->width = (uint16_t)width;
		row->height = (uint16_t)height;
		row->painter = (uint16_t)i;
		go(paint, row);
	}
	for (int frame = 0;; frame = (frame + 1) % Frames) { // dive, and begin again
		Task task = {.scale = 3.0 / width * pow(0.9, frame), .limit = 200 + 8 * frame};

		for (int i = 0; i < height; i++) {
			task.y = i * Step % height; // scattered, each row once
			go_chan_send(rows, &task);
		}
	}
}
