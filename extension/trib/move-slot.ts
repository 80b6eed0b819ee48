/** Moves one slot with its keys from one primary to another while clients go on reading and writing. */
import type { ClusterNode, ClusterView } from './cluster-view.ts';
import { type Answer, listOf, messageOf } from './connection.ts';
import { type Transcript, TribError } from './transcript.ts';

/** Keys in one MIGRATE, and how long the source may wait for the target (redis-trib's own defaults). */
export const DEFAULT_PIPELINE = 10;
export const DEFAULT_TIMEOUT_MS = 60_000;

export interface MoveOptions {
  readonly pipeline: number;
  readonly timeoutMs: number;
  /** Overwrite keys which the target has already: a move that was cut short, or a fix. */
  readonly replace: boolean;
  /** Only the keys: the slot is open or assigned already. */
  readonly keysOnly?: boolean;
  readonly dots?: boolean;
}

/** Where a slot is to go. */
export interface Move {
  readonly slot: number;
  readonly source: ClusterNode;
  readonly target: ClusterNode;
}

/**
 * IMPORTING first, then MIGRATING, or a client could be sent to a target that refuses it. The new owner is told first
 * at the end: should we die between the two, the slot is owned twice for a moment rather than by nobody.
 */
export async function moveSlot(
  view: ClusterView,
  { slot, source, target }: Move,
  options: MoveOptions,
  transcript: Transcript,
): Promise<number> {
  if (!options.keysOnly) {
    await target.cluster('SETSLOT', slot, 'IMPORTING', source.id);
    await source.cluster('SETSLOT', slot, 'MIGRATING', target.id);
  }
  const keys = await moveKeys({ slot, source, target }, options, transcript);
  if (!options.keysOnly) await assignSlot(view, slot, target, source);
  source.slots.delete(slot);
  target.slots.add(slot);
  return keys;
}

/** SETSLOT NODE on the new owner, then the old one, then all other primaries, which would learn it by gossip anyway. */
export async function assignSlot(
  view: ClusterView,
  slot: number,
  owner: ClusterNode,
  former: ClusterNode | undefined,
): Promise<void> {
  await owner.cluster('SETSLOT', slot, 'NODE', owner.id);
  if (former) await former.cluster('SETSLOT', slot, 'NODE', owner.id);
  const others = view.primaries.filter((node) => node !== owner && node !== former);
  await Promise.allSettled(others.map((node) => node.cluster('SETSLOT', slot, 'NODE', owner.id)));
}

/**
 * Makes a node the owner of a slot that nobody serves, whoever it believes to own it, in one step; the new epoch makes
 * all others believe it.
 */
export async function claimSlot(node: ClusterNode, slot: number): Promise<void> {
  await node.connection.call('MULTI');
  // Refused when the node knows no owner, which is fine.
  await node.cluster('DELSLOTS', slot);
  await node.cluster('ADDSLOTS', slot);
  await node.cluster('SETSLOT', slot, 'STABLE');
  await node.cluster('BUMPEPOCH');
  await node.connection.call('EXEC');
  node.slots.add(slot);
}

async function moveKeys(move: Move, options: MoveOptions, transcript: Transcript): Promise<number> {
  let moved = 0;
  for (;;) {
    const keys = listOf(await move.source.cluster('GETKEYSINSLOT', move.slot, options.pipeline));
    if (keys.length === 0) return moved;
    await migrate(move, keys, options, transcript);
    moved += keys.length;
    if (options.dots) transcript.progress('.'.repeat(keys.length));
  }
}

async function migrate(
  { source, target }: Move,
  keys: readonly Answer[],
  { timeoutMs, replace }: MoveOptions,
  transcript: Transcript,
): Promise<void> {
  const { host, port } = target.address;
  const names = keys.filter((key) => Buffer.isBuffer(key));
  const send = (flags: readonly string[]) =>
    source.connection.call('MIGRATE', host, port, '', 0, timeoutMs, ...flags, 'KEYS', ...names);
  try {
    await send(replace ? ['REPLACE'] : []);
  } catch (error) {
    const text = messageOf(error);
    if (text.includes('BUSYKEY')) {
      transcript.line('');
      throw new TribError(
        `[ERR] Calling MIGRATE: ${text}\n*** Use --replace to overwrite the keys that the target has already.`,
      );
    }
    transcript.line('');
    throw new TribError(`[ERR] Calling MIGRATE: ${text}`);
  }
}
