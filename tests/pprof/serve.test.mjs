// @ts-check
// Profiles over HTTP: Go's own client reads them, and requests from other sites are refused.

import { afterEach, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { fromPprof, servePprof, toPprof } from '../../host/pprof/index.js';
import { buildProgram } from '../helpers/build.mjs';
import { start, startCrowd, startHeap } from '../host/start.mjs';
import { haveGo, pprof, topTable } from '../helpers/go.mjs';
import { root } from '../../scripts/paths.mjs';

/** @typedef {import('../../host/index.js').Runtime} Runtime */
/** @typedef {import('../../host/pprof/index.js').PprofServer} PprofServer */

/** @type {PprofServer[]} */
const servers = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

/** @param {Runtime} rt @param {import('../../host/pprof/index.js').PprofOptions} [options] */
async function serve(rt, options) {
  const server = await servePprof(rt, { port: 0, ...options });
  servers.push(server);
  return server;
}

/**
 * A request as it is, with no header of its own but Host.
 * @param {PprofServer} server
 * @param {string} path
 * @param {{ method?: string, headers?: Record<string, string>, body?: string }} [options]
 * @returns {Promise<{ status: number, headers: import('node:http').IncomingHttpHeaders, text:
 *   string }>}
 */
function ask({ port }, path, { method = 'GET', headers = {}, body } = {}) {
  return new Promise((resolve, reject) => {
    const sent = httpRequest({ port, host: '127.0.0.1', path, method, headers, agent: false });
    sent.on('error', reject);
    sent.on('response', async (response) => {
      let text = '';
      try {
        for await (const part of response.setEncoding('utf8')) text += part;
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
      } catch (error) {
        reject(error);
      }
    });
    sent.end(body);
  });
}

const plain = 'text/plain; charset=utf-8';

(haveGo ? describe : describe.skip)('go tool pprof', () => {
  test('goroutines and threads', async () => {
    const { rt } = await startCrowd();
    const { url } = await serve(rt);
    const top = topTable(await pprof(['-top', '-nodefraction=0', `${url}goroutine`]));
    expect(top.total).toBe(6);
    expect(top.rows.waiter.cum).toBe(3);
    expect(top.rows.spinner.cum).toBe(2);
    expect(top.rows.main.cum).toBe(1);
    const traces = await pprof(['-traces', `${url}goroutine`]);
    expect(traces).toMatch(/^ +3 +\S[^]*?\n +waiter\n/m);
    const args = ['-raw', '-tagfocus=label=a waiter', `${url}goroutine`];
    expect(await pprof(args)).toMatch(/^ +3: [\d ]+\n +label:\[a waiter\]\s*\nLocations$/m);
    const list = await pprof(['-list', '^waiter$', `${url}goroutine`], { cwd: root });
    expect(list).toMatch(/ROUTINE =+ waiter in tests\/host\/program\.c\n/);
    expect(list).toMatch(/^ +\. +3 +\d+:\tgo_chan_recv\(never, NULL\);$/m);
    const threads = topTable(await pprof(['-raw', `${url}threadcreate`]));
    expect(threads).toBeDefined();
    expect(await pprof(['-raw', `${url}threadcreate`])).toContain('PeriodType: threadcreate count');
  });

  test('memory, exactly what the program did', async () => {
    const n = 3000;
    const { rt } = await startHeap(['exact', String(n)]);
    const { url } = await serve(rt);
    const heap = async (/** @type {string} */ type, what = 'heap?gc=1') => {
      const args = ['-top', '-nodefraction=0', '-unit=B', `-sample_index=${type}`];
      return topTable(await pprof([...args, url + what])).rows;
    };
    const inuse = await heap('inuse_space');
    expect(inuse.uncollected).toEqual({ flat: 48 * n, cum: 48 * n });
    expect(inuse.collected).toEqual({ flat: 96 * n, cum: 96 * n });
    expect(inuse.main.cum).toBeGreaterThanOrEqual(144 * n);
    expect((await heap('inuse_objects')).uncollected.flat).toBe(n / 2);
    expect((await heap('alloc_objects')).uncollected.flat).toBe(n);
    expect((await heap('alloc_space', 'allocs')).uncollected.flat).toBe(96 * n);
    const list = await pprof(['-list', '^uncollected$', '-unit=B', `${url}heap`], { cwd: root });
    expect(list).toMatch(
      new RegExp(`^ +${48 * n}B +${48 * n}B +\\d+:\\t\\tcells\\[i\\] = malloc`, 'm'),
    );
    const diff = await pprof(['-top', '-diff_base', `${url}heap`, `${url}heap`]);
    expect(topTable(diff).rows).toEqual({});
    const raw = await pprof(['-raw', `${url}heap`]);
    expect(raw).toMatch(/^1: 0x0\/0x100000000\/0x0 collecting\.wasm [0-9a-f]{40} \[FN\]/m);
  });

  test('two clients at once', async () => {
    const { rt } = await startCrowd();
    const { url } = await serve(rt);
    const both = [pprof(['-top', `${url}goroutine`]), pprof(['-top', `${url}goroutine`])];
    for (const text of await Promise.all(both)) expect(topTable(text).total).toBe(6);
  });

  test('where the time goes', async () => {
    const { rt } = await startCrowd();
    const { url } = await serve(rt);
    const args = ['-top', '-nodefraction=0', '-sample_index=samples'];
    let top;
    // A second in which the program gets no time has no samples.
    do top = topTable(await pprof([...args, `${url}profile?seconds=1`]));
    while (!(top.total > 0));
    expect(top.rows.spinner.flat).toBeGreaterThan(0.5 * top.total);
  });

  test('where goroutines wait, and who makes them', async () => {
    const { wasm } = await buildProgram('tests/host/cpu.c');
    const { rt, saw } = await start(['contends', '3'], { wasm });
    await saw('ready');
    const { url } = await serve(rt);
    expect(topTable(await pprof(['-top', `${url}mutex`])).total).toBe(0);
    await rt.setBlockProfileRate(1);
    await rt.setMutexProfileFraction(1);
    for (const kind of /** @type {const} */ (['block', 'mutex'])) {
      while ((await rt.profile(kind)).total.count < 10);
      const text = await pprof(['-top', '-nodefraction=0', `${url}${kind}`]);
      expect(text).toMatch(/^Type: delay$/m);
      expect(text).toMatch(/ contends$/m);
    }
  });

  test('what there is not is refused in words that the client shows', async () => {
    const { rt } = await startCrowd();
    const { url } = await serve(rt);
    await expect(pprof(['-top', `${url}nonsense`])).rejects.toThrow(
      /404 Not Found - Unknown profile/,
    );
    await expect(pprof(['-top', `${url}heap?seconds=x`])).rejects.toThrow(/400 Bad Request/);
  });
});

test('a trace is JSON for Perfetto', async () => {
  const { rt } = await startCrowd();
  const server = await serve(rt);
  // Until a stop of the world was within the second.
  for (let seen = false; !seen;) {
    let answered = false;
    const answer = ask(server, '/debug/pprof/trace?seconds=1');
    answer.finally(() => (answered = true));
    while (!answered) await rt.stack(); // stops the world
    const { status, headers, text } = await answer;
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('application/json');
    const { traceEvents } = JSON.parse(text);
    expect(traceEvents[0]).toMatchObject({ name: 'process_name', args: { name: 'worldsema' } });
    const names = traceEvents.map((/** @type {{ name: string }} */ { name }) => name);
    seen = names.includes('stopping') && names.includes('stopped');
  }
});

test('the index lists what there is, with counts', async () => {
  const { rt } = await startCrowd();
  const server = await serve(rt);
  const { status, headers, text } = await ask(server, '/debug/pprof/');
  expect(status).toBe(200);
  expect(headers['content-type']).toBe('text/html; charset=utf-8');
  expect(text).toContain("<tr><td>6</td><td><a href='goroutine?debug=1'>goroutine</a></td></tr>");
  const listed = Array.from(text.matchAll(/<a href='(\w+)\?debug=1'>/g), ([, name]) => name);
  expect(listed).toEqual(expect.arrayContaining(['allocs', 'cmdline', 'goroutine', 'heap']));
  expect(listed).toEqual(listed.toSorted());
  expect((await ask(server, '/debug/pprof')).status).toBe(301);
  expect((await ask(server, '/debug/pprof')).headers.location).toBe('/debug/pprof/');
});

test('texts, for people', async () => {
  const { rt } = await startCrowd();
  const server = await serve(rt);
  const goroutine = await ask(server, '/debug/pprof/goroutine?debug=1');
  expect(goroutine.text).toMatch(/^goroutine profile: total 6\n3 @ 0x/);
  expect(goroutine.headers['content-type']).toBe(plain);
  const dump = await ask(server, '/debug/pprof/goroutine?debug=2');
  expect(dump.text).toMatch(/^goroutine 1 \[sleep/);
  const heap = await ask(server, '/debug/pprof/heap?debug=1');
  expect(heap.text).toMatch(/^heap profile: [^]*\n# runtime.MemStats\n# Alloc = \d+\n/);
  expect((await ask(server, '/debug/pprof/threadcreate?debug=1')).text).toMatch(
    /^threadcreate profile/,
  );
  expect((await ask(server, '/debug/pprof/cmdline')).text).toBe(rt.args.join('\0'));
  expect(rt.args.slice(1)).toEqual(['crowd']);
  const file = await ask(server, '/debug/pprof/goroutine');
  expect(file.headers).toMatchObject({
    'content-type': 'application/octet-stream',
    'content-disposition': 'attachment; filename="goroutine"',
    'x-content-type-options': 'nosniff',
  });
  expect(file.headers).not.toHaveProperty('access-control-allow-origin');
});

test('symbols, asked for by GET or POST', async () => {
  const { rt } = await startCrowd();
  const server = await serve(rt);
  const { records } = await rt.profile('goroutine');
  const [waiter] = records.flatMap(({ frames }) => frames.filter(({ func }) => func === 'waiter'));
  const pc = `0x${waiter.pc.toString(16)}`;
  const names = `num_symbols: 1\n${pc} waiter\n`;
  expect((await ask(server, `/debug/pprof/symbol?${pc}`)).text).toBe(names);
  const body = `${pc}+0xffffff+junk+0`;
  const posted = await ask(server, '/debug/pprof/symbol', { method: 'POST', body });
  expect(posted.text).toBe(names);
  expect((await ask(server, '/debug/pprof/symbol')).text).toBe('num_symbols: 1\n');
  const large = await ask(server, '/debug/pprof/symbol', {
    method: 'POST',
    body: '1+'.repeat(1 << 20),
  });
  expect(large).toMatchObject({ status: 413 });
});

test('a difference over time', async () => {
  const { rt } = await startHeap(['exact', '100']);
  const server = await serve(rt);
  const { url } = server;
  const response = await fetch(`${url}heap?seconds=1`);
  expect(response.headers.get('content-disposition')).toBe('attachment; filename="heap-delta"');
  const delta = await fromPprof(await response.arrayBuffer());
  expect(delta.kind).toBe('heap');
  expect(delta.durationNs).toBeGreaterThan(0);
  const both = await ask(server, '/debug/pprof/heap?seconds=1&debug=1');
  expect(both).toMatchObject({ status: 400, text: 'seconds and debug params are incompatible\n' });
});

test('bad requests get Go’s answers', async () => {
  const { rt } = await startCrowd();
  const server = await serve(rt);
  const path = (/** @type {string} */ rest) => ask(server, `/debug/pprof/${rest}`);
  for (const name of ['nonsense', 'constructor', '__proto__', 'goroutine/', '%00', '../x']) {
    expect(await path(name)).toMatchObject({ status: 404, text: 'Unknown profile\n' });
  }
  expect((await path('nonsense')).headers['x-go-pprof']).toBe('1');
  for (const other of ['/', '/x', '//', '/debug/pprofx', '*']) {
    expect(await ask(server, other)).toMatchObject({ status: 404, text: '404 page not found\n' });
  }
  const seconds = 'invalid value for "seconds" - must be a positive integer';
  for (const bad of ['0', '-1', '1.5', 'x', '1e9', '99999999999', '%F0']) {
    const answer = await path(`goroutine?seconds=${bad}`);
    expect(answer.status).toBe(400);
    expect(answer.text.startsWith(seconds)).toBe(true);
    expect((await path(`profile?seconds=${bad}`)).status).toBe(400);
  }
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
    const answer = await ask(server, '/debug/pprof/heap', { method });
    expect(answer.status).toBe(405);
    expect(answer.headers.allow).toBe('GET, HEAD');
  }
  const head = await ask(server, '/debug/pprof/goroutine?debug=1', { method: 'HEAD' });
  expect(head).toMatchObject({ status: 200, text: '' });
  expect((await path('goroutine?debug=x')).headers['content-type']).toBe(
    'application/octet-stream',
  );
  expect((await path(`goroutine?x=${'y'.repeat(1 << 16)}`)).status).toBe(431);
});

test('other sites are not answered, and other names of this machine neither', async () => {
  const { rt } = await startCrowd();
  const server = await serve(rt);
  const { port } = server;
  const status = async (/** @type {Record<string, string>} */ headers) => {
    const answer = await ask(server, '/debug/pprof/cmdline', { headers });
    expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
    expect(answer.text.includes('crowd')).toBe(answer.status === 200);
    return answer.status;
  };
  for (const host of ['localhost', `localhost:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`]) {
    expect(await status({ Host: host })).toBe(200);
  }
  for (const host of [
    'evil.example',
    `evil.example:${port}`,
    '127.0.0.1.evil.example',
    'a@localhost',
  ]) {
    expect(await status({ Host: host })).toBe(403);
  }
  for (const [version, answer] of /** @type {const} */ ([
    ['1.0', '403 Forbidden'],
    ['1.1', '400 Bad Request'],
  ])) {
    const socket = connect(port, '127.0.0.1');
    socket.end(`GET /debug/pprof/cmdline HTTP/${version}\r\n\r\n`);
    let text = '';
    for await (const part of socket.setEncoding('utf8')) text += part;
    expect(text.split('\r\n')[0]).toBe(`HTTP/1.1 ${answer}`);
  }
  expect(await status({ 'Sec-Fetch-Site': 'none' })).toBe(200);
  expect(await status({ 'Sec-Fetch-Site': 'same-origin' })).toBe(200);
  for (const site of ['cross-site', 'same-site', 'x']) {
    expect(await status({ 'Sec-Fetch-Site': site })).toBe(403);
  }
  expect(await status({ Origin: `http://127.0.0.1:${port}` })).toBe(200);
  for (const origin of ['http://evil.example', 'null', `http://127.0.0.1:${port + 1}`]) {
    expect(await status({ Origin: origin })).toBe(403);
  }
  const asked = await ask(server, '/debug/pprof/heap?gc=1', { headers: { Host: 'evil.example' } });
  expect(asked).toMatchObject({ status: 403 });
});

test('it listens where it was told to, and says so when it cannot', async () => {
  const { rt } = await startCrowd();
  const server = await serve(rt, { host: 'localhost' });
  expect(server.url).toBe(`http://localhost:${server.port}/debug/pprof/`);
  const again = servePprof(rt, { port: server.port, host: 'localhost' });
  await expect(again).rejects.toThrow(/EADDRINUSE/);
  for (const port of [-1, 65_536, 1.5, NaN, '80']) {
    const options = { port: /** @type {number} */ (port) };
    await expect(servePprof(rt, options)).rejects.toThrow(/option port/);
  }
  await expect(servePprof(rt, { host: '' })).rejects.toThrow(/option host/);
});

test('a client that goes away leaves nothing behind, and disturbs nobody', async () => {
  const { rt } = await startCrowd();
  const server = await serve(rt);
  const sent = httpRequest({ port: server.port, path: '/debug/pprof/goroutine?seconds=3600' });
  sent.on('error', () => {});
  sent.end();
  const [socket] = await once(sent, 'socket');
  await once(socket, 'connect');
  expect((await ask(server, '/debug/pprof/goroutine?debug=1')).status).toBe(200);
  sent.destroy();
  const half = connect(server.port, '127.0.0.1');
  await once(half, 'connect');
  half.write('GET /debug/pprof/ HTTP/1.1\r\nHo');
  expect((await ask(server, '/debug/pprof/goroutine?debug=1')).text).toContain('total 6\n');
  // Neither an hour's wait nor half a request keeps it from closing.
  const closed = once(half, 'close');
  half.on('error', () => {});
  await server.close();
  await closed;
  expect(rt.numGoroutine()).toBe(6);
});

test('a program that ends meanwhile is told, and its server ends with it', async () => {
  const { rt } = await startCrowd();
  const server = await serve(rt);
  const { stops } = rt.counts();
  const first = ask(server, '/debug/pprof/goroutine?seconds=3600');
  // It has stopped the world for its first profile, and what is asked behind that is answered: it
  // waits.
  while (rt.counts().stops === stops) await ask(server, '/debug/pprof/cmdline');
  await rt.goroutines();
  await rt.close();
  expect(await first).toMatchObject({ status: 503, text: 'the program has ended\n' });
  await server.close();
  await expect(ask(server, '/debug/pprof/')).rejects.toThrow(/ECONNREFUSED/);
});

test('a program that exits by itself needs no close', async () => {
  const { rt } = await start(['exit', '0']);
  const server = await serve(rt);
  expect(await rt.done).toBe(0);
  await server.close();
  await expect(ask(server, '/debug/pprof/')).rejects.toThrow(/ECONNREFUSED/);
});

test('what it serves is what the runtime says', async () => {
  const { rt } = await startCrowd();
  const { url } = await serve(rt);
  const served = await fromPprof(await (await fetch(`${url}goroutine`)).arrayBuffer());
  const told = await fromPprof(await toPprof(await rt.profile('goroutine')));
  expect(served.program).toEqual(told.program);
  expect(served.records.map(({ count }) => count)).toEqual(told.records.map(({ count }) => count));
});
