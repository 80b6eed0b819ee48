/**
 * The thresholds of redis.conf at which a collection or a HyperLogLog leaves its compact encoding. A database holds one such object
 * and its collections refer to it, so that CONFIG SET is felt by the next write, as in Redis.
 */
export interface EncodingLimits {
  /** hash-max-listpack-entries, fields. */
  hashEntries: number;
  /** hash-max-listpack-value, bytes of a field or value. */
  hashValueBytes: number;
  /** list-max-listpack-size: elements when positive, -1 … -5 for 4, 8, 16, 32, 64 KiB. */
  listSize: number;
  /** DEBUG QUICKLIST-PACKED-THRESHOLD: bytes from which on an element of a list stands alone in its block. */
  listLoneBytes: number;
  /** set-max-intset-entries. */
  setIntegers: number;
  /** set-max-listpack-entries. */
  setEntries: number;
  /** set-max-listpack-value, bytes of a member. */
  setValueBytes: number;
  /** zset-max-listpack-entries. */
  sortedSetEntries: number;
  /** zset-max-listpack-value, bytes of a member. */
  sortedSetValueBytes: number;
  /** stream-node-max-bytes: of the entries in one block; 0: no limit. */
  streamBlockBytes: number;
  /** stream-node-max-entries; 0: no limit. */
  streamBlockEntries: number;
  /** hll-sparse-max-bytes: the whole string, its header of 16 bytes included. */
  sparseLogLogBytes: number;
}

/** What a listpack can not hold, as redis-server sees it. */
export const DEFAULT_LONE_BYTES = 2 ** 30;

/** The defaults of Redis 7.2. */
export function defaultEncodingLimits(): EncodingLimits {
  return {
    hashEntries: 512,
    hashValueBytes: 64,
    listSize: -2,
    listLoneBytes: DEFAULT_LONE_BYTES,
    setIntegers: 512,
    setEntries: 128,
    setValueBytes: 64,
    sortedSetEntries: 128,
    sortedSetValueBytes: 64,
    streamBlockBytes: 4096,
    streamBlockEntries: 100,
    sparseLogLogBytes: 3000,
  };
}
