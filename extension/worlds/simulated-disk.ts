/**
 * A disk in memory that knows what has reached the platter: a process that dies loses nothing it wrote, a machine
 * that loses power loses what was not synced.
 */
import { Buffer } from 'node:buffer';
import type { Disk, DiskFile, DiskLock } from '../redis/world.ts';
import type { Gate } from './gate.ts';
import type { SeededRandom } from './seeded-random.ts';

/** What an fdatasync takes, milliseconds, at least and at most. */
const SYNC_MS = [0.1, 2] as const;

/** A file's content. `bytes` has room to grow; all below `durable` is on the platter. */
interface Content {
  bytes: Buffer;
  size: number;
  durable: number;
}

/** What stays of a host when its process ends. */
export class Platter {
  files = new Map<string, Content>();
  /** The folder entries that a power cut leaves, which may name older content than `files`. */
  #durable = new Map<string, Content>();
  readonly locks = new Map<string, object>();

  /** The name now lasts, with as much of the content as is synced. */
  settle(path: string): void {
    const content = this.files.get(path);
    if (content === undefined) this.#durable.delete(path);
    else this.#durable.set(path, content);
  }

  /** Power is cut: names and contents fall back to what was synced, and maybe a bit of what came after. */
  cutPower(random: SeededRandom): void {
    this.locks.clear();
    this.files = new Map(this.#durable);
    for (const content of this.files.values()) {
      content.size = content.durable + random.below(content.size - content.durable + 1);
      content.durable = content.size;
    }
  }

  wipe(): void {
    this.locks.clear();
    this.files.clear();
    this.#durable.clear();
  }
}

/** Runs something once, some virtual time later, unless the process ends before. */
export type Later = (ms: number, run: () => void) => void;

export class SimulatedDisk implements Disk {
  readonly #platter: Platter;
  readonly #gate: Gate;
  readonly #random: SeededRandom;
  readonly #later: Later;

  constructor(platter: Platter, gate: Gate, random: SeededRandom, later: Later) {
    this.#platter = platter;
    this.#gate = gate;
    this.#random = random;
    this.#later = later;
  }

  read(path: string): Uint8Array | undefined {
    const content = this.#platter.files.get(plain(path));
    return content && Buffer.from(content.bytes.subarray(0, content.size));
  }

  replace(path: string, bytes: Uint8Array, sync = true): void {
    const size = bytes.length;
    this.#platter.files.set(plain(path), { bytes: Buffer.from(bytes), size, durable: sync ? size : 0 });
    if (sync) this.#platter.settle(plain(path));
  }

  sync(path: string, done: (error?: Error) => void): void {
    this.open(path, 'append').sync(done);
  }

  open(path: string, mode: 'read' | 'append' | 'create'): DiskFile {
    const name = plain(path);
    let content = this.#platter.files.get(name);
    if (content === undefined && mode === 'read') throw missing('open', path);
    if (content === undefined || mode === 'create') {
      content = { bytes: Buffer.alloc(0), size: 0, durable: 0 };
      this.#platter.files.set(name, content);
    }
    const settle = (size: number) => this.#settle(name, content, size);
    return new SimulatedFile(content, (done) => this.#sync(content, settle, done), settle);
  }

  rename(from: string, to: string, lasts?: (error?: Error) => void): void {
    const content = this.#platter.files.get(plain(from));
    if (content === undefined) throw missing('rename', from);
    this.#platter.files.delete(plain(from));
    this.#platter.files.set(plain(to), content);
    const settle = () => {
      this.#platter.settle(plain(from));
      this.#platter.settle(plain(to));
    };
    if (lasts === undefined) {
      settle();
      return;
    }
    this.#later(this.#random.between(SYNC_MS[0], SYNC_MS[1]), () => {
      settle();
      this.#gate.pass(() => lasts());
    });
  }

  remove(path: string): void {
    const name = plain(path);
    for (const file of [...this.#platter.files.keys()]) {
      if (file !== name && !file.startsWith(`${name}/`)) continue;
      this.#platter.files.delete(file);
      this.#platter.settle(file);
    }
  }

  exists(path: string): boolean {
    const name = plain(path);
    if (this.#platter.files.has(name)) return true;
    return [...this.#platter.files.keys()].some((file) => file.startsWith(`${name}/`));
  }

  list(folder: string): string[] {
    const within = plain(folder) === '' ? '' : `${plain(folder)}/`;
    return [...this.#platter.files.keys()]
      .filter((file) => file.startsWith(within) && !file.includes('/', within.length))
      .map((file) => file.slice(within.length))
      .sort();
  }

  /** Folders are the fronts of names. */
  makeFolder(_path: string): void {}

  lock(path: string): DiskLock | undefined {
    const { locks } = this.#platter;
    const name = plain(path);
    if (locks.has(name)) return undefined;
    const owner = {};
    locks.set(name, owner);
    return {
      release: () => {
        if (locks.get(name) === owner) locks.delete(name);
      },
    };
  }

  #sync(content: Content, settle: (size: number) => void, done: (error?: Error) => void): void {
    const { size } = content;
    this.#later(this.#random.between(SYNC_MS[0], SYNC_MS[1]), () => {
      settle(size);
      this.#gate.pass(() => done());
    });
  }

  #settle(name: string, content: Content, size: number): void {
    content.durable = Math.max(content.durable, Math.min(size, content.size));
    if (this.#platter.files.get(name) === content) this.#platter.settle(name);
  }
}

class SimulatedFile implements DiskFile {
  readonly #content: Content;
  readonly #sync: (done: (error?: Error) => void) => void;
  readonly #settle: (size: number) => void;

  constructor(
    content: Content,
    sync: (done: (error?: Error) => void) => void,
    settle: (size: number) => void,
  ) {
    this.#content = content;
    this.#sync = sync;
    this.#settle = settle;
  }

  get size(): number {
    return this.#content.size;
  }

  read(into: Uint8Array, position: number): number {
    const from = Math.min(position, this.#content.size);
    return this.#content.bytes.copy(into, 0, from, Math.min(from + into.length, this.#content.size));
  }

  append(bytes: Uint8Array): void {
    const content = this.#content;
    const size = content.size + bytes.length;
    if (size > content.bytes.length) {
      const grown = Buffer.alloc(Math.max(size, content.bytes.length * 2, 256));
      content.bytes.copy(grown, 0, 0, content.size);
      content.bytes = grown;
    }
    content.bytes.set(bytes, content.size);
    content.size = size;
  }

  sync(done: (error?: Error) => void): void {
    this.#sync(done);
  }

  syncNow(): void {
    this.#settle(this.#content.size);
  }

  truncate(size: number): void {
    this.#content.size = Math.min(size, this.#content.size);
    this.#content.durable = Math.min(size, this.#content.durable);
  }

  close(): void {}
}

/** `./a//b` and `/a/b` name the same file: a simulated host has one root, which is also where its node runs. */
function plain(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts.join('/');
}

function missing(call: string, path: string): Error {
  return Object.assign(new Error(`ENOENT: no such file or directory, ${call} '${path}'`), { code: 'ENOENT' });
}
