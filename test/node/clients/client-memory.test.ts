/** What sessions hold: bounded by maxmemory-clients, and counted for maxmemory. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { clientBytes } from '../../../extension/node/clients/clients.ts';
import { bytesOf } from '../../../extension/redis/bytes.ts';
import type { Connection } from '../../../extension/redis/world.ts';
import { SeededRandom } from '../../redis/seeded-random.ts';
import { field, PORT, SimulatedNode, type TestClient } from '../simulated-node.ts';
import { pair } from '../simulated-pair.ts';

/** A session that has sent the beginning of a command of so many bytes. */
function holding(node: SimulatedNode, bytes: number): TestClient {
  const client = node.client();
  client.sendRaw(`*2\r\n$${bytes + 10}\r\n${'x'.repeat(bytes)}`);
  node.simulation.runFor(100);
  return client;
}

const KIB = 1024;

describe('maxmemory-clients', () => {
  it('drops the largest sessions, and no more than it has to', () => {
    const node = SimulatedNode.started();
    const [large, small, middle] = [400, 200, 300].map((size) => holding(node, size * KIB));
    const control = node.client();
    control.call('CONFIG', 'SET', 'maxmemory-clients', 600 * KIB);
    control.wait(100);
    assert.deepEqual([large?.closed, small?.closed, middle?.closed], [true, false, false]);
    assert.equal(field(control.call('INFO', 'stats'), 'evicted_clients'), '1');
    assert.ok(node.log.some((line) => line.includes('Evicting client: id=')));
  });

  it('spares who must not be evicted', () => {
    const node = SimulatedNode.started(['maxmemory-clients 200kb']);
    const client = node.client();
    client.call('CLIENT', 'NO-EVICT', 'ON');
    client.sendRaw(`*2\r\n$600000\r\n${'x'.repeat(300_000)}`);
    client.wait(100);
    assert.equal(client.closed, false);
    const other = node.client();
    other.send('PING');
    other.wait(100);
    assert.equal(other.closed, true);
  });

  it('can be a part of maxmemory', () => {
    const node = SimulatedNode.started(['maxmemory 4mb', 'maxmemory-clients 10%']);
    const client = holding(node, 300 * KIB);
    assert.equal(client.closed, false);
    assert.equal(holding(node, 500 * KIB).closed, true);
  });

  for (const [what, command] of Object.entries({
    'what is watched': (i: number) => ['WATCH', `key:${i}`],
    'what is listened to': (i: number) => ['SSUBSCRIBE', `channel:${i}`],
    'prefixes that are tracked': (i: number) => ['CLIENT', 'TRACKING', 'ON', 'BCAST', 'PREFIX', `${i}:`],
    'what is queued': () => ['ECHO', 'x'.repeat(1000)],
  })) {
    it(`counts ${what}`, () => {
      const node = SimulatedNode.started(['maxmemory-clients 200kb']);
      const client = node.client();
      if (what.endsWith('queued')) client.call('MULTI');
      for (let i = 0; i < 2000 && !client.closed; i++) {
        client.send(...command(i));
        client.wait(1);
      }
      assert.equal(client.closed, true);
    });
  }

  it('ends a session before it runs a command that is too large', () => {
    const node = SimulatedNode.started(['maxmemory-clients 200kb']);
    const client = node.client();
    client.send('SET', 'small', 'x'.repeat(100 * KIB));
    assert.equal(client.next(), 'OK');
    client.send('SET', 'large', 'x'.repeat(300 * KIB));
    client.wait(100);
    assert.equal(client.closed, true);
    assert.equal(node.client().call('EXISTS', 'small', 'large'), 1);
  });
});

it('what is counted as sessions come, do all sorts of things and go is what a count of all of them finds', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const random = new SeededRandom(seed);
    const node = SimulatedNode.started(['maxmemory 100mb']);
    const { clients, clientMemory } = node.node;
    const sessions = Array.from({ length: 4 }, () => new Session(node));
    for (let step = 0; step < 150; step++) {
      const at = random.below(sessions.length);
      const session = sessions[at];
      if (session === undefined || session.closed || random.below(20) === 0) {
        session?.connection.destroy();
        sessions[at] = new Session(node);
      } else if (random.below(15) === 0) session.send(`*2\r\n$5000\r\n${'x'.repeat(random.below(5000))}`);
      else session.send(`${COMMANDS[random.below(COMMANDS.length)]}\r\n`);
      if (random.below(3) > 0) continue;
      node.simulation.runFor(random.below(30));
      const counted = [...clients].reduce((sum, { countedBytes }) => sum + countedBytes, 0);
      assert.equal(clientMemory.total, counted, `seed ${seed}`);
    }
    node.simulation.runFor(100);
    if (!clientMemory.counting) continue;
    for (const client of clients) {
      const bytes = client.isReplica ? 0 : clientBytes(client);
      assert.equal(client.countedBytes, bytes, `seed ${seed} ${client.lastCommand?.name}`);
    }
  }
});

/** One that does not mind what it hears: replies, messages, or an image and a stream. */
class Session {
  closed = false;
  readonly connection: Connection;

  constructor({ simulation, host }: SimulatedNode) {
    this.connection = simulation.world('10.2.0.1').network.connect(
      { host, port: PORT },
      {
        connected: () => this.send('PING\r\n'),
        data: () => {},
        closed: () => {
          this.closed = true;
        },
      },
    );
  }

  send(text: string): void {
    this.connection.write(bytesOf(text));
  }
}

/** What makes sessions hold more or less, what turns them into others, and what ends them. */
const COMMANDS = [
  'MULTI',
  `ECHO ${'x'.repeat(500)}`,
  'EXEC',
  'DISCARD',
  'WATCH k',
  'UNWATCH',
  'SUBSCRIBE c',
  'UNSUBSCRIBE',
  'PUBLISH c message',
  'HELLO 3',
  'CLIENT TRACKING ON BCAST PREFIX k',
  'CLIENT TRACKING OFF',
  `SET k ${'x'.repeat(3000)}`,
  'GET k',
  'BLPOP l 0',
  'RPUSH l v',
  'MONITOR',
  'RESET',
  'PSYNC ? -1',
  'CLIENT KILL TYPE pubsub',
  'CLIENT KILL TYPE replica',
  'CLIENT PAUSE 20',
  'CONFIG SET maxmemory 0',
  'CONFIG SET maxmemory 100mb',
  'QUIT',
];

describe('maxmemory', () => {
  it('evicts keys when the input of sessions leaves no room for them', () => {
    const node = SimulatedNode.started(['maxmemory 2mb', 'maxmemory-policy allkeys-random']);
    const client = node.client();
    for (let i = 0; i < 10; i++) client.call('SET', `key:${i}`, 'x'.repeat(100 * KIB));
    assert.equal(client.call('DBSIZE'), 10);
    holding(node, 1500 * KIB);
    assert.ok(Number(client.call('DBSIZE')) < 10);
    const info = client.call('INFO', 'memory');
    const counted = Number(field(info, 'used_memory')) - Number(field(info, 'mem_not_counted_for_evict'));
    assert.ok(counted <= 2 * 1024 * KIB);
  });

  it('evicts no key for what a replica that stands still has yet to be sent', () => {
    const { replica, p } = pair(
      5,
      'maxmemory 3mb',
      'maxmemory-policy allkeys-random',
      'repl-backlog-size 16kb',
    );
    const value = 'x'.repeat(100 * KIB);
    p.call('SET', 'untouched', value);
    replica.node.pause();
    for (let i = 0; i < 50; i++) assert.equal(p.call('SET', 'again', value), 'OK');
    assert.equal(p.call('DBSIZE'), 2);
    const info = p.call('INFO', 'memory');
    for (const name of ['mem_clients_slaves', 'mem_not_counted_for_evict'])
      assert.ok(Number(field(info, name)) > 4 * 1024 * KIB, name);
    assert.equal(p.call('CLIENT', 'KILL', 'TYPE', 'replica'), 1);
    assert.equal(field(p.call('INFO', 'memory'), 'mem_clients_slaves'), '0');
  });
});
