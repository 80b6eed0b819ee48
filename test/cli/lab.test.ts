/** `redis-cluster-lab lab` as it ships, a process of its own. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, test } from 'node:test';
import { RespClient } from '../../extension/lab/resp-client.ts';
import { removeFolder, temporaryOptions } from '../lab/temporary-lab.ts';
import { until } from '../until.ts';

const CLI = join(import.meta.dirname, '../../dist/cli.cjs');
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** Runs until it ends; `ready` resolves with its first line of output. */
function run(...args: string[]) {
  const child = spawn(process.execPath, [CLI, 'lab', ...args]);
  children.push(child);
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  const ready = once(child.stdout, 'data').then(([chunk]) => String(chunk));
  const ended = once(child, 'close').then(([code]) => ({ code: Number(code), errors }));
  return { child, ready, ended };
}

/** Windows knows of none but those of a terminal: a process that is told to end there is ended. */
const noSignals = process.platform === 'win32';

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`is ready, works, and ends cleanly on ${signal}`, { skip: noSignals }, async () => {
    const { basePort, ...options } = await temporaryOptions();
    const { child, ready, ended } = run('--port', String(basePort), '--dir', options.folder);
    assert.match(
      await ready,
      new RegExp(`^ready 127\\.0\\.0\\.1:${basePort}-${basePort + 5} in \\d+ ms\\n$`),
    );
    const client = await RespClient.open('127.0.0.1', basePort + 2, '');
    assert.equal(await client.call('SET', 'foo', 'bar'), 'OK');
    client.close();
    child.kill(signal);
    assert.deepEqual(await ended, { code: 0, errors: '' });
    assert.ok(existsSync(join(options.folder, String(basePort + 2), `dump-${basePort + 2}.rdb`)));
    removeFolder(options);
  });
}

test('ends when its last node is shut down by a client', async () => {
  const { basePort, ...options } = await temporaryOptions({ nodes: 3 });
  const { ready, ended } = run(
    ...['--port', String(basePort), '--dir', options.folder, '--nodes', '3', '--replicas', '0'],
  );
  await ready;
  for (let port = basePort; port < basePort + 3; port++) {
    const client = await RespClient.open('127.0.0.1', port, '');
    await client.send('SHUTDOWN').catch(() => undefined);
  }
  assert.equal((await ended).code, 0);
  removeFolder(options);
});

test('tells of a node that ends by itself, and goes on', async () => {
  const { basePort, ...options } = await temporaryOptions();
  const { child, ready, ended } = run(
    ...['--port', String(basePort), '--dir', options.folder, '--enable-debug-command', 'yes'],
  );
  await ready;
  const told = once(child.stderr, 'data').then(([chunk]) => String(chunk));
  const client = await RespClient.open('127.0.0.1', basePort + 1, '');
  await client.send('DEBUG', 'SEGFAULT').catch(() => undefined);
  assert.match(await told, new RegExp(`^127\\.0\\.0\\.1:${basePort + 1} failed: \\S`));
  child.kill('SIGKILL');
  await ended;
  removeFolder(options);
});

test('ends when it is told to before it is ready', { skip: noSignals }, async () => {
  const { basePort, ...options } = await temporaryOptions();
  // Replicas that log in as nobody are never let in.
  const { child, ended } = run(
    ...['--port', String(basePort), '--dir', options.folder],
    ...['--requirepass', 'secret', '--masterauth', 'secret', '--masteruser', 'nobody'],
  );
  await until(async () => {
    const client = await RespClient.open('127.0.0.1', basePort, 'secret').catch(() => undefined);
    client?.close();
    return client !== undefined;
  }, 'the first node serves');
  child.kill('SIGINT');
  assert.deepEqual(await ended, { code: 0, errors: '' });
  removeFolder(options);
});

test('a taken port is named, with an offer, and nothing is left running', async () => {
  const { basePort, ...options } = await temporaryOptions();
  const squatter = createServer().listen(basePort + 4, '127.0.0.1');
  const { ended } = run('--port', String(basePort), '--dir', options.folder);
  const { code, errors } = await ended;
  squatter.close();
  assert.equal(code, 1);
  assert.match(
    errors,
    new RegExp(`^Port ${basePort + 4} is in use\\. Free: \\d+ and the ports behind it\\.\n$`),
  );
  removeFolder(options);
});

test('what cannot be is refused', async () => {
  const refused = async (...args: string[]) => run(...args).ended;
  assert.deepEqual(await refused('--nodes', '5'), {
    code: 1,
    errors:
      'Redis Cluster requires at least 3 primaries. This is not possible with 5 nodes and 1 replicas per primary: ' +
      'at least 6 nodes are required.\n',
  });
  assert.match((await refused('--port', '60000')).errors, /Your Redis port number must be 55535 or less/);
  for (const args of [['now'], ['--port'], ['--port', 'high']]) {
    const { code, errors } = await refused(...args);
    assert.equal(code, 2);
    assert.match(errors, /Usage: redis-cluster-lab lab/);
  }
});
