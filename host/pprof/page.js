// @ts-check
// The page that lists the available profiles, like Go's page.

/** @type {Record<string, string>} */
const descriptions = {
  allocs: 'A sampling of all past memory allocations',
  block: 'Stack traces that led to blocking on synchronization primitives',
  cmdline: 'The command line invocation of the current program',
  goroutine:
    'Stack traces of all current goroutines. Use debug=2 as a query parameter to export in the same format as an unrecovered panic.',
  heap: 'A sampling of memory allocations of live objects. You can specify the gc GET parameter to run GC before taking the heap sample.',
  mutex: 'Stack traces of holders of contended mutexes',
  profile:
    'CPU profile. You can specify the duration in the seconds GET parameter. After you get the profile file, use the go tool pprof command to investigate the profile.',
  symbol: 'Maps given program counters to function names.',
  threadcreate: 'Stack traces that led to the creation of new OS threads',
  trace: 'A trace of execution of the current program.',
};

/**
 * @param {{ kind: string, total: unknown, records: unknown[] }[]} profiles
 * @returns {string} HTML
 */
export function indexPage(profiles) {
  const rows = profiles.map(({ kind, total, records }) => ({
    name: kind,
    count: typeof total === 'number' ? total : records.length,
  }));
  const others = ['cmdline', 'profile', 'symbol', 'trace'].map((name) => ({ name, count: 0 }));
  const all = [...rows, ...others].sort((a, b) => (a.name < b.name ? -1 : 1));
  return `<!DOCTYPE html>
<html>
<head>
<meta charset="utf-8">
<title>/debug/pprof/</title>
<style>
.profile-name{
	display:inline-block;
	width:6rem;
}
</style>
</head>
<body>
/debug/pprof/
<br>
<p>Set debug=1 as a query parameter to export in legacy text format</p>
<br>
Types of profiles available:
<table>
<thead><td>Count</td><td>Profile</td></thead>
${all.map(({ name, count }) => `<tr><td>${count}</td><td><a href='${name}?debug=1'>${name}</a></td></tr>\n`).join('')}</table>
<a href="goroutine?debug=2">full goroutine stack dump</a>
<br>
<p>
Profile Descriptions:
<ul>
${all.map(({ name }) => `<li><div class=profile-name>${name}: </div> ${descriptions[name]}</li>\n`).join('')}</ul>
</p>
</body>
</html>
`;
}
