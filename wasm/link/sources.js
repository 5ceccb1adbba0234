// @ts-check
// The runtime's sources, each by name. A file that is not listed is not linked. A file that is in
// the folders but not listed stops the build (`checkSources`), so none is forgotten.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { insist } from './error.js';
import { listFolder } from './tools.js';

/** The package's folder. */
export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/**
 * Linked behind the program's objects, behind the foreign ones, and behind the runtime's: see
 * kinds.js.
 */
export const MARK_USER = 'wasm/mark_user.c';
export const MARK_FOREIGN = 'wasm/mark_foreign.c';
export const MARK_RUNTIME = 'wasm/mark_runtime.c';

/** One more source of the runtime, with --threads=workers. */
export const THREADS_WORKERS = 'wasm/threads_workers.c';

export const SOURCES = [
  'runtime/ask/ask.c',
  'runtime/ask/calls.c',
  'runtime/ask/counts.c',
  'runtime/ask/cpu.c',
  'runtime/ask/delays.c',
  'runtime/ask/events.c',
  'runtime/ask/memory.c',
  'runtime/ask/stacks.c',
  'runtime/base/debug.c',
  'runtime/base/env.c',
  'runtime/base/lock.c',
  'runtime/base/noroot.c',
  'runtime/base/print.c',
  'runtime/base/throw.c',
  'runtime/gc/about.c',
  'runtime/gc/final.c',
  'runtime/gc/gc.c',
  'runtime/gc/mark.c',
  'runtime/gc/markers.c',
  'runtime/gc/memstats.c',
  'runtime/gc/roots.c',
  'runtime/gc/sweep.c',
  'runtime/gc/weak.c',
  'runtime/go.c',
  'runtime/host/call.c',
  'runtime/host/convert.c',
  'runtime/host/export.c',
  'runtime/host/hostchan.c',
  'runtime/host/standard.c',
  'runtime/look/leak.c',
  'runtime/look/owned.c',
  'runtime/look/scan.c',
  'runtime/look/waits.c',
  'runtime/mem/clobber.c',
  'runtime/mem/malloc.c',
  'runtime/mem/mcache.c',
  'runtime/mem/mcentral.c',
  'runtime/mem/mcheck.c',
  'runtime/mem/mfix.c',
  'runtime/mem/mheap.c',
  'runtime/mem/mhooks.c',
  'runtime/mem/misuse.c',
  'runtime/mem/msize.c',
  'runtime/mem/mstats.c',
  'runtime/mem/msweep.c',
  'runtime/prof/blockprof.c',
  'runtime/prof/bucket.c',
  'runtime/prof/cpulog.c',
  'runtime/prof/cpuprof.c',
  'runtime/prof/dump.c',
  'runtime/prof/goprof.c',
  'runtime/prof/memprof.c',
  'runtime/prof/symtab.c',
  'runtime/prof/texts.c',
  'runtime/prof/traceback.c',
  'runtime/prof/userprof.c',
  'runtime/sched/alone.c',
  'runtime/sched/bound.c',
  'runtime/sched/idle.c',
  'runtime/sched/init.c',
  'runtime/sched/inplace.c',
  'runtime/sched/m.c',
  'runtime/sched/newm.c',
  'runtime/sched/newproc.c',
  'runtime/sched/preempt.c',
  'runtime/sched/procs.c',
  'runtime/sched/runq.c',
  'runtime/sched/sched.c',
  'runtime/sched/schedtrace.c',
  'runtime/sched/server.c',
  'runtime/sched/sema.c',
  'runtime/sched/stack.c',
  'runtime/sched/status.c',
  'runtime/sched/syscall.c',
  'runtime/sched/sysmon.c',
  'runtime/sched/world.c',
  'runtime/sync/chan.c',
  'runtime/sync/context.c',
  'runtime/sync/futex.c',
  'runtime/sync/group.c',
  'runtime/sync/mutex.c',
  'runtime/sync/panic.c',
  'runtime/sync/select.c',
  'runtime/sync/timer.c',
  'runtime/sync/usertimer.c',
  'runtime/trace/trace.c',
  'wasm/abi.c',
  'wasm/blocking.c',
  'wasm/cleanup.c',
  'wasm/ctx.c',
  'wasm/cxa.c',
  'wasm/cxxwait.c',
  'wasm/eventloop.c',
  'wasm/globals.S',
  'wasm/interrupt.c',
  'wasm/land.c',
  'wasm/libcwait.c',
  'wasm/main.c',
  'wasm/malloc.c',
  'wasm/named.c',
  'wasm/one.c',
  'wasm/os_wasm.c',
  'wasm/ownstack.c',
  'wasm/priority.c',
  'wasm/ring.c',
  'wasm/sbrk.c',
  'wasm/sent.c',
  'wasm/shape.c',
  'wasm/sigaction.c',
  'wasm/signal.c',
  'wasm/stdin.c',
  'wasm/stranger.c',
  'wasm/temp.c',
  'wasm/thread.c',
  'wasm/threadrest.c',
  'wasm/timers.c',
  'wasm/tls.c',
  'wasm/typename.c',
  'wasm/uncaught.c',
  'wasm/wait.c',
];

/**
 * Files that are compiled to be fast: the code that runs in a switch, a meeting of goroutines, an
 * allocation, a collection or a sample. The others are compiled to be small.
 */
export const FAST = new Set([
  'runtime/base/lock.c',
  'runtime/gc/about.c',
  'runtime/gc/mark.c',
  'runtime/gc/markers.c',
  'runtime/gc/roots.c',
  'runtime/gc/sweep.c',
  'runtime/go.c',
  'runtime/mem/malloc.c',
  'runtime/mem/mcache.c',
  'runtime/mem/mcentral.c',
  'runtime/mem/msize.c',
  'runtime/mem/msweep.c',
  'runtime/prof/bucket.c',
  'runtime/prof/memprof.c',
  'runtime/prof/traceback.c',
  'runtime/sched/alone.c',
  'runtime/sched/idle.c',
  'runtime/sched/inplace.c',
  'runtime/sched/m.c',
  'runtime/sched/newproc.c',
  'runtime/sched/preempt.c',
  'runtime/sched/runq.c',
  'runtime/sched/sched.c',
  'runtime/sched/sema.c',
  'runtime/sched/stack.c',
  'runtime/sched/status.c',
  'runtime/sched/syscall.c',
  'runtime/sync/chan.c',
  'runtime/sync/futex.c',
  'runtime/sync/mutex.c',
  'runtime/sync/panic.c',
  'runtime/sync/select.c',
  'runtime/sync/timer.c',
  'runtime/trace/trace.c',
  'wasm/ctx.c',
  'wasm/cxa.c',
  'wasm/interrupt.c',
  'wasm/land.c',
  'wasm/libcwait.c',
  'wasm/malloc.c',
  'wasm/os_wasm.c',
  'wasm/ownstack.c',
  'wasm/ring.c',
  'wasm/thread.c',
  'wasm/threadrest.c',
  'wasm/tls.c',
  'wasm/wait.c',
]);

/** Files that know how the C library keeps a thread, from its own headers. */
export const MUSL = new Set([
  ...['wasm/cleanup.c', 'wasm/interrupt.c', 'wasm/priority.c', 'wasm/sent.c', 'wasm/sigaction.c'],
  ...['wasm/signal.c', 'wasm/stranger.c', 'wasm/thread.c', 'wasm/threadrest.c'],
]);

/** Folders whose files must all be listed. */
const FOLDERS = [
  'runtime',
  'runtime/ask',
  'runtime/base',
  'runtime/gc',
  'runtime/host',
  'runtime/look',
  'runtime/mem',
  'runtime/prof',
  'runtime/sched',
  'runtime/sync',
  'runtime/trace',
  'wasm',
];

/** Refuses runtime sources that exist but are not listed, or are listed but do not exist. */
export function checkSources() {
  const listed = new Set([...[...SOURCES, MARK_USER, MARK_FOREIGN, MARK_RUNTIME, THREADS_WORKERS]]);
  const present = new Set();
  for (const folder of FOLDERS)
    for (const file of listFolder(path.join(ROOT, folder)))
      if (/\.[cS]$/.test(file)) present.add(`${folder}/${file}`);
  for (const file of FAST)
    insist(listed.has(file), file, 'is in FAST, but not listed in wasm/link/sources.js');
  for (const file of present)
    insist(listed.has(file), file, 'is not listed in wasm/link/sources.js: add it there');
  for (const file of listed)
    insist(present.has(file), file, 'is listed in wasm/link/sources.js, but there is no such file');
}
