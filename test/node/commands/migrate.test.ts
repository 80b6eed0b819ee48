/** DUMP, RESTORE and MIGRATE on whole nodes: what clients see while keys are on their way, and when it goes wrong. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Simulation } from '../../../extension/worlds/simulated.ts';
import { PORT, SimulatedNode, type TestClient } from '../simulated-node.ts';

const SOURCE = '10.0.0.1';
const TARGET = '10.0.0.2';

interface Pair {
  readonly simulation: Simulation;
  readonly source: SimulatedNode;
  readonly target: SimulatedNode;
  readonly s: TestClient;
  readonly t: TestClient;
}

function pair(seed: number, ...linesOfTarget: string[]): Pair {
  const simulation = new Simulation(seed);
  const source = SimulatedNode.started([], { simulation, host: SOURCE });
  const target = SimulatedNode.started(linesOfTarget, { simulation, host: TARGET });
  return { simulation, source, target, s: source.client(), t: target.client() };
}

describe('MIGRATE', () => {
  it('holds commands on its keys back until the target has them, and others not', () => {
    const { simulation, source, s } = pair(1);
    s.call('SET', 'k', 'v');
    s.call('SET', 'other', 'v');
    const [writer, reader, transaction] = [source.client(), source.client(), source.client()];
    transaction.call('MULTI');
    transaction.call('SET', 'x', '1');
    transaction.call('GET', 'k');
    simulation.pause(TARGET);
    s.send('MIGRATE', TARGET, PORT, 'k', 0, 5000);
    simulation.runFor(20);
    writer.send('APPEND', 'k', 'more');
    reader.send('EXISTS', 'k');
    transaction.send('EXEC');
    assert.equal(source.client().call('GET', 'other'), 'v');
    simulation.runFor(50);
    assert.deepEqual([writer.received, reader.received, transaction.received], [[], [], []]);
    simulation.resume(TARGET);
    assert.equal(s.next(), 'OK');
    // The key is gone by then: the append makes a new one, and who comes behind it sees that.
    assert.equal(writer.next(), 4);
    assert.ok([0, 1].includes(Number(reader.next())));
    assert.ok(Array.isArray(transaction.next()));
  });

  it('gives up after its time, keeps the keys and lets the others go on', () => {
    const { simulation, source, s } = pair(2);
    s.call('SET', 'k', 'v');
    simulation.pause(TARGET);
    const before = simulation.nowMs;
    s.send('MIGRATE', TARGET, PORT, 'k', 0, 300);
    simulation.runFor(20);
    const other = source.client();
    other.send('GET', 'k');
    assert.match(
      String(s.next()),
      /^-IOERR error or timeout (connecting to the client|reading to target instance)$/,
    );
    assert.ok(simulation.nowMs - before < 1000);
    assert.equal(other.next(), 'v');
  });

  it('says that nobody is there', () => {
    const { s } = pair(3);
    s.call('SET', 'k', 'v');
    assert.equal(
      s.call('MIGRATE', TARGET, PORT + 1, 'k', 0, 5000),
      '-IOERR error or timeout connecting to the client',
    );
    assert.equal(s.call('GET', 'k'), 'v');
  });

  it('dials anew when the kept connection has died meanwhile', () => {
    const { simulation, s, t } = pair(4);
    for (const key of ['a', 'b', 'c']) s.call('SET', key, 'v');
    assert.equal(s.call('MIGRATE', TARGET, PORT, 'a', 0, 1000), 'OK');
    simulation.reset(SOURCE, TARGET);
    assert.equal(s.call('MIGRATE', TARGET, PORT, 'b', 0, 1000), 'OK');
    t.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    assert.equal(s.call('MIGRATE', TARGET, PORT, 'c', 0, 1000), 'OK');
    assert.equal(t.call('DBSIZE'), 3);
  });

  it('keeps a connection for ten seconds', () => {
    const { simulation, target, s } = pair(5);
    for (const key of ['a', 'b', 'c']) s.call('SET', key, 'v');
    const clients = () => target.node.clients.size;
    const before = clients();
    s.call('MIGRATE', TARGET, PORT, 'a', 0, 1000);
    simulation.runFor(9000);
    s.call('MIGRATE', TARGET, PORT, 'b', 0, 1000);
    assert.equal(clients(), before + 1);
    simulation.runFor(9500);
    assert.equal(clients(), before + 1);
    simulation.runFor(1000);
    assert.equal(clients(), before);
  });

  it('logs in, selects, and passes on what the target has against it', () => {
    const { s, t } = pair(6, 'requirepass secret');
    for (const key of ['a', 'b']) s.call('SET', key, 'v');
    const where = ['MIGRATE', TARGET, PORT, 'a', 5, 1000] as const;
    assert.match(String(s.call(...where)), /^-ERR Target instance replied with error: NOAUTH /);
    assert.match(String(s.call(...where, 'AUTH', 'wrong')), /replied with error: WRONGPASS /);
    assert.equal(s.call(...where, 'AUTH', 'secret'), 'OK');
    assert.equal(
      s.call('MIGRATE', TARGET, PORT, 'b', 99, 1000, 'AUTH2', 'default', 'secret'),
      '-ERR Target instance replied with error: ERR DB index is out of range',
    );
    assert.equal(s.call('DBSIZE'), 1);
    assert.equal(t.call('AUTH', 'secret'), 'OK');
    t.call('SELECT', 5);
    assert.equal(t.call('GET', 'a'), 'v');
  });

  it('takes away only the keys that the target took', () => {
    const { s, t } = pair(7);
    for (const key of ['a', 'b', 'c']) s.call('SET', key, 'v');
    t.call('SET', 'b', 'busy');
    assert.match(
      String(s.call('MIGRATE', TARGET, PORT, '', 0, 1000, 'KEYS', 'a', 'b', 'c')),
      /BUSYKEY Target key name already exists/,
    );
    assert.deepEqual([s.call('EXISTS', 'a'), s.call('EXISTS', 'b'), s.call('EXISTS', 'c')], [0, 1, 0]);
  });

  it('refuses nonsense in the words of redis-server', () => {
    const { s } = pair(8);
    s.call('SET', 'k', 'v');
    const call = (...argv: (string | number)[]) => s.call('MIGRATE', TARGET, PORT, ...argv);
    assert.equal(call('k', 0, 1000, 'NOPE'), '-ERR syntax error');
    assert.equal(call('k', 0, 1000, 'AUTH'), '-ERR syntax error');
    assert.equal(call('k', 0, 1000, 'AUTH2', 'x'), '-ERR syntax error');
    assert.equal(call('k', 'x', 1000), '-ERR value is not an integer or out of range');
    assert.equal(
      call('k', 0, 1000, 'KEYS', 'k'),
      '-ERR When using MIGRATE KEYS option, the key argument must be set to the empty string',
    );
    assert.equal(call('absent', 0, 1000), 'NOKEY');
  });

  it('tells replicas and watchers that the keys are gone', () => {
    const { simulation, source, s } = pair(9);
    const replica = SimulatedNode.started([`replicaof ${SOURCE} ${PORT}`], { simulation, host: '10.0.0.3' });
    source.client().call('CONFIG', 'SET', 'repl-diskless-sync-delay', 0);
    simulation.runUntil(() => replica.node.replication.linkUp, 10_000);
    s.call('SET', 'k', 'v');
    const watcher = source.client();
    watcher.call('WATCH', 'k');
    assert.equal(s.call('MIGRATE', TARGET, PORT, 'k', 0, 1000), 'OK');
    simulation.runUntil(() => replica.node.replication.offset === source.node.replication.offset, 2000);
    assert.equal(replica.node.databases[0].size, 0);
    watcher.call('MULTI');
    watcher.call('PING');
    assert.equal(watcher.call('EXEC'), null);
  });
});

describe('RESTORE', () => {
  it('brings back what DUMP gave, with a time to live of its own', () => {
    const node = SimulatedNode.started();
    const client = node.client();
    client.call('RPUSH', 'list', 'a', 'b', '3');
    const payload = String(client.call('DUMP', 'list'));
    const restore = (...argv: (string | number)[]) => {
      client.sendRaw(
        ['RESTORE', ...argv].reduce<string>(
          (sent, word) => `${sent}$${String(word).length}\r\n${word}\r\n`,
          `*${argv.length + 1}\r\n`,
        ),
      );
      return client.next();
    };
    assert.equal(restore('list', 0, payload), '-BUSYKEY Target key name already exists.');
    assert.equal(restore('copy', 5000, payload), 'OK');
    assert.equal(client.call('PTTL', 'copy'), 5000);
    assert.deepEqual(client.call('LRANGE', 'copy', 0, -1), ['a', 'b', '3']);
    const at = node.node.world.clock.wallMs() + 7000;
    assert.equal(restore('copy', at, payload, 'REPLACE', 'ABSTTL', 'IDLETIME', 10), 'OK');
    assert.equal(client.call('PEXPIRETIME', 'copy'), at);
    assert.equal(restore('copy', 1000, payload, 'REPLACE', 'ABSTTL'), 'OK');
    assert.equal(client.call('EXISTS', 'copy'), 0, 'its time was up before it came');
    assert.equal(restore('x', -1, payload), '-ERR Invalid TTL value, must be >= 0');
    assert.equal(restore('x', 0, `${payload}x`), '-ERR DUMP payload version or checksum are wrong');
    assert.equal(restore('x', 0, payload, 'FREQ', 256), '-ERR Invalid FREQ value, must be >= 0 and <= 255');
    assert.equal(restore('x', 0, payload, 'NOPE'), '-ERR syntax error');
    assert.equal(client.call('DUMP', 'absent'), null);
  });
});
