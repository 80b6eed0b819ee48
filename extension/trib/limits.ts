/** What redis-trib refuses, known as well to whoever asks people beforehand. */

/** Redis Cluster needs three primaries so that a majority outlives one. */
export const MINIMUM_PRIMARIES = 3;

/** Below this a garbage collection or a slow disk looks like a dead node. */
export const SHORTEST_NODE_TIMEOUT_MS = 100;
