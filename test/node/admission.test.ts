/** Who may run what, and when: memory, replicas, roles, pauses, and keys that are on the move. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Simulation } from '../../extension/worlds/simulated.ts';
import { field, SimulatedNode } from './simulated-node.ts';

/** A primary with a replica that is in sync. */
function pair(lines: readonly string[] = []): { primary: SimulatedNode; replica: SimulatedNode } {
  const simulation = new Simulation(7);
  const primary = SimulatedNode.started(['repl-diskless-sync-delay 0', ...lines], {
    simulation,
    host: '10.0.0.1',
  });
  const replica = SimulatedNode.started(['replicaof 10.0.0.1 6379', ...lines], {
    simulation,
    host: '10.0.0.2',
  });
  simulation.runUntil(() => replica.node.replication.linkUp, 60_000);
  return { primary, replica };
}

describe('a replica', () => {
  it('serves reads and refuses writes', () => {
    const { primary, replica } = pair();
    assert.equal(primary.client().call('SET', 'k', 'v'), 'OK');
    replica.simulation.runFor(100);
    const client = replica.client('10.2.0.1');
    assert.equal(client.call('GET', 'k'), 'v');
    assert.equal(client.call('SET', 'k', 'x'), "-READONLY You can't write against a read only replica.");
    client.call('MULTI');
    assert.equal(client.call('SET', 'k', 'x'), "-READONLY You can't write against a read only replica.");
    assert.equal(client.call('EXEC'), '-EXECABORT Transaction discarded because of previous errors.');
  });

  it('may be told to serve nothing old', () => {
    const { primary, replica } = pair(['replica-serve-stale-data no']);
    const client = replica.client('10.2.0.1');
    assert.equal(client.call('GET', 'k'), null);
    primary.node.kill();
    replica.simulation.runUntil(() => !replica.node.replication.linkUp, 120_000);
    assert.match(String(client.call('GET', 'k')), /^-MASTERDOWN Link with MASTER is down/);
    assert.match(String(client.call('INFO', 'server')), /redis_version/);
  });

  it('follows transactions, expiry and effects as its primary applied them', () => {
    const { primary, replica } = pair();
    const client = primary.client();
    client.call('SADD', 's', 'a', 'b', 'c', 'd');
    client.call('SPOP', 's', 2);
    client.call('MULTI');
    client.call('SET', 'x', 1);
    client.call('LPUSH', 'l', 1, 2, 3);
    client.call('EXEC');
    client.call('SET', 'short', 'v', 'PX', 30);
    replica.simulation.runFor(300);
    const reader = replica.client('10.2.0.1');
    assert.equal(reader.call('DBSIZE'), client.call('DBSIZE'));
    assert.deepEqual(reader.call('LRANGE', 'l', 0, -1), ['3', '2', '1']);
    assert.deepEqual(reader.list('SMEMBERS', 's').toSorted(), client.list('SMEMBERS', 's').toSorted());
    assert.equal(reader.call('EXISTS', 'short'), 0);
    assert.equal(primary.node.replication.offset, replica.node.replication.offset);
  });
});

describe('a primary', () => {
  it('refuses writes while too few replicas follow', () => {
    const { primary, replica } = pair(['min-replicas-to-write 1', 'min-replicas-max-lag 10']);
    const client = primary.client();
    primary.simulation.runFor(1500);
    assert.equal(client.call('SET', 'k', 'v'), 'OK');
    replica.node.kill();
    primary.simulation.runFor(15_000);
    assert.equal(client.call('SET', 'k', 'x'), '-NOREPLICAS Not enough good replicas to write.');
    assert.equal(client.call('GET', 'k'), 'v');
  });

  it('tells WAIT how many have what this session wrote', () => {
    const { primary, replica } = pair();
    const client = primary.client();
    client.call('SET', 'k', 'v');
    assert.equal(client.call('WAIT', 1, 0), 1);
    replica.node.pause();
    client.call('SET', 'k', 'w');
    const before = primary.simulation.nowMs;
    assert.equal(client.call('WAIT', 1, 500), 0);
    assert.ok(primary.simulation.nowMs - before >= 500);
  });

  it('holds a session that waits until it is let go', () => {
    const { primary, replica } = pair();
    replica.node.pause();
    const [waiting, other] = [primary.client(), primary.client()];
    const id = String(waiting.call('CLIENT', 'ID'));
    waiting.call('SET', 'k', 'v');
    waiting.send('WAIT', 1, 0);
    waiting.send('PING');
    assert.deepEqual(waiting.wait(200), []);
    assert.equal(field(other.call('INFO', 'clients'), 'blocked_clients'), '1');
    assert.equal(other.call('CLIENT', 'UNBLOCK', id, 'ERROR'), 1);
    assert.equal(waiting.next(), '-UNBLOCKED client unblocked via CLIENT UNBLOCK');
    assert.equal(waiting.next(), 'PONG');
    assert.equal(other.call('CLIENT', 'UNBLOCK', id), 0);
  });
});

describe('maxmemory', () => {
  it('refuses what may need memory, and serves the rest', () => {
    const client = SimulatedNode.started(['maxmemory 2mb']).client();
    let answer: unknown = 'OK';
    for (let i = 0; answer === 'OK' && i < 100; i++)
      answer = client.call('SET', `k${i}`, 'x'.repeat(100_000));
    assert.equal(answer, "-OOM command not allowed when used memory > 'maxmemory'.");
    assert.equal(client.call('GET', 'k0'), 'x'.repeat(100_000));
    assert.equal(client.call('DEL', 'k0', 'k1', 'k2'), 3);
    assert.equal(client.call('SET', 'new', 'v'), 'OK');
  });

  it('is no matter to scripts any more once the limit is gone', () => {
    const client = SimulatedNode.started().client();
    client.call('CONFIG', 'SET', 'maxmemory', '1');
    const write = () => client.call('EVAL', "return redis.call('set', KEYS[1], 'v')", '1', 'k');
    assert.match(String(write()), /^-OOM command not allowed/);
    client.call('CONFIG', 'SET', 'maxmemory', '0');
    assert.equal(write(), 'OK');
  });

  it('tells for how long more is used than may be', () => {
    const client = SimulatedNode.started().client();
    const overFor = (which: string) =>
      Number(field(client.call('INFO', 'stats'), `${which}_eviction_exceeded_time`));
    client.call('SET', 'k', 'v');
    assert.equal(overFor('current'), 0);
    client.call('CONFIG', 'SET', 'maxmemory', '1');
    client.wait(1000);
    const current = overFor('current');
    assert.ok(current >= 1000, `${current} ms`);
    client.call('CONFIG', 'SET', 'maxmemory', '0');
    assert.equal(overFor('current'), 0);
    assert.ok(overFor('total') >= current);
    client.call('CONFIG', 'RESETSTAT');
    assert.equal(overFor('total'), 0);
  });

  it('makes room by the policy', () => {
    const node = SimulatedNode.started(['maxmemory 2mb', 'maxmemory-policy allkeys-lru']);
    const client = node.client();
    for (let i = 0; i < 60; i++) assert.equal(client.call('SET', `k${i}`, 'x'.repeat(100_000)), 'OK');
    assert.ok(Number(field(client.call('INFO', 'stats'), 'evicted_keys')) > 30);
    assert.equal(client.call('EXISTS', 'k59'), 1);
  });

  it('makes room as soon as the limit is lowered, and for commands that only read', () => {
    const node = SimulatedNode.started(['maxmemory-policy allkeys-lru']);
    const client = node.client();
    for (let i = 0; i < 60; i++) client.call('SET', `k${i}`, 'x'.repeat(100_000));
    assert.equal(client.call('CONFIG', 'SET', 'maxmemory', '2mb'), 'OK');
    client.wait(1);
    assert.ok(Number(client.call('DBSIZE')) < 20);
    client.call('CONFIG', 'SET', 'maxmemory', '1');
    client.wait(1);
    assert.equal(client.call('DBSIZE'), 0);
    assert.equal(client.call('SET', 'k', 'v'), "-OOM command not allowed when used memory > 'maxmemory'.");
  });

  it('leaves a replica alone, whose primary says what goes', () => {
    const { primary, replica } = pair();
    const client = primary.client();
    for (let i = 0; i < 20; i++) client.call('SET', `k${i}`, 'x'.repeat(100_000));
    const reader = replica.client();
    reader.call('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru', 'maxmemory', '1mb');
    assert.equal(reader.call('DBSIZE'), 20);
    reader.call('CONFIG', 'SET', 'replica-ignore-maxmemory', 'no');
    reader.wait(1);
    assert.ok(Number(reader.call('DBSIZE')) < 20);
  });
});

describe('maxmemory-policy allkeys-lfu', () => {
  it('takes what is used least often', () => {
    const node = SimulatedNode.started([
      'maxmemory 2mb',
      'maxmemory-policy allkeys-lfu',
      'maxmemory-samples 64',
    ]);
    const client = node.client();
    for (let i = 0; i < 10; i++) client.call('SET', `often${i}`, 'x'.repeat(100_000));
    for (let n = 0; n < 40; n++) for (let i = 0; i < 10; i++) client.call('GET', `often${i}`);
    assert.ok(Number(client.call('OBJECT', 'FREQ', 'often0')) > 5);
    for (let i = 0; i < 30; i++) assert.equal(client.call('SET', `once${i}`, 'x'.repeat(100_000)), 'OK');
    const often = Array.from({ length: 10 }, (_, i) => `often${i}`);
    assert.equal(client.call('EXISTS', ...often), 10);
  });

  it('counts uses instead of dating them', () => {
    const node = SimulatedNode.started(['maxmemory-policy allkeys-lfu']);
    const client = node.client();
    client.call('SET', 'k', 'v');
    assert.equal(client.call('OBJECT', 'FREQ', 'k'), 5);
    assert.match(
      String(client.call('OBJECT', 'IDLETIME', 'k')),
      /^-ERR An LFU maxmemory policy is selected, idle/,
    );
    const payload = client.call('DUMP', 'k');
    assert.equal(client.call('RESTORE', 'copy', 0, String(payload), 'FREQ', 100), 'OK');
    assert.equal(client.call('OBJECT', 'FREQ', 'copy'), 100);
    client.wait(3 * 60_000);
    assert.equal(client.call('OBJECT', 'FREQ', 'copy'), 97);
    client.call('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru');
    assert.match(String(client.call('OBJECT', 'FREQ', 'k')), /^-ERR An LFU maxmemory policy is not selected/);
    client.call('RESTORE', 'idle', 0, String(payload), 'IDLETIME', 1000);
    assert.equal(client.call('OBJECT', 'IDLETIME', 'idle'), 1000);
  });
});

describe('maxmemory-policy volatile-ttl', () => {
  it('takes what expires soonest, and nothing that does not expire', () => {
    const node = SimulatedNode.started(['maxmemory 2mb', 'maxmemory-policy volatile-ttl']);
    const client = node.client();
    client.call('SET', 'kept', 'x'.repeat(100_000));
    for (let i = 0; i < 30; i++) {
      assert.equal(client.call('SET', `k${i}`, 'x'.repeat(100_000), 'EX', 1000 - i), 'OK');
    }
    assert.equal(client.call('EXISTS', 'kept', 'k0', 'k1'), 3);
    assert.equal(client.call('EXISTS', 'k20'), 0);
    for (let i = 0; i < 30; i++) client.call('PERSIST', `k${i}`);
    assert.match(String(client.call('SET', 'more', 'x'.repeat(500_000))), /^(OK|-OOM)/);
    assert.match(String(client.call('SET', 'more2', 'x'.repeat(500_000))), /^-OOM/);
  });
});

describe('CLIENT PAUSE', () => {
  it('lets writes wait, and nothing else', () => {
    const node = SimulatedNode.started();
    const [a, b] = [node.client(), node.client()];
    a.call('CLIENT', 'PAUSE', 1000, 'WRITE');
    b.send('SET', 'k', 'v');
    b.send('GET', 'k');
    assert.deepEqual(b.wait(500), []);
    assert.equal(a.call('GET', 'k'), null);
    assert.equal(b.next(), 'OK');
    assert.equal(b.next(), 'v');
  });

  it('keeps keys whose time is up, which nobody sees any more', () => {
    const node = SimulatedNode.started();
    const client = node.client();
    const expired = () => field(client.call('INFO', 'stats'), 'expired_keys');
    for (const command of [['MULTI'], ['SET', 'a', 'v', 'PX', 10], ['SET', 'b', 'v', 'PX', 10]])
      client.call(...command);
    client.call('CLIENT', 'PAUSE', 100_000, 'WRITE');
    client.call('EXEC');
    client.wait(500);
    assert.deepEqual([client.call('GET', 'a'), client.call('EXISTS', 'b')], [null, 0]);
    assert.match(String(client.call('RANDOMKEY')), /^[ab]$/);
    assert.deepEqual([expired(), client.call('DBSIZE')], ['0', 2]);
    client.call('CLIENT', 'UNPAUSE');
    client.call('GET', 'a');
    client.wait(500);
    assert.deepEqual([expired(), client.call('DBSIZE')], ['2', 0]);
  });

  it('ends early with UNPAUSE', () => {
    const node = SimulatedNode.started();
    const [a, b] = [node.client(), node.client()];
    a.call('CLIENT', 'PAUSE', 100_000, 'WRITE');
    b.send('SET', 'k', 'v');
    assert.deepEqual(b.wait(50), []);
    a.call('CLIENT', 'UNPAUSE');
    assert.equal(b.next(), 'OK');
  });

  it('of everything stops everybody until it is over', () => {
    const node = SimulatedNode.started();
    const client = node.client();
    client.call('CLIENT', 'PAUSE', 300, 'ALL');
    const start = node.simulation.nowMs;
    assert.equal(client.call('PING'), 'PONG');
    assert.ok(node.simulation.nowMs - start >= 299);
  });
});

describe('keys that are held', () => {
  it('let their commands wait, and no others', () => {
    const node = SimulatedNode.started();
    const [a, b] = [node.client(), node.client()];
    const hold = node.node.hold(0, ['k']);
    a.send('SET', 'k', 1);
    a.send('GET', 'k');
    assert.deepEqual(a.wait(100), []);
    assert.equal(b.call('SET', 'other', 1), 'OK');
    hold.release();
    assert.equal(a.next(), 'OK');
    assert.equal(a.next(), '1');
  });
});

describe('DEBUG SLEEP', () => {
  it('makes the node stand still, with what arrives meanwhile kept', () => {
    const node = SimulatedNode.started();
    const [a, b] = [node.client(), node.client()];
    const start = node.simulation.nowMs;
    a.send('DEBUG', 'SLEEP', '0.5');
    node.simulation.runFor(20);
    assert.equal(b.call('PING'), 'PONG');
    assert.ok(node.simulation.nowMs - start >= 500);
    assert.equal(a.next(), 'OK');
  });

  it('takes the time of its transaction, whose replies wait for it', () => {
    const node = SimulatedNode.started(['slowlog-log-slower-than 400000']);
    const [a, b] = [node.client(), node.client()];
    for (const argv of [['MULTI'], ['INCR', 'k'], ['DEBUG', 'SLEEP', '0.5'], ['INCR', 'k']]) a.call(...argv);
    a.send('EXEC');
    a.send('GET', 'k');
    assert.deepEqual(a.wait(100), []);
    b.send('PING');
    assert.deepEqual(b.wait(300), []);
    assert.deepEqual(a.wait(150), [[1, 'OK', 2], '2']);
    assert.equal(b.next(), 'PONG');
    const slow = a.call('SLOWLOG', 'GET');
    const entries = Array.isArray(slow) ? slow.map((entry) => Array.isArray(entry) && entry[3]) : [];
    assert.deepEqual(entries, [['DEBUG', 'SLEEP', '0.5']]);
  });

  it('has to be allowed', () => {
    const client = SimulatedNode.started(['enable-debug-command no']).client();
    assert.match(String(client.call('DEBUG', 'SLEEP', '0')), /^-ERR DEBUG command not allowed/);
  });
});
