/** Pseudo-randomness that a seed decides wholly: the same seed, the same run. */
import type { Random } from '../redis/world.ts';

/** sfc32, the "small fast chaotic" generator of PractRand: 128 bits of state, ample for scenarios. */
export class SeededRandom implements Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: number, label = '') {
    // FNV-1a over the label: worlds of one simulation draw from streams of their own, so that one node's draws don't
    // shift another's.
    let hash = 0x811c9dc5;
    for (const character of label) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
    this.#a = seed | 0;
    this.#b = Math.floor(seed / 2 ** 32) | 0;
    this.#c = hash | 0;
    // The first results still look like the seed.
    for (let i = 0; i < 12; i++) this.word();
  }

  bytes(count: number): Uint8Array {
    const bytes = new Uint8Array(count);
    for (let i = 0; i < count; i++) bytes[i] = this.word();
    return bytes;
  }

  below(limit: number): number {
    // The bias of a modulo is below limit / 2^53: of no consequence to a simulation.
    return Math.floor(this.fraction() * limit);
  }

  /** In [0, 1), with 53 bits. */
  fraction(): number {
    return ((this.word() >>> 5) * 2 ** 26 + (this.word() >>> 6)) / 2 ** 53;
  }

  between(low: number, high: number): number {
    return low + this.fraction() * (high - low);
  }

  chance(probability: number): boolean {
    return probability > 0 && this.fraction() < probability;
  }

  /** 32 bits. */
  word(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    return sum;
  }
}
