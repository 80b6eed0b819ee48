/** Who becomes primary, who follows whom, and which slots go where: create's decisions, before anything is sent. */
import { evenShare, type SlotRange } from '../redis/slots.ts';
import { MINIMUM_PRIMARIES } from './limits.ts';

export interface Candidate {
  readonly host: string;
}

export interface CreatePlan<T> {
  readonly primaries: readonly { readonly node: T; readonly slots: SlotRange }[];
  readonly replicas: readonly { readonly node: T; readonly of: T }[];
}

/** The refusal of redis-trib, or undefined when so many nodes can form a cluster. */
export function refusal(nodes: number, replicas: number): string[] | undefined {
  if (Math.floor(nodes / (replicas + 1)) >= MINIMUM_PRIMARIES) return undefined;
  return [
    '*** ERROR: Invalid configuration for cluster creation.',
    `*** Redis Cluster requires at least ${MINIMUM_PRIMARIES} master nodes.`,
    `*** This is not possible with ${nodes} nodes and ${replicas} replicas per node.`,
    `*** At least ${MINIMUM_PRIMARIES * (replicas + 1)} nodes are required.`,
  ];
}

/**
 * Primaries are spread over hosts by taking one node of each host in turn. Each then gets `replicas` replicas, from
 * another host where there is one; nodes left over become extra replicas, one for each primary in turn.
 */
export function planCreate<T extends Candidate>(nodes: readonly T[], replicas: number): CreatePlan<T> {
  const interleaved = interleaveByHost(nodes);
  const count = Math.floor(nodes.length / (replicas + 1));
  const primaries = interleaved.slice(0, count).map((node, i) => ({ node, slots: evenShare(i, count) }));
  const spare = interleaved.slice(count);
  const assigned: { node: T; of: T }[] = [];
  const assign = (primary: T): void => {
    const elsewhere = spare.findIndex(({ host }) => host !== primary.host);
    const [node] = spare.splice(Math.max(elsewhere, 0), 1);
    if (node) assigned.push({ node, of: primary });
  };
  for (const { node } of primaries) for (let i = 0; i < replicas; i++) assign(node);
  while (spare.length > 0) for (const { node } of primaries) assign(node);
  separate(assigned);
  return { primaries, replicas: assigned };
}

/**
 * The greedy choice above can leave the last primary with a replica on its own host although an exchange with another
 * pair would keep both apart. Exchanges are made as long as one helps; each removes a pair that shares a host.
 */
function separate<T extends Candidate>(pairs: { node: T; of: T }[]): void {
  const shared = ({ node, of }: { node: T; of: T }) => node.host === of.host;
  for (const pair of pairs.filter(shared)) {
    const other = pairs.find(
      (candidate) => candidate.node.host !== pair.of.host && pair.node.host !== candidate.of.host,
    );
    if (other) [pair.node, other.node] = [other.node, pair.node];
  }
}

function interleaveByHost<T extends Candidate>(nodes: readonly T[]): T[] {
  const hosts = [...new Set(nodes.map(({ host }) => host))];
  const queues = hosts.map((host) => nodes.filter((node) => node.host === host));
  const longest = Math.max(0, ...queues.map(({ length }) => length));
  return Array.from({ length: longest }, (_, round) =>
    queues.flatMap((queue) => queue.slice(round, round + 1)),
  ).flat();
}
