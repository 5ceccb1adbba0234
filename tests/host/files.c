// Every file call of libc, from a goroutine whose stack is new memory: memory has just grown,
// perhaps on another worker. With an argument, that much memory in MiB is in use before.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>
#include <worldsema.h>

static GoChan *done;

// Junk where the next frames will lie.
static __attribute__((noinline)) void
dirty(void)
{
	volatile uint64_t junk[4000];

	for (int i = 0; i < 4000; i++)
		junk[i] = 0x4037000000000001 + (uint64_t)i;
}

static int bad;

#define IS(what, cond)                                                                         \
	do {                                                                                   \
		if (!(cond)) {                                                                 \
			printf("%s: not so (errno: %s), stack at %p\n", what, strerror(errno), \
			       (void *)&name);                                                 \
			bad++;                                                                 \
		}                                                                              \
	} while (0)

static void
tree(int n)
{
	char name[32], other[32], there[64];
	DIR *d;
	struct dirent *e;
	struct statvfs space;
	int entries = 0;

	snprintf(name, sizeof name, "/d%d", n);
	snprintf(other, sizeof other, "/e%d", n);
	IS("mkdir", mkdir(name, 0700) == 0);
	IS("rename", rename(name, other) == 0);
	IS("symlink", symlink(other, name) == 0);
	IS("readlink", readlink(name, there, sizeof there) == (ssize_t)strlen(other));
	IS("access", access(other, F_OK) == 0 && access("/nothing", F_OK) < 0 && errno == ENOENT);
	d = opendir(other);
	while (d && (e = readdir(d)))
		entries++;
	IS("readdir", d && entries == 2);
	if (d)
		closedir(d);
	IS("unlink", unlink(name) == 0);
	IS("rmdir", rmdir(other) == 0);
	IS("getcwd", getcwd(there, sizeof there) && strcmp(there, "/") == 0);
	IS("statvfs", statvfs("/", &space) == 0 && space.f_bsize == 4096);
	IS("getenv", getenv("WHO") && strcmp(getenv("WHO"), "somebody") == 0);
}

static void
file(int n)
{
	char name[32], text[16] = "";
	struct stat st;
	struct iovec parts[2] = {{"ab", 2}, {"cde", 3}}, back[2] = {{text, 1}, {text + 1, 8}};
	struct timespec times[2] = {{.tv_sec = 1000000}, {.tv_sec = 2000000}};
	struct pollfd ready = {.events = POLLOUT};
	char *map;
	int fd;

	snprintf(name, sizeof name, "/f%d", n);
	fd = open(name, O_RDWR | O_CREAT, 0600);
	ready.fd = fd;
	IS("open", fd >= 0);
	IS("writev", writev(fd, parts, 2) == 5);
	IS("lseek", lseek(fd, 1, SEEK_SET) == 1 && lseek(fd, 0, SEEK_END) == 5);
	IS("pwrite", pwrite(fd, "X", 1, 4) == 1);
	IS("lseek to 0", lseek(fd, 0, SEEK_SET) == 0);
	IS("readv", readv(fd, back, 2) == 5 && strcmp(text, "abcdX") == 0);
	IS("pread", pread(fd, text, 1, 4) == 1 && text[0] == 'X');
	IS("fstat", fstat(fd, &st) == 0 && st.st_size == 5 && S_ISREG(st.st_mode));
	IS("ftruncate", ftruncate(fd, 3) == 0 && stat(name, &st) == 0 && st.st_size == 3);
	IS("lstat", lstat(name, &st) == 0 && st.st_size == 3);
	IS("futimens", futimens(fd, times) == 0 && stat(name, &st) == 0 && st.st_mtime == 2000000);
	map = mmap(NULL, 3, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	IS("mmap", map != MAP_FAILED && memcmp(map, "abc", 3) == 0);
	if ((intptr_t)map > 0) { // Emscripten 3.1.6 does not find one above 2 GiB again
		map[1] = 'B';
		IS("msync", msync(map, 3, MS_SYNC) == 0);
		IS("munmap", munmap(map, 3) == 0 && pread(fd, text, 3, 0) == 3 && text[1] == 'B');
	}
	IS("poll", poll(&ready, 1, 0) == 1 && (ready.revents & POLLOUT));
	IS("fcntl", (fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDWR);
	IS("dup", close(dup(fd)) == 0);
	IS("chmod", chmod(name, 0400) == 0 && stat(name, &st) == 0 && (st.st_mode & 0777) == 0400);
	IS("isatty", !isatty(fd));
	IS("fsync", fsync(fd) == 0);
	IS("close", close(fd) == 0);
	IS("unlink", unlink(name) == 0);
}

static void
stream(int n)
{
	char name[32], text[16] = "";
	FILE *f;

	snprintf(name, sizeof name, "/s%d", n);
	f = fopen(name, "w+");
	IS("fopen", f != NULL);
	if (!f)
		return;
	fputs("hello\n", f);
	rewind(f);
	IS("fgets", fgets(text, sizeof text, f) && strcmp(text, "hello\n") == 0);
	IS("ftell", ftell(f) == 6);
	IS("fclose", fclose(f) == 0);
	IS("remove", remove(name) == 0);
}

static void
all(void *arg)
{
	int n = (int)(intptr_t)arg;

	dirty();
	file(n);
	dirty();
	tree(n);
	stream(n);
	go_chan_send(done, NULL);
}

enum { Block = 50 << 20, Page = 65536, MaxBlocks = 60 };

static char *blocks[MaxBlocks];
static int nblocks;

// Memory that is in use, with a mark in each page. No call may write there.
static void
use(int mib)
{
	for (; nblocks * 50 < mib; nblocks++) {
		blocks[nblocks] = malloc(Block);
		for (int i = 0; i < Block; i += Page)
			blocks[nblocks][i] = 1;
	}
	while (mib && (uintptr_t)aligned_alloc(Page, Page) < UINT32_C(1) << 31)
		; // no room is left below, for mmap neither
}

static int
count_lost(void)
{
	int n = 0;

	for (int b = 0; b < nblocks; b++)
		for (int i = 0; i < Block; i += Page)
			n += blocks[b][i] != 1;
	return n;
}

int
main(int argc, char **argv)
{
	int mib = argc > 1 ? atoi(argv[1]) : 0, rounds = mib ? 2 : 150;

	done = go_chan_make(0, 0);
	use(mib);
	for (int i = 0; i < rounds; i++) {
		char *volatile p = malloc(10 << 20); // now and then memory.grow, here
		p[0] = 1;
		for (int k = 0; k < 3; k++)
			go_with_stack(all, (void *)(intptr_t)(i * 3 + k),
			              (8 + i) << 16); // no old one fits
		for (int k = 0; k < 3; k++)
			go_chan_recv(done, NULL);
	}
	bad += count_lost();
	printf("%d bad\n", bad);
	return bad != 0;
}
