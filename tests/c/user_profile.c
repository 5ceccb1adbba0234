// The program's own profiles: values come and go, each counts once; a name can be taken once.

#include "check.h"

static GoProfile *p;

static void
make(void *name)
{
	go_profile_new(name);
}

static void
add(void *value)
{
	go_profile_add(p, value, 0);
}

int
main(void)
{
	int many_values = many(5000, 50000);
	char *values = calloc((size_t)many_values, 1);

	check(!go_profile_lookup("doors"));
	p = go_profile_new("doors");
	check(go_profile_lookup("doors") == p && go_profile_count(p) == 0);
	check_panic(make, "", "pprof: NewProfile with empty name");
	check_panic(make, "doors", "pprof: NewProfile name already in use");
	check_panic(make, "heap", "pprof: NewProfile name already in use");
	check(!go_protect(make, "windows") && go_profile_lookup("windows") != p);

	add(values);
	check_panic(add, values, "pprof: Profile.Add of duplicate value");
	check(go_profile_count(p) == 1);
	add(NULL);
	go_profile_remove(p, values + 1);
	check(go_profile_count(p) == 2);
	go_profile_remove(p, NULL);
	go_profile_remove(p, values);
	go_profile_remove(p, values);
	check(go_profile_count(p) == 0);
	for (int i = 0; i < many_values; i++)
		add(values + i);
	check(go_profile_count(p) == (size_t)many_values);
	for (int i = 0; i < many_values; i += 2)
		go_profile_remove(p, values + i);
	check(go_profile_count(p) == (size_t)many_values / 2);
	check_panic(add, values + 1, "pprof: Profile.Add of duplicate value");
	add(values);
	printf("ok\n");
	return 0;
}
