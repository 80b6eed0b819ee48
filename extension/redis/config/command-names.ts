/**
 * Which commands a server has out of the box: what `rename-command` may rename and what rules of `user` lines
 * may name. Subcommands are `container|name`.
 */

import { isAtLeast, productOf, type Target } from './directive.ts';

/** Commands by the version that brought them; the first group is as old as Redis 3.2 or older. */
const BROUGHT_BY = {
  '3.2': `
    append asking auth bgrewriteaof bgsave bitcount bitfield bitop bitpos blpop brpop brpoplpush client
    client|getname client|kill client|list client|pause client|reply client|setname cluster
    cluster|addslots cluster|bumpepoch cluster|count-failure-reports cluster|countkeysinslot
    cluster|delslots cluster|failover cluster|flushslots cluster|forget cluster|getkeysinslot cluster|info
    cluster|keyslot cluster|meet cluster|myid cluster|nodes cluster|replicate cluster|reset
    cluster|saveconfig cluster|set-config-epoch cluster|setslot cluster|slaves cluster|slots command
    command|count command|getkeys command|info config config|get config|resetstat config|rewrite
    config|set dbsize debug decr decrby del discard dump echo eval evalsha exec exists expire expireat
    flushall flushdb geoadd geodist geohash geopos georadius georadius_ro georadiusbymember
    georadiusbymember_ro get getbit getrange getset hdel hexists hget hgetall hincrby hincrbyfloat hkeys
    hlen hmget hmset hscan hset hsetnx hstrlen hvals incr incrby incrbyfloat info keys lastsave latency
    latency|doctor latency|graph latency|help latency|history latency|latest latency|reset lindex linsert
    llen lpop lpush lpushx lrange lrem lset ltrim mget migrate monitor move mset msetnx multi object
    object|encoding object|idletime object|refcount persist pexpire pexpireat pfadd pfcount pfdebug
    pfmerge pfselftest ping psetex psubscribe psync pttl publish pubsub pubsub|channels pubsub|numpat
    pubsub|numsub punsubscribe quit randomkey readonly readwrite rename renamenx replconf restore
    restore-asking role rpop rpoplpush rpush rpushx sadd save scan scard script script|debug script|exists
    script|flush script|kill script|load sdiff sdiffstore select set setbit setex setnx setrange shutdown
    sinter sinterstore sismember slaveof slowlog slowlog|get slowlog|len slowlog|reset smembers smove sort
    spop srandmember srem sscan strlen subscribe substr sunion sunionstore sync time touch ttl type
    unsubscribe unwatch wait watch zadd zcard zcount zincrby zinterstore zlexcount zrange zrangebylex
    zrangebyscore zrank zrem zremrangebylex zremrangebyrank zremrangebyscore zrevrange zrevrangebylex
    zrevrangebyscore zrevrank zscan zscore zunionstore
  `,
  '4.0': `
    memory memory|doctor memory|help memory|malloc-stats memory|purge memory|stats memory|usage module
    module|list module|load module|unload object|freq swapdb unlink
  `,
  '5.0': `
    bzpopmax bzpopmin client|help client|id client|unblock cluster|help cluster|replicas command|help
    config|help lolwut module|help replicaof script|help xack xadd xclaim xdel xgroup xgroup|create
    xgroup|delconsumer xgroup|destroy xgroup|help xgroup|setid xinfo xinfo|consumers xinfo|groups
    xinfo|help xinfo|stream xlen xpending xrange xread xreadgroup xrevrange xsetid xtrim zpopmax zpopmin
  `,
  '6.0': `
    acl acl|cat acl|deluser acl|genpass acl|getuser acl|help acl|list acl|load acl|log acl|save
    acl|setuser acl|users acl|whoami bitfield_ro client|caching client|getredir client|tracking hello lpos
  `,
  '6.2': `
    blmove client|info client|trackinginfo client|unpause copy failover geosearch geosearchstore getdel
    getex hrandfield lmove object|help pubsub|help reset slowlog|help smismember xautoclaim
    xgroup|createconsumer zdiff zdiffstore zinter zmscore zrandmember zrangestore zunion
  `,
  '7.0': `
    acl|dryrun blmpop bzmpop client|no-evict cluster|addslotsrange cluster|delslotsrange cluster|links
    cluster|shards command|docs command|getkeysandflags command|list eval_ro evalsha_ro expiretime fcall
    fcall_ro function function|delete function|dump function|flush function|help function|kill
    function|list function|load function|restore function|stats latency|histogram lcs lmpop module|loadex
    pexpiretime pubsub|shardchannels pubsub|shardnumsub sintercard sort_ro spublish ssubscribe
    sunsubscribe zintercard zmpop
  `,
  '7.2': `
    client|no-touch client|setinfo cluster|myshardid waitaof
  `,
  '7.4': `
    hexpire hexpireat hexpiretime hpersist hpexpire hpexpireat hpexpiretime hpttl httl
  `,
  'valkey-8.0': `
    client|capa cluster|slot-stats script|show
  `,
} as const;

const known = new Map<Target, ReadonlySet<string>>();

export function commandNames(target: Target): ReadonlySet<string> {
  const found = known.get(target);
  if (found) return found;
  const names = new Set<string>();
  for (const version of ['3.2', '4.0', '5.0', '6.0', '6.2', '7.0', '7.2', '7.4'] as const) {
    if (isAtLeast(target, version)) addAll(names, BROUGHT_BY[version]);
  }
  if (productOf(target) === 'valkey' && target !== 'valkey-7.2') addAll(names, BROUGHT_BY['valkey-8.0']);
  known.set(target, names);
  return names;
}

function addAll(names: Set<string>, text: string): void {
  for (const name of text.trim().split(/\s+/)) names.add(name);
}
