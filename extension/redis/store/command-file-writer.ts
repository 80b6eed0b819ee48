/**
 * Writes databases as the commands that make them: the base of an append-only file when it is not to be an RDB
 * (aof-use-rdb-preamble no).
 */
import { Buffer } from 'node:buffer';
import { type Binary, copyBytes } from '../bytes.ts';
import { encodeCommand } from '../resp/encode-command.ts';
import { shortestDouble } from '../shortest-double.ts';
import type { HashValue } from './hash-value.ts';
import type { Collection, Entry, Keyspace } from './keyspace.ts';
import { streamCommands } from './stream-commands.ts';

/** AOF_REWRITE_ITEMS_PER_CMD: large collections are built in steps. */
const ITEMS_PER_COMMAND = 64;
const FIRST_BYTES = 64 * 1024;

type Word = Binary | Uint8Array;

export class CommandFileWriter {
  #bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #size = 0;
  #selected: Keyspace | undefined;

  /** `seconds`: the time, in seconds since the epoch, that stands at the beginning (aof-timestamp-enabled). */
  constructor(functionLibraries: readonly Binary[], seconds?: number) {
    if (seconds !== undefined) this.#raw(Buffer.from(`#TS:${seconds}\r\n`));
    for (const source of functionLibraries) this.#command(['FUNCTION', 'LOAD', source]);
  }

  /** Bytes written since the last `take`. */
  get size(): number {
    return this.#size;
  }

  entry(database: Keyspace, entry: Entry): void {
    if (database !== this.#selected) {
      this.#selected = database;
      this.#command(['SELECT', String(database.index)]);
    }
    const slab = database.stringSlab(entry);
    const keyStart = database.keyStart(entry);
    const key = slab.subarray(keyStart, keyStart + database.keySize(entry));
    const value = database.collection(entry);
    if (value === undefined) {
      const start = database.stringStart(entry);
      this.#command(['SET', key, slab.subarray(start, start + database.stringSize(entry))]);
    } else this.#collection(key, value);
    const expireAt = database.expireAt(entry);
    if (expireAt >= 0) this.#command(['PEXPIREAT', key, String(expireAt)]);
  }

  /** Every value is written whole. */
  readonly unfinished = false;
  goOn(): void {}
  beforeChange(): void {}
  giveBack(): void {}

  take(): Uint8Array {
    const taken = Uint8Array.prototype.slice.call(this.#bytes, 0, this.#size);
    this.#size = 0;
    return taken;
  }

  end(): Uint8Array {
    return this.take();
  }

  #collection(key: Word, value: Collection): void {
    switch (value.kind) {
      case 'list':
        this.#inSteps('RPUSH', key, value.values(), 1);
        break;
      case 'set':
        this.#inSteps('SADD', key, value.values(), 1);
        break;
      case 'hash':
        this.#inSteps('HMSET', key, fieldsAndValues(value.entries()), 2);
        this.#fieldExpiry(key, value);
        break;
      case 'sorted-set':
        this.#inSteps('ZADD', key, scoresAndMembers(value.entries()), 2);
        break;
      case 'stream':
        for (const words of streamCommands(key, value)) this.#command(words);
        break;
    }
  }

  #fieldExpiry(key: Word, hash: HashValue): void {
    if (hash.soonestExpiry === Number.POSITIVE_INFINITY) return;
    for (const field of hash.fields()) {
      const at = hash.expireAt(field);
      if (at >= 0) this.#command(['HPEXPIREAT', key, String(at), 'FIELDS', '1', field]);
    }
  }

  /** `words` come in groups of `groupSize`. */
  #inSteps(name: string, key: Word, words: Iterable<Binary>, groupSize: number): void {
    let step: Word[] = [name, key];
    for (const word of words) {
      step.push(word);
      if (step.length - 2 < ITEMS_PER_COMMAND * groupSize) continue;
      this.#command(step);
      step = [name, key];
    }
    if (step.length > 2) this.#command(step);
  }

  #command(words: readonly Word[]): void {
    this.#raw(encodeCommand(words).bytes);
  }

  #raw(bytes: Uint8Array): void {
    const needed = this.#size + bytes.length;
    if (needed > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#bytes.length));
      this.#bytes.copy(larger, 0, 0, this.#size);
      this.#bytes = larger;
    }
    copyBytes(bytes, 0, bytes.length, this.#bytes, this.#size);
    this.#size = needed;
  }
}

function* fieldsAndValues(entries: Iterable<readonly [Binary, Binary]>): Generator<Binary> {
  for (const [field, value] of entries) {
    yield field;
    yield value;
  }
}

function* scoresAndMembers(entries: Iterable<readonly [Binary, number]>): Generator<Binary> {
  for (const [member, score] of entries) {
    yield shortestDouble(score);
    yield member;
  }
}
