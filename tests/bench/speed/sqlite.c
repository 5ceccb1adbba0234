// SQLite, as a program would use it: a database in memory.

#include "speed.h"
#include "sqlite3.h"

static uint32_t sum;

static int
add_row(void *arg, int n, char **values, char **names)
{
	(void)arg;
	(void)names;
	for (int i = 0; i < n; i++)
		sum = sum * 31 + (uint32_t)(values[i] ? atoi(values[i]) : 0);
	return 0;
}

static void
query(sqlite3 *db, const char *sql)
{
	if (sqlite3_exec(db, sql, add_row, NULL, NULL) != SQLITE_OK) {
		fprintf(stderr, "%s: %s\n", sql, sqlite3_errmsg(db));
		exit(1);
	}
}

static uint32_t
queries(void)
{
	sqlite3 *db;
	sqlite3_stmt *insert;
	uint32_t state = 1;

	sum = 0;
	sqlite3_open(":memory:", &db);
	query(db, "create table a(id integer primary key, k integer, v real, name text);"
	          "create table b(k integer primary key, label text); begin");
	sqlite3_prepare_v2(db, "insert into a(k, v, name) values(?, ?, ?)", -1, &insert, NULL);
	for (int i = 0; i < 200000; i++) {
		char name[32];
		uint32_t r = next_random(&state);
		int n = sprintf(name, "name %u", (unsigned)(r % 5000));

		sqlite3_bind_int(insert, 1, (int)(r % 1000));
		sqlite3_bind_double(insert, 2, r / 3.0);
		sqlite3_bind_text(insert, 3, name, n, SQLITE_TRANSIENT);
		sqlite3_step(insert);
		sqlite3_reset(insert);
	}
	sqlite3_finalize(insert);
	query(db, "insert into b select k, 'label ' || k from a group by k; commit;"
	          "create index a_k on a(k);"
	          "select k % 10, count(*), sum(v) from a group by k % 10;"
	          "select count(*), max(label) from a join b using (k) where v > 1000000;"
	          "select id from a order by v desc, id limit 100;"
	          "select count(distinct name) from a where name like '%7%';"
	          "update a set v = v + 1 where k between 100 and 200; delete from a where k = 5;"
	          "select count(*), sum(length(name)) from a");
	sqlite3_close(db);
	return sum;
}

const Kernel kernels[] = {{"sqlite", queries}, {NULL, NULL}};
