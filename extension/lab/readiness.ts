/** When a lab may be called ready: what is still missing, from what its nodes tell. */
import type { NodeStatus } from '../node/observer.ts';
import type { NodeView } from './snapshots.ts';

/** Undefined when every node runs, says cluster_state:ok, is linked to all others and sees their roles as they are. */
export function missing(nodes: readonly NodeView[]): string | undefined {
  const statuses = new Map<string, NodeStatus>();
  for (const { port, state, status } of nodes) {
    if (state !== 'running' || status?.id === undefined) return `${port} does not run`;
    statuses.set(status.id, status);
  }
  for (const { port, status } of nodes) {
    const gap = status && missingFor(status, statuses);
    if (gap !== undefined) return `${port} ${gap}`;
  }
  return undefined;
}

function missingFor(status: NodeStatus, all: ReadonlyMap<string, NodeStatus>): string | undefined {
  if (status.clusterOk !== true) return 'says cluster_state:fail';
  if (status.role === 'replica' && status.primaryLinkUp !== true) return 'has no link to its primary yet';
  for (const [id, other] of all) {
    if (id === status.id) continue;
    const seen = status.peers.find((peer) => peer.id === id);
    if (seen === undefined) return `does not know ${id} yet`;
    if (!seen.linkUp) return `has no link to ${seen.port} yet`;
    if (seen.role !== other.role) return `takes ${seen.port} for a ${seen.role}`;
  }
  return undefined;
}
