// A database in memory, made, asked and changed: the same text natively and in a goroutine, where
// others use collected memory meanwhile. With an argument it stays open until GOMAXPROCS changes.

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sqlite3.h"

#ifdef __wasm__
#include <worldsema.h>

static GoWaitGroup wg;
static volatile bool stop;

static void
churn(void *arg)
{
	void **list = NULL;

	for (uint32_t n = 0; !stop; n++) {
		void **cell = go_alloc(sizeof *cell * 4);

		*cell = list;
		list = n % 1000 ? cell : NULL;
		if (n % 100 == 0)
			go_gosched();
	}
	(void)arg;
	go_waitgroup_done(&wg);
}
#endif

static sqlite3 *db;

static int
row(void *arg, int n, char **values, char **names)
{
	(void)arg;
	for (int i = 0; i < n; i++)
		printf("%s%s=%s", i ? " " : "", names[i], values[i] ? values[i] : "null");
	printf("\n");
	return 0;
}

static void
query(const char *sql)
{
	char *error = NULL;

	if (sqlite3_exec(db, sql, row, NULL, &error) == SQLITE_OK)
		return;
	printf("error: %s\n", error);
	sqlite3_free(error);
}

static void
fill(void)
{
	sqlite3_stmt *insert;
	uint32_t x = 12345;

	query("create table a(id integer primary key, k integer, v real, name text);"
	      "create table b(k integer primary key, label text); begin");
	sqlite3_prepare_v2(db, "insert into a(k, v, name) values(?, ?, ?)", -1, &insert, NULL);
	for (int i = 0; i < 20000; i++) {
		char name[2000];
		int n = sprintf(name, "name %u ", (x = x * 1664525 + 1013904223) >> 20);

		if (i % 100 == 0) { // spills into pages of their own
			memset(name + n, 'x', sizeof name - (size_t)n);
			n = sizeof name;
		}
		sqlite3_bind_int(insert, 1, (int)(x >> 8) % 1000);
		sqlite3_bind_double(insert, 2, x / 3.0);
		sqlite3_bind_text(insert, 3, name, n, SQLITE_TRANSIENT);
		sqlite3_step(insert);
		sqlite3_reset(insert);
	}
	sqlite3_finalize(insert);
}

static void
ask(void)
{
	query("insert into b select k, 'label ' || k from a group by k; commit;"
	      "create index a_k on a(k)");
	query("select k % 10 as d, count(*) as n, round(sum(v)) as s from a group by k % 10");
	query("select count(*) as n, max(label) as m from a join b using (k) where v > 1000000");
	query("select id, round(v, 2) as v from a order by v desc, id limit 20");
	query("select count(distinct name) as n from a where name like '%7%'");
	query("with recursive c(x) as (select 1 union all select x + 1 from c where x < 1000)"
	      " select sum(x) as s, group_concat(x % 7, '') as g from c where x % 97 = 0");
	query("update a set v = v + 1 where k between 100 and 200; delete from a where k = 5; vacuum");
	query("select count(*) as n, sum(length(name)) as s from a");
	query("select * from nowhere");
	query("pragma integrity_check");
}

int
main(int argc, char **argv)
{
	(void)argv;
#ifdef __wasm__
	int procs = go_max_procs(0);

	go_waitgroup_add(&wg, 2);
	go(churn, NULL);
	go(churn, NULL);
#endif
	for (int i = 0; i < 2; i++) {
		sqlite3_open(":memory:", &db);
		fill();
		ask();
		if (i == 0)
			sqlite3_close(db);
	}
	printf("closed: %s\n", argc > 1                         ? "not yet"
	                       : sqlite3_close(db) == SQLITE_OK ? "yes"
	                                                        : "no");
	fflush(stdout);
#ifdef __wasm__
	while (argc > 1 && go_max_procs(0) == procs)
		go_sleep(GO_MILLISECOND);
	stop = true;
	go_waitgroup_wait(&wg);
#endif
	return 0;
}
