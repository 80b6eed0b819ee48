import assert from 'node:assert/strict';
import { it } from 'node:test';
import * as constants from '../../../extension/node/cluster/constants.ts';
import { BUS_PORT_OFFSET, MAX_PORT, MAX_PORT_WITH_BUS } from '../../../extension/redis/config/ports.ts';

/** cluster.h and cluster.c of redis 7.2.4. A node with other times would not agree with real ones. */
it("every constant of the cluster is Redis'", () => {
  assert.deepEqual(
    { ...constants, BUS_PORT_OFFSET, MAX_PORT, MAX_PORT_WITH_BUS },
    {
      ID_LENGTH: 40,
      BUS_PORT_OFFSET: 10_000,
      MAX_PORT: 65_535,
      MAX_PORT_WITH_BUS: 55_535,
      CRON_PERIOD: 100,
      RANDOM_PING_TICKS: 10,
      RANDOM_PING_CANDIDATES: 5,
      GOSSIP_SHARE: 10,
      GOSSIP_MINIMUM: 3,
      GOSSIP_TRIES: 3,
      CLOCK_TOLERANCE: 500,
      HANDSHAKE_TIMEOUT_MINIMUM: 1000,
      FORGOTTEN_FOR: 60_000,
      FAIL_REPORT_TIMEOUTS: 2,
      FAIL_UNDO_TIMEOUTS: 2,
      ELECTION_DELAY: 500,
      ELECTION_JITTER: 500,
      ELECTION_RANK_DELAY: 1000,
      ELECTION_TIMEOUTS: 2,
      ELECTION_TIMEOUT_MINIMUM: 2000,
      ELECTION_RETRY_FACTOR: 2,
      VOTE_PAUSE_TIMEOUTS: 2,
      CANT_FAILOVER_SILENCE: 5000,
      CANT_FAILOVER_LOG_PERIOD: 10_000,
      MANUAL_FAILOVER_TIMEOUT: 5000,
      MANUAL_FAILOVER_PAUSE_FACTOR: 2,
      REPLICA_MIGRATION_DELAY: 5000,
      WRITABLE_DELAY: 2000,
      REJOIN_DELAY_MINIMUM: 500,
      REJOIN_DELAY_MAXIMUM: 5000,
      // The only one of our own: nothing that another node could notice.
      IN_FLIGHT: 1000,
    },
  );
});
