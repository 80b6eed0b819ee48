/** SCRIPT DEBUG: the same sessions with us and with redis-server, every line that is told compared. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { samples } from './debugger-samples.ts';
import { OurServer } from './our-server.ts';
import { RawConnection } from './raw-connection.ts';
import { needsRedisServer, RedisServer } from './redis-server.ts';

const OURS = 21_650;
const THEIRS = 21_651;

let ours: OurServer;
let theirs: RedisServer;

/** No session is as long as this. */
const MOST_ANSWERS = 500;

/** What a session says, command by command, to its end. `command` gives the next, by its number. */
async function session(
  port: number,
  mode: string,
  script: string,
  command: (i: number) => readonly string[],
): Promise<string[]> {
  const connection = await RawConnection.open(port);
  const said: string[] = [];
  try {
    await connection.send('SCRIPT', 'DEBUG', mode);
    said.push(String(await connection.send('EVAL', script, 1, 'key', 'argument')));
    while (!said.at(-1)?.includes('<endsession>') && said.length < MOST_ANSWERS) {
      said.push(String(await connection.send(...command(said.length - 1))));
    }
    said.push(String(await connection.next()));
    await assert.rejects(connection.next(), /closed/);
  } finally {
    connection.close();
  }
  // Where an object is in memory is nobody's business.
  return said.map((reply) => reply.replace(/@0x[0-9a-f]+/g, '@address'));
}

const typed =
  (...commands: readonly string[]) =>
  (i: number): readonly string[] =>
    (commands[i] ?? 'continue').split(' ');

const SCRIPT = `local reply = redis.call('set', KEYS[1], ARGV[1])
local nested = {1.5, {2, {3}}, {text = 'a\\n"b"'}, true}
local long = string.rep('x', 400)
local function inner(x)
  redis.debug(x, nested)
  return x + 1
end
redis.breakpoint()
local sum = 0
for i = 1, 3 do
  sum = sum + inner(i)
end
return sum`;

before(async () => {
  ours = await OurServer.start(OURS);
});
after(() => ours.stop());

describe('the debugger of scripts', () => {
  before(async () => {
    if (needsRedisServer.skip === undefined) theirs = await RedisServer.start(THEIRS);
  });
  after(() => theirs?.stop());

  const same = async (script: string, command: (i: number) => readonly string[], mode = 'SYNC') => {
    assert.deepEqual(
      await session(OURS, mode, script, command),
      await session(THEIRS, mode, script, command),
      script,
    );
  };

  it(
    'stops at the lines at which redis-server stops, and sees what it sees there',
    needsRedisServer,
    async () => {
      for (const sample of samples) await same(sample, (i) => [['print'], ['trace'], ['step']][i % 3] ?? []);
    },
  );

  it('answers every command as redis-server does', needsRedisServer, async () => {
    await same(
      SCRIPT,
      typed(
        'list',
        'l 9 1',
        'w',
        's',
        'print reply',
        'p none',
        'print KEYS',
        'p ARGV',
        'n',
        'n',
        'p',
        'maxlen',
        'm 10',
        'p long',
        'maxlen 0',
        'p long',
        'break',
        'b 5 11 99 x -1',
        'break',
        'c',
        'c',
        'trace',
        'p x',
        'p i',
        'b -5',
        'eval 1 + 1',
        'e x',
        'e local y = 1',
        'e nothing.here',
        'e (',
        "e redis.call('get', 'key')",
        'redis get key',
        'r nosuch command',
        `redis ${'test '.repeat(99)}test`,
        'redis',
        'nonsense',
        'b 0',
        'c',
      ),
    );
  });

  it(
    'ends when it is told to, when a script fails, and when what comes is no command',
    needsRedisServer,
    async () => {
      await same(SCRIPT, typed('s', 'abort'));
      await same("redis.call('nosuch')\nreturn 1", typed('s'));
      await same('return pcall(function()\n  local x = 1\nend)', typed('s', 'abort', 's'));
      await same('return 1 +', typed());
      await same('return 1', (i) => (i === 0 ? ['x'.repeat(1025)] : ['c']));
    },
  );

  it('works on a copy unless it is told otherwise, while everybody else is served', async () => {
    await ours.call('SET', 'key', 'before');
    const connection = await RawConnection.open(OURS);
    await connection.send('SCRIPT', 'DEBUG', 'YES');
    await connection.send('EVAL', "redis.call('set', 'key', 'after')\nreturn redis.call('get', 'key')", 0);
    assert.equal(await ours.call('GET', 'key'), 'before');
    assert.match(String(await connection.send('step')), /<reply> "\+OK"/);
    assert.equal(await ours.call('GET', 'key'), 'before');
    await ours.call('SET', 'other', 'new');
    assert.match(String(await connection.send('redis', 'get', 'key')), /"after"/);
    assert.match(String(await connection.send('redis', 'get', 'other')), /NULL/);
    assert.match(String(await connection.send('continue')), /<endsession>/);
    assert.equal(String(await connection.next()), '$5\r\nafter\r\n');
    connection.close();
    assert.equal(await ours.call('GET', 'key'), 'before');
  });

  it('lets others wait for a session that works on the data itself, and runs to the end without its client', async () => {
    const connection = await RawConnection.open(OURS);
    await connection.send('SCRIPT', 'DEBUG', 'SYNC');
    await connection.send('EVAL', "redis.call('set', 'key', 'half')\nredis.call('set', 'key', 'whole')", 0);
    await connection.send('step');
    const answer = ours.call('GET', 'key');
    connection.close();
    assert.equal(await answer, 'whole');
  });

  it('is refused where it could not be spoken to', async () => {
    const { client } = ours;
    await client.call('MULTI');
    await client.call('SCRIPT', 'DEBUG', 'SYNC');
    await assert.rejects(client.call('EXEC').then((text) => Promise.reject(new Error(text))));
    await assert.rejects(client.call('SCRIPT', 'DEBUG', 'MAYBE'), /Use SCRIPT DEBUG YES\/SYNC\/NO/);
    assert.equal(await client.call('SCRIPT', 'DEBUG', 'YES'), 'OK');
    await assert.rejects(client.call('EVALSHA', 'a'.repeat(40), 0), /Please use EVAL instead of EVALSHA/);
    assert.equal(await client.call('SCRIPT', 'DEBUG', 'NO'), 'OK');
    assert.equal(await client.call('EVAL', 'return 1', 0), '1');
  });
});
