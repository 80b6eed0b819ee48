/** maxmemory: which keys go when there is no room left, as `maxmemory-policy` says. */
import { type Binary, bytesOf } from '../redis/bytes.ts';
import type { Keyspace } from '../redis/store/keyspace.ts';
import type { Random } from '../redis/world.ts';

/** Policies that may take any key. The others take only keys that expire, soonest first. */
const TAKES_ANY = /^allkeys-/;

export interface Evictor {
  readonly policy: string;
  /** maxmemory-samples: of so many keys, the one not used for longest goes. */
  readonly samples: number;
  readonly random: Random;
  used(): number;
  evicted(db: Keyspace, key: Binary): void;
}

/** Evicts until no more than `bytes` are used; false when nothing more may go. */
export function evict(databases: readonly Keyspace[], bytes: number, evictor: Evictor): boolean {
  while (evictor.used() > bytes) {
    const victim = TAKES_ANY.test(evictor.policy) ? idlest(databases, evictor) : undefined;
    if (victim === undefined) return false;
    victim.db.removeKey(bytesOf(victim.key));
    evictor.evicted(victim.db, victim.key);
  }
  return true;
}

interface Victim {
  readonly db: Keyspace;
  readonly key: Binary;
}

/** An approximated LRU over samples of all databases; with `allkeys-random` the first sample will do. */
function idlest(databases: readonly Keyspace[], { policy, samples, random }: Evictor): Victim | undefined {
  let best: Victim | undefined;
  let bestIdle = -1;
  for (const db of databases) {
    for (let i = 0; i < (policy === 'allkeys-random' ? 1 : samples) && db.size > 0; i++) {
      const key = db.randomKey(random);
      const entry = key === undefined ? 0 : db.findKey(bytesOf(key));
      if (key === undefined || entry === 0) continue;
      const idle = db.idleSeconds(entry);
      if (idle <= bestIdle) continue;
      best = { db, key };
      bestIdle = idle;
    }
  }
  return best;
}
