/** A cluster client as an application has one: it writes, reads back what it wrote, and remembers every surprise. */
import { setTimeout as pause } from 'node:timers/promises';
import { Cluster } from 'ioredis';
import { keySlotOf } from '../../extension/redis/slots.ts';

/** A word that hashes to each of the slots: keys `{word}:n` are in that slot. */
export function wordsFor(slots: readonly number[]): Map<number, string> {
  const wanted = new Set(slots);
  const words = new Map<number, string>();
  for (let n = 0; words.size < wanted.size; n++) {
    const word = n.toString(36);
    const slot = keySlotOf(word);
    if (wanted.has(slot) && !words.has(slot)) words.set(slot, word);
  }
  return words;
}

/** Keys asked for at once when all are looked for. */
const CHUNK = 1000;

export class CheckingClient {
  readonly surprises: string[] = [];
  operations = 0;
  readonly #cluster: Cluster;
  readonly #values = new Map<string, string>();
  #running = false;
  #workers: Promise<void>[] = [];

  constructor(port: number) {
    this.#cluster = new Cluster([{ host: '127.0.0.1', port }]);
    this.#cluster.on('error', (error: Error) => this.surprises.push(String(error)));
  }

  /** Those that another client has loaded. */
  expect(slots: readonly number[], perSlot: number): void {
    for (const word of wordsFor(slots).values())
      for (let n = 0; n < perSlot; n++) this.#values.set(`{${word}}:${n}`, `first ${n}`);
  }

  /** So many keys in each of the slots. */
  async load(slots: readonly number[], perSlot: number): Promise<void> {
    this.expect(slots, perSlot);
    await this.#chunked(async ([key, value]) => {
      await this.#cluster.set(key, value);
    });
  }

  /** Workers, each with keys of its own, each pausing after an operation for so many milliseconds. */
  start(workers: number, pauseMs: number): void {
    this.#running = true;
    const keys = [...this.#values.keys()];
    this.#workers = Array.from({ length: workers }, (_, i) =>
      this.#work(
        keys.filter((_, at) => at % workers === i),
        pauseMs,
      ),
    );
  }

  async #work(keys: readonly string[], pauseMs: number): Promise<void> {
    // A prime stride comes by all keys, and by all slots again and again.
    for (let turn = 0; this.#running; turn++) {
      const key = keys[(turn * 7919) % keys.length];
      const value = `${turn} of ${key}`;
      try {
        const found = await this.#cluster.get(key);
        if (found !== this.#values.get(key)) this.surprises.push(`${key} is ${found}`);
        await this.#cluster.set(key, value);
        this.#values.set(key, value);
      } catch (error) {
        this.surprises.push(String(error));
      }
      this.operations += 2;
      await pause(pauseMs);
    }
  }

  async stop(): Promise<void> {
    this.#running = false;
    await Promise.all(this.#workers);
  }

  /** Keys that are gone or have another value than the last one written. */
  async lost(): Promise<string[]> {
    const lost: string[] = [];
    await this.#chunked(async ([key, value]) => {
      if ((await this.#cluster.get(key)) !== value) lost.push(key);
    });
    return lost;
  }

  async #chunked(each: (entry: [string, string]) => Promise<void>): Promise<void> {
    const entries = [...this.#values];
    for (let at = 0; at < entries.length; at += CHUNK)
      await Promise.all(entries.slice(at, at + CHUNK).map(each));
  }

  close(): void {
    this.#cluster.disconnect();
  }
}
