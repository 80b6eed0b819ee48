/** When a lab may be called ready: what is still missing, from what its nodes tell. */
import type { NodeStatus } from '../node/observer.ts';
import { say } from './message.ts';
import type { Message } from './protocol.ts';
import type { NodeView } from './snapshots.ts';

/** Undefined when every node runs, says cluster_state:ok, is linked to all others and sees their roles as they are. */
export function missing(nodes: readonly NodeView[]): Message | undefined {
  const statuses = new Map<string, NodeStatus>();
  for (const { port, state, status } of nodes) {
    if (state !== 'running' || status?.id === undefined) return say('{0} does not run', port);
    statuses.set(status.id, status);
  }
  for (const { port, status } of nodes) {
    const gap = status && missingFor(port, status, statuses);
    if (gap !== undefined) return gap;
  }
  return undefined;
}

function missingFor(
  port: number,
  status: NodeStatus,
  all: ReadonlyMap<string, NodeStatus>,
): Message | undefined {
  if (status.clusterOk !== true) return say('{0} says cluster_state:fail', port);
  if (status.role === 'replica' && status.primaryLinkUp !== true)
    return say('{0} has no link to its primary yet', port);
  for (const [id, other] of all) {
    if (id === status.id) continue;
    const seen = status.peers.find((peer) => peer.id === id);
    if (seen === undefined) return say('{0} does not know {1} yet', port, id);
    if (!seen.linkUp) return say('{0} has no link to {1} yet', port, seen.port);
    if (seen.role !== other.role) return say('{0} takes {1} for a {2}', port, seen.port, seen.role);
  }
  return undefined;
}
