/** What nobody is told before it is in the append-only file, and what happens when the disk takes no more. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ClientSession } from '../../../extension/node/clients/session.ts';
import { binaryOf } from '../../../extension/redis/bytes.ts';
import type { DiskFile } from '../../../extension/redis/world.ts';
import { Simulation } from '../../../extension/worlds/simulated.ts';
import { SimulatedNode } from '../simulated-node.ts';
import { AOF, again, breakDisk, FOLDER, info, text, together } from './appending-node.ts';

/** Counts what a session is answered from the moment it leaves the node, which a client hears of later. */
function repliesThatLeave({ connection }: ClientSession): () => number {
  let count = 0;
  const write = connection.write.bind(connection);
  connection.write = (bytes, start, end) => {
    count += binaryOf(bytes, start, end).split('\r\n').length - 1;
    return write(bytes, start, end);
  };
  return () => count;
}

describe('appendfsync', () => {
  it('always: whatever was acknowledged survives the end of the process, or of the power, at any event', () => {
    for (let at = 1; at < 120; at += 2) {
      const simulation = new Simulation(at);
      const lines = [...AOF, 'appendfsync always'];
      const node = SimulatedNode.started(lines, { simulation, host: '10.0.0.1' });
      const clients = [node.client(), node.client(), node.client()];
      const sent = [0, 0, 0];
      const left = [...node.node.clients].map(repliesThatLeave);
      for (let step = 0; step < at; step++) {
        for (const [i, client] of clients.entries()) {
          if (sent[i] !== client.received.length) continue;
          client.send('INCR', `counter${i}`);
          sent[i] = client.received.length + 1;
        }
        if (step === Math.floor(at / 2)) node.node.appendOnly.rewrite.start();
        simulation.step();
      }
      const acknowledged = left.map((count) => count());
      const other = again(node, at % 4 === 1 ? 'process' : 'power', lines).client();
      for (const [i, count] of acknowledged.entries()) {
        const found = Number(other.call('GET', `counter${i}`) ?? 0);
        assert.ok(found >= count, `after ${at} events: ${found} of ${count}`);
        assert.ok(found <= (sent[i] ?? 0));
      }
    }
  });

  it('everysec: a second after it was written, it is on the disk', () => {
    const node = SimulatedNode.started(AOF);
    const client = node.client();
    client.call('SET', 'old', '1');
    node.simulation.runFor(2500);
    const power = again(node, 'power').client();
    assert.equal(power.call('GET', 'old'), '1');
  });

  for (const [policy, ms] of [
    ['always', 0],
    ['everysec', 2500],
  ] as const) {
    it(`${policy}: what a killed node had not synced is on the disk ${ms} ms after it was read in again`, () => {
      const killed = SimulatedNode.started([...AOF, 'appendfsync no']);
      killed.client().call('SET', 'k', 'v');
      const lines = [...AOF, `appendfsync ${policy}`];
      const node = again(killed, 'process', lines);
      node.simulation.runFor(ms);
      assert.equal(again(node, 'power', lines).client().call('GET', 'k'), 'v');
    });
  }

  it('everysec: what comes while the disk is busy waits for it, for two seconds at most', () => {
    const node = SimulatedNode.started(AOF);
    const client = node.client();
    const file: DiskFile = Object.getPrototypeOf(node.node.world.disk.open('/data/probe', 'create'));
    const { sync } = file;
    let asked = 0;
    file.sync = () => asked++;
    client.call('SET', 'k', 'first');
    node.simulation.runUntil(() => asked === 1, 3000);
    const written = (): boolean => text(node, 'appendonly.aof.1.incr.aof').includes('second');
    client.call('SET', 'k', 'second');
    node.simulation.runFor(1800);
    assert.ok(!written());
    assert.equal(info(client, 'aof_delayed_fsync'), '0');
    node.simulation.runFor(400);
    assert.ok(written());
    assert.equal(info(client, 'aof_delayed_fsync'), '1');
    assert.ok(node.log.some((line) => line.includes('Asynchronous AOF fsync is taking too long')));
    assert.equal(asked, 1, 'one at a time');
    file.sync = sync;
  });

  it('everysec: what waited for the disk is written when it is ready, and not later', () => {
    const node = SimulatedNode.started(AOF);
    const client = node.client();
    const file: DiskFile = Object.getPrototypeOf(node.node.world.disk.open('/data/probe', 'create'));
    const { sync } = file;
    let answer: ((error?: Error) => void) | undefined;
    file.sync = (done) => {
      answer = done;
    };
    client.call('SET', 'k', 'first');
    node.simulation.runUntil(() => answer !== undefined, 3000);
    client.call('SET', 'k', 'second');
    const written = (): boolean => text(node, 'appendonly.aof.1.incr.aof').includes('second');
    assert.ok(!written());
    file.sync = sync;
    answer?.();
    assert.ok(written());
    assert.equal(info(client, 'aof_delayed_fsync'), '0');
  });

  for (const policy of ['everysec', 'no']) {
    it(`${policy}: what came in one breath with SHUTDOWN is on the disk`, () => {
      const lines = [...AOF, `appendfsync ${policy}`];
      const node = SimulatedNode.started(lines);
      node.client().sendRaw('SET k v\r\nSHUTDOWN NOSAVE\r\n');
      node.simulation.runUntil(() => node.exitCode === 0, 1000);
      assert.equal(again(node, 'power', lines).client().call('GET', 'k'), 'v');
    });
  }

  it('groups what comes in one turn of the event loop into one fsync', () => {
    const node = SimulatedNode.started([...AOF, 'appendfsync always']);
    const client = node.client();
    const { disk } = node.node.world;
    let syncs = 0;
    client.call('SET', 'k', 'v');
    const { appendOnly } = node.node;
    const flush = appendOnly.flush.bind(appendOnly);
    appendOnly.flush = () => {
      syncs++;
      flush();
    };
    client.sendRaw('*2\r\n$4\r\nINCR\r\n$1\r\nn\r\n'.repeat(50));
    node.simulation.runUntil(() => client.received.length === 50, 1000);
    assert.equal(syncs, 1);
    assert.ok(disk.exists(FOLDER));
  });

  it('everysec: refuses writes while the disk does not confirm them, and goes on when it does', () => {
    const node = SimulatedNode.started(AOF);
    const client = node.client();
    const file = Object.getPrototypeOf(node.node.world.disk.open('/data/probe', 'create'));
    const { sync } = file;
    file.sync = (done: (error: Error) => void) => done(new Error('EIO: i/o error, fdatasync'));
    client.call('SET', 'k', 'v');
    node.simulation.runUntil(() => node.node.appendOnly.writeError !== undefined, 5000);
    assert.match(
      String(client.call('SET', 'k', 'x')),
      /^-MISCONF Errors writing to the AOF file: I\/o error/,
    );
    file.sync = sync;
    node.simulation.runUntil(() => node.node.appendOnly.writeError === undefined, 5000);
    assert.deepEqual(client.call('WAITAOF', 1, 0, 0), [1, 0]);
  });

  it('everysec: refuses writes for a while when a disk tells late that it lost what a rewrite has left behind', () => {
    const node = SimulatedNode.started(AOF);
    const client = node.client();
    const file: DiskFile = Object.getPrototypeOf(node.node.world.disk.open('/data/probe', 'create'));
    const { sync } = file;
    let answer: ((error?: Error) => void) | undefined;
    file.sync = (done) => {
      answer = done;
    };
    client.call('SET', 'k', 'v');
    node.simulation.runUntil(() => answer !== undefined, 3000);
    file.sync = sync;
    assert.match(String(client.call('BGREWRITEAOF')), /started/);
    answer?.(new Error('EIO: i/o error, fdatasync'));
    assert.match(
      String(client.call('SET', 'k', 'w')),
      /^-MISCONF Errors writing to the AOF file: I\/o error/,
    );
    node.simulation.runFor(1500);
    assert.equal(client.call('SET', 'k', 'w'), 'OK');
    assert.equal(again(node).client().call('GET', 'k'), 'w');
  });

  it('tells LATENCY how long writes and the disk took, and what went on meanwhile', () => {
    const node = SimulatedNode.started([...AOF, 'appendfsync always', 'latency-monitor-threshold 100']);
    const client = node.client();
    const { clock, disk } = node.node.world;
    const { monotonicMs } = clock;
    let passedMs = 0;
    clock.monotonicMs = () => Math.floor(monotonicMs()) + passedMs;
    const file: DiskFile = Object.getPrototypeOf(disk.open('/data/probe', 'create'));
    const { append, syncNow } = file;
    file.append = function slowly(bytes) {
      passedMs += 120;
      append.call(this, bytes);
    };
    file.syncNow = function slowly() {
      passedMs += 150;
      syncNow.call(this);
    };
    const events = () => {
      const latest = client.call('LATENCY', 'LATEST');
      client.call('LATENCY', 'RESET');
      assert.ok(Array.isArray(latest));
      return latest.map((event) => (Array.isArray(event) ? `${event[0]} ${event[2]}` : event)).sort();
    };
    client.call('SET', 'k', 'v');
    assert.deepEqual(events(), ['aof-fsync-always 150', 'aof-write 120', 'aof-write-alone 120']);
    client.call('CONFIG', 'SET', 'appendfsync', 'everysec');
    client.call('CONFIG', 'SET', 'rdb-key-save-delay', 1_000_000);
    client.call('BGSAVE');
    client.call('SET', 'k', 'v');
    assert.deepEqual(events(), ['aof-write 120', 'aof-write-active-child 120']);
    Object.assign(file, { append, syncNow });
  });

  it('no-appendfsync-on-rewrite: asks the disk when no image is being written any more', () => {
    // Three seconds for an image: longer than everysec waits.
    const slowly = ['rdb-key-save-delay 10000', 'no-appendfsync-on-rewrite yes'];
    const node = SimulatedNode.started([...AOF, ...slowly]);
    const client = node.client();
    for (let i = 0; i < 300; i++) client.send('SET', `key${i}`, 'x');
    client.wait(100);
    node.simulation.runFor(2500);
    const startedAt = node.simulation.nowMs;
    assert.equal(together(client, 'BGSAVE', 'SET k v').at(-1), 'OK');
    assert.deepEqual(client.call('WAITAOF', 1, 0, 0), [1, 0]);
    assert.equal(node.node.persistence.saving, false);
    assert.ok(node.simulation.nowMs - startedAt > 2500);
  });

  it('always: ends the node when the disk does not confirm what it took, and says nothing it can not keep', () => {
    const node = SimulatedNode.started([...AOF, 'appendfsync always']);
    const client = node.client();
    client.call('SET', 'k', 'v');
    const file: DiskFile = Object.getPrototypeOf(node.node.world.disk.open('/data/probe', 'create'));
    const { syncNow } = file;
    file.syncNow = () => {
      throw new Error('EIO: i/o error, fdatasync');
    };
    client.send('SET', 'k', 'lost');
    assert.deepEqual(client.wait(100), []);
    file.syncNow = syncNow;
    assert.equal(node.exitCode, 1);
    assert.match(
      node.log.join(''),
      /Can't persist AOF for fsync error when the AOF fsync policy is 'always'/,
    );
    assert.equal(again(node, 'power').client().call('GET', 'k'), 'v');
  });

  it('always: ends the node when the disk takes no more, and says nothing it can not keep', () => {
    const node = SimulatedNode.started([...AOF, 'appendfsync always']);
    const client = node.client();
    client.call('SET', 'k', 'v');
    const repair = breakDisk(node);
    client.send('SET', 'k', 'lost');
    assert.deepEqual(client.wait(100), []);
    repair();
    assert.equal(node.exitCode, 1);
    assert.match(node.log.join(''), /Can't recover from AOF write error/);
    assert.equal(again(node).client().call('GET', 'k'), 'v');
  });

  it('everysec: refuses writes while the disk takes none, and goes on when it does', () => {
    const node = SimulatedNode.started(AOF);
    const client = node.client();
    client.call('SET', 'k', 'v');
    const repair = breakDisk(node);
    assert.equal(client.call('SET', 'k', 'kept in memory'), 'OK');
    assert.match(String(client.call('SET', 'k', 'x')), /^-MISCONF Errors writing to the AOF file: No space/);
    assert.equal(info(client, 'aof_last_write_status'), 'err');
    repair();
    node.simulation.runFor(1500);
    assert.equal(client.call('SET', 'k2', 'y'), 'OK');
    assert.equal(again(node).client().call('GET', 'k'), 'kept in memory');
  });
});
