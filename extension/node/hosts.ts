/** The node as its cluster, its replication and its persistence see it. */
import { binaryOf } from '../redis/bytes.ts';
import { keySlotOf } from '../redis/slots.ts';
import { bindAddressesOf } from './clients/client-port.ts';
import { addressText } from './clients/clients.ts';
import type { ClusterHost } from './cluster/contract.ts';
import type { DataHost } from './data.ts';
import type { Dispatch } from './dispatch.ts';
import type { NodeParts } from './node-parts.ts';
import type { AofHost, AofReplay, PersistenceHost } from './persistence/contract.ts';
import type { ReplicationHost } from './replication/contract.ts';

type Host = Pick<NodeParts, 'world' | 'settings' | 'databases' | 'log' | 'observe'>;

function hostOf(node: NodeParts): Host {
  return {
    world: node.world,
    settings: node.settings,
    databases: node.databases,
    log: (level, text) => node.log(level, text),
    observe: (event) => node.observe(event),
  };
}

function isLoading({ loading, asyncLoading }: NodeParts): boolean {
  return loading || asyncLoading;
}

function verifiesChecksums({ settings, skipsChecksums }: NodeParts): boolean {
  return !skipsChecksums && settings.flag('rdbchecksum');
}

export function clusterHostOf(node: NodeParts): ClusterHost {
  const { replication } = node;
  const [keyspace] = node.databases;
  return {
    ...hostOf(node),
    tls: () => node.tls.when('tls-cluster'),
    keyspace,
    configPath: node.settings.pathOf(node.settings.text('cluster-config-file')),
    listenHosts: bindAddressesOf(node.settings).map(({ host }) => host),
    get observesBus() {
      return node.observesBus;
    },
    replicationOffset: () => replication.offset,
    primarySilenceMs: () => replication.primarySilenceMs(),
    primaryLinkUp: () => replication.linkUp,
    replicateFrom: (address) => {
      // From now on keys go when the primary says so.
      node.data.finishDropping();
      replication.follow(address);
    },
    promote: () => replication.promote(),
    pauseWrites: (endsAtMs) => node.pauses.begin('failover', 'write', endsAtMs),
    unpauseWrites: () => node.pauses.end('failover'),
    deliver: (channel, message, sharded) => {
      node.pubsub.publish(binaryOf(channel), message, sharded);
    },
    slotsLost: (slots) => {
      const lost = new Set(slots);
      node.pubsub.dropSlots(lost);
      node.watchedKeys.slotsLost(lost, keySlotOf);
    },
    dropSlot: (slot) => node.data.dropSlot(slot),
    finishDropping: () => node.data.finishDropping(),
    dropAllKeys: () => {
      node.data.clear(node.databases);
      replication.forgetHistory();
    },
    fatal: (text) => node.fatal(text),
  };
}

export function replicationHostOf(node: NodeParts): ReplicationHost {
  return {
    ...hostOf(node),
    get verifiesChecksums() {
      return verifiesChecksums(node);
    },
    tls: () => node.tls.when('tls-replication'),
    fromPrimary: node.fromPrimary,
    get pausedFor() {
      if (node.pauses.kind === undefined) return undefined;
      return node.pauses.has('failover') ? 'failover' : 'others';
    },
    holdWrites: (held) => {
      if (held) node.pauses.begin('failover', 'write', Number.POSITIVE_INFINITY);
      else node.pauses.end('failover');
    },
    linkChanged: () => {
      const { primary } = node.replication;
      node.observe({
        type: 'replication-link',
        up: node.replication.linkUp,
        primary: primary === undefined ? '' : addressText(primary),
      });
      node.cluster?.replicationChanged();
    },
    beforeFullSync: (serving) => node.beginFullSync(serving),
    beforeReplacing: () => {
      // What it holds is about to go, and what comes is no change of it.
      node.appendOnly.switchOff();
      for (const db of node.databases) node.watchedKeys.allChange(db);
      node.tracking.flushed();
    },
    makeDatabases: () => node.data.makeDatabases(),
    countTraffic: (input, output) => {
      node.statistics.replicationInputBytes += input;
      node.statistics.replicationOutputBytes += output;
      if (input > 0) node.statistics.reads++;
      if (output > 0) node.statistics.writes++;
    },
    afterFullSync: (complete) => node.endFullSync(complete),
    get syncedOffset() {
      return node.appendOnly.syncedOffset;
    },
    replicaAcknowledged: () => node.shutdown.look(),
    // A full sync that never ended has switched it off.
    promoted: () => node.appendOnly.restart(),
  };
}

export function persistenceHostOf(node: NodeParts): PersistenceHost {
  return {
    ...hostOf(node),
    get verifiesChecksums() {
      return verifiesChecksums(node);
    },
    get isReplica() {
      return node.replication.role === 'replica';
    },
    pid: node.host.pid,
    history: () => node.replication.history(),
    get inTransaction() {
      return node.inTransaction;
    },
    get isLoading() {
      return isLoading(node);
    },
    functionsLoaded: (libraries, merge) => node.scripting.functions.add(libraries, merge),
    historyLoaded: (history, expired) => node.replication.historyLoaded(history, expired),
  };
}

export function aofHostOf(node: NodeParts, replay: AofReplay): AofHost {
  return {
    ...hostOf(node),
    get verifiesChecksums() {
      return verifiesChecksums(node);
    },
    get isReplica() {
      return node.replication.role === 'replica';
    },
    history: () => undefined,
    historyLoaded: () => {},
    pid: node.host.pid,
    get replicationOffset() {
      return node.replication.offset;
    },
    replay,
    took: (event, ms) => node.latency.add(event, ms, node.world.clock.wallMs()),
    flushSoon: () => flushSoon(node),
    get inTransaction() {
      return node.inTransaction;
    },
    get isLoading() {
      return isLoading(node);
    },
    synced: () => node.replication.synced(),
    functionsLoaded: (libraries, merge) => node.scripting.functions.add(libraries, merge),
    fatal: (text) => node.fatal(text),
  };
}

/** Behind all that this turn of the event loop brings: its commands are one write, and one fsync. */
function flushSoon(node: NodeParts): void {
  const { clock } = node.world;
  const persist = () => node.turns.run(() => node.persist());
  clock.after(0, () => {
    const { flushSleepMs } = node.appendOnly;
    if (flushSleepMs === 0) persist();
    else {
      node.world.freezeFor(flushSleepMs);
      clock.after(0, persist);
    }
  });
}

export function dataHostOf(node: NodeParts, dispatch: () => Dispatch): DataHost {
  return {
    settings: node.settings,
    random: node.world.random,
    watchedKeys: node.watchedKeys,
    tracking: node.tracking,
    blockedKeys: node.blockedKeys,
    notifications: node.notifications,
    statistics: node.statistics,
    now: () => dispatch().now,
    keepsExpired: () => node.replication.role === 'replica' || node.pauses.kind !== undefined,
    isLoading: () => node.loading,
    removed: (db, key, word) => dispatch().removed(db, [word, key]),
    fieldsRemoved: (db, key, fields) => dispatch().removed(db, ['HDEL', key, ...fields]),
    changed: (count) => {
      node.persistence.dirty += count;
    },
    later: (work) => node.world.clock.after(0, () => node.turns.run(work)),
  };
}
