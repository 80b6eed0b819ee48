/** The cluster: see command-docs.ts for the notation. */
export const cluster = `
asking @3.0.0 O(1)
  -
  Lets the next command touch a slot that is being imported.
cluster @3.0.0
  -
  The cluster and its slots.
cluster|addslots @3.0.0 O(N)
  slot:integer...
  This node takes slots that have no owner.
cluster|addslotsrange @7.0.0 O(N)
  range{start-slot:integer end-slot:integer}...
  This node takes ranges of slots that have no owner.
cluster|bumpepoch @3.0.0 O(1)
  -
  This node takes a new config epoch.
cluster|count-failure-reports @3.0.0 O(N)
  node-id
  How many nodes report a node as failing.
cluster|countkeysinslot @3.0.0 O(1)
  slot:integer
  How many keys of a slot are here.
cluster|delslots @3.0.0 O(N)
  slot:integer...
  This node forgets who owns slots.
cluster|delslotsrange @7.0.0 O(N)
  range{start-slot:integer end-slot:integer}...
  This node forgets who owns ranges of slots.
cluster|failover @3.0.0 O(1)
  [options(+FORCE|+TAKEOVER)]
  This replica takes its primary's place.
cluster|flushslots @3.0.0 O(1)
  -
  This node gives up all its slots.
cluster|forget @3.0.0 O(1)
  node-id
  Removes a node from this one's list.
cluster|getkeysinslot @3.0.0 O(N)
  slot:integer count:integer
  Keys of a slot that are here.
cluster|help @5.0.0 O(1)
  -
  What the subcommands do.
cluster|info @3.0.0 O(1)
  -
  The state of the cluster.
cluster|keyslot @3.0.0 O(N)
  key
  The slot a key belongs to.
cluster|links @7.0.0 O(N)
  -
  The connections between this node and the others.
cluster|meet @3.0.0 O(1)
  ip port:integer [cluster-bus-port:integer]
  Makes two nodes know each other.
cluster|myid @3.0.0 O(1)
  -
  This node's id.
cluster|myshardid @7.2.0 O(1)
  -
  The id of this node's shard.
cluster|nodes @3.0.0 O(N)
  -
  All nodes, as this one sees them.
cluster|replicas @5.0.0 O(N)
  node-id
  A primary's replicas.
cluster|replicate @3.0.0 O(1)
  node-id
  This node becomes a replica.
cluster|reset @3.0.0 O(N)
  [reset-type(+HARD|+SOFT)]
  This node forgets the cluster.
cluster|saveconfig @3.0.0 O(1)
  -
  Writes nodes.conf.
cluster|set-config-epoch @3.0.0 O(1)
  config-epoch:integer
  Gives a fresh node its config epoch.
cluster|setslot @3.0.0 O(1)
  slot:integer subcommand(IMPORTING=importing/node-id|MIGRATING=migrating/node-id|NODE=node/node-id|+STABLE)
  Begins or ends the move of a slot.
cluster|shards @7.0.0 O(N)
  -
  The shards with their slots and nodes.
cluster|slaves @3.0.0 O(N) !5.0.0 CLUSTER REPLICAS
  node-id
  A primary's replicas.
cluster|slots @3.0.0 O(N) !7.0.0 CLUSTER SHARDS
  -
  Which nodes serve which slots.
readonly @3.0.0 O(1)
  -
  Lets a replica serve reads on this connection.
readwrite @3.0.0 O(1)
  -
  Ends READONLY.
`;
