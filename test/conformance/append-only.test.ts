/** An append-only folder goes back and forth between us and redis-server, and nothing is lost on the way. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { until } from '../until.ts';
import { OurServer } from './our-server.ts';
import { needsRedisServer, RedisServer } from './redis-server.ts';

const OURS = 21_460;
const THEIRS = 21_461;

const many = (count: number, word: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => word(i)).join(' ');

/** Every type and encoding, keys that expire, effects that are no request, other databases. */
const COMMANDS = `
set text v
set number 12345
set large ${'x'.repeat(20_000)}
setex expires 1000 v
set gone v px 1
rpush list ${many(200, (i) => `e${i}`)}
sadd integers 1 2 3
sadd set ${many(200, (i) => `member-${i}`)}
spop set 3
hset hash ${many(100, (i) => `field-${i} ${i}`)}
zadd zset 0.5 a -inf b 15 c
zadd large-zset ${many(300, (i) => `${i / 8} m${i}`)}
xadd stream 1-1 f v
xadd stream 1-2 f v g w
xgroup create stream readers 0
xreadgroup group readers me count 1 streams stream >
xdel stream 1-2
xadd empty 1-1 f v
xdel empty 1-1
multi
incr counter
select 3
incr counter
exec
select 0`;

type Server = OurServer | RedisServer;

async function write(server: Server, commands: string): Promise<void> {
  for (const line of commands.trim().split('\n')) {
    const [word = '', ...rest] = line.split(' ');
    await server.call(word, ...rest);
  }
}

async function rewrite(server: Server): Promise<void> {
  await server.call('BGREWRITEAOF');
  await until(async () => {
    const info = await server.call('INFO', 'persistence');
    return /aof_rewrite_in_progress:0/.test(info) && /aof_rewrite_scheduled:0/.test(info);
  });
}

/** What both tell of the data; `gone` may or may not have been removed yet. */
async function state(server: Server): Promise<string> {
  await server.call('DEL', 'gone');
  return server.call('DEBUG', 'DIGEST');
}

async function end(server: Server): Promise<void> {
  if (server instanceof OurServer) server.kill();
  else await server.stop();
}

describe('an append-only folder', needsRedisServer, () => {
  let folder = '';
  before(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'append-only-'));
  });
  const started: Server[] = [];
  after(async () => {
    for (const server of started) await end(server);
    rmSync(folder, { recursive: true, force: true });
  });

  const ours = async (preamble: string) => {
    const server = await OurServer.startIn(
      folder,
      OURS,
      'appendonly yes',
      `aof-use-rdb-preamble ${preamble}`,
    );
    started.push(server);
    return server;
  };
  const theirs = async (preamble: string) => {
    // By SIGKILL it ends here, and with `everysec` it may put a write off while an fsync is under way.
    const kept = ['--appendonly', 'yes', '--appendfsync', 'always'];
    const options = ['--dir', folder, ...kept, '--aof-use-rdb-preamble', preamble];
    const server = await RedisServer.start(THEIRS, ...options);
    started.push(server);
    return server;
  };
  const files = () => readdirSync(path.join(folder, 'appendonlydir'));
  const manifest = () => readFileSync(path.join(folder, 'appendonlydir/appendonly.aof.manifest'), 'utf8');

  for (const preamble of ['yes', 'no']) {
    it(`goes back and forth with aof-use-rdb-preamble ${preamble}`, async () => {
      const first = await ours(preamble);
      await first.call('FLUSHALL');
      await write(first, COMMANDS);
      let digest = await state(first);
      first.kill();

      // Commands, and a base of nothing.
      const second = await theirs(preamble);
      assert.equal(await state(second), digest);
      await rewrite(second);
      await write(second, 'incr counter\nlpush list x\nsetex more 100 v');
      digest = await state(second);
      await second.stop();

      // Their base, and their commands.
      const third = await ours(preamble);
      assert.equal(await state(third), digest);
      await rewrite(third);
      await write(third, 'incr counter\nlpop list\nxadd stream * f v');
      digest = await state(third);
      const [pending] = (await third.call('XPENDING', 'stream', 'readers')).split('\n');
      assert.equal(pending, '1');
      third.kill();

      // Our base, and our commands.
      const fourth = await theirs(preamble);
      assert.equal(await state(fourth), digest);
      assert.equal((await fourth.call('XPENDING', 'stream', 'readers')).split('\n')[0], '1');
      assert.equal(await fourth.call('XLEN', 'empty'), '0');
      await fourth.stop();
    });
  }

  it('has names that go on where the other stopped', () => {
    assert.match(
      manifest(),
      /^file appendonly\.aof\.5\.base\.aof seq 5 type b\nfile appendonly\.aof\.5\.incr\.aof seq 5 type i\n$/,
    );
    assert.deepEqual(files(), [
      'appendonly.aof.5.base.aof',
      'appendonly.aof.5.incr.aof',
      'appendonly.aof.manifest',
    ]);
  });
});
