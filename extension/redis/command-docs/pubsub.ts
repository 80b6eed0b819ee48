/** Messages: see command-docs.ts for the notation. */
export const pubsub = `
psubscribe @2.0.0 O(N)
  pattern:pattern...
  Listens to channels whose names match.
publish @2.0.0 O(N+M)
  channel message
  Sends a message to a channel.
pubsub @2.8.0
  -
  Who listens to what.
pubsub|channels @2.8.0 O(N)
  [pattern:pattern]
  Channels that somebody listens to.
pubsub|help @6.2.0 O(1)
  -
  What the subcommands do.
pubsub|numpat @2.8.0 O(1)
  -
  How many patterns are listened to.
pubsub|numsub @2.8.0 O(N)
  [channel...]
  How many listen to each channel.
pubsub|shardchannels @7.0.0 O(N)
  [pattern:pattern]
  Shard channels that somebody listens to.
pubsub|shardnumsub @7.0.0 O(N)
  [shardchannel...]
  How many listen to each shard channel.
punsubscribe @2.0.0 O(N)
  [pattern:pattern...]
  Stops listening to patterns.
spublish @7.0.0 O(N)
  shardchannel message
  Sends a message to a shard channel.
ssubscribe @7.0.0 O(N)
  shardchannel...
  Listens to shard channels.
subscribe @2.0.0 O(N)
  channel...
  Listens to channels.
sunsubscribe @7.0.0 O(N)
  [shardchannel...]
  Stops listening to shard channels.
unsubscribe @2.0.0 O(N)
  [channel...]
  Stops listening to channels.
`;
