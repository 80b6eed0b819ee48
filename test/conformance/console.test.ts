/** The console beside redis-cli, on one real server: the same lines typed, the same lines printed. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { CommandHelp } from '../../extension/console/command-help.ts';
import { Conversation } from '../../extension/console/conversation.ts';
import { binaryOfText } from '../../extension/redis/bytes.ts';
import { splitArgs } from '../../extension/redis/config/split-args.ts';
import { needsRedisServer, RedisServer } from './redis-server.ts';

/** A port of this file's own. */
const PORT = 21_780;

/** Each leaves the server as it found it, so that it may run twice and answer the same. */
const LINES = [
  'PING',
  'PING "two words"',
  'ECHO "\\x00\\xff\\n\\"quoted\\""',
  "ECHO '你好'",
  'GET missing',
  'GET text',
  'INCRBYFLOAT float 0',
  'STRLEN text',
  'LRANGE list 0 -1',
  'LRANGE long 0 -1',
  'LRANGE missing 0 -1',
  'SMEMBERS set',
  'SMEMBERS missing',
  'HGETALL hash',
  'HGETALL missing',
  'ZRANGE zset 0 -1 WITHSCORES',
  'ZSCORE zset b',
  'ZMSCORE zset a missing',
  'XRANGE stream - +',
  'XINFO STREAM stream',
  "EVAL \"return {1, {2, {3, {}}}, 'four', false, redis.status_reply('FINE')}\" 0",
  'EVAL "return redis.error_reply(\'MY own error\')" 0',
  'COMMAND INFO get nonsense',
  'COMMAND DOCS set',
  'COMMAND GETKEYS mset a 1 b 2',
  'CONFIG GET maxmemory*',
  'CLIENT GETNAME',
  'OBJECT ENCODING list',
  'NONSENSE a b',
  'GET',
  'HGET text a',
  'EXISTS text list missing',
  'TIME extra',
  'DEBUG JMAP',
  'LOLWUT VERSION 5 1 1 1',
  'ACL WHOAMI',
  'ACL CAT nonsense',
  'LATENCY DOCTOR',
  'CLUSTER INFO',
  'CLIENT LIST TYPE pubsub',
];

const TYPES_OF_RESP3 = [
  'string',
  'integer',
  'double',
  'null',
  'array',
  'set',
  'map',
  'verbatim',
  'true',
  'false',
];

function redisCli(protocol: 2 | 3, line: string): string {
  const args = ['-p', String(PORT), '--no-raw', ...(protocol === 3 ? ['-3'] : [])];
  // From standard input redis-cli splits the line itself; its prompt is not printed then.
  const { stdout } = spawnSync('redis-cli', args, { input: `${line}\n`, encoding: 'utf8' });
  return stdout;
}

async function ours(protocol: 2 | 3, line: string): Promise<string> {
  let printed = '';
  const conversation = new Conversation({
    host: '127.0.0.1',
    port: PORT,
    followsRedirects: () => true,
    printsUtf8: () => false,
    print: (text) => {
      printed += text;
    },
    onClosed: () => undefined,
  });
  assert.ok(await conversation.connect());
  if (protocol === 3) await conversation.run(['HELLO', '3']);
  printed = '';
  await conversation.run(splitArgs(binaryOfText(line)) ?? []);
  conversation.drop();
  return printed;
}

describe('the console and redis-cli', needsRedisServer, () => {
  let server: RedisServer;
  before(async () => {
    server = await RedisServer.start(PORT);
    const { client } = server;
    await client.call('SET', 'text', 'tab\there');
    await client.call('SET', 'float', '3.0e3');
    await client.call('RPUSH', 'list', 'a', 'b');
    await client.call('RPUSH', 'long', ...Array.from({ length: 12 }, (_, i) => i));
    await client.call('SADD', 'set', 'only');
    await client.call('HSET', 'hash', 'field', 'value', 'other', '');
    await client.call('ZADD', 'zset', '1', 'a', '2.5', 'b', 'inf', 'c');
    await client.call('XADD', 'stream', '1-1', 'field', 'value');
  });
  after(() => server?.stop());

  for (const protocol of [2, 3] as const) {
    for (const line of LINES) {
      it(`print the same for ${line} in RESP${protocol}`, async () => {
        assert.equal(await ours(protocol, line), redisCli(protocol, line));
      });
    }
  }

  for (const type of TYPES_OF_RESP3) {
    it(`print the same for a RESP3 ${type}`, async () => {
      const line = `DEBUG PROTOCOL ${type}`;
      assert.equal(await ours(3, line), redisCli(3, line));
    });
  }

  it('know the same commands', async () => {
    const help = new CommandHelp();
    assert.ok(help.learnDocs(await server.client.reply('COMMAND', 'DOCS')));
    assert.deepEqual(help.completions('zrangeby'), ['ZRANGEBYLEX', 'ZRANGEBYSCORE']);
    assert.deepEqual(help.completions('cluster co'), [
      'CLUSTER COUNT-FAILURE-REPORTS',
      'CLUSTER COUNTKEYSINSLOT',
    ]);
    assert.equal(
      help.hint('set k '),
      'value [NX | XX] [GET] [EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds | KEEPTTL]',
    );
  });
});
