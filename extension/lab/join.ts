/**
 * Making one cluster of nodes that run, over client connections and with the commands redis-trib uses. Nodes that
 * remember a cluster find each other again by themselves.
 */
import { textOf } from '../redis/bytes.ts';
import type { Changes } from './changes.ts';
import type { PlannedNode } from './plan.ts';
import type { RespClient } from './resp-client.ts';

export interface Member {
  readonly plan: PlannedNode;
  readonly client: RespClient;
}

/** How it came about: made anew, remembered from an earlier run, or remembered with new nodes added. */
export type Joined = 'created' | 'resumed' | 'completed';

/** Far more than it takes; a node that has not heard of its primary by then never will. */
const JOIN_LIMIT_MS = 30_000;

export async function join(members: readonly Member[], host: string, changes: Changes): Promise<Joined> {
  const empty = await Promise.all(members.map(({ client }) => isEmpty(client)));
  const fresh = members.filter((_, i) => empty[i]);
  const settled = members.filter((_, i) => !empty[i]);
  if (fresh.length === 0) return 'resumed';
  if (settled.length === 0) {
    await create(members, host, changes);
    return 'created';
  }
  await complete(fresh, settled, host, changes);
  return 'completed';
}

/** Knows nobody and owns nothing: its line stands alone, and ends with `connected`. */
async function isEmpty(client: RespClient): Promise<boolean> {
  const lines = (await client.call('CLUSTER', 'NODES')).trim().split('\n');
  return lines.length === 1 && lines[0]?.endsWith('connected') === true;
}

/** redis-trib's create, without the pauses: slots, an epoch of its own for each, MEET, then who replicates whom. */
async function create(members: readonly Member[], host: string, changes: Changes): Promise<void> {
  await Promise.all(
    members.flatMap(({ plan, client }, i) => [
      ...(plan.slots === undefined ? [] : [client.call('CLUSTER', 'ADDSLOTSRANGE', ...plan.slots)]),
      client.call('CLUSTER', 'SET-CONFIG-EPOCH', i + 1),
    ]),
  );
  // redis-trib lets all meet the first and waits until gossip has told the rest, a second later. Every pair is quicker.
  await Promise.all(
    members.flatMap((member, i) => members.slice(0, i).map((other) => meet(member, other, host))),
  );
  await Promise.all(
    members.map(async (member) => {
      const primary = members.find(({ plan }) => plan.port === member.plan.primaryPort);
      if (primary === undefined) return;
      await replicate(member, await primary.client.call('CLUSTER', 'MYID'), changes);
    }),
  );
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
    await meet(member, known, host);
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

async function meet(member: Member, other: Member | undefined, host: string): Promise<void> {
  if (other !== undefined) await member.client.call('CLUSTER', 'MEET', host, other.plan.port);
}

/** REPLICATE is refused until the handshake has told the node who its primary is. */
async function replicate({ plan, client }: Member, primaryId: string, changes: Changes): Promise<void> {
  let answer = '';
  await changes.until(
    async () => {
      const reply = await client.send('CLUSTER', 'REPLICATE', primaryId);
      if (reply.type !== 'error') return true;
      answer = textOf(reply.value);
      if (!answer.startsWith('ERR Unknown node')) throw new Error(`${plan.port}: ${answer}`);
      return false;
    },
    JOIN_LIMIT_MS,
    () => `${plan.port} was not told of its primary within ${JOIN_LIMIT_MS / 1000} s (${answer}).`,
  );
}
