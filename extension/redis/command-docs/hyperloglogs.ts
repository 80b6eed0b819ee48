/** HyperLogLogs: see command-docs.ts for the notation. */
export const hyperLogLogs = `
pfadd @2.8.9 O(1)
  key:key0 [element...]
  Counts elements in a HyperLogLog.
pfcount @2.8.9 O(1)
  key:key0...
  About how many different elements were counted.
pfdebug @2.8.9
  subcommand key:key0
  How a HyperLogLog is kept.
pfmerge @2.8.9 O(N)
  destkey:key0 [sourcekey:key1...]
  Counts together what several HyperLogLogs have counted.
pfselftest @2.8.9
  -
  Checks that HyperLogLogs count as closely as they promise.
`;
