/** Streams: see command-docs.ts for the notation. */
export const streams = `
xack @5.0.0 O(1)
  key:key0 group ID...
  Tells a group that entries it was given are dealt with.
xadd @5.0.0 O(1)
  key:key0 [+NOMKSTREAM] [trim{strategy(+MAXLEN|+MINID) [operator(equal+=|approximately+~)] threshold [LIMIT=count:integer]}] id-selector(auto-id+*|id) data{field value}...
  Adds an entry at the end of a stream, and may cut it at its beginning.
xautoclaim @6.2.0 O(1)
  key:key0 group consumer min-idle-time start [COUNT=count:integer] [+JUSTID]
  Hands entries that were pending for too long, wherever they are, to a consumer.
xclaim @5.0.0 O(log(N))
  key:key0 group consumer min-idle-time ID... [IDLE=ms:integer] [TIME=unix-time-milliseconds:time] [RETRYCOUNT=count:integer] [+FORCE] [+JUSTID] [LASTID=lastid]
  Hands entries that are pending with one consumer to another.
xdel @5.0.0 O(1)
  key:key0 ID...
  Deletes entries by their ids.
xgroup @5.0.0
  -
  Makes and changes the groups that read a stream.
xgroup|create @5.0.0 O(1)
  key:key0 group id-selector(id|new-id+$) [+MKSTREAM] [ENTRIESREAD=entries-read:integer]
  Makes a group that reads a stream from an id on.
xgroup|createconsumer @6.2.0 O(1)
  key:key0 group consumer
  Makes a consumer of a group.
xgroup|delconsumer @5.0.0 O(1)
  key:key0 group consumer
  Removes a consumer, and what is pending with it.
xgroup|destroy @5.0.0 O(N)
  key:key0 group
  Removes a group with its consumers.
xgroup|help @5.0.0 O(1)
  -
  Lists what XGROUP can do.
xgroup|setid @5.0.0 O(1)
  key:key0 group id-selector(id|new-id+$) [ENTRIESREAD=entriesread:integer/entries-read]
  Makes a group go on reading from another id.
xinfo @5.0.0
  -
  Tells what a stream is made of and who reads it.
xinfo|consumers @5.0.0 O(1)
  key:key0 group
  The consumers of a group: what is pending with them and when they last came.
xinfo|groups @5.0.0 O(1)
  key:key0
  The groups of a stream: how far they have read.
xinfo|help @5.0.0 O(1)
  -
  Lists what XINFO can do.
xinfo|stream @5.0.0 O(1)
  key:key0 [full-block{+FULL [COUNT=count:integer]}]
  The facts about a stream, in full with its entries and groups.
xlen @5.0.0 O(1)
  key:key0
  How many entries a stream has.
xpending @5.0.0 O(N)
  key:key0 group [filters{[IDLE=min-idle-time:integer] start end count:integer [consumer]}]
  What a group was given and has not acknowledged yet.
xrange @5.0.0 O(N)
  key:key0 start end [COUNT=count:integer]
  The entries of a stream between two ids.
xread @5.0.0
  [COUNT=count:integer] [BLOCK=milliseconds:integer] STREAMS=streams{key:key0... ID...}
  What streams have behind the given ids; may wait for more.
xreadgroup @5.0.0
  GROUP=group-block{group consumer} [COUNT=count:integer] [BLOCK=milliseconds:integer] [+NOACK] STREAMS=streams{key:key0... ID...}
  Gives a consumer what nobody of its group has had yet, or what it had before; may wait for more.
xrevrange @5.0.0 O(N)
  key:key0 end start [COUNT=count:integer]
  The entries of a stream between two ids, from the last down.
xsetid @5.0.0 O(1)
  key:key0 last-id [ENTRIESADDED=entries-added:integer] [MAXDELETEDID=max-deleted-id]
  Sets what a stream remembers as its last id, and what was ever added and deleted.
xtrim @5.0.0 O(N)
  key:key0 trim{strategy(+MAXLEN|+MINID) [operator(equal+=|approximately+~)] threshold [LIMIT=count:integer]}
  Removes the oldest entries of a stream.
`;
