/** maxmemory: which keys go when there is no room left, as `maxmemory-policy` says. */
import { type Binary, bytesOf } from '../redis/bytes.ts';
import type { Entry, Keyspace } from '../redis/store/keyspace.ts';
import type { Random } from '../redis/world.ts';

export interface Evictor {
  readonly policy: string;
  /** maxmemory-samples: of so many keys, the one not used for longest, or least often, goes. */
  readonly samples: number;
  readonly random: Random;
  used(): number;
  evicted(db: Keyspace, key: Binary): void;
  /** Asked now and then: whether other work has to have its turn. */
  tired(): boolean;
}

/** `tired`: more may go, later. `full`: nothing more may go. */
export type Outcome = 'done' | 'tired' | 'full';

/** Keys evicted between two looks at the clock, as many as in Redis. */
const BATCH = 16;

interface Victim {
  readonly db: Keyspace;
  readonly key: Binary;
}

/** Evicts until no more than `bytes` are used; a key whose time is up takes as much room as any other. */
export function evict(databases: readonly Keyspace[], bytes: number, evictor: Evictor): Outcome {
  const before = databases.map(({ ignoresExpiry }) => ignoresExpiry);
  for (const db of databases) db.ignoresExpiry = true;
  try {
    return evictKeys(databases, bytes, evictor);
  } finally {
    for (const [i, db] of databases.entries()) db.ignoresExpiry = before[i] ?? false;
  }
}

function evictKeys(databases: readonly Keyspace[], bytes: number, evictor: Evictor): Outcome {
  for (let count = 1; evictor.used() > bytes; count++) {
    const victim = choose(databases, evictor);
    if (victim === undefined) return 'full';
    victim.db.removeKey(bytesOf(victim.key));
    evictor.evicted(victim.db, victim.key);
    if (count % BATCH === 0 && evictor.used() > bytes && evictor.tired()) return 'tired';
  }
  return 'done';
}

function choose(databases: readonly Keyspace[], evictor: Evictor): Victim | undefined {
  const [whose, what] = evictor.policy.split('-');
  if (whose === 'noeviction') return undefined;
  if (what === 'ttl') return best(databases, 1, (db) => db.firstToExpire(), soonest);
  const { random } = evictor;
  const pick = (db: Keyspace): Binary | undefined =>
    whose === 'volatile' ? db.randomExpiringKey(random) : db.randomKey(random);
  const samples = what === 'random' ? 1 : evictor.samples;
  return best(databases, samples, pick, (db, entry) => {
    const frequency = db.frequency(entry);
    return frequency === undefined ? db.idleSeconds(entry) : -frequency;
  });
}

function soonest(db: Keyspace, entry: Entry): number {
  return -db.expireAt(entry);
}

/** Of so many keys of every database, the one that `worth` says most of. */
function best(
  databases: readonly Keyspace[],
  samples: number,
  pick: (db: Keyspace) => Binary | undefined,
  worth: (db: Keyspace, entry: Entry) => number,
): Victim | undefined {
  let victim: Victim | undefined;
  let most = Number.NEGATIVE_INFINITY;
  for (const db of databases) {
    for (let i = 0; i < samples && db.size > 0; i++) {
      const key = pick(db);
      const entry = key === undefined ? 0 : db.findKey(bytesOf(key));
      if (key === undefined || entry === 0) continue;
      const value = worth(db, entry);
      if (value <= most) continue;
      victim = { db, key };
      most = value;
    }
  }
  return victim;
}
