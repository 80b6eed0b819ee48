/** XREAD and XREADGROUP that wait: what wakes them, with what, and what ends their waiting. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Simulation } from '../../extension/worlds/simulated.ts';
import { field, listOf, type Plain, SimulatedNode, type TestClient } from './simulated-node.ts';

const SOON_MS = 50;

/** A client that has sent its command and waits. */
function waiter(node: SimulatedNode, ...argv: readonly (string | number)[]): TestClient {
  const client = node.client();
  client.send(...argv);
  assert.deepEqual(client.wait(SOON_MS), [], `${argv.join(' ')} does not wait`);
  return client;
}

const entry = (id: string): Plain => [id, ['f', 'v']];
const NO_GROUP = "-NOGROUP No such key 's' or consumer group 'g' in XREADGROUP with GROUP option";

describe('XREAD', () => {
  it('waits for what comes behind an id, also in a stream that is not there yet', () => {
    const node = SimulatedNode.started();
    const reader = waiter(node, 'XREAD', 'BLOCK', 0, 'STREAMS', 'r', 's', 0, 7);
    const writer = node.client();
    writer.call('XADD', 's', '7-0', 'f', 'v');
    assert.deepEqual(reader.wait(SOON_MS), [], 'nothing behind 7-0 yet');
    writer.call('XADD', 's', '8-0', 'f', 'v');
    assert.deepEqual(reader.next(), [['s', [entry('8-0')]]]);
  });

  it('takes $ for what was last when it came, however often it is looked at', () => {
    const node = SimulatedNode.started();
    const writer = node.client();
    writer.call('XADD', 's', '5-0', 'f', 'v');
    const reader = waiter(node, 'XREAD', 'BLOCK', 0, 'STREAMS', 's', '$');
    writer.call('XDEL', 's', '5-0');
    for (const command of ['MULTI', 'XADD s 6-0 f v', 'XDEL s 6-0', 'EXEC'])
      writer.call(...command.split(' '));
    assert.deepEqual(reader.wait(SOON_MS), []);
    writer.call('XADD', 's', '7-0', 'f', 'v');
    assert.deepEqual(reader.next(), [['s', [entry('7-0')]]]);
  });

  it('is served to all who wait, in RESP3 as a map', () => {
    const node = SimulatedNode.started();
    const modern = node.client();
    modern.call('HELLO', 3);
    modern.send('XREAD', 'BLOCK', 0, 'STREAMS', 's', '$');
    modern.wait(SOON_MS);
    const plain = waiter(node, 'XREAD', 'COUNT', 5, 'BLOCK', 0, 'STREAMS', 's', '$');
    node.client().call('XADD', 's', '1-0', 'f', 'v');
    assert.deepEqual(plain.next(), [['s', [entry('1-0')]]]);
    assert.deepEqual(modern.next(), [['s', [entry('1-0')]]]);
  });

  it('gives up when its time is up, and waits on when a key is of another kind', () => {
    const node = SimulatedNode.started();
    const reader = waiter(node, 'XREAD', 'BLOCK', 200, 'STREAMS', 's', 0);
    node.client().call('SET', 's', 'text');
    assert.deepEqual(reader.wait(SOON_MS), []);
    assert.equal(reader.next(), null);
  });

  it('does not wait in a transaction', () => {
    const client = SimulatedNode.started().client();
    client.call('MULTI');
    client.call('XREAD', 'BLOCK', 0, 'STREAMS', 's', '$');
    assert.deepEqual(client.call('EXEC'), [null]);
  });
});

describe('XREADGROUP', () => {
  const grouped = () => {
    const node = SimulatedNode.started();
    node.client().call('XGROUP', 'CREATE', 's', 'g', '$', 'MKSTREAM');
    return node;
  };

  it('gives an entry to who came first', () => {
    const node = grouped();
    const [alice, bob] = ['alice', 'bob'].map((name) =>
      waiter(node, 'XREADGROUP', 'GROUP', 'g', name, 'BLOCK', 0, 'STREAMS', 's', '>'),
    );
    const writer = node.client();
    writer.call('XADD', 's', '1-0', 'f', 'v');
    assert.deepEqual(alice?.next(), [['s', [entry('1-0')]]]);
    assert.deepEqual(bob?.wait(SOON_MS), []);
    writer.call('XADD', 's', '2-0', 'f', 'v');
    assert.deepEqual(bob?.next(), [['s', [entry('2-0')]]]);
  });

  it('is not bothered by what brings nothing new', () => {
    const node = grouped();
    const writer = node.client();
    writer.call('XADD', 's', '1-0', 'f', 'v');
    writer.call('XREADGROUP', 'GROUP', 'g', 'alice', 'STREAMS', 's', '>');
    waiter(node, 'XREADGROUP', 'GROUP', 'g', 'bob', 'BLOCK', 0, 'STREAMS', 's', '>');
    writer.wait(1000);
    writer.call('XACK', 's', 'g', '1-0');
    writer.call('XDEL', 's', '1-0');
    writer.call('XSETID', 's', '9-0');
    const [, bob] = writer.list('XINFO', 'CONSUMERS', 's', 'g');
    assert.ok(Number(listOf(bob)[5]) >= 1000, 'bob was last seen when he came');
  });

  for (const [what, argv] of [
    ['its group', ['XGROUP', 'DESTROY', 's', 'g']],
    ['its stream', ['DEL', 's']],
    ['everything', ['FLUSHALL']],
    ['the name of its stream', ['RENAME', 's', 't']],
    ['time', ['PEXPIRE', 's', 20]],
  ] as const) {
    it(`hears that ${what} is gone`, () => {
      const node = grouped();
      const reader = waiter(node, 'XREADGROUP', 'GROUP', 'g', 'alice', 'BLOCK', 0, 'STREAMS', 's', '>');
      assert.ok(!String(node.client().call(...argv)).startsWith('-'));
      assert.equal(reader.next(), NO_GROUP);
      assert.equal(reader.call('PING'), 'PONG');
    });
  }

  it('hears that its key is of another kind now', () => {
    const node = grouped();
    const reader = waiter(node, 'XREADGROUP', 'GROUP', 'g', 'alice', 'BLOCK', 0, 'STREAMS', 's', '>');
    node.client().call('SET', 's', 'text');
    assert.match(String(reader.next()), /^-WRONGTYPE/);
  });

  it('is told of by INFO', () => {
    const node = grouped();
    const other = node.client();
    waiter(node, 'XREADGROUP', 'GROUP', 'g', 'alice', 'BLOCK', 0, 'STREAMS', 's', '>');
    waiter(node, 'BLPOP', 'a', 0);
    const info = other.call('INFO', 'clients');
    assert.equal(field(info, 'blocked_clients'), '2');
    assert.equal(field(info, 'total_blocking_keys'), '2');
    assert.equal(field(info, 'total_blocking_keys_on_nokey'), '1');
  });
});

describe('a replica', () => {
  it('has the streams of its primary, their groups and what is pending, and serves who waits there', () => {
    const simulation = new Simulation(5);
    const primary = SimulatedNode.started([], { simulation, host: '10.0.0.1' });
    const writer = primary.client();
    for (let n = 1; n <= 250; n++) writer.call('XADD', 's', `${n}-0`, 'f', 'v');
    writer.call('XDEL', 's', '100-0');
    writer.call('XGROUP', 'CREATE', 's', 'g', 0);
    writer.call('XREADGROUP', 'GROUP', 'g', 'alice', 'COUNT', 20, 'STREAMS', 's', '>');
    const replica = SimulatedNode.started(['replicaof 10.0.0.1 6379'], { simulation, host: '10.0.0.2' });
    const there = replica.client();
    simulation.runUntil(() => there.call('EXISTS', 's') === 1, 60_000);
    writer.call('XREADGROUP', 'GROUP', 'g', 'bob', 'COUNT', 5, 'STREAMS', 's', '>');
    writer.call('XCLAIM', 's', 'g', 'bob', 0, '1-0', '2-0');
    writer.call('XADD', 's', 'MAXLEN', '~', 130, '*', 'f', 'v');
    const reader = waiter(replica, 'XREAD', 'BLOCK', 0, 'STREAMS', 's', '$');
    const id = writer.call('XADD', 's', '*', 'f', 'v');
    assert.deepEqual(reader.next(), [['s', [entry(String(id))]]]);
    const facts = (client: TestClient) => [
      client.call('XINFO', 'STREAM', 's'),
      client.call('XINFO', 'GROUPS', 's'),
      client.call('XPENDING', 's', 'g'),
      client.call('XRANGE', 's', '-', '+'),
    ];
    assert.deepEqual(facts(there), facts(writer));
  });
});
