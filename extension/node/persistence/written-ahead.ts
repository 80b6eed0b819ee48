/**
 * Which keys of an image were written ahead of the walk over them, by slot and hash: one small table for each 128 slots,
 * so that none takes long to grow, in typed arrays, so that V8's collector has nothing to copy while a node is written
 * to and saved.
 */
import { SLOT_COUNT } from '../../redis/slots.ts';

const GROUP_SHIFT = 7;
const FIRST_CELLS = 64;
const WORDS = 2;

/** Cells of two words: slot + 1, 0 where nothing is, and hash. */
interface Group {
  words: Int32Array;
  count: number;
}

export class WrittenAhead {
  readonly #groups: (Group | undefined)[] = new Array(SLOT_COUNT >> GROUP_SHIFT).fill(undefined);

  has(slot: number, hash: number): boolean {
    const group = this.#groups[slot >> GROUP_SHIFT];
    return group !== undefined && group.words[placeOf(group.words, slot, hash)] !== 0;
  }

  /** False when it is there already. */
  add(slot: number, hash: number): boolean {
    let group = this.#groups[slot >> GROUP_SHIFT];
    if (group === undefined) {
      group = { words: new Int32Array(FIRST_CELLS * WORDS), count: 0 };
      this.#groups[slot >> GROUP_SHIFT] = group;
    }
    const place = placeOf(group.words, slot, hash);
    if (group.words[place] !== 0) return false;
    group.words[place] = slot + 1;
    group.words[place + 1] = hash;
    // Half full at most.
    if (++group.count * 2 * WORDS > group.words.length) grow(group);
    return true;
  }

  /** Nobody will ask for a slot up to this one any more. */
  passed(slot: number): void {
    if (((slot + 1) & ((1 << GROUP_SHIFT) - 1)) === 0) this.#groups[slot >> GROUP_SHIFT] = undefined;
  }
}

/** The word of the cell that holds this slot and hash, or of the free one where they belong. */
function placeOf(words: Int32Array, slot: number, hash: number): number {
  const mask = words.length / WORDS - 1;
  let cell = (hash ^ Math.imul(slot, 0x9e3779b1)) & mask;
  while (words[cell * WORDS] !== 0) {
    if (words[cell * WORDS] === slot + 1 && words[cell * WORDS + 1] === hash) break;
    cell = (cell + 1) & mask;
  }
  return cell * WORDS;
}

function grow(group: Group): void {
  const old = group.words;
  const words = new Int32Array(2 * old.length);
  for (let at = 0; at < old.length; at += WORDS) {
    if (old[at] === 0) continue;
    const place = placeOf(words, old[at] - 1, old[at + 1]);
    words[place] = old[at];
    words[place + 1] = old[at + 1];
  }
  group.words = words;
}
