/**
 * A node with an append-only file whose process, or whole machine, ends within what it does to the disk: in the middle
 * of a write, between two renames. What it had promised is there at its return, in order and without holes.
 *
 *     AOF_CUTS="seeds=600 first=1" node --test test/node/persistence/aof-cuts.test.ts
 */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Disk, DiskFile } from '../../../extension/redis/world.ts';
import { type Crash, Simulation } from '../../../extension/worlds/simulated.ts';
import { SeededRandom } from '../../redis/seeded-random.ts';
import { listOf, SimulatedNode, type TestClient } from '../simulated-node.ts';

const HOST = '10.0.0.1';
/** How often the node comes back to what the end before left. */
const LIVES = 4;
/** What its client asks for in a life at most. */
const STEPS = 60;

function wish(name: string, usually: number): number {
  return Number(new RegExp(`\\b${name}=(\\d+)`).exec(process.env['AOF_CUTS'] ?? '')?.[1] ?? usually);
}

/** Thrown into the node where it ended: nothing runs there any more. */
class Cut extends Error {}

/** Ends the node instead of something it does to its disk, and lets nothing through afterwards. */
class Cutter {
  over = false;
  /** So many of a hundred renames are made, and the disk does not say that they last. */
  doubtful = 0;
  /** The how manieth change of the disk is not made. */
  readonly at: number;
  #changes = 0;
  readonly #random: SeededRandom;
  readonly #end: () => void;

  constructor(disk: Disk, random: SeededRandom, end: () => void) {
    this.at = 1 + random.below(random.below(3) === 0 ? 8 : 80);
    this.#random = random;
    this.#end = end;
    const { open, rename, remove, replace } = disk;
    disk.open = (path, mode) => {
      if (mode !== 'read') this.#change();
      return this.#watch(open.call(disk, path, mode));
    };
    disk.rename = (from, to, lasts) => {
      this.#change();
      const fails = lasts === undefined && random.below(100) < this.doubtful;
      rename.call(disk, from, to, fails ? () => {} : lasts);
      if (fails) throw new Error('EIO: i/o error, fsync');
    };
    disk.remove = (path) => {
      this.#change();
      remove.call(disk, path);
    };
    disk.replace = (...all) => {
      this.#change();
      replace.apply(disk, all);
    };
  }

  #change(half = () => {}): void {
    if (!this.over && ++this.#changes < this.at) return;
    if (!this.over) {
      this.over = true;
      half();
      this.#end();
    }
    throw new Cut();
  }

  #watch(file: DiskFile): DiskFile {
    const { append, sync, syncNow, truncate } = file;
    file.append = (bytes) => {
      this.#change(() => append.call(file, bytes.subarray(0, this.#random.below(bytes.length))));
      append.call(file, bytes);
    };
    file.sync = (done) => {
      this.#change();
      sync.call(file, done);
    };
    file.syncNow = () => {
      this.#change();
      syncNow.call(file);
    };
    file.truncate = (size) => {
      this.#change();
      truncate.call(file, size);
    };
    return file;
  }
}

/** One random thing that a client asks for. The list `numbers` grows by what `next` gives, and by nothing else. */
function ask(client: TestClient, random: SeededRandom, cutter: Cutter, next: () => number): void {
  const dice = random.below(100);
  if (dice < 60) client.send('RPUSH', 'numbers', next());
  else if (dice < 70) {
    client.send('MULTI');
    client.send('RPUSH', 'numbers', next());
    client.send('RPUSH', 'numbers', next());
    client.send('EXEC');
  } else if (dice < 78) client.send('SET', `large${random.below(5)}`, 'x'.repeat(random.below(200_000)));
  else if (dice < 88) client.send('BGREWRITEAOF');
  else if (dice < 90) client.send('BGSAVE');
  else if (dice < 92) client.send('CONFIG', 'SET', 'appendonly', 'no');
  else if (dice < 96) client.send('CONFIG', 'SET', 'appendonly', 'yes');
  else if (dice < 98) cutter.doubtful = [0, 30, 100][random.below(3)] ?? 0;
  else client.send('CONFIG', 'SET', 'aof-disable-auto-gc', random.below(2) === 0 ? 'yes' : 'no');
}

class Story {
  readonly #random: SeededRandom;
  readonly #simulation: Simulation;
  readonly #policy: 'always' | 'everysec' | 'no';
  readonly #lines: readonly string[];
  #sent = 0;
  /** So many numbers the end of the process, or of the power, must leave. */
  #written = 0;
  #durable = 0;
  #told: string;

  constructor(seed: number) {
    this.#random = new SeededRandom(seed);
    this.#simulation = new Simulation(seed);
    this.#policy = (['always', 'everysec', 'no'] as const)[this.#random.below(3)] ?? 'no';
    this.#lines = [
      'appendonly yes',
      `appendfsync ${this.#policy}`,
      'auto-aof-rewrite-percentage 50',
      'auto-aof-rewrite-min-size 500',
      `aof-use-rdb-preamble ${this.#random.below(2) === 0 ? 'yes' : 'no'}`,
    ];
    this.#told = `seed ${seed}, ${this.#policy}`;
  }

  live(): void {
    const kind: Crash = this.#random.below(2) === 0 ? 'process' : 'power';
    const node = new SimulatedNode(this.#lines, { simulation: this.#simulation, host: HOST });
    const end = () => this.#simulation.crash(HOST, kind);
    const cutter = new Cutter(node.node.world.disk, this.#random, end);
    this.#told += `\n${kind}, change ${cutter.at}: `;
    try {
      let started = false;
      node.node.start((error) => {
        started = true;
        if (!cutter.over) assert.equal(error?.message, undefined, this.#told);
      });
      while (!started && !cutter.over) this.#simulation.step();
      if (!cutter.over) this.#goOn(node, cutter);
    } catch (error) {
      if (!(error instanceof Cut)) throw error;
    }
    if (!cutter.over) end();
    if (kind === 'power') this.#written = this.#durable;
  }

  #goOn(node: SimulatedNode, cutter: Cutter): void {
    const [random, simulation] = [this.#random, this.#simulation];
    const client = node.client();
    const found = listOf(client.call('LRANGE', 'numbers', 0, -1));
    this.#told += `${found.length} are there, of ${this.#written} to ${this.#sent}`;
    assert.deepEqual(
      found,
      found.map((_, i) => `${i}`),
      this.#told,
    );
    assert.ok(this.#written <= found.length && found.length <= this.#sent, this.#told);
    this.#sent = this.#written = found.length;
    const keepsAll = () => !cutter.over && node.node.appendOnly.state === 'on';
    for (let i = 0; i < STEPS && !cutter.over; i++) {
      ask(client, random, cutter, () => this.#sent++);
      simulation.runFor([0.01, 1, 20, 300, 4000][random.below(5)] ?? 1);
      if (random.below(2) === 0) continue;
      // Until what was asked for is answered.
      simulation.runFor(10);
      if (!keepsAll()) continue;
      this.#written = this.#sent;
      if (this.#policy === 'always') this.#durable = this.#sent;
      if (this.#policy !== 'everysec' || random.below(4) > 0) continue;
      // Longer than from one fsync to the end of the next.
      simulation.runFor(3500);
      if (keepsAll()) this.#durable = this.#sent;
    }
  }
}

it('what a node promised is there after its end at any step of what it does to the disk', () => {
  const first = wish('first', 1);
  for (let seed = first; seed < first + wish('seeds', 25); seed++) {
    const story = new Story(seed);
    for (let life = 0; life < LIVES; life++) story.live();
  }
});
