/** What a console lets through that may only look: judged by what real servers, and ours, tell of their commands. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ReadOnly } from '../../extension/console/read-only.ts';
import { binaryOfText } from '../../extension/redis/bytes.ts';
import { OurServer } from './our-server.ts';
import { needsRedisServer, RedisServer } from './redis-server.ts';

const PORT = 21_785;

const LOOKS = [
  ...[
    'GET k',
    'get k',
    'MGET a b',
    'HGETALL h',
    'ZRANGE z 0 -1',
    'XRANGE s - +',
    'SCAN 0',
    'KEYS *',
    'TYPE k',
  ],
  ...['OBJECT ENCODING k', 'MEMORY USAGE k', 'DBSIZE', 'INFO', 'PING', 'ECHO x', 'TIME', 'ROLE', 'DUMP k'],
  ...['CLUSTER NODES', 'CLUSTER INFO', 'cluster keyslot k', 'CLUSTER COUNTKEYSINSLOT 1', 'CLUSTER SHARDS'],
  ...['CONFIG GET maxmemory', 'CLIENT LIST', 'SLOWLOG GET', 'LATENCY LATEST', 'ACL WHOAMI', 'FUNCTION LIST'],
  ...[
    'COMMAND DOCS get',
    'EVAL_RO x 0',
    'SORT_RO l',
    'MULTI',
    'EXEC',
    'WATCH k',
    'HELLO 3',
    'AUTH p',
    'MONITOR',
  ],
  ...['SUBSCRIBE c', 'PUBSUB CHANNELS', 'READONLY', 'ASKING', 'WAIT 0 0', 'NONSENSE'],
];

const CHANGES = [
  ...['SET k v', 'set k v', 'DEL k', 'EXPIRE k 1', 'GETSET k v', 'LPOP l', 'BLPOP l 0', 'SORT l'],
  ...['FLUSHALL', 'FLUSHDB', 'SWAPDB 0 1', 'RESTORE k 0 x', 'MIGRATE h 1 k 0 1', 'RENAME a b', 'PFADD h a'],
  ...['EVAL x 0', 'EVALSHA x 0', 'FCALL f 0', 'SCRIPT FLUSH', 'FUNCTION FLUSH', 'FUNCTION LOAD x'],
  ...['CONFIG SET maxmemory 1', 'CONFIG REWRITE', 'CONFIG RESETSTAT', 'CLIENT KILL x', 'CLIENT PAUSE 1'],
  ...[
    'CLUSTER SETSLOT 1 STABLE',
    'CLUSTER RESET',
    'CLUSTER FAILOVER',
    'CLUSTER FORGET x',
    'CLUSTER MEET h 1',
  ],
  ...['SHUTDOWN', 'DEBUG SLEEP 1', 'SAVE', 'BGSAVE', 'BGREWRITEAOF', 'REPLICAOF NO ONE', 'FAILOVER', 'SYNC'],
  ...['ACL SETUSER x', 'SLOWLOG RESET', 'LATENCY RESET', 'MEMORY PURGE', 'PUBLISH c m', 'SPUBLISH c m'],
];

describe('a console that may only look', needsRedisServer, () => {
  const servers: { name: string; server: RedisServer | OurServer }[] = [];
  before(async () => {
    servers.push({ name: 'redis-server', server: await RedisServer.start(PORT) });
    servers.push({ name: 'a node of ours', server: await OurServer.start(PORT + 1) });
  });
  after(async () => {
    for (const { server } of servers) await server.stop();
  });

  it('sends what looks, and nothing that changes', async () => {
    for (const { name, server } of servers) {
      const readOnly = new ReadOnly((argv) => server.client.reply(...argv));
      const allows = (line: string) => readOnly.allows(line.split(' ').map(binaryOfText));
      for (const line of LOOKS) assert.equal(await allows(line), true, `${name}: ${line}`);
      for (const line of CHANGES) assert.equal(await allows(line), false, `${name}: ${line}`);
    }
  });

  it('judges the same over RESP3', async () => {
    for (const { name, server } of servers) {
      await server.client.reply('HELLO', 3);
      const readOnly = new ReadOnly((argv) => server.client.reply(...argv));
      assert.equal(await readOnly.allows(['get', 'k']), true, name);
      assert.equal(await readOnly.allows(['set', 'k', 'v']), false, name);
    }
  });

  it('sends nothing doubtful when the server does not tell', async () => {
    const silent = new ReadOnly(async () => ({ type: 'error', value: 'NOPERM' }));
    assert.equal(await silent.allows(['get', 'k']), false);
    assert.equal(await silent.allows(['cluster', 'info']), true);
  });
});
