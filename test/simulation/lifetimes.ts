/** Until when keys and fields of hashes live, which DEBUG DIGEST does not look at: it knows only whether they expire. */
import type { Node } from '../../extension/node/node.ts';
import { bytesOf } from '../../extension/redis/bytes.ts';
import { SLOT_COUNT } from '../../extension/redis/slots.ts';
import type { Entry, Keyspace } from '../../extension/redis/store/keyspace.ts';

/** A field is removed when its time comes, by active expiry if nobody looks at it: ten times a second. */
const REMOVED_WITHIN_MS = 1000;

/** By `key` or `key field`, milliseconds since the epoch: of one key or of all, what is over and still there included. */
export function lifetimesOf(keyspace: Keyspace, key?: string): Map<string, number> {
  const lifetimes = new Map<string, number>();
  const add = (entry: Entry): void => {
    const name = keyspace.keyOf(entry);
    const at = keyspace.expireAt(entry);
    if (at >= 0) lifetimes.set(name, at);
    const value = keyspace.collection(entry);
    if (value?.kind !== 'hash') return;
    for (const field of value.fields()) {
      const fieldAt = value.expireAt(field);
      if (fieldAt >= 0) lifetimes.set(`${name} ${field}`, fieldAt);
    }
  };
  if (key === undefined) for (let slot = 0; slot < SLOT_COUNT; slot++) keyspace.eachStoredInSlot(slot, add);
  else add(keyspace.seeKey(bytesOf(key)));
  return lifetimes;
}

/** Throws when a node still has what should be gone by its clock: a primary removes it, and tells its replicas. */
export function checkNotOverdue(name: string, { databases, world }: Node): void {
  const nowMs = world.clock.wallMs();
  for (const [what, at] of lifetimesOf(databases[0])) {
    const late = nowMs - at;
    if (late > REMOVED_WITHIN_MS) throw new Error(`${name} still has ${what}, which expired ${late} ms ago`);
  }
}
