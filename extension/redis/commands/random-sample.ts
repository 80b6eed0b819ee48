/** What HRANDFIELD, SRANDMEMBER and ZRANDMEMBER share: which of `size` positions a count asks for. */
import { errors } from '../errors.ts';
import type { Random } from '../world.ts';

/**
 * Redis lets a negative count run until the client's output buffer is full and then drops the client. Nothing of
 * ours could hold such a reply either: it is refused beforehand.
 */
const MAX_SAMPLE = 2 ** 27;

/**
 * A count from 0 on asks for that many distinct positions (all of them, in order, when there are no more), a negative
 * one for that many independent draws.
 */
export function samplePositions(size: number, count: number, random: Random): number[] {
  if (count < 0) {
    if (count < -MAX_SAMPLE) throw errors.outOfRange();
    return Array.from({ length: -count }, () => random.below(size));
  }
  if (count >= size) return Array.from({ length: size }, (_, i) => i);
  return distinctPositions(size, count, random);
}

/** Floyd's sampling: each subset of `count` positions is equally likely, in time and space of `count` alone. */
export function distinctPositions(size: number, count: number, random: Random): number[] {
  const chosen = new Set<number>();
  for (let top = size - count; top < size; top++) {
    const draw = random.below(top + 1);
    chosen.add(chosen.has(draw) ? top : draw);
  }
  return [...chosen];
}
