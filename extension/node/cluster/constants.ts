/**
 * Every constant of the cluster's protocol and timing, with Redis' values: real nodes and ours must reckon alike, or
 * they would not agree about who failed and who may be elected. Times are milliseconds unless the name says otherwise;
 * `…_TIMEOUTS` counts in node timeouts (`cluster-node-timeout`).
 */

/** Length of a node or shard id: 40 hex digits. */
export const ID_LENGTH = 40;

/** The safety net under all that reacts at once: reconnects, pings, looks for silence. */
export const CRON_PERIOD = 100;

/** Every tenth tick, that is once a second, one node out of a few picked at random is pinged: the longest unheard. */
export const RANDOM_PING_TICKS = 10;
export const RANDOM_PING_CANDIDATES = 5;

/** A ping carries gossip about a tenth of the nodes, but about three at least. */
export const GOSSIP_SHARE = 10;
export const GOSSIP_MINIMUM = 3;
/** Random picks per wanted gossip entry before giving up. */
export const GOSSIP_TRIES = 3;

/** A pong time heard through gossip is believed unless it lies further in our future than this. */
export const CLOCK_TOLERANCE = 500;

/** A node that was met must answer within the node timeout, but has a second at least. */
export const HANDSHAKE_TIMEOUT_MINIMUM = 1000;

/** A node that was forgotten is not learned again through gossip for a minute: time to FORGET it everywhere. */
export const FORGOTTEN_FOR = 60_000;

/** How long a PFAIL report counts. */
export const FAIL_REPORT_TIMEOUTS = 2;
/** A reachable primary that nobody replaced loses its FAIL after this. */
export const FAIL_UNDO_TIMEOUTS = 2;

/** A failed primary's replica asks for votes after this, so that the FAIL can spread first, … */
export const ELECTION_DELAY = 500;
/** … plus a random part of this, so that replicas don't ask at the same moment, … */
export const ELECTION_JITTER = 500;
/** … plus this for every fellow replica that has more data. */
export const ELECTION_RANK_DELAY = 1000;
/** Votes are waited for this long, but two seconds at least; twice that must pass before the next attempt. */
export const ELECTION_TIMEOUTS = 2;
export const ELECTION_TIMEOUT_MINIMUM = 2000;
export const ELECTION_RETRY_FACTOR = 2;
/** A primary votes for replicas of one failed primary once in this time. */
export const VOTE_PAUSE_TIMEOUTS = 2;

/** A replica that can't be elected says why: not in the first moments, and not more often than this. */
export const CANT_FAILOVER_SILENCE = 5000;
export const CANT_FAILOVER_LOG_PERIOD = 10_000;

/** A manual failover is given up after this; clients of the primary are held back twice as long at most. */
export const MANUAL_FAILOVER_TIMEOUT = 5000;
export const MANUAL_FAILOVER_PAUSE_FACTOR = 2;

/** A primary must have been without working replicas this long before a spare replica moves to it. */
export const REPLICA_MIGRATION_DELAY = 5000;

/** A primary restarted from its nodes.conf takes no queries for this long: the cluster may have replaced it. */
export const WRITABLE_DELAY = 2000;
/** A primary back from a minority waits one node timeout, within these limits, before it takes queries. */
export const REJOIN_DELAY_MINIMUM = 500;
export const REJOIN_DELAY_MAXIMUM = 5000;

/** What was sent longer ago than this has arrived: ours, for what Redis leaves to chance. */
export const IN_FLIGHT = 1000;
