/** A node with an append-only file: what is in the folder, what comes back, and what nobody is told too early. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ClientSession } from '../../../extension/node/session.ts';
import { binaryOf, bytesOf } from '../../../extension/redis/bytes.ts';
import { encodeCommand } from '../../../extension/redis/resp/encode-command.ts';
import type { DiskFile } from '../../../extension/redis/world.ts';
import { type Crash, Simulation } from '../../../extension/worlds/simulated.ts';
import { field, type Plain, SimulatedNode, type TestClient } from '../simulated-node.ts';

const FOLDER = '/data/appendonlydir';
const AOF = ['appendonly yes', 'auto-aof-rewrite-percentage 0'];

function text(node: SimulatedNode, name: string): string {
  const bytes = node.simulation.world(node.host).disk.read(`${FOLDER}/${name}`);
  return bytes === undefined ? '' : binaryOf(bytes);
}

function manifest(node: SimulatedNode): string[] {
  return text(node, 'appendonly.aof.manifest').trimEnd().split('\n');
}

/** The commands in a file, a line each. */
function commands(node: SimulatedNode, name: string): string[] {
  const words = text(node, name).split('\r\n');
  const found: string[][] = [];
  for (let i = 0; i < words.length; i++) {
    if (words[i]?.startsWith('*')) found.push([]);
    else if (words[i]?.startsWith('$')) found.at(-1)?.push(words[++i] ?? '');
  }
  return found.map((argv) => argv.join(' '));
}

/** The node after its end, from the same disk. */
function again(node: SimulatedNode, kind: Crash = 'process', lines: readonly string[] = AOF): SimulatedNode {
  node.simulation.crash(node.host, kind);
  return SimulatedNode.started(lines, { simulation: node.simulation, host: node.host });
}

function info(client: TestClient, name: string): string | undefined {
  return field(client.call('INFO', 'persistence'), name);
}

/** Replies to commands that arrive in one piece. */
function together(client: TestClient, ...lines: readonly string[]): Plain[] {
  client.sendRaw(`${lines.join('\r\n')}\r\n`);
  return lines.map(() => client.next());
}

function rewrite(node: SimulatedNode, client: TestClient): void {
  assert.match(String(client.call('BGREWRITEAOF')), /started/);
  node.simulation.runUntil(() => !node.node.appendOnly.rewrite.underWay, 10_000);
}

describe('the append-only file', () => {
  it('begins with a base of nothing, and holds what changes the data', () => {
    const node = SimulatedNode.started(AOF);
    const client = node.client();
    assert.deepEqual(manifest(node), [
      'file appendonly.aof.1.base.rdb seq 1 type b',
      'file appendonly.aof.1.incr.aof seq 1 type i',
    ]);
    client.call('SET', 'k', 'v', 'EX', 100);
    client.call('GET', 'k');
    client.call('SADD', 'set', 'only');
    client.call('SPOP', 'set');
    client.call('SELECT', 3);
    client.call('MULTI');
    client.call('INCR', 'a');
    client.call('INCR', 'b');
    client.call('EXEC');
    const written = commands(node, 'appendonly.aof.1.incr.aof');
    assert.match(written[1] ?? '', /^SET k v PXAT \d+$/i);
    assert.deepEqual(written.toSpliced(1, 1), [
      'SELECT 0',
      'SADD set only',
      'SREM set only',
      'MULTI',
      'SELECT 3',
      'INCR a',
      'INCR b',
      'EXEC',
    ]);
    const client2 = again(node).client();
    client2.call('SELECT', 3);
    assert.equal(client2.call('GET', 'b'), '1');
    assert.equal(info(client2, 'aof_enabled'), '1');
  });

  it('is all there, or not at all, when the power goes while it begins', () => {
    const node = SimulatedNode.started(AOF);
    assert.equal(again(again(node, 'power'), 'power').client().call('SET', 'k', 'v'), 'OK');
  });

  it('is rewritten into what the data needs, while the node goes on', () => {
    for (const preamble of ['yes', 'no']) {
      const node = SimulatedNode.started([...AOF, 'rdbcompression no', `aof-use-rdb-preamble ${preamble}`]);
      const client = node.client();
      for (let i = 0; i < 300; i++) client.send('SET', `key${i}`, `${i} ${'x'.repeat(5000)}`);
      client.send('RPUSH', 'list', ...Array.from({ length: 100 }, (_, i) => `e${i}`));
      client.send('ZADD', 'zset', '1.5', 'a', '-inf', 'b');
      client.send('HSET', 'hash', 'f', 'v');
      client.send('XADD', 'stream', '5-1', 'f', 'v');
      client.send('XGROUP', 'CREATE', 'stream', 'g', '0');
      client.send('XREADGROUP', 'GROUP', 'g', 'c', 'STREAMS', 'stream', '>');
      client.send('PEXPIREAT', 'hash', '99999999999999');
      client.wait(100);
      const replies = together(
        client,
        'BGREWRITEAOF',
        'BGREWRITEAOF',
        'BGSAVE',
        'SET key7 new',
        'DEL key8',
        'INFO persistence',
      );
      assert.match(String(replies[0]), /rewriting started/);
      assert.match(String(replies[1]), /already in progress/);
      assert.match(String(replies[2]), /Another child process is active/);
      assert.equal(field(replies[5] ?? '', 'aof_rewrite_in_progress'), '1');
      node.simulation.runUntil(() => !node.node.appendOnly.rewrite.underWay, 10_000);
      const format = preamble === 'yes' ? 'rdb' : 'aof';
      assert.deepEqual(manifest(node), [
        `file appendonly.aof.2.base.${format} seq 2 type b`,
        'file appendonly.aof.2.incr.aof seq 2 type i',
      ]);
      assert.deepEqual(node.simulation.world(node.host).disk.list(FOLDER), [
        `appendonly.aof.2.base.${format}`,
        'appendonly.aof.2.incr.aof',
        'appendonly.aof.manifest',
      ]);
      assert.deepEqual(commands(node, 'appendonly.aof.2.incr.aof'), ['SELECT 0', 'SET key7 new', 'DEL key8']);
      const digest = client.call('DEBUG', 'DIGEST');
      const other = again(node).client();
      assert.equal(other.call('DEBUG', 'DIGEST'), digest);
      assert.equal(other.call('PEXPIRETIME', 'hash'), 99999999999999);
      const [pending] = other.call('XPENDING', 'stream', 'g') as Plain[];
      assert.equal(pending, 1);
    }
  });

  it('is rewritten when it has grown', () => {
    const node = SimulatedNode.started([
      'appendonly yes',
      'auto-aof-rewrite-percentage 100',
      'auto-aof-rewrite-min-size 4kb',
    ]);
    const client = node.client();
    for (let i = 0; i < 100; i++) client.send('SET', 'k', 'x'.repeat(100));
    node.simulation.runUntil(() => node.log.join('').includes('Starting automatic rewriting of AOF'), 5000);
    node.simulation.runUntil(() => manifest(node)[0]?.includes('.2.base.') === true, 5000);
    assert.equal(again(node).client().call('GET', 'k'), 'x'.repeat(100));
  });

  it('is switched on and off while the node runs', () => {
    const node = SimulatedNode.started(['auto-aof-rewrite-percentage 0']);
    const client = node.client();
    client.call('SET', 'before', '1');
    assert.equal(client.call('CONFIG', 'SET', 'appendonly', 'yes'), 'OK');
    node.simulation.runUntil(() => node.node.appendOnly.state === 'on', 5000);
    assert.equal(client.call('SET', 'during', '2'), 'OK');
    assert.deepEqual(commands(node, 'appendonly.aof.1.incr.aof'), ['SELECT 0', 'SET during 2']);
    client.call('CONFIG', 'SET', 'appendonly', 'no');
    client.call('SET', 'after', '3');
    // A rewrite without a file that is written leaves nothing but a base.
    rewrite(node, client);
    assert.deepEqual(manifest(node), ['file appendonly.aof.2.base.rdb seq 2 type b']);
    const other = again(node).client();
    assert.deepEqual(other.call('MGET', 'before', 'during', 'after'), ['1', '2', '3']);
  });

  it('waits with its first base for an image that is being written', () => {
    const node = SimulatedNode.started([...AOF.slice(1), 'rdbcompression no']);
    const client = node.client();
    for (let i = 0; i < 200; i++) client.send('SET', `key${i}`, 'x'.repeat(9000));
    client.wait(100);
    assert.deepEqual(together(client, 'BGSAVE', 'CONFIG SET appendonly yes').at(-1), 'OK');
    assert.equal(info(client, 'aof_rewrite_scheduled'), '1');
    node.simulation.runUntil(() => node.node.appendOnly.state === 'on', 5000);
    assert.equal(info(client, 'aof_enabled'), '1');
    assert.match(node.log.join(''), /already another background operation/);
  });

  it('goes on in further increments when rewrites fail, and tries no more for a while', () => {
    const lines = ['appendonly yes', 'auto-aof-rewrite-percentage 1', 'auto-aof-rewrite-min-size 1'];
    const node = SimulatedNode.started(lines);
    const client = node.client();
    const { disk } = node.node.world;
    const { rename } = disk;
    disk.rename = (from, to, lasts) => {
      if (to.endsWith('.rdb')) throw new Error('EIO: i/o error, rename');
      rename.call(disk, from, to, lasts);
    };
    client.call('SET', 'k', 'v');
    node.simulation.runUntil(() => node.log.join('').includes('triggered the limit'), 5000);
    assert.equal(info(client, 'aof_rewrites_consecutive_failures'), '3');
    assert.equal(info(client, 'aof_last_bgrewrite_status'), 'err');
    client.call('SET', 'k', 'w');
    node.simulation.runFor(30_000);
    assert.deepEqual(manifest(node), [
      'file appendonly.aof.1.base.rdb seq 1 type b',
      'file appendonly.aof.1.incr.aof seq 1 type i',
      'file appendonly.aof.2.incr.aof seq 2 type i',
      'file appendonly.aof.3.incr.aof seq 3 type i',
      'file appendonly.aof.4.incr.aof seq 4 type i',
    ]);
    disk.rename = rename;
    // Who asks for it need not wait.
    rewrite(node, client);
    assert.equal(info(client, 'aof_rewrites_consecutive_failures'), '0');
    assert.equal(again(node).client().call('GET', 'k'), 'w');
  });

  it('is not rewritten while it lacks something, so that no increment begins behind a hole', () => {
    const node = SimulatedNode.started(AOF);
    const client = node.client();
    client.call('SET', 'k', 'v');
    // Room is left for a manifest, and for nothing larger.
    const repair = breakDisk(node, 1000);
    client.call('SET', 'k', 'x'.repeat(2000));
    node.simulation.runUntil(() => node.node.appendOnly.writeError !== undefined, 5000);
    assert.match(String(client.call('BGREWRITEAOF')), /^-ERR/);
    assert.equal(info(client, 'aof_last_bgrewrite_status'), 'err');
    assert.equal(manifest(node).length, 2);
    repair();
    node.simulation.runUntil(() => node.node.appendOnly.writeError === undefined, 5000);
    assert.equal(client.call('APPEND', 'k', 'y'), 2001);
    assert.equal(again(node).client().call('GET', 'k'), `${'x'.repeat(2000)}y`);
  });

  it('does not try again at once, nor keep files open, when a rewrite can not begin', () => {
    const node = SimulatedNode.started([
      'appendonly yes',
      'auto-aof-rewrite-percentage 1',
      'auto-aof-rewrite-min-size 1',
    ]);
    const { disk } = node.node.world;
    const { open, rename } = disk;
    const opened = new Set<object>();
    disk.open = (path, mode) => {
      const file = open.call(disk, path, mode);
      const { close } = file;
      opened.add(file);
      file.close = () => {
        opened.delete(file);
        close.call(file);
      };
      return file;
    };
    disk.rename = (from, to, lasts) => {
      if (to.endsWith('.manifest')) throw new Error('EIO: i/o error, rename');
      rename.call(disk, from, to, lasts);
    };
    const client = node.client();
    client.call('SET', 'k', 'v');
    node.simulation.runUntil(() => node.log.join('').includes('triggered the limit'), 5000);
    assert.equal(opened.size, 0);
    assert.equal(info(client, 'aof_rewrites_consecutive_failures'), '3');
    assert.equal(client.call('CONFIG', 'SET', 'appendonly', 'no'), 'OK');
    disk.open = () => {
      throw new Error('EIO: i/o error, open');
    };
    assert.match(String(client.call('CONFIG', 'SET', 'appendonly', 'yes')), /Unable to turn on AOF/);
    assert.equal(info(client, 'aof_rewrite_scheduled'), '0');
  });

  it('makes no increments when a rewrite can not even begin, and tries no more for a while', () => {
    const lines = ['appendonly yes', 'auto-aof-rewrite-percentage 1', 'auto-aof-rewrite-min-size 1'];
    const node = SimulatedNode.started(lines);
    const client = node.client();
    const { disk } = node.node.world;
    const { open } = disk;
    disk.open = (path, mode) => {
      if (path.includes('temp-rewriteaof')) throw new Error('EACCES: permission denied, open');
      return open.call(disk, path, mode);
    };
    client.call('SET', 'k', 'v');
    node.simulation.runFor(30_000);
    assert.deepEqual(manifest(node), [
      'file appendonly.aof.1.base.rdb seq 1 type b',
      'file appendonly.aof.1.incr.aof seq 1 type i',
    ]);
    assert.equal(info(client, 'aof_rewrites_consecutive_failures'), '3');
    assert.ok(node.log.some((line) => line.includes('triggered the limit')));
    assert.match(String(client.call('BGREWRITEAOF')), /^-ERR/);
    disk.open = open;
    rewrite(node, client);
    assert.equal(again(node).client().call('GET', 'k'), 'v');
  });

  it('is not on before its first base is there, and SHUTDOWN waits for that', () => {
    const node = SimulatedNode.started(['rdbcompression no']);
    const client = node.client();
    for (let i = 0; i < 200; i++) client.send('SET', `key${i}`, 'x'.repeat(9000));
    client.wait(100);
    const { disk } = node.node.world;
    const { rename } = disk;
    let failures = 0;
    disk.rename = (from, to, lasts) => {
      if (to.endsWith('.base.rdb') && failures++ === 0) throw new Error('EIO: i/o error, rename');
      rename.call(disk, from, to, lasts);
    };
    assert.match(
      String(together(client, 'CONFIG SET appendonly yes', 'SHUTDOWN')[1]),
      /^-ERR Errors trying to SHUTDOWN/,
    );
    node.simulation.runUntil(() => failures === 1, 5000);
    assert.equal(node.node.appendOnly.state, 'waiting');
    assert.equal(client.call('SET', 'late', 'v'), 'OK');
    node.simulation.runUntil(() => node.node.appendOnly.state === 'on', 5000);
    client.send('SHUTDOWN', 'NOSAVE');
    client.wait(100);
    assert.equal(node.exitCode, 0);
    assert.equal(again(node).client().call('DBSIZE'), 201);
  });

  it('keeps what a rewrite replaced when told to', () => {
    const node = SimulatedNode.started([...AOF, 'aof-disable-auto-gc yes']);
    const client = node.client();
    rewrite(node, client);
    assert.equal(manifest(node).filter((line) => line.endsWith('type h')).length, 2);
    client.call('CONFIG', 'SET', 'aof-disable-auto-gc', 'no');
    assert.equal(manifest(node).filter((line) => line.endsWith('type h')).length, 0);
    assert.equal(text(node, 'appendonly.aof.1.base.rdb'), '');
  });

  it('tells when something was written, if it is to', () => {
    const node = SimulatedNode.started([...AOF, 'aof-timestamp-enabled yes']);
    const client = node.client();
    client.call('SET', 'k', 'v');
    assert.match(text(node, 'appendonly.aof.1.incr.aof'), /^#TS:\d+\r\n\*2\r\n\$6\r\nSELECT/);
    assert.equal(again(node).client().call('GET', 'k'), 'v');
  });
});

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
    const node = SimulatedNode.started([...AOF, 'rdbcompression no', 'no-appendfsync-on-rewrite yes']);
    const client = node.client();
    for (let i = 0; i < 300; i++) client.send('SET', `key${i}`, 'x'.repeat(9000));
    client.wait(100);
    assert.equal(together(client, 'BGSAVE', 'SET k v').at(-1), 'OK');
    assert.deepEqual(client.call('WAITAOF', 1, 0, 0), [1, 0]);
    assert.equal(node.node.persistence.saving, false);
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

it('a replica whose disk takes no more ends, unless it is told not to mind', () => {
  for (const ignore of ['yes', 'no']) {
    const simulation = new Simulation(7);
    const primary = SimulatedNode.started(['repl-diskless-sync-delay 0'], { simulation, host: '10.0.0.1' });
    const lines = [...AOF, 'replicaof 10.0.0.1 6379', `replica-ignore-disk-write-errors ${ignore}`];
    const replica = SimulatedNode.started(lines, { simulation, host: '10.0.0.2' });
    simulation.runUntil(() => replica.node.replication.linkUp, 60_000);
    simulation.runUntil(() => replica.node.appendOnly.state === 'on', 60_000);
    const client = primary.client();
    const repair = breakDisk(replica);
    client.call('SET', 'k', 'v');
    simulation.runUntil(() => replica.node.appendOnly.writeError !== undefined, 5000);
    client.call('SET', 'k', 'w');
    client.wait(500);
    repair();
    assert.equal(replica.exitCode, ignore === 'yes' ? undefined : 1);
    assert.equal(/unable to write command to disk/.test(replica.log.join('')), ignore === 'no');
  }
});

it('does not begin again with what a replica had before another full sync', () => {
  const node = SimulatedNode.started(AOF);
  const { appendOnly, world } = node.node;
  appendOnly.switchOff();
  const { open } = world.disk;
  world.disk.open = () => {
    throw new Error('EIO: i/o error, open');
  };
  appendOnly.restart();
  node.simulation.runFor(100);
  assert.match(node.log.join(''), /Failed enabling the AOF after successful master synchronization/);
  world.disk.open = open;
  // Another image comes, and takes longer than until the next try.
  appendOnly.switchOff();
  node.simulation.runFor(5000);
  assert.equal(appendOnly.state, 'off');
  appendOnly.restart();
  node.simulation.runUntil(() => appendOnly.state === 'on', 5000);
});

it('a replica that is promoted in the middle of a full sync writes its file again', () => {
  const simulation = new Simulation(9);
  const lines = ['repl-diskless-sync-delay 0', 'rdbcompression no'];
  const primary = SimulatedNode.started(lines, { simulation, host: '10.0.0.1' });
  const client = primary.client();
  for (let i = 0; i < 400; i++) client.send('SET', `key${i}`, 'x'.repeat(9000));
  client.wait(100);
  const replica = SimulatedNode.started([...AOF, 'key-load-delay 10000'], { simulation, host: '10.0.0.2' });
  const mine = replica.client();
  mine.call('REPLICAOF', '10.0.0.1', 6379);
  simulation.runUntil(() => replica.node.appendOnly.state === 'off', 60_000);
  simulation.crash('10.0.0.1');
  simulation.runUntil(() => !replica.node.loading, 60_000);
  assert.equal(replica.node.appendOnly.state, 'off');
  assert.equal(mine.call('REPLICAOF', 'NO', 'ONE'), 'OK');
  simulation.runUntil(() => replica.node.appendOnly.state === 'on', 60_000);
  mine.call('SET', 'mine', 'v');
  assert.equal(again(replica).client().call('GET', 'mine'), 'v');
});

/** From now on no file takes more than `room` bytes at a time; returns how they do again. */
function breakDisk(node: SimulatedNode, room = 0): () => void {
  const file = Object.getPrototypeOf(node.node.world.disk.open('/data/probe', 'create'));
  const { append } = file;
  file.append = function (this: DiskFile, bytes: Uint8Array): void {
    if (bytes.length <= room) append.call(this, bytes);
    else throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  };
  return () => {
    file.append = append;
  };
}

describe('loading an append-only file', () => {
  function withIncrement(
    content: string,
    lines: readonly string[] = [],
  ): { node: SimulatedNode; why: string } {
    const simulation = new Simulation(1);
    const { disk } = simulation.world('10.0.0.1');
    disk.replace(`${FOLDER}/appendonly.aof.1.incr.aof`, bytesOf(content));
    disk.replace(
      `${FOLDER}/appendonly.aof.manifest`,
      bytesOf('file appendonly.aof.1.incr.aof seq 1 type i\n'),
    );
    const node = new SimulatedNode([...AOF, ...lines], { simulation, host: '10.0.0.1' });
    return { node, why: node.start()?.message ?? '' };
  }

  const INCR = '*2\r\n$4\r\nINCR\r\n$1\r\nk\r\n';

  it('cuts off a last command that is not whole, or refuses the file', () => {
    const { node } = withIncrement(INCR + INCR.slice(0, 9));
    assert.equal(text(node, 'appendonly.aof.1.incr.aof'), INCR);
    assert.equal(node.client().call('INCR', 'k'), 2);
    const refused = withIncrement(INCR + INCR.slice(0, 9), ['aof-load-truncated no']);
    assert.match(refused.why, /^Unexpected end of file reading the append only file/);
    assert.equal(text(refused.node, 'appendonly.aof.1.incr.aof'), INCR + INCR.slice(0, 9));
  });

  it('refuses a file that is not whole when others follow it, and leaves it as it is', () => {
    const simulation = new Simulation(1);
    const { disk } = simulation.world('10.0.0.1');
    const half = INCR + INCR.slice(0, 9);
    disk.replace(`${FOLDER}/appendonly.aof.1.incr.aof`, bytesOf(half));
    disk.replace(`${FOLDER}/appendonly.aof.2.incr.aof`, bytesOf(INCR));
    const manifest =
      'file appendonly.aof.1.incr.aof seq 1 type i\nfile appendonly.aof.2.incr.aof seq 2 type i\n';
    disk.replace(`${FOLDER}/appendonly.aof.manifest`, bytesOf(manifest));
    const node = new SimulatedNode(AOF, { simulation, host: '10.0.0.1' });
    assert.match(node.start()?.message ?? '', /the truncated file is not the last file/);
    assert.equal(text(node, 'appendonly.aof.1.incr.aof'), half);
  });

  it('takes back a transaction without its end', () => {
    const multi = '*1\r\n$5\r\nMULTI\r\n';
    const { node } = withIncrement(INCR + multi + INCR);
    assert.equal(text(node, 'appendonly.aof.1.incr.aof'), INCR);
    assert.equal(node.client().call('GET', 'k'), '1');
  });

  it('refuses a damaged file and a command it does not know, and leaves the file as it is', () => {
    const damaged = `${INCR}!!!${INCR}`;
    const { node, why } = withIncrement(damaged);
    assert.match(why, /^Bad file format reading the append only file appendonly.aof.1.incr.aof/);
    assert.equal(text(node, 'appendonly.aof.1.incr.aof'), damaged);
    const unknown = withIncrement('*1\r\n$3\r\nBLA\r\n');
    assert.match(unknown.why, /^Unknown command 'BLA' reading the append only file/);
  });

  it('refuses a manifest that names what is not there, or makes no sense', () => {
    for (const [content, why] of [
      ['file gone.aof seq 1 type i\n', /^Unable to obtain the AOF file gone.aof length. stat: No such file/],
      ['file a seq 1\n', /^Invalid AOF manifest file format/],
    ] as const) {
      const simulation = new Simulation(1);
      const { disk } = simulation.world('10.0.0.1');
      disk.replace(`${FOLDER}/appendonly.aof.manifest`, bytesOf(content));
      const node = new SimulatedNode(AOF, { simulation, host: '10.0.0.1' });
      assert.match(node.start()?.message ?? '', why);
      assert.deepEqual(manifest(node), [content.trimEnd()]);
    }
  });

  it('takes over the one file of old versions', () => {
    const simulation = new Simulation(1);
    simulation.world('10.0.0.1').disk.replace('/data/appendonly.aof', bytesOf(INCR));
    const node = SimulatedNode.started(AOF, { simulation, host: '10.0.0.1' });
    assert.deepEqual(manifest(node), [
      'file appendonly.aof seq 1 type b',
      'file appendonly.aof.1.incr.aof seq 1 type i',
    ]);
    const client = node.client();
    assert.equal(client.call('INCR', 'k'), 2);
    rewrite(node, client);
    assert.equal(again(node).client().call('GET', 'k'), '2');
  });

  it('lets a key live until the file says otherwise, and then go', () => {
    const push = (word: string) => `*3\r\n$5\r\nRPUSH\r\n$1\r\nl\r\n$1\r\n${word}\r\n`;
    const { node } = withIncrement(
      `${push('a')}*3\r\n$9\r\nPEXPIREAT\r\n$1\r\nl\r\n$4\r\n1000\r\n${push('b')}`,
    );
    assert.equal(node.client().call('LLEN', 'l'), 0);
  });

  it('takes its time, in which clients hear LOADING and the file can not be switched off', () => {
    const node = SimulatedNode.started(AOF);
    const [client, other] = [node.client(), node.client()];
    for (let i = 0; i < 400; i++) client.send('SET', `key${i}`, 'x'.repeat(9000));
    client.wait(100);
    client.call('CONFIG', 'SET', 'key-load-delay', 1000);
    client.send('DEBUG', 'LOADAOF');
    node.simulation.runUntil(() => node.node.loading, 1000);
    const replies = together(other, 'GET key1', 'CONFIG SET appendonly no', 'INFO persistence');
    assert.match(String(replies[0]), /^-LOADING/);
    assert.match(String(replies[1]), /^-LOADING/);
    assert.match(String(replies[2]), /loading:1\r[\s\S]*loading_loaded_perc:\d+\.\d\d\r/);
    assert.equal(client.next(), 'OK');
    assert.equal(client.call('DBSIZE'), 400);
  });

  it('clients hear LOADING while a script of the file takes long, and all that follows it counts', () => {
    const { node } = withIncrement('', ['busy-reply-threshold 5']);
    const [client, other] = [node.client(), node.client()];
    const script = 'for i=1,5000000 do end redis.call("set", KEYS[1], "late")';
    const command = (...argv: string[]) => binaryOf(encodeCommand(argv).bytes);
    const file = [
      command('SET', 'before', '1', 'PXAT', '1000'),
      command('EVAL', script, '1', 'k'),
      command('MULTI'),
      command('EVAL', script, '1', 'in-multi'),
      command('PERSIST', 'before'),
      command('EXEC'),
      command('APPEND', 'k', 'r'),
    ].join('');
    const { disk } = node.simulation.world(node.host);
    disk.replace(`${FOLDER}/appendonly.aof.1.incr.aof`, bytesOf(file));
    client.send('DEBUG', 'LOADAOF');
    node.simulation.runUntil(() => node.node.loading, 1000);
    assert.match(String(other.call('GET', 'k')), /^-LOADING/);
    assert.match(String(other.call('INFO')), /^-BUSY/);
    assert.ok(node.log.some((line) => line.includes('Slow script detected')));
    assert.equal(client.next(), 'OK');
    assert.deepEqual(client.call('MGET', 'k', 'in-multi', 'before'), ['later', 'late', '1']);
    // None of it was news.
    assert.equal(text(node, 'appendonly.aof.1.incr.aof'), file);
  });

  it('DEBUG LOADAOF replaces what is in memory by what the files hold', () => {
    const node = SimulatedNode.started(AOF);
    const client = node.client();
    client.call('SET', 'k', 'v');
    const digest = client.call('DEBUG', 'DIGEST');
    assert.equal(client.call('DEBUG', 'LOADAOF'), 'OK');
    assert.equal(client.call('DEBUG', 'DIGEST'), digest);
    assert.equal(info(client, 'rdb_changes_since_last_save'), '0');
  });
});

describe('WAITAOF', () => {
  function pair(): { primary: SimulatedNode; replica: SimulatedNode; client: TestClient } {
    const simulation = new Simulation(5);
    const primary = SimulatedNode.started([...AOF, 'repl-diskless-sync-delay 0'], {
      simulation,
      host: '10.0.0.1',
    });
    const replica = SimulatedNode.started([...AOF, 'replicaof 10.0.0.1 6379'], {
      simulation,
      host: '10.0.0.2',
    });
    simulation.runUntil(() => replica.node.replication.linkUp, 60_000);
    simulation.runUntil(() => replica.node.appendOnly.state === 'on', 60_000);
    return { primary, replica, client: primary.client() };
  }

  it('waits until the disks have it, here and on replicas', () => {
    const { primary, replica, client } = pair();
    client.call('SET', 'k', 'v');
    assert.deepEqual(client.call('WAITAOF', 1, 1, 0), [1, 1]);
    client.call('CONFIG', 'SET', 'appendfsync', 'no');
    client.call('SET', 'k', 'w');
    assert.deepEqual(client.call('WAITAOF', 1, 0, 100), [0, 0]);
    assert.deepEqual(client.call('WAITAOF', 0, 1, 0), [0, 1]);
    assert.equal(again(replica, 'power').client().call('GET', 'k'), 'w');
    assert.equal(primary.exitCode, undefined);
  });

  it('needs a file for what it is to wait for', () => {
    const { client, replica } = pair();
    assert.match(String(client.call('WAITAOF', 2, 0, 0)), /must between 0 and 1/);
    client.call('CONFIG', 'SET', 'appendonly', 'no');
    assert.match(String(client.call('WAITAOF', 1, 0, 0)), /numlocal is set but appendonly is disabled/);
    assert.match(String(replica.client().call('WAITAOF', 0, 0, 0)), /cannot be used with replica/);
  });

  it("the file of a replica has its primary's data from the full sync on", () => {
    const { replica, client } = pair();
    client.call('SET', 'k', 'v');
    client.call('WAITAOF', 0, 1, 0);
    const lines = commands(replica, manifest(replica).at(-1)?.split(' ')[1] ?? '');
    assert.deepEqual(lines, ['SELECT 0', 'SET k v']);
  });
});
