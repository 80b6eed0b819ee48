/**
 * What it takes to free a value, in allocations, as Redis estimates it. A value that takes more than a few is not worth
 * waiting for; here none is waited for: V8's collector, or the slab it goes back to, takes it in the background.
 */
import type { Collection } from './collection.ts';

/** LAZYFREE_THRESHOLD: above it a value counts as lazily freed. */
const THRESHOLD = 64;

export function isFreedLazily(value: Collection): boolean {
  return effortOf(value) > THRESHOLD;
}

function effortOf(value: Collection): number {
  switch (value.kind) {
    case 'list':
      return value.encoding === 'quicklist' ? value.size : 1;
    case 'set':
    case 'hash':
      return value.encoding === 'hashtable' ? value.size : 1;
    case 'sorted-set':
      return value.encoding === 'skiplist' ? value.size : 1;
    case 'stream': {
      const [first] = value.groups.values();
      return value.blocks.length + value.groups.size * (1 + (first?.pending.size ?? 0));
    }
  }
}
