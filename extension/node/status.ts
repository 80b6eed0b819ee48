/** What a node tells observers on request: a copy. */
import type { NodeParts } from './node-parts.ts';
import type { NodeStatus } from './observer.ts';

export function statusOf(node: NodeParts): NodeStatus {
  const { cluster, replication, databases } = node;
  const seen = cluster?.status();
  return {
    id: cluster?.myId,
    role: seen?.role ?? replication.role,
    primaryId: seen?.primaryId,
    clusterOk: seen?.clusterOk,
    configEpoch: seen?.configEpoch ?? 0,
    currentEpoch: seen?.currentEpoch ?? 0,
    slots: seen?.slots ?? [],
    keys: databases.reduce((sum, db) => sum + db.size, 0),
    usedBytes: node.usedBytes,
    replicationOffset: replication.offset,
    primaryLinkUp: replication.role === 'replica' ? replication.linkUp : undefined,
    clients: node.clients.size,
    commandsProcessed: node.statistics.commands,
    peers: seen?.peers ?? [],
  };
}
