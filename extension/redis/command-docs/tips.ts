/**
 * The tips of COMMAND INFO, for clients and proxies that know the whole cluster: to whom a command is to be sent, what to
 * make of several answers, and whether the same answer comes twice. By their texts, in the order Redis 7.2 tells them.
 */
const RANDOM = 'nondeterministic_output';
const UNORDERED = 'nondeterministic_output_order';
const NODES = 'request_policy:all_nodes';
const SHARDS = 'request_policy:all_shards';
const SLOTS = 'request_policy:multi_shard';
const SUCCEEDED = 'response_policy:all_succeeded';
const ONE_SUCCEEDED = 'response_policy:one_succeeded';
const SUM = 'response_policy:agg_sum';
const MINIMUM = 'response_policy:agg_min';
const AND = 'response_policy:agg_logical_and';
const SPECIAL = 'response_policy:special';

const COMMANDS: readonly (readonly [tips: readonly string[], names: string])[] = [
  [
    [RANDOM],
    `client|info client|list cluster|bumpepoch cluster|count-failure-reports cluster|getkeysinslot cluster|info
    cluster|links cluster|myshardid cluster|nodes cluster|replicas cluster|shards cluster|slaves cluster|slots dump
    hrandfield hscan lastsave migrate object|encoding object|freq object|idletime object|refcount pttl spop srandmember
    sscan time ttl xadd xautoclaim xclaim xinfo|consumers xpending xtrim zrandmember zscan`,
  ],
  [
    [UNORDERED],
    `command command|docs command|info command|list function|list hgetall hkeys hvals module|list sdiff sinter smembers
    sunion`,
  ],
  [
    [NODES, SUCCEEDED],
    `acl|deluser acl|save acl|setuser client|setinfo client|setname config|resetstat config|rewrite config|set
    script|flush script|load slowlog|reset`,
  ],
  [
    [SHARDS, SUCCEEDED],
    'flushall flushdb function|delete function|flush function|load function|restore memory|purge ping',
  ],
  [[SHARDS, ONE_SUCCEEDED], 'function|kill script|kill'],
  [[RANDOM, SHARDS, SPECIAL], 'function|stats info memory|doctor memory|malloc-stats memory|stats'],
  [[RANDOM, NODES, SPECIAL], 'latency|doctor latency|graph latency|histogram latency|history latency|latest'],
  [[NODES, SUM], 'latency|reset'],
  [[SLOTS, SUM], 'del exists touch unlink'],
  [[SLOTS], 'mget'],
  [[SLOTS, SUCCEEDED], 'mset'],
  [[SHARDS, SUM], 'dbsize'],
  [[SHARDS, MINIMUM], 'wait waitaof'],
  [[SHARDS, AND], 'script|exists'],
  [[SHARDS, UNORDERED], 'keys'],
  [[SHARDS, SPECIAL, RANDOM], 'randomkey'],
  [[RANDOM, 'request_policy:special', SPECIAL], 'scan'],
  [[NODES, SUM, RANDOM], 'slowlog|len'],
  [[NODES, RANDOM], 'slowlog|get'],
];

/** By the name of a command's row. */
export const TIPS: ReadonlyMap<string, readonly string[]> = new Map(
  COMMANDS.flatMap(([tips, names]) => names.split(/\s+/).map((name) => [name, tips] as const)),
);
