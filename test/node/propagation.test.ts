/** What a primary tells its replicas of, beyond the commands themselves. */
import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import { binaryOf } from '../../extension/redis/bytes.ts';
import { commandBytes } from '../../extension/redis/resp/encode-command.ts';
import { Simulation } from '../../extension/worlds/simulated.ts';
import { SimulatedNode, type TestClient } from './simulated-node.ts';
import { pair } from './simulated-pair.ts';

/** A client of a primary, and all that a replica of it is told while the client is at work. */
function watched(work: (client: TestClient) => void, ...lines: readonly string[]): string[] {
  const simulation = new Simulation(5);
  const primary = SimulatedNode.started(['enable-debug-command yes', ...lines], {
    simulation,
    host: '10.0.0.1',
  });
  const replica = SimulatedNode.started(['replicaof 10.0.0.1 6379'], { simulation, host: '10.0.0.2' });
  const monitor = replica.client();
  for (let i = 0; i < 100 && !String(monitor.call('INFO', 'replication')).includes('link_status:up'); i++) {
    monitor.wait(100);
  }
  monitor.call('MONITOR');
  const client = primary.client();
  work(client);
  const heard = monitor.wait(500).map((line) =>
    String(line)
      .replace(/^[^"]*/, '')
      .replaceAll('"', ''),
  );
  return heard.filter((line) => !/^(PING|SELECT|REPLCONF)/.test(line));
}

/** Keys whose time is up, and which nobody has looked at. */
function expire(client: TestClient, ...keys: readonly string[]): void {
  client.call('DEBUG', 'SET-ACTIVE-EXPIRE', 0);
  for (const key of keys) client.call('SET', key, 'v', 'PX', 50);
  client.wait(100);
}

describe('keys that expire when they are looked at', () => {
  it('go as one transaction when one command named them', () => {
    const heard = watched((client) => {
      expire(client, 'a', 'b');
      client.call('MGET', 'a', 'b');
    });
    assert.deepEqual(heard.slice(2), ['MULTI', 'DEL a', 'DEL b', 'EXEC']);
  });

  it('go one by one when a command happened upon them', () => {
    const heard = watched((client) => {
      expire(client, 'a', 'b');
      assert.deepEqual(client.call('SCAN', 0, 'COUNT', 100), ['0', []]);
    });
    assert.deepEqual(heard.slice(2).sort(), ['DEL a', 'DEL b']);
  });
});

test('keys that go are unlinked where the directive for their cause wants that', () => {
  const heard = watched(
    (client) => {
      expire(client, 'expired');
      client.call('GET', 'expired');
      client.call('MSET', 'past', 'v', 'getex', 'v', 'restored', 'v', 'evicted', 'v');
      const payload = String(client.call('DUMP', 'past'));
      client.call('EXPIRE', 'past', -1);
      client.call('GETEX', 'getex', 'PXAT', 1);
      client.call('RESTORE', 'restored', 1, payload, 'REPLACE', 'ABSTTL');
      client.call('SADD', 'popped', 'a');
      client.call('SPOP', 'popped', 5);
      client.call('DEL', 'evicted');
    },
    'lazyfree-lazy-expire yes',
    'lazyfree-lazy-server-del yes',
  );
  const removals = heard.filter((line) => /^(DEL|UNLINK)/.test(line));
  const unlinked = ['expired', 'past', 'getex', 'restored', 'popped'].map((key) => `UNLINK ${key}`);
  assert.deepEqual(removals, [...unlinked, 'DEL evicted']);
});

describe('a pipeline', () => {
  /** As one write; the node reads it in pieces of `size` bytes. */
  function pipeline(client: TestClient, commands: readonly string[], size = Number.POSITIVE_INFINITY): void {
    const text = commands.map((line) => binaryOf(commandBytes(line.split(' ')))).join('');
    for (let at = 0; at < text.length; at += size) {
      client.sendRaw(text.slice(at, at + size));
      client.wait(1);
    }
  }

  const commands = [
    'INCR n',
    'INCR n',
    'GET n',
    'NOSUCH n',
    'INCR n 1',
    'LPUSH l a b',
    'SADD s m',
    'SPOP s',
    'SETNX old new',
    'SADD s m',
    'SADD s m',
    'INCRBY n 5',
    'MULTI',
    'INCR n',
    'INCR n',
    'EXEC',
    'INCR n',
    'WAIT 0 0',
    'APPEND t x',
    'BLPOP l 0',
    'SET t y',
    'CLIENT REPLY SKIP',
    'INCR n',
    'EVAL return{redis.call("incr",KEYS[1]),redis.call("incr",KEYS[1])} 1 n',
    'DECR n',
  ];
  const told = [
    'INCR n',
    'INCR n',
    'LPUSH l a b',
    'SADD s m',
    'SREM s m',
    'MULTI',
    'DEL old',
    'SETNX old new',
    'EXEC',
    'SADD s m',
    'INCRBY n 5',
    'MULTI',
    'INCR n',
    'INCR n',
    'EXEC',
    'INCR n',
    'APPEND t x',
    'LPOP l',
    'SET t y',
    'INCR n',
    'MULTI',
    'incr n',
    'incr n',
    'EXEC',
    'DECR n',
  ];
  for (const size of [Number.POSITIVE_INFINITY, 100, 7]) {
    it(`is told of in its order, whatever stands between its commands (read in pieces of ${size})`, () => {
      const heard = watched((client) => {
        expire(client, 'old');
        pipeline(client, commands, size);
      });
      assert.deepEqual(heard.slice(1), told);
    });
  }

  it('waits for what was written before in it', () => {
    const { primary, p } = pair(6);
    pipeline(p, ['INCR n', 'INCR n', 'WAIT 1 0']);
    assert.deepEqual([p.next(), p.next(), p.next()], [1, 2, 1]);
    const { replication } = primary.node;
    assert.equal(replication.replicas()[0]?.offset, replication.offset);
  });
});
