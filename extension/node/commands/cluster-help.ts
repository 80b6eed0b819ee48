/** CLUSTER HELP. */
import type { Reply } from '../../redis/resp/reply.ts';

const LINES: readonly (readonly [syntax: string, meaning: string])[] = [
  ['ADDSLOTS <slot> [<slot> ...]', 'This node takes the slots, which must have no owner.'],
  ['ADDSLOTSRANGE <first> <last> [<first> <last> ...]', 'The same for all slots of each range.'],
  ['BUMPEPOCH', 'This node takes a new config epoch, unless it has the highest.'],
  ['COUNT-FAILURE-REPORTS <node-id>', 'How many nodes lately reported the node as failing.'],
  ['COUNTKEYSINSLOT <slot>', 'How many keys of the slot are here.'],
  ['DELSLOTS <slot> [<slot> ...]', 'This node forgets who owns the slots.'],
  ['DELSLOTSRANGE <first> <last> [<first> <last> ...]', 'The same for all slots of each range.'],
  ['FAILOVER [FORCE|TAKEOVER]', 'This replica takes the place of its primary.'],
  ['FLUSHSLOTS', 'This node, which must be empty, gives up all its slots.'],
  ['FORGET <node-id>', 'Removes a node, and keeps it out for a minute.'],
  ['GETKEYSINSLOT <slot> <count>', 'Some keys of the slot that are here.'],
  ['INFO', 'State, sizes, epochs and message counts.'],
  ['KEYSLOT <key>', 'The slot of a key.'],
  ['LINKS', 'The connections to and from every node.'],
  ['MEET <ip> <port> [<bus-port>]', 'Makes this node and another know each other.'],
  ['MYID', 'The id of this node.'],
  ['MYSHARDID', 'The id of the shard this node belongs to.'],
  ['NODES', 'All nodes as this one sees them, in lines of:'],
  ['', '<id> <ip:port@bus-port[,hostname]> <flags> <master> <pings> <pongs> <epoch> <link> <slot> ...'],
  ['REPLICAS <node-id>', 'The replicas of a primary, in the same lines.'],
  ['REPLICATE <node-id>', 'This node becomes a replica of a primary.'],
  ['RESET [HARD|SOFT]', 'This node forgets the cluster; HARD: and its own id and epochs.'],
  ['SAVECONFIG', 'Writes nodes.conf now.'],
  ['SET-CONFIG-EPOCH <epoch>', 'Gives a fresh node its first config epoch.'],
  ['SETSLOT <slot> (IMPORTING|MIGRATING|NODE <node-id>|STABLE)', 'Begins or ends the move of a slot.'],
  ['SHARDS', 'The slots of each shard, and its nodes.'],
  ['SLOTS', 'The ranges of slots, each with its primary and replicas.'],
];

export function clusterHelp(reply: Reply): void {
  const lines = ['CLUSTER <subcommand> [<arg> [value] [opt] ...]. Subcommands are:'];
  for (const [syntax, meaning] of LINES) {
    if (syntax !== '') lines.push(syntax);
    lines.push(`    ${meaning}`);
  }
  lines.push('HELP', '    Prints this help.');
  reply.array(lines.length);
  for (const line of lines) reply.simple(line);
}
