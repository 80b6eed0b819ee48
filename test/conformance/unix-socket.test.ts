/** Clients that come through `unixsocket`: what they see of it is what they see of redis-server's. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, it } from 'node:test';
import { OurServer } from './our-server.ts';
import { RawConnection } from './raw-connection.ts';
import { needsRedisServer, RedisServer, RespClient } from './redis-server.ts';

const CLI = path.resolve(import.meta.dirname, '../../extension/cli.ts');
const OURS = 21_640;
const THEIRS = 21_641;

let folder = '';
before(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'unix-socket-'));
});
after(() => rmSync(folder, { recursive: true, force: true }));

interface Server {
  call(...argv: readonly string[]): Promise<string>;
}

/** Everything a client can see of its own way in, in words that have neither numbers nor times. */
async function views(server: Server, socket: string): Promise<Record<string, unknown>> {
  const client = await RespClient.connect(socket);
  const info = await client.call('CLIENT', 'INFO');
  const field = (name: string): string => new RegExp(` ${name}=(\\S*)`).exec(info)?.[1] ?? '';
  await server.call('CONFIG', 'SET', 'slowlog-log-slower-than', '0');
  await client.call('SET', 'k', 'v');
  await server.call('CONFIG', 'SET', 'slowlog-log-slower-than', '-1');
  const slow = await server.call('SLOWLOG', 'GET', '-1');
  const large = 'x'.repeat(300_000);
  await client.call('SET', 'large', large);
  const seen = {
    addr: field('addr'),
    laddr: field('laddr'),
    flags: field('flags'),
    slow: slow.includes(`${socket}:0`),
    large: (await client.call('GET', 'large')) === large,
    mode: (statSync(socket).mode & 0o777).toString(8),
    killed: await server.call('CLIENT', 'KILL', 'LADDR', `${socket}:0`),
    closed: await client.call('PING').catch((error: Error) => error.message),
  };
  client.close();
  return seen;
}

/** What MONITOR says of a command that came through the socket: where it came from. */
async function monitored(port: number, socket: string): Promise<string | undefined> {
  const monitor = await RawConnection.open(port);
  assert.equal((await monitor.send('MONITOR')).toString(), '+OK\r\n');
  const client = await RespClient.connect(socket);
  await client.call('PING');
  client.close();
  const line = await monitor.next();
  monitor.close();
  return /\[(.*)\]/.exec(line.toString())?.[1];
}

/** Why redis-server does not start, or we do not: the last line of the log. */
function lastWords(command: string, args: readonly string[]): string | undefined {
  const { status, stdout } = spawnSync(command, args, { encoding: 'utf8', timeout: 30_000 });
  assert.equal(status, 1, stdout);
  return / # (.*)\n$/.exec(stdout)?.[1];
}

describe('a Unix socket beside the port', () => {
  it('serves its clients and tells of them as redis-server does', needsRedisServer, async () => {
    const [ours, theirs] = [path.join(folder, 'ours.sock'), path.join(folder, 'theirs.sock')];
    const mine = await OurServer.start(OURS, `unixsocket ${ours}`, 'unixsocketperm 700');
    const real = await RedisServer.start(THEIRS, '--unixsocket', theirs, '--unixsocketperm', 700);
    try {
      const expected = JSON.stringify(await views(real, theirs)).replaceAll(theirs, ours);
      assert.deepEqual(await views(mine, ours), JSON.parse(expected));
      assert.equal(await monitored(OURS, ours), (await monitored(THEIRS, theirs))?.replace(theirs, ours));
      assert.match(await mine.call('INFO', 'server'), /listener1:name=unix,bind=\S*ours\.sock\r\n/);
      await real.call('SHUTDOWN', 'NOSAVE').catch(() => {});
      await mine.call('SHUTDOWN', 'NOSAVE').catch(() => {});
      assert.equal(existsSync(ours), false);
      assert.equal(existsSync(theirs), false);
      assert.match(mine.log.join(''), /Removing the unix socket file\.\n.*ready to exit, bye bye/);
    } finally {
      await real.stop();
      mine.stop();
    }
  });

  it('may be the only way in, is found from the folder of the node, and takes the place of one left behind', async () => {
    const file = path.join(folder, 'only.sock');
    const left = createServer().listen(file);
    await once(left, 'listening');
    const settings = ['--port', '0', '--save', '', '--dir', folder, '--unixsocket', 'only.sock'];
    const child = spawn(process.execPath, [CLI, 'node', ...settings], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      // Its log has no reader from here on, which must not end it.
      for await (const line of createInterface(child.stdout)) {
        if (line.includes('Ready to accept connections unix')) break;
      }
      child.stdout.destroy();
      const client = await RespClient.connect(file);
      assert.match(await client.call('CLIENT', 'INFO'), / addr=only\.sock:0 laddr=only\.sock:0 /);
      client.reply('SHUTDOWN', 'NOSAVE').catch(() => {});
      await once(child, 'exit');
      assert.equal(child.exitCode, 0);
      assert.equal(existsSync(file), false);
      client.close();
    } finally {
      child.kill('SIGKILL');
      left.close();
    }
  });

  it('stays open when no address is listened on any more', async () => {
    const socket = path.join(folder, 'stays.sock');
    const mine = await OurServer.start(OURS, `unixsocket ${socket}`);
    const client = await RespClient.connect(socket);
    try {
      assert.equal(await mine.call('CONFIG', 'SET', 'bind', ''), 'OK');
      await assert.rejects(RespClient.connect(OURS), /ECONNREFUSED/);
      assert.equal(await client.call('PING'), 'PONG');
      assert.equal(await client.call('CONFIG', 'SET', 'bind', '127.0.0.1'), 'OK');
      (await RespClient.connect(OURS)).close();
    } finally {
      client.close();
      mine.stop();
    }
  });

  it('is refused in the words of redis-server', needsRedisServer, () => {
    const occupied = path.join(folder, 'occupied');
    mkdirSync(path.join(occupied, 'not empty'), { recursive: true });
    for (const socket of [path.join(folder, 'nowhere', 'x.sock'), occupied]) {
      const settings = ['--port', '0', '--save', '', '--dir', folder, '--unixsocket', socket];
      const real = lastWords('redis-server', settings);
      assert.match(real ?? '', /^Failed opening Unix socket: /);
      assert.equal(lastWords(process.execPath, [CLI, 'node', ...settings]), real);
    }
  });

  it('leaves a file alone that is none, where redis-server removes it', () => {
    const precious = path.join(folder, 'precious');
    writeFileSync(precious, 'data');
    const settings = ['--port', '0', '--save', '', '--unixsocket', precious];
    const words = lastWords(process.execPath, [CLI, 'node', ...settings]);
    assert.equal(words, 'Failed opening Unix socket: bind: Address already in use');
    assert.equal(readFileSync(precious, 'latin1'), 'data');
  });
});
