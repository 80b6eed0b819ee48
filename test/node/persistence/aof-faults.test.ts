/**
 * An append-only file on a disk that fails now and then, in every way a disk can: what the node says is what it has, and
 * when the disk does again, so does the file.
 *
 *     AOF_FAULTS="seeds=600 first=1" node --test test/node/persistence/aof-faults.test.ts
 */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Disk, DiskFile } from '../../../extension/redis/world.ts';
import { Simulation } from '../../../extension/worlds/simulated.ts';
import { SeededRandom } from '../../redis/seeded-random.ts';
import { SimulatedNode, type TestClient } from '../simulated-node.ts';

const HOST = '10.0.0.1';
const STEPS = 200;

function wish(name: string, usually: number): number {
  return Number(new RegExp(`\\b${name}=(\\d+)`).exec(process.env['AOF_FAULTS'] ?? '')?.[1] ?? usually);
}

/** From now on operations of the disk fail: appends that are larger than `room`, and so many of a hundred others. */
class Faults {
  room = Number.POSITIVE_INFINITY;
  renames = 0;
  /** Renames that are made, but may not last. */
  folders = 0;
  removes = 0;
  opens = 0;
  syncs = 0;
  readonly #random: SeededRandom;

  constructor(disk: Disk, random: SeededRandom) {
    this.#random = random;
    const { open, remove, rename } = disk;
    disk.open = (path, mode) => {
      if (this.#strikes(this.opens)) throw new Error('EMFILE: too many open files, open');
      return this.#spoil(open.call(disk, path, mode));
    };
    disk.rename = (from, to, lasts) => {
      if (this.#strikes(this.renames)) throw new Error('EIO: i/o error, rename');
      const failure = this.#strikes(this.folders) ? new Error('EIO: i/o error, fsync') : undefined;
      rename.call(disk, from, to, lasts && ((error) => lasts(failure ?? error)));
      if (lasts === undefined && failure !== undefined) throw failure;
    };
    disk.remove = (path) => {
      if (this.#strikes(this.removes)) throw new Error('EPERM: operation not permitted, unlink');
      remove.call(disk, path);
    };
  }

  end(): void {
    this.room = Number.POSITIVE_INFINITY;
    this.renames = this.folders = this.removes = this.opens = this.syncs = 0;
  }

  #strikes(percent: number): boolean {
    return percent > 0 && this.#random.below(100) < percent;
  }

  #spoil(file: DiskFile): DiskFile {
    const { append, sync, syncNow } = file;
    const failure = new Error('EIO: i/o error, fsync');
    file.append = (bytes) => {
      if (bytes.length <= this.room) append.call(file, bytes);
      else throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    };
    file.sync = (done) => sync.call(file, (error) => done(this.#strikes(this.syncs) ? failure : error));
    file.syncNow = () => {
      if (this.#strikes(this.syncs)) throw failure;
      syncNow.call(file);
    };
    return file;
  }
}

/** One random thing: a command, or another way in which the disk fails. */
function step(client: TestClient, faults: Faults, random: SeededRandom): void {
  const pick = <T>(...of: readonly [T, ...T[]]): T => of[random.below(of.length)] ?? of[0];
  const key = `k${random.below(12)}`;
  const text = `x${'y'.repeat(random.below(400))}`;
  pick(
    () => client.send('SET', key, text),
    () => client.send('APPEND', `appended:${key}`, text.length),
    () => client.send('INCR', `number:${key}`),
    () => client.send('RPUSH', `list:${key}`, text.length),
    () => client.send('DEL', key),
    () =>
      client.send(
        'EVAL',
        "redis.call('incr', 'script') return redis.call('rpush', KEYS[1], 'z')",
        1,
        `list:${key}`,
      ),
    () => client.send('SELECT', random.below(3)),
    () => client.send('BGREWRITEAOF'),
    () => client.send('CONFIG', 'SET', 'appendonly', pick('yes', 'yes', 'no')),
    () => client.send('CONFIG', 'SET', 'appendfsync', pick('everysec', 'no')),
    () => {
      faults.room = pick(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 0, 50, 300);
    },
    () => {
      faults.renames = pick(0, 0, 30, 100);
    },
    () => {
      faults.folders = pick(0, 0, 30, 100);
    },
    () => {
      faults.removes = pick(0, 0, 30, 100);
    },
    () => {
      faults.opens = pick(0, 0, 30, 100);
    },
    () => {
      faults.syncs = pick(0, 0, 30, 100);
    },
  )();
}

it('what a node with a failing disk has in the end is what comes back', () => {
  const first = wish('first', 1);
  for (let seed = first; seed < first + wish('seeds', 20); seed++) {
    const random = new SeededRandom(seed);
    const simulation = new Simulation(seed);
    const lines = [
      'appendonly yes',
      'auto-aof-rewrite-percentage 50',
      'auto-aof-rewrite-min-size 500',
      `aof-use-rdb-preamble ${random.below(2) === 0 ? 'yes' : 'no'}`,
    ];
    const node = SimulatedNode.started(lines, { simulation, host: HOST });
    const client = node.client();
    const { appendOnly, world } = node.node;
    const faults = new Faults(world.disk, random);
    for (let i = 0; i < STEPS; i++) {
      step(client, faults, random);
      if (random.below(3) === 0) simulation.runFor([1, 20, 300, 1500][random.below(4)] ?? 1);
    }
    simulation.runFor(100);
    faults.end();
    client.wait(3000);
    client.call('CONFIG', 'SET', 'appendonly', 'yes', 'appendfsync', 'everysec');
    // Rewrites that failed again and again may wait for an hour.
    simulation.runUntil(() => appendOnly.state === 'on' && appendOnly.writeError === undefined, 3_600_000);
    assert.equal(client.call('SET', 'last', 'v'), 'OK', `seed ${seed}`);
    // Until the next fsync.
    simulation.runFor(3000);
    const digest = client.call('DEBUG', 'DIGEST');
    simulation.crash(HOST, random.below(2) === 0 ? 'process' : 'power');
    const again = SimulatedNode.started(lines, { simulation, host: HOST });
    assert.equal(again.client().call('DEBUG', 'DIGEST'), digest, `seed ${seed}`);
  }
});
