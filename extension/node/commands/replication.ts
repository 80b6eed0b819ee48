/** Who follows whom, from both ends, WAIT and WAITAOF. */

import type { Binary } from '../../redis/bytes.ts';
import { count, long } from '../../redis/commands/arguments.ts';
import {
  ADMIN,
  ALLOW_BUSY,
  type Command,
  command,
  FAST,
  LOADING,
  NO_ASYNC_LOADING,
  NO_MULTI,
  NOSCRIPT,
  type Park,
  STALE,
} from '../../redis/commands/command.ts';
import { NO_KEYS } from '../../redis/commands/key-spec.ts';
import { MAX_PORT } from '../../redis/config/ports.ts';
import { splitArgs } from '../../redis/config/split-args.ts';
import { errors } from '../../redis/errors.ts';
import type { Reply } from '../../redis/resp/reply.ts';
import type { NodeCall } from '../call.ts';
import { addressText, describeClient } from '../clients/clients.ts';
import type { ImageParts } from '../persistence/contract.ts';
import type { FailoverRequest } from '../replication/coordinated-failover.ts';
import type { NodeReplication } from '../replication/replication.ts';

const SYNC = NO_ASYNC_LOADING | ADMIN | NO_MULTI | NOSCRIPT;
const FOLLOW = NO_ASYNC_LOADING | ADMIN | NOSCRIPT | STALE;

export const replicationCommands: readonly Command<NodeCall>[] = [
  command('failover', -1, ADMIN | NOSCRIPT | STALE, NO_KEYS, failover),
  command('psync', -3, SYNC, NO_KEYS, psync),
  command('replconf', -1, ADMIN | NOSCRIPT | LOADING | STALE | ALLOW_BUSY, NO_KEYS, replconf),
  command('replicaof', 3, FOLLOW, NO_KEYS, replicaOf),
  command('role', 1, NOSCRIPT | LOADING | STALE | FAST, NO_KEYS, role),
  command('slaveof', 3, FOLLOW, NO_KEYS, replicaOf),
  command('sync', 1, SYNC, NO_KEYS, sync),
];

/** Of the family 'generic', by Redis' books. */
export const waitCommands: readonly Command<NodeCall>[] = [
  command('wait', 3, 0, NO_KEYS, wait),
  command('waitaof', 4, NOSCRIPT, NO_KEYS, waitAof),
];

/** NET_HOST_STR_LEN */
const LONGEST_HOST = 255;

function psync(call: NodeCall): void {
  const { args, client, node } = call;
  if (client.isReplica) return;
  if (args.count > 3 && args.is(3, 'failover')) takeOver(call);
  checkLink(node.replication);
  const psync = { replicationId: args.binary(1), offset: offsetOf(call) };
  node.replication.accept(client.handOver(), psync);
}

function offsetOf({ args, client, node }: NodeCall): number {
  try {
    return args.integer(2);
  } catch (error) {
    const { listeningPort, announcedIp } = client.replconf;
    const { host, port } = client.connection.remote;
    const name = addressText({ host: announcedIp || host, port: listeningPort || port });
    node.log('warning', `Replica ${name} asks for synchronization but with a wrong offset`);
    throw error;
  }
}

function sync({ client, node }: NodeCall): void {
  if (client.isReplica) return;
  checkLink(node.replication);
  node.replication.accept(client.handOver(), undefined);
}

/** Our own data may be old, or half there: nobody can have it now. */
function checkLink({ role, linkUp }: NodeReplication): void {
  if (role === 'replica' && !linkUp) throw errors.noPrimaryLink();
}

/** PSYNC … FAILOVER: our primary steps back in our favour. */
function takeOver({ args, client, node }: NodeCall): void {
  const { replication } = node;
  node.log('notice', `Failover request received for replid ${args.binary(1)}.`);
  if (replication.role === 'primary') throw errors.failoverToPrimary();
  if (args.binary(1).toLowerCase() !== replication.replicationId) throw errors.failoverOfOthers();
  replication.promote();
  node.log('notice', `MASTER MODE enabled (failover request from '${describe({ client, node })}')`);
}

function replconf(call: NodeCall): void {
  const { args, client, node, reply } = call;
  if (args.count % 2 === 0) throw errors.syntax();
  const facts = client.replconf;
  for (let i = 1; i < args.count; i += 2) {
    if (args.is(i, 'ack')) {
      if (client.isReplica) acknowledged(call, i);
      return;
    }
    if (args.is(i, 'getack')) {
      if (client.isPrimary) node.replication.acknowledgeSoon();
      return;
    }
    if (args.is(i, 'listening-port')) facts.listeningPort = long(args, i + 1);
    else if (args.is(i, 'ip-address')) {
      if (args.size(i + 1) > LONGEST_HOST) throw errors.replconfHostTooLong(args.size(i + 1));
      facts.announcedIp = args.binary(i + 1);
    } else if (args.is(i, 'capa')) {
      // What is not understood is passed over.
      if (args.is(i + 1, 'eof')) facts.eof = true;
      else if (args.is(i + 1, 'psync2')) facts.psync2 = true;
    } else if (args.is(i, 'rdb-only')) {
      const value = args.integer(i + 1);
      if (value !== 0 && value !== 1) throw errors.outOfRange();
      facts.rdbOnly = value === 1;
    } else if (args.is(i, 'rdb-filter-only')) facts.parts = partsOf(args.binary(i + 1));
    else throw errors.replconfOption(args.binary(i));
  }
  reply.ok();
}

/** Of an image with only these parts; there is one that can be named. */
function partsOf(text: Binary): ImageParts {
  const words = splitArgs(text);
  if (words === undefined) throw errors.rdbFilterMissing();
  const unknown = words.find((word) => word.toLowerCase() !== 'functions');
  if (unknown !== undefined) throw errors.rdbFilterUnknown(unknown);
  return words.length === 0 ? 'nothing' : 'functions';
}

/** ACK offset, and since 7.2 FACK and what of it is on the replica's disk. */
function acknowledged({ args, client, node }: NodeCall, i: number): void {
  const synced = args.count > i + 3 && args.is(i + 2, 'fack') ? args.integer(i + 3) : -1;
  node.replication.acknowledged(client.connection, args.integer(i + 1), synced);
}

function replicaOf(call: NodeCall): void {
  const { args, client, node, reply } = call;
  const { replication } = node;
  if (node.cluster !== undefined) throw errors.replicaOfInCluster();
  if (replication.failover.state !== 'no-failover') throw errors.replicaOfDuringFailover();
  if (args.is(1, 'no') && args.is(2, 'one')) {
    if (replication.role === 'replica') {
      replication.promote();
      node.log('notice', `MASTER MODE enabled (user request from '${describe(call)}')`);
    }
    reply.ok();
    return;
  }
  // It would have to drop all its replicas, this one among them.
  if (client.isReplica) throw errors.notForReplicas();
  const host = args.binary(1);
  const port = long(args, 2, errors.invalidPrimaryPort);
  if (port < 0 || port > MAX_PORT) throw errors.invalidPrimaryPort();
  const { primary } = replication;
  if (primary?.host.toLowerCase() === host.toLowerCase() && primary.port === port) {
    const text = 'REPLICAOF would result into synchronization with the master we are already connected with.';
    node.log('notice', `${text} No operation performed.`);
    reply.simple('OK Already connected to specified master');
    return;
  }
  replication.follow({ host, port });
  node.log('notice', `REPLICAOF ${host}:${port} enabled (user request from '${describe(call)}')`);
  reply.ok();
}

function failover(call: NodeCall): void {
  const { args, node, reply } = call;
  const { replication } = node;
  if (node.cluster !== undefined) throw errors.failoverInCluster();
  if (args.count === 2 && args.is(1, 'abort')) {
    if (replication.failover.state === 'no-failover') throw errors.noFailover();
    replication.failover.abort('Failover manually aborted');
    reply.ok();
    return;
  }
  const request = readFailover(call);
  if (replication.failover.state !== 'no-failover') throw errors.failoverUnderWay();
  if (replication.role === 'replica') throw errors.failoverOnReplica();
  const replicas = replication.replicas();
  if (replicas.length === 0) throw errors.failoverWithoutReplicas();
  const { target, timeoutMs, force } = request;
  if (force && (timeoutMs === undefined || target === undefined)) throw errors.failoverForce();
  if (target !== undefined) {
    const { host, port } = target;
    const found = replicas.find(
      ({ address }) => address.host.toLowerCase() === host.toLowerCase() && address.port === port,
    );
    if (found === undefined) throw errors.failoverTarget();
    if (found.state !== 'online') throw errors.failoverTargetOffline();
  }
  replication.failover.begin(request);
  reply.ok();
}

function readFailover({ args }: NodeCall): FailoverRequest {
  let target: FailoverRequest['target'];
  let timeoutMs: number | undefined;
  let force = false;
  for (let i = 1; i < args.count; i++) {
    if (args.is(i, 'timeout') && i + 1 < args.count && timeoutMs === undefined) {
      timeoutMs = long(args, ++i);
      if (timeoutMs <= 0) throw errors.failoverTimeout();
    } else if (args.is(i, 'to') && i + 2 < args.count && target === undefined) {
      target = { host: args.binary(i + 1), port: long(args, i + 2) };
      i += 2;
    } else if (args.is(i, 'force') && !force) force = true;
    else throw errors.syntax();
  }
  return { target, timeoutMs, force };
}

function describe({ client, node }: Pick<NodeCall, 'client' | 'node'>): string {
  return describeClient(client, node.world.clock);
}

function role({ node, reply }: NodeCall): void {
  const { replication } = node;
  const { primary } = replication;
  if (primary === undefined) {
    const online = replication.replicas().filter(({ state }) => state === 'online');
    reply.array(3);
    reply.text('master');
    reply.integer(replication.offset);
    reply.array(online.length);
    for (const { address, offset } of online) {
      reply.array(3);
      reply.text(address.host);
      reply.text(String(address.port));
      reply.text(String(offset));
    }
    return;
  }
  reply.array(5);
  reply.text('slave');
  reply.text(primary.host);
  reply.integer(primary.port);
  reply.text(LINK_STATES[replication.linkState ?? 'connect']);
  // The offset is the primary's only while it is heard of.
  reply.integer(replication.linkUp ? replication.offset : -1);
}

const LINK_STATES = {
  connect: 'connect',
  connecting: 'connecting',
  handshake: 'handshake',
  announced: 'sync',
  receiving: 'sync',
  connected: 'connected',
} as const;

/** Argument i in milliseconds: the moment it stands for must fit into 64 bits. */
function timeoutOf({ args, now }: NodeCall, i: number): number {
  const milliseconds = long(args, i, errors.timeoutNotInteger);
  if (milliseconds < 0) throw errors.timeoutNegative();
  if (milliseconds > 2 ** 63 - now) throw errors.timeoutOutOfRange();
  return milliseconds;
}

function wait(call: NodeCall): Park | undefined {
  const { args, client, node, reply, mayPark } = call;
  const { replication } = node;
  if (replication.role === 'replica') throw errors.waitOnReplica();
  const wanted = long(args, 1);
  const timeoutMs = timeoutOf(call, 2);
  const offset = client.writeOffset;
  const count = replication.acknowledgements(offset);
  if (count >= wanted || !mayPark) {
    reply.integer(count);
    return undefined;
  }
  const answer = (out: Reply) => out.integer(replication.acknowledgements(offset));
  const reached = () => replication.acknowledgements(offset) >= wanted;
  const released = replication.awaitAcknowledgements(reached, (error) => {
    client.resume(error === undefined ? answer : (out) => out.error(error));
  });
  return client.park({ timeoutMs, timedOut: answer, released });
}

function waitAof(call: NodeCall): Park | undefined {
  const { args, client, node, reply, mayPark } = call;
  const { replication, appendOnly } = node;
  const local = long(args, 1);
  if (local < 0 || local > 1) throw errors.notBetweenZeroAndOne();
  const wanted = count(args, 2);
  const timeoutMs = timeoutOf(call, 3);
  if (replication.role === 'replica') throw errors.waitAofOnReplica();
  const offset = client.writeOffset;
  const answer = (out: Reply) => {
    out.array(2);
    out.integer(appendOnly.syncedOffset >= offset ? 1 : 0);
    out.integer(replication.syncedReplicas(offset));
  };
  const reached = () => {
    if (local > 0 && !node.settings.flag('appendonly')) throw errors.waitAofWithoutFile();
    const here = appendOnly.syncedOffset >= offset ? 1 : 0;
    return here >= local && replication.syncedReplicas(offset) >= wanted;
  };
  if (reached() || !mayPark) {
    answer(reply);
    return undefined;
  }
  const released = replication.awaitAcknowledgements(reached, (error) => {
    client.resume(error === undefined ? answer : (out) => out.error(error));
  });
  return client.park({ timeoutMs, timedOut: answer, released });
}
