/** What HRANDFIELD, SRANDMEMBER and ZRANDMEMBER share: which of `size` positions a count asks for. */
import { errors } from '../errors.ts';
import type { Reply } from '../resp/reply.ts';
import type { Random } from '../world.ts';

/** How many draws a reply may hold that nothing else limits: no memory would take what Redis tries to write then. */
const MAX_SAMPLE = 2 ** 27;

export type Sample = Iterable<number> & { readonly length: number };

/**
 * A count from 0 on asks for that many distinct positions (all of them, in order, when there are no more), a negative
 * one for that many independent draws, as long as there is room for them in the reply.
 */
export function samplePositions(size: number, count: number, random: Random, reply: Reply): Sample {
  if (count < 0) {
    if (count < -MAX_SAMPLE && reply.limit === Number.POSITIVE_INFINITY) throw errors.outOfRange();
    return draws(size, -count, random, reply);
  }
  if (count >= size) return Array.from({ length: size }, (_, i) => i);
  return distinctPositions(size, count, random);
}

function draws(size: number, length: number, random: Random, reply: Reply): Sample {
  return {
    length,
    *[Symbol.iterator]() {
      for (let i = 0; i < length && !reply.full; i++) yield random.below(size);
    },
  };
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
