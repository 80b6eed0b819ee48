/** CLIENT TRACKING: who is told of which keys, by which way, and when. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { field, type Plain, SimulatedNode, type TestClient } from '../simulated-node.ts';

function tracking(node: SimulatedNode, ...options: readonly string[]): TestClient {
  const client = node.client();
  client.call('HELLO', 3);
  assert.equal(client.call('CLIENT', 'TRACKING', 'ON', ...options), 'OK');
  return client;
}

/** What has come besides replies. */
function told(client: TestClient): Plain[] {
  client.send('ECHO', 'that is all');
  const all: Plain[] = [];
  for (let next = client.next(); next !== 'that is all'; next = client.next()) all.push(next);
  return all;
}

const invalid = (...keys: readonly string[]) => ['invalidate', keys];

describe('tracking what a session has read', () => {
  it('tells once, and only of what was read', () => {
    const node = SimulatedNode.started();
    const [reader, writer] = [tracking(node), node.client()];
    reader.call('GET', 'a');
    writer.call('SET', 'a', 1);
    writer.call('SET', 'a', 2);
    writer.call('SET', 'b', 1);
    assert.deepEqual(told(reader), [invalid('a')]);
  });

  it('counts what scripts and transactions read, and not what scripts are given', () => {
    const node = SimulatedNode.started();
    const [reader, writer] = [tracking(node), node.client()];
    reader.call('EVAL_RO', "return redis.call('GET', KEYS[2])", 2, 'a', 'b');
    reader.call('MULTI');
    reader.call('MGET', 'c', 'd');
    reader.call('EXEC');
    writer.call('MSET', 'a', 1, 'b', 2, 'c', 3, 'd', 4);
    assert.deepEqual(told(reader), [invalid('b'), invalid('c'), invalid('d')]);
  });

  it('tells behind the reply when the session itself makes the change, and not at all with NOLOOP', () => {
    const node = SimulatedNode.started();
    for (const [options, expected] of [
      [[], [[1, 'OK'], invalid('a')]],
      [['NOLOOP'], [[1, 'OK']]],
    ] as const) {
      const reader = tracking(node, ...options);
      reader.call('GET', 'a');
      for (const command of ['MULTI', 'INCR a', 'SET a 0', 'EXEC']) reader.send(...command.split(' '));
      assert.deepEqual([reader.next(), reader.next(), reader.next()], ['OK', 'QUEUED', 'QUEUED']);
      assert.deepEqual(told(reader), expected);
    }
  });

  it('tells of a script that stands still in the middle as of every other', () => {
    const node = SimulatedNode.started();
    const [reader, writer] = [tracking(node, 'NOLOOP'), node.client()];
    const script =
      "redis.call('GET', 'b') for i = 1, 3000000 do end redis.call('GET', 'a') redis.call('SET', 'b', 1)";
    reader.call('EVAL', script, 0);
    writer.call('SET', 'a', 1);
    assert.deepEqual(told(reader), [invalid('a')]);
  });

  it('tells of keys that expire, are evicted, or go with their database', () => {
    const node = SimulatedNode.started();
    const [reader, writer] = [tracking(node), node.client()];
    writer.call('SET', 'a', 1, 'PX', 50);
    reader.call('GET', 'a');
    assert.deepEqual(reader.wait(1000), [invalid('a')]);

    writer.call('SET', 'b', 'x'.repeat(100_000));
    reader.call('GET', 'b');
    writer.call('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-random');
    writer.call('CONFIG', 'SET', 'maxmemory', 1);
    // Room is made before the command, so this comes before the reply.
    reader.send('SET', 'c', 1);
    assert.deepEqual(reader.next(), invalid('b'));
    assert.match(String(reader.next()), /^-OOM/);
    writer.call('CONFIG', 'SET', 'maxmemory', 0);

    for (const flush of ['FLUSHALL', 'FLUSHDB']) {
      reader.call('GET', 'd');
      assert.equal(field(writer.call('INFO', 'stats'), 'tracking_total_keys'), '1');
      writer.call(flush);
      assert.deepEqual(told(reader), [['invalidate', null]]);
      assert.equal(field(writer.call('INFO', 'stats'), 'tracking_total_keys'), '0');
    }
  });

  it('lets OPTIN and OPTOUT decide for the next command, or the next transaction', () => {
    const node = SimulatedNode.started();
    const [chosen, spared, writer] = [tracking(node, 'OPTIN'), tracking(node, 'OPTOUT'), node.client()];
    chosen.call('GET', 'a');
    chosen.call('CLIENT', 'CACHING', 'YES');
    // Commands about clients are not the next one.
    chosen.call('CLIENT', 'ID');
    chosen.call('GET', 'b');
    chosen.call('GET', 'c');
    chosen.call('CLIENT', 'CACHING', 'YES');
    chosen.call('MULTI');
    chosen.call('MGET', 'd', 'e');
    chosen.call('EXEC');
    chosen.call('GET', 'f');

    spared.call('CLIENT', 'CACHING', 'NO');
    spared.call('GET', 'a');
    spared.call('GET', 'b');
    for (const key of 'abcdef') writer.call('SET', key, 1);
    assert.deepEqual(told(chosen), [invalid('b'), invalid('d'), invalid('e')]);
    assert.deepEqual(told(spared), [invalid('b')]);
  });

  it('forgets keys beyond tracking-table-max-keys, and says so', () => {
    const node = SimulatedNode.started();
    const [reader, writer] = [tracking(node), node.client()];
    for (let i = 0; i < 250; i++) reader.call('GET', `key:${i}`);
    writer.call('CONFIG', 'SET', 'tracking-table-max-keys', 1);
    const forgotten = reader.wait(2000);
    assert.equal(forgotten.length, 249);
    assert.deepEqual(forgotten[0], invalid('key:0'));
    assert.equal(field(writer.call('INFO', 'stats'), 'tracking_total_keys'), '1');
    reader.call('GET', 'one more');
    assert.deepEqual(told(reader), [invalid('key:249')]);
    // It is no change of the reader's, whoever makes it happen.
    reader.call('CLIENT', 'TRACKING', 'ON', 'NOLOOP');
    reader.call('GET', 'another');
    assert.deepEqual(told(reader), [invalid('one more')]);
  });

  it('costs nothing when those who tracked are gone', () => {
    const node = SimulatedNode.started();
    const reader = tracking(node);
    reader.call('GET', 'a');
    assert.equal(node.node.tracking.active, true);
    reader.connection.destroy();
    node.simulation.runFor(100);
    assert.equal(node.node.tracking.active, false);
    assert.equal(node.node.tracking.counts.keys, 0);
  });
});

describe('broadcast tracking', () => {
  it('tells of all keys under a prefix, once a turn and in order', () => {
    const node = SimulatedNode.started();
    const writer = node.client();
    const [all, some] = [tracking(node, 'BCAST'), tracking(node, 'BCAST', 'PREFIX', 'b', 'PREFIX', 'c')];
    writer.call('MSET', 'c2', 1, 'c1', 1, 'a', 1, 'b', 1);
    assert.deepEqual(told(all), [invalid('a', 'b', 'c1', 'c2')]);
    assert.deepEqual(told(some), [invalid('b'), invalid('c1', 'c2')]);
    some.call('CLIENT', 'TRACKING', 'ON', 'BCAST', 'PREFIX', 'a');
    writer.call('SET', 'a', 1);
    assert.deepEqual(told(some), [invalid('a')]);
    some.call('CLIENT', 'TRACKING', 'OFF');
    writer.call('SET', 'a', 1);
    assert.deepEqual(told(some), []);
  });

  it('spares with NOLOOP who was the last to change a key', () => {
    const node = SimulatedNode.started();
    const [reader, writer] = [tracking(node, 'BCAST', 'NOLOOP'), node.client()];
    reader.call('SET', 'mine', 1);
    writer.call('SET', 'theirs', 1);
    assert.deepEqual(told(reader), [invalid('theirs')]);
    writer.call('SET', 'e', 1, 'PX', 50);
    assert.deepEqual(reader.wait(1000), [invalid('e'), invalid('e')]);
  });
});

describe('redirected tracking', () => {
  it('reaches RESP2 subscribers as a message, and others as a push', () => {
    const node = SimulatedNode.started();
    const [reader, target] = [node.client(), node.client()];
    reader.call('CLIENT', 'TRACKING', 'ON', 'REDIRECT', Number(target.call('CLIENT', 'ID')));
    // Neither a subscriber nor RESP3: it would take it for a reply.
    reader.call('GET', 'a');
    reader.call('SET', 'a', 1);
    assert.deepEqual(told(target), []);
    target.call('SUBSCRIBE', '__redis__:invalidate');
    reader.call('GET', 'a');
    reader.call('SET', 'a', 1);
    assert.deepEqual(target.next(), ['message', '__redis__:invalidate', ['a']]);
    reader.call('FLUSHALL');
    assert.deepEqual(target.next(), ['message', '__redis__:invalidate', null]);
    target.call('UNSUBSCRIBE');
    target.call('HELLO', 3);
    reader.call('GET', 'a');
    reader.call('SET', 'a', 1);
    assert.deepEqual(target.next(), invalid('a'));
  });

  it('says once asked, and to RESP3 sessions when it happens, that the other one is gone', () => {
    const node = SimulatedNode.started();
    const target = node.client();
    const id = Number(target.call('CLIENT', 'ID'));
    const reader = tracking(node, 'REDIRECT', String(id));
    target.connection.destroy();
    reader.call('GET', 'a');
    reader.send('SET', 'a', 1);
    assert.equal(reader.next(), 'OK');
    assert.deepEqual(reader.next(), ['tracking-redir-broken', id]);
    assert.deepEqual(reader.call('CLIENT', 'TRACKINGINFO'), [
      ['flags', ['on', 'broken_redirect']],
      ['redirect', id],
      ['prefixes', []],
    ]);
    assert.equal(field(reader.call('CLIENT', 'INFO'), 'flags'), 'tR');
    assert.equal(field(reader.call('CLIENT', 'INFO'), 'redir'), String(id));
  });

  it('ends with RESET', () => {
    const node = SimulatedNode.started();
    const reader = tracking(node, 'BCAST');
    assert.equal(field(node.client().call('INFO', 'clients'), 'tracking_clients'), '1');
    reader.call('RESET');
    assert.equal(reader.call('CLIENT', 'GETREDIR'), -1);
    assert.equal(field(node.client().call('INFO', 'clients'), 'tracking_clients'), '0');
  });
});
