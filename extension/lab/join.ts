/**
 * Making one cluster of nodes that run, over client connections and with the commands redis-trib uses. Nodes that
 * remember a cluster find each other again by themselves.
 */
import type { NodeStatus } from '../node/observer.ts';
import type { Changes } from './changes.ts';
import { LabError, say } from './message.ts';
import type { PlannedNode } from './plan.ts';
import type { RespClient } from './resp-client.ts';

export interface Member {
  readonly plan: PlannedNode;
  readonly id: string;
  /** It knows nobody and owns nothing. */
  readonly fresh: boolean;
  readonly client: RespClient;
  /** True once the node has told that it knows the node with this id. */
  knows(id: string): boolean;
}

/** Whether a node that told this is all by itself. */
export function isFresh({ peers, slots }: NodeStatus): boolean {
  return peers.length === 0 && slots.length === 0;
}

/** How it came about: made anew, remembered from an earlier run, or remembered with new nodes added. */
export type Joined = 'created' | 'resumed' | 'completed';

/** Far more than it takes; a node that has not heard of its primary by then never will. */
const JOIN_LIMIT_MS = 30_000;
const MEET_AGAIN_MS = 2000;

/** At least one of the members is fresh. */
export async function join(
  members: readonly Member[],
  host: string,
  changes: Changes,
): Promise<'created' | 'completed'> {
  const fresh = members.filter((member) => member.fresh);
  if (fresh.length === members.length) {
    await create(members, host, changes);
    return 'created';
  }
  const settled = members.filter((member) => !member.fresh);
  await complete(fresh, settled, host, changes);
  return 'completed';
}

/**
 * redis-trib's create, without the pauses: slots, an epoch of its own for each, the first meets all others (gossip makes
 * these known to each other), then who replicates whom. One connection's commands are carried out in order, so nothing of
 * it need wait for an answer. It is the first that meets the others, because a port takes one connection a round of the event
 * loop: dialled by all at the same moment, it would take a round for each, and the node save what it knows in each.
 */
async function create(members: readonly Member[], host: string, changes: Changes): Promise<void> {
  const settled = members.flatMap(({ plan, client }, i) => [
    ...(plan.slots === undefined ? [] : [client.call('CLUSTER', 'ADDSLOTSRANGE', ...plan.slots)]),
    // Refused, and not needed, when another node was quicker to meet this one: equal epochs are told apart later.
    client.send('CLUSTER', 'SET-CONFIG-EPOCH', i + 1),
  ]);
  const [first, ...others] = members;
  const met = first === undefined ? [] : others.map((other) => meet(first, other, host, changes));
  const followed = members.map(async (member) => {
    const primary = members.find(({ plan }) => plan.port === member.plan.primaryPort);
    if (primary !== undefined) await replicate(member, primary.id, changes);
  });
  await Promise.all([...settled, ...met, ...followed]);
}

/** A node whose files were removed comes back empty: it joins the others as a replica of whoever has the fewest. */
async function complete(
  fresh: readonly Member[],
  settled: readonly Member[],
  host: string,
  changes: Changes,
): Promise<void> {
  const [known] = settled;
  if (known === undefined) return;
  const replicas = replicaCounts(await known.client.call('CLUSTER', 'NODES'));
  for (const member of fresh) {
    await meet(member, known, host, changes);
    const [fewest] = [...replicas].sort(([, a], [, b]) => a - b);
    if (fewest === undefined) continue;
    const [id, count] = fewest;
    replicas.set(id, count + 1);
    await replicate(member, id, changes);
  }
}

/** How many replicas each primary with slots has, from CLUSTER NODES. */
function replicaCounts(nodes: string): Map<string, number> {
  const lines = nodes
    .trim()
    .split('\n')
    .map((line) => line.split(' '));
  const counts = new Map<string, number>();
  // <id> <address> <flags> <primary> <ping> <pong> <epoch> <link> <slot> …
  for (const [id = '', , flags = '', ...rest] of lines) {
    if (flags.split(',').includes('master') && rest.length > 5) counts.set(id, 0);
  }
  for (const [, , , primary = ''] of lines) {
    const count = counts.get(primary);
    if (count !== undefined) counts.set(primary, count + 1);
  }
  return counts;
}

/** A handshake that is not done within a second or so is given up by the node, and nobody starts it anew. */
async function meet(member: Member, other: Member, host: string, changes: Changes): Promise<void> {
  for (let tries = 0; tries < JOIN_LIMIT_MS / MEET_AGAIN_MS; tries++) {
    await member.client.call('CLUSTER', 'MEET', host, other.plan.port);
    if (await changes.within(() => member.knows(other.id) && other.knows(member.id), MEET_AGAIN_MS)) return;
  }
  const seconds = JOIN_LIMIT_MS / 1000;
  throw new LabError('{0} and {1} did not meet within {2} s.', member.plan.port, other.plan.port, seconds);
}

/** REPLICATE is refused until gossip has told the node who its primary is. */
async function replicate(
  { plan, client, knows }: Member,
  primaryId: string,
  changes: Changes,
): Promise<void> {
  const limit = say('{0} was not told of its primary within {1} s.', plan.port, JOIN_LIMIT_MS / 1000);
  await changes.until(
    () => knows(primaryId),
    JOIN_LIMIT_MS,
    () => limit,
  );
  await client.call('CLUSTER', 'REPLICATE', primaryId);
}
