import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Simulation } from '../../../extension/worlds/simulated.ts';
import { inSync, SmallNode } from './small-node.ts';

const A = '10.0.0.1';
const B = '10.0.0.2';
const C = '10.0.0.3';
const PORT = 6379;

function node(
  simulation: Simulation,
  host: string,
  settings: Readonly<Record<string, string>> = {},
): SmallNode {
  return new SmallNode(simulation.world(host), PORT, settings, host);
}

/** A primary with some keys, and a replica in sync with it. */
function pair(
  simulation: Simulation,
  settings: Readonly<Record<string, string>> = {},
): [SmallNode, SmallNode] {
  const primary = node(simulation, A, settings);
  primary.start();
  primary.do('SET', 'early', '1');
  primary.doIn(1, 'RPUSH', 'list', 'a', 'b');
  const replica = node(simulation, B, settings);
  replica.start({ host: A, port: PORT });
  simulation.runUntil(() => replica.replication.linkUp, 5000);
  return [primary, replica];
}

describe('a full sync', () => {
  it('brings all databases, then the stream', () => {
    const simulation = new Simulation(1);
    const [primary, replica] = pair(simulation);
    assert.equal(replica.get('early'), '1');
    assert.equal(replica.get('list', 1), 'a b');

    primary.do('SET', 'late', '2');
    primary.doIn(1, 'RPUSH', 'list', 'c');
    primary.do('DEL', 'early');
    inSync(simulation, primary, replica);
    assert.equal(replica.get('list', 1), 'a b c');
    assert.equal(replica.get('early'), undefined);
    assert.equal(replica.replication.replicationId, primary.replication.replicationId);
  });

  it('starts at once when its delay is 0, and takes a few round trips', () => {
    const simulation = new Simulation(2);
    pair(simulation);
    assert.ok(simulation.nowMs < 100, `${simulation.nowMs} ms`);
  });

  it('waits repl-diskless-sync-delay for more replicas, which share it', () => {
    const simulation = new Simulation(3);
    const primary = node(simulation, A, { 'repl-diskless-sync-delay': '5' });
    primary.start();
    primary.do('SET', 'k', 'v');
    const first = node(simulation, B);
    first.start({ host: A, port: PORT });
    simulation.runFor(4000);
    const second = node(simulation, C);
    second.start({ host: A, port: PORT });
    assert.equal(first.replication.linkUp, false);
    simulation.runUntil(() => first.replication.linkUp && second.replication.linkUp, 1500);
    assert.equal(primary.logs.filter((line) => line.includes('Starting BGSAVE for SYNC')).length, 1);
    primary.do('SET', 'more', 'v');
    inSync(simulation, primary, first, second);
  });

  it('does not wait longer than for repl-diskless-sync-max-replicas', () => {
    const simulation = new Simulation(4);
    const primary = node(simulation, A, {
      'repl-diskless-sync-delay': '5',
      'repl-diskless-sync-max-replicas': '2',
    });
    primary.start();
    const replicas = [B, C].map((host) => node(simulation, host));
    for (const replica of replicas) replica.start({ host: A, port: PORT });
    simulation.runUntil(() => replicas.every(({ replication }) => replication.linkUp), 500);
  });

  it('goes by way of the disk when repl-diskless-sync is off, also for one that comes meanwhile', () => {
    const simulation = new Simulation(5);
    const primary = node(simulation, A, { 'repl-diskless-sync': 'no', rdbcompression: 'no' });
    primary.start();
    // More than a connection takes at once.
    for (let i = 0; i < 3000; i++) primary.do('SET', `key${i}`, `value ${i}`.repeat(100));
    const replicas = [B, C].map((host) => node(simulation, host));
    for (const replica of replicas) replica.start({ host: A, port: PORT });
    simulation.runUntil(() => replicas.every(({ replication }) => replication.linkUp), 3000);
    assert.ok(simulation.world(A).disk.exists('./dump.rdb'));
    primary.do('SET', 'more', 'v');
    inSync(simulation, primary, ...replicas);
  });

  it('is a point in time, though writes go on while it is sent', () => {
    const simulation = new Simulation(6);
    const primary = node(simulation, A, { rdbcompression: 'no' });
    primary.start();
    const value = 'x'.repeat(2000);
    for (let i = 0; i < 2000; i++) primary.do('SET', `key${i}`, `${i} ${value}`);
    const replica = node(simulation, B);
    replica.start({ host: A, port: PORT });
    simulation.runUntil(() => primary.persistence.saving, 1000);
    let writes = 0;
    while (primary.persistence.saving) {
      // Not idempotent: applied to an image that already has it, a push would be there twice.
      primary.do('RPUSH', `list${writes % 50}`, writes);
      primary.do('SET', `key${writes % 2000}`, `changed ${writes}`);
      primary.do('DEL', `key${(writes * 7) % 2000}`);
      writes++;
      simulation.runFor(0.05);
    }
    assert.ok(writes > 10, 'the image took several slices');
    inSync(simulation, primary, replica);
  });

  it('keeps the old data until the new is whole', () => {
    const simulation = new Simulation(7);
    const [primary, replica] = pair(simulation);
    const value = 'x'.repeat(10_000);
    for (let i = 0; i < 1000; i++) primary.do('SET', `key${i}`, `${i} ${value}`);
    inSync(simulation, primary, replica);
    // The primary comes back with other data and another history.
    const before = replica.content;
    primary.stop();
    simulation.crash(A, 'disk');
    const other = node(simulation, A);
    other.start();
    for (let i = 0; i < 1000; i++) other.do('SET', `other${i}`, `${i} ${value}`);
    simulation.runUntil(() => replica.info('master_sync_in_progress') === '1', 5000);
    simulation.runUntil(() => Number(replica.info('master_sync_read_bytes')) > 20_000, 5000);
    assert.equal(replica.content, before);
    simulation.reset(A, B);
    simulation.runFor(1);
    assert.equal(replica.content, before, 'a broken transfer costs nothing');
    inSync(simulation, other, replica);
  });

  it('makes a node that has lost its old data and has not the new one the last to be elected', () => {
    const simulation = new Simulation(9);
    const [primary, replica] = pair(simulation, { rdbcompression: 'no' });
    primary.do('SET', 'k', 'v');
    inSync(simulation, primary, replica);
    primary.stop();
    simulation.crash(A, 'disk');
    const other = node(simulation, A, { rdbcompression: 'no' });
    other.start();
    for (let i = 0; i < 1000; i++) other.do('SET', `other${i}`, `${i} ${'x'.repeat(3000)}`);
    assert.ok(replica.replication.primarySilenceMs() < 1000 && replica.replication.offset > 0);
    simulation.runUntil(() => replica.loading, 5000);
    assert.equal(replica.replication.primarySilenceMs(), Number.POSITIVE_INFINITY);
    assert.equal(replica.replication.offset, 0);
    inSync(simulation, other, replica);
  });

  it('is refused with clear words when the image makes no sense, and tried again each second', () => {
    const simulation = new Simulation(8);
    const world = simulation.world(A);
    let syncs = 0;
    world.network.listen(
      { host: A, port: PORT },
      (connection) => ({
        data(bytes, start, end) {
          const text = Buffer.from(bytes.subarray(start, end)).toString();
          if (text.includes('PSYNC')) {
            syncs++;
            connection.write(Buffer.from(`+FULLRESYNC ${'a'.repeat(40)} 1\r\n$20\r\nNo RDB at all, sorry`));
          } else if (text.includes('PING')) connection.write(Buffer.from('+PONG\r\n'));
          else connection.write(Buffer.from('+OK\r\n'.repeat(text.split('REPLCONF').length - 1)));
        },
        closed() {},
      }),
      () => {},
    );
    const replica = node(simulation, B);
    replica.start({ host: A, port: PORT });
    simulation.runFor(3500);
    assert.ok(replica.logged('Wrong signature trying to load DB from file'));
    assert.ok(syncs >= 3 && syncs <= 4, `${syncs}`);
    assert.equal(replica.loading, false);
  });
});

describe('a link that breaks', () => {
  it('is dialled again at once, and only what was missed is sent', () => {
    const simulation = new Simulation(10);
    const [primary, replica] = pair(simulation);
    simulation.cut(A, B);
    primary.do('SET', 'missed', '1');
    simulation.runFor(10);
    simulation.reset(A, B);
    simulation.heal();
    simulation.runUntil(() => replica.get('missed') === '1', 2000);
    assert.deepEqual({ ...primary.replication.syncCounts }, { full: 1, partial: 1, refused: 0 });
    inSync(simulation, primary, replica);
  });

  it('needs a full sync when the backlog has moved on', () => {
    const simulation = new Simulation(11);
    const [primary, replica] = pair(simulation, { 'repl-backlog-size': '20000' });
    simulation.partition(A, B);
    simulation.reset(A, B);
    for (let i = 0; i < 5000; i++) primary.do('SET', `key${i}`, `value ${i}`);
    assert.ok(Number(primary.info('repl_backlog_histlen')) < 150_000);
    simulation.heal();
    simulation.runUntil(() => primary.replication.syncCounts.full === 2, 5000);
    assert.equal(primary.replication.syncCounts.refused, 1);
    assert.ok(primary.logged('for lack of backlog'));
    inSync(simulation, primary, replica);
  });

  it('in the middle of a command loses and repeats nothing', () => {
    for (let seed = 100; seed < 130; seed++) {
      const simulation = new Simulation(seed, { splitChance: 0.5 });
      const [primary, replica] = pair(simulation);
      for (let round = 0; round < 30; round++) {
        for (let i = 0; i < 5; i++) primary.do('RPUSH', `list${i}`, `${round}.${i}`, 'x'.repeat(round * 10));
        simulation.runFor(simulation.random.below(3));
        if (round % 5 === 4) simulation.reset(A, B);
      }
      inSync(simulation, primary, replica);
      assert.equal(primary.replication.syncCounts.full, 1, `seed ${seed}: all others are partial`);
    }
  });

  it('is noticed by silence: repl-timeout, and PINGs keep it from being silent', () => {
    const simulation = new Simulation(12);
    const [, replica] = pair(simulation);
    simulation.runFor(120_000);
    assert.ok(replica.replication.linkUp);
    simulation.partition(A, B);
    simulation.runFor(48_000);
    assert.ok(replica.replication.linkUp, 'the last PING was up to 10 s ago');
    simulation.runFor(15_000);
    assert.ok(!replica.replication.linkUp);
    assert.ok(replica.logged('MASTER timeout'));
    assert.ok(replica.replication.primarySilenceMs() > 0);
  });
});

describe('acknowledgements', () => {
  it('come every second, and at once when asked for', () => {
    const simulation = new Simulation(20);
    const [primary, replica] = pair(simulation);
    simulation.runFor(10);
    primary.do('SET', 'k', 'v');
    const { offset } = primary.replication;
    assert.equal(primary.replication.acknowledgements(offset), 0);
    primary.replication.requestAcknowledgements();
    const took = simulation.runUntil(() => primary.replication.acknowledgements(offset) === 1, 500);
    assert.ok(took < 100, `${took} ms`);

    primary.do('SET', 'k', 'w');
    const written = primary.replication.offset;
    const later = simulation.runUntil(() => primary.replication.acknowledgements(written) === 1, 1500);
    assert.ok(later <= 1100);
    assert.equal(primary.replication.goodReplicas(), 1);
    simulation.pause(B);
    simulation.runFor(12_000);
    assert.equal(primary.replication.goodReplicas(), 0, 'min-replicas-max-lag is 10 s');
    simulation.resume(B);
    inSync(simulation, primary, replica);
  });

  it('are missed by a replica that hangs, which is dropped after repl-timeout', () => {
    const simulation = new Simulation(21);
    const [primary] = pair(simulation);
    simulation.pause(B);
    simulation.runFor(58_000);
    assert.equal(primary.replication.replicas().length, 1);
    simulation.runFor(5000);
    assert.equal(primary.replication.replicas().length, 0);
    assert.ok(primary.logged('Disconnecting timedout replica (streaming sync)'));
  });

  it('add nothing to the stream while a manual failover holds writes back', () => {
    const simulation = new Simulation(22);
    const [primary] = pair(simulation);
    simulation.runFor(1000);
    primary.pausedFor = 'failover';
    const { offset } = primary.replication;
    primary.replication.requestAcknowledgements();
    simulation.runFor(30_000);
    assert.equal(primary.replication.offset, offset);
    // CLIENT PAUSE may last: replicas must hear that we live.
    primary.pausedFor = 'others';
    simulation.runUntil(() => primary.replication.offset > offset, 11_000);
  });

  it('that a manual failover held back are not asked for by who is a replica when it is over', () => {
    const simulation = new Simulation(23);
    const [primary] = pair(simulation);
    simulation.runFor(1000);
    primary.pausedFor = 'failover';
    primary.replication.requestAcknowledgements();
    const { offset } = primary.replication;
    primary.replication.follow({ host: C, port: PORT });
    primary.pausedFor = undefined;
    simulation.runFor(2000);
    // Else it would count bytes that its new primary does not, and acknowledge as many too early.
    assert.equal(primary.replication.offset, offset);
  });
});

describe('a slow replica', () => {
  it('is dropped at the hard limit, while others go on', () => {
    const simulation = new Simulation(30);
    const [primary, replica] = pair(simulation, {
      'client-output-buffer-limit': 'normal 0 0 0 slave 2000000 0 0 pubsub 0 0 0',
    });
    const other = node(simulation, C);
    other.start({ host: A, port: PORT });
    simulation.runUntil(() => other.replication.linkUp, 1000);
    simulation.pause(B);
    const value = 'x'.repeat(10_000);
    for (let i = 0; i < 800; i++) {
      primary.do('SET', `key${i % 10}`, `${i} ${value}`);
      simulation.runFor(1);
    }
    assert.ok(primary.logged('overcoming of output buffer limits'));
    inSync(simulation, primary, other);
    simulation.resume(B);
    inSync(simulation, primary, replica);
  });
});

describe('after a promotion', () => {
  function three(simulation: Simulation): [SmallNode, SmallNode, SmallNode] {
    const [primary, first] = pair(simulation);
    const second = node(simulation, C);
    second.start({ host: A, port: PORT });
    simulation.runUntil(() => second.replication.linkUp, 1000);
    primary.do('SET', 'k', 'v');
    inSync(simulation, primary, first, second);
    return [primary, first, second];
  }

  it('fellow replicas and the old primary continue partially', () => {
    const simulation = new Simulation(40);
    const [old, promoted, fellow] = three(simulation);
    const oldId = old.replication.replicationId;
    promoted.replication.promote();
    assert.equal(promoted.replication.secondReplicationId, oldId);
    assert.notEqual(promoted.replication.replicationId, oldId);
    promoted.do('SET', 'new', '1');
    for (const each of [old, fellow]) each.replication.follow({ host: B, port: PORT });
    simulation.runUntil(() => old.replication.linkUp && fellow.replication.linkUp, 2000);
    inSync(simulation, promoted, old, fellow);
    assert.deepEqual({ ...promoted.replication.syncCounts }, { full: 0, partial: 2, refused: 0 });
    assert.equal(fellow.replication.replicationId, promoted.replication.replicationId);
  });

  it('an old primary that wrote on takes everything anew', () => {
    const simulation = new Simulation(41);
    const [old, promoted] = three(simulation);
    simulation.partition(A, B);
    old.do('SET', 'lost', '1');
    promoted.replication.promote();
    promoted.do('SET', 'kept', '1');
    simulation.heal();
    old.replication.follow({ host: B, port: PORT });
    simulation.runUntil(() => old.replication.linkUp, 2000);
    inSync(simulation, promoted, old);
    assert.equal(old.get('lost'), undefined);
    assert.equal(promoted.replication.syncCounts.full, 1);
  });

  it('without a write of its own a node goes back to its old history', () => {
    const simulation = new Simulation(42);
    const [old, promoted] = three(simulation);
    promoted.replication.promote();
    old.do('SET', 'more', '1');
    promoted.replication.follow({ host: A, port: PORT });
    simulation.runUntil(() => promoted.replication.linkUp, 2000);
    inSync(simulation, old, promoted);
    assert.equal(old.replication.syncCounts.partial, 1);
  });
});

describe('a chain of replicas', () => {
  it('passes the stream on byte for byte, and survives the loss of its middle', () => {
    const simulation = new Simulation(50);
    const [primary, middle] = pair(simulation);
    const last = node(simulation, C);
    last.start({ host: B, port: PORT });
    simulation.runUntil(() => last.replication.linkUp, 2000);
    // The database is not said again: the image has to tell which one the stream is in.
    primary.doIn(1, 'RPUSH', 'list', 'c');
    primary.do('SET', 'k', 'v');
    inSync(simulation, primary, middle, last);
    assert.equal(last.replication.replicationId, primary.replication.replicationId);

    last.replication.follow({ host: A, port: PORT });
    primary.do('SET', 'k', 'w');
    simulation.runUntil(() => last.replication.linkUp, 2000);
    inSync(simulation, primary, middle, last);
    assert.equal(primary.replication.syncCounts.partial, 1);
  });

  it('is told of a new history', () => {
    const simulation = new Simulation(51);
    const [primary, middle] = pair(simulation);
    const last = node(simulation, C);
    last.start({ host: B, port: PORT });
    simulation.runUntil(() => last.replication.linkUp, 2000);
    middle.replication.promote();
    middle.do('SET', 'mine', '1');
    simulation.runUntil(() => last.replication.linkUp, 3000);
    inSync(simulation, middle, last);
    assert.equal(last.replication.replicationId, middle.replication.replicationId);
    assert.deepEqual({ ...middle.replication.syncCounts }, { full: 1, partial: 1, refused: 0 });
    assert.equal(primary.replication.replicas().length, 0);
  });

  it('refuses to sync from a replica whose own link is down', () => {
    const simulation = new Simulation(52);
    const [primary, middle] = pair(simulation);
    primary.stop();
    simulation.crash(A);
    simulation.runFor(100);
    const last = node(simulation, C);
    last.start({ host: B, port: PORT });
    simulation.runFor(2500);
    assert.ok(last.logged('Master is currently unable to PSYNC'));
    middle.replication.promote();
    simulation.runUntil(() => last.replication.linkUp, 1500);
  });
});

describe('a restart', () => {
  it('of a replica with an RDB file needs a partial sync only', () => {
    const simulation = new Simulation(60);
    const [primary, replica] = pair(simulation);
    primary.doIn(1, 'RPUSH', 'list', 'before');
    inSync(simulation, primary, replica);
    assert.ok(replica.persistence.save());
    replica.stop();
    simulation.crash(B);
    primary.doIn(1, 'RPUSH', 'list', 'meanwhile');
    const again = node(simulation, B);
    again.start({ host: A, port: PORT });
    simulation.runUntil(() => again.replication.linkUp, 2000);
    inSync(simulation, primary, again);
    assert.deepEqual({ ...primary.replication.syncCounts }, { full: 1, partial: 1, refused: 0 });
  });

  it('of a primary with an RDB file lets its replicas continue, and tells them what expired meanwhile', () => {
    const simulation = new Simulation(61);
    const [primary, replica] = pair(simulation);
    const soon = primary.world.clock.wallMs() + 5000;
    primary.do('SET', 'short', 'lived', 'PXAT', soon);
    inSync(simulation, primary, replica);
    assert.ok(primary.persistence.save());
    primary.stop();
    simulation.crash(A);
    simulation.runFor(10_000);
    assert.equal(replica.databases[0].size, 2, 'a replica waits for the DEL');
    const again = node(simulation, A);
    again.start();
    simulation.runUntil(() => replica.replication.linkUp, 3000);
    inSync(simulation, again, replica);
    assert.equal(replica.databases[0].size, 1);
    assert.deepEqual({ ...again.replication.syncCounts }, { full: 0, partial: 1, refused: 0 });
  });
});

describe('an idle primary', () => {
  it('keeps no backlog before the first replica, and frees it repl-backlog-ttl after the last', () => {
    const simulation = new Simulation(70);
    const lone = node(simulation, C);
    lone.start();
    lone.do('SET', 'k', 'v');
    assert.equal(lone.info('repl_backlog_active'), '0');
    assert.equal(lone.replication.feeding, false);
    const [primary, replica] = pair(simulation);
    const { replicationId } = primary.replication;
    replica.stop();
    simulation.crash(B);
    simulation.runFor(3_500_000);
    assert.equal(primary.info('repl_backlog_active'), '1');
    simulation.runFor(200_000);
    assert.equal(primary.info('repl_backlog_active'), '0');
    assert.notEqual(primary.replication.replicationId, replicationId);
  });
});
