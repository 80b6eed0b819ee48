/**
 * A node's part in the cluster: puts the modules together, cuts what happens into turns, and applies at each turn's
 * end what it asked for.
 *
 * Who wants to learn how Redis Cluster works finds in README.md here in which order to read this folder, beside the
 * specification's sections and redis-server's functions, and where it is unlike redis-server on purpose.
 */
import type { Binary } from '../../redis/bytes.ts';
import { messageOf } from '../../redis/caught.ts';
import { MAX_PORT_WITH_BUS, PORT_TOO_HIGH } from '../../redis/config/ports.ts';
import { errors, type ReplyError } from '../../redis/errors.ts';
import type { Reply } from '../../redis/resp/reply.ts';
import { keySlotOf } from '../../redis/slots.ts';
import type { Timer } from '../../redis/world.ts';
import type { NodeStatus } from '../observer.ts';
import { Bus } from './bus.ts';
import { CRON_PERIOD } from './constants.ts';
import type { Cluster, ClusterHost, RouteRequest } from './contract.ts';
import { Election } from './election.ts';
import { bumpConfigEpoch } from './epochs.ts';
import { Failure } from './failure.ts';
import { Gossip } from './gossip.ts';
import { Heartbeat } from './heartbeat.ts';
import { ManualFailover } from './manual-failover.ts';
import { Membership } from './membership.ts';
import { MEET } from './message.ts';
import { nodesConfBytes, parseNodesConf, restore } from './nodes-conf.ts';
import { NodesFile } from './nodes-file.ts';
import { Ownership } from './ownership.ts';
import type { Peer } from './peer.ts';
import { type Parts, Receiver } from './receive.ts';
import { ReplicaMigration } from './replica-migration.ts';
import { Roles } from './roles.ts';
import { route } from './routing.ts';
import { Self } from './self.ts';
import { SlotAdministration } from './slot-administration.ts';
import { ClusterState } from './state.ts';
import { infoText, replySlots } from './topology.ts';
import { View } from './view.ts';

export class ClusterNode implements Cluster {
  readonly view: View;
  readonly bus: Bus;
  readonly membership: Membership;
  readonly failure: Failure;
  readonly slots: SlotAdministration;
  readonly #host: ClusterHost;
  readonly #file: NodesFile;
  readonly #self: Self;
  readonly #gossip: Gossip;
  readonly #manual: ManualFailover;
  readonly #roles: Roles;
  readonly #election: Election;
  readonly #receiver: Receiver;
  readonly #parts: Parts;
  readonly #replicaMigration: ReplicaMigration;
  #state: ClusterState;
  #heartbeat: Heartbeat;
  #timer: Timer | undefined;
  #running = false;
  /** The data is in: it takes part. */
  #ready = false;
  #applying = false;

  constructor(host: ClusterHost) {
    this.#host = host;
    const view = new View(host);
    this.view = view;
    this.#file = new NodesFile(host, view);
    this.bus = new Bus(view, {
      message: (link, message) => this.#receiver.message(link, message),
      connected: (link, peer) => this.#greet(peer, link),
      lost: (link, peer) => this.#lost(link, peer),
      turn: (work) => this.#turn(work),
    });
    this.#self = new Self(view);
    this.failure = new Failure(view, this.bus);
    this.#gossip = new Gossip(view, this.bus, this.failure);
    this.#manual = new ManualFailover(view, this.bus, this.#gossip);
    this.#roles = new Roles(view, this.#manual);
    this.#election = new Election(view, this.bus, this.#gossip, this.#manual, this.#roles, () =>
      this.#turn(() => view.effects.considerFailover()),
    );
    this.membership = new Membership(view, this.bus);
    this.slots = new SlotAdministration(view, this.#roles);
    this.#parts = {
      view,
      self: this.#self,
      bus: this.bus,
      gossip: this.#gossip,
      failure: this.failure,
      membership: this.membership,
      roles: this.#roles,
      ownership: new Ownership(view, this.bus, this.#roles),
      election: this.#election,
      manual: this.#manual,
    };
    this.#receiver = new Receiver(this.#parts);
    this.#replicaMigration = new ReplicaMigration(view, this.#roles);
    this.#state = new ClusterState(view, false);
    this.#heartbeat = new Heartbeat(this.#parts, this.#state, this.#replicaMigration);
  }

  // Life.

  start(ready: (error?: { code: string; message: string }) => void): void {
    if (!this.#portFits() || !this.#load()) return;
    this.#running = true;
    this.#self.update();
    const port = this.#self.listeningPort;
    this.bus.listen(this.#host.listenHosts, port, (error) => {
      if (error !== undefined)
        this.#host.log('warning', `Failed listening on port ${port} (cluster), aborting.`);
      ready(error);
    });
    // The data is loaded as a primary's or a replica's; it is dialled when it is there.
    if (this.view.self.isReplica) this.#roles.keepFollowing();
    this.#settle(false);
  }

  /** Knows what `other` knows, and takes no part in the bus: for a copy of its node. */
  mirror(other: ClusterNode): void {
    const stored = parseNodesConf(nodesConfBytes(other.view));
    if (stored !== undefined) restore(this.view, stored);
    this.view.ok = other.view.ok;
  }

  configure(): void {
    if (this.#running) this.#self.update();
  }

  #portFits(): boolean {
    const { settings } = this.#host;
    if (settings.number('cluster-port') !== 0 || settings.number('port') <= MAX_PORT_WITH_BUS) return true;
    this.#host.fatal(PORT_TOO_HIGH);
    return false;
  }

  /** False when the node can't go on, and has been told so. */
  #load(): boolean {
    const found = this.#file.open();
    if (found === undefined) return false;
    this.#state = new ClusterState(this.view, found === 'restored');
    this.#heartbeat = new Heartbeat(this.#parts, this.#state, this.#replicaMigration);
    const what = found === 'new' ? 'No cluster configuration found' : 'Node configuration loaded';
    this.#host.log('notice', `${what}, I'm ${this.myId}`);
    return true;
  }

  /**
   * From now on the node is part of the cluster. Not before: what it would hear, that slots of its are somebody else's,
   * concerns keys that are not there yet; and a primary that needs long to load is better replaced
   * (clusterAcceptHandler; redis-server runs no clusterCron while it loads).
   */
  dataLoaded(): void {
    this.#ready = true;
    this.#turn(() => {
      this.slots.adoptStrayKeys();
      this.bus.open();
      this.view.effects.updateState();
      this.#beat();
    });
  }

  stop(save: boolean): void {
    if (!this.#running) return;
    this.#running = false;
    this.#timer?.cancel();
    this.#election.reset();
    if (save) this.#file.save(true);
    this.bus.close();
    this.#file.close();
  }

  #beat(): void {
    this.#timer = this.#host.world.clock.after(CRON_PERIOD, () => {
      if (this.#file.untold) this.#file.save(false);
      this.#turn(() => this.#beat());
      this.#file.syncSoon();
    });
    this.#heartbeat.tick();
  }

  // Turns.

  #turn(work: () => void): void {
    if (!this.#running) return;
    work();
    this.#settle(false);
  }

  /** The end of a client's turn. */
  beforeSleep(): void {
    this.#settle(true);
  }

  /** `answering`: somebody waits for a reply, which may only leave when what it says is in the file. */
  #settle(answering: boolean): void {
    // Applying may call the node, which may end a turn of its own: that one's work is done here too.
    if (this.#applying || !this.#running) return;
    this.#applying = true;
    this.#manual.checkOffset();
    while (this.view.effects.pending) this.#apply(answering);
    if (this.#file.untold && (answering || this.bus.hasNews)) this.#file.save(false);
    this.bus.flush();
    this.#applying = false;
  }

  #apply(answering: boolean): void {
    const { effects } = this.view;
    effects.pending = false;
    if (effects.failover) {
      effects.failover = false;
      this.#election.consider();
    }
    if (effects.stateChanged) {
      effects.stateChanged = false;
      if (this.#ready) this.#state.update();
    }
    if (effects.broadcasting !== 'no') {
      this.#gossip.broadcastPong(undefined, effects.broadcasting === 'new-role');
      effects.broadcasting = 'no';
    }
    const newcomers = effects.takeNewcomers();
    if (newcomers.length > 0) this.#gossip.introduce(newcomers);
    this.#file.apply(answering);
    for (const owner of effects.takeOwners()) {
      this.#host.observe({
        type: 'slots',
        ownerId: owner.id,
        ranges: owner.slots.ranges(),
        epoch: owner.configEpoch,
      });
    }
    const lost = effects.takeLostSlots();
    if (lost.length > 0) this.#host.slotsLost(lost);
  }

  // Links.

  /** The first message on a link we opened. */
  #greet(peer: Peer, link: NonNullable<Peer['link']>): void {
    // The silence, if there is one, began before this ping.
    const since = peer.pingSentAt;
    this.#gossip.send(link, peer, peer.flags & MEET ? 'meet' : 'ping');
    peer.pingSentAt = since ?? this.view.now;
  }

  #lost(link: NonNullable<Peer['link']>, peer: Peer): void {
    // A connection that held for a while was cut: try at once. One that was refused: the next tick is early enough.
    const held = link.isConnected && this.view.now - link.createdAt >= CRON_PERIOD;
    if (!link.inbound && held && this.view.nodes.get(peer.id) === peer) this.bus.dial(peer);
  }

  // What the node asks.

  get myId(): string {
    return this.view.self.id;
  }

  get isReplica(): boolean {
    return this.view.self.isReplica;
  }

  get stateOk(): boolean {
    return this.view.ok;
  }

  serves(slot: number): boolean {
    const { ok, slots, self } = this.view;
    return ok && slots.owner(slot) === self && (slots.migratingTo.size === 0 || !slots.migratingTo.has(slot));
  }

  route(request: RouteRequest): ReplyError | undefined {
    return route(this.view, request);
  }

  slotOf(key: Binary): number {
    return keySlotOf(key);
  }

  publish(channel: Uint8Array, message: Uint8Array, sharded: boolean): void {
    const { self, nodes } = this.view;
    if (sharded) {
      const shard = nodes.all.filter((peer) => peer.shardId === self.shardId);
      this.bus.broadcast({ type: 'publishshard', channel, message }, false, shard);
    } else this.bus.broadcast({ type: 'publish', channel, message });
  }

  replicationChanged(): void {
    this.view.effects.broadcast();
    if (!this.#applying) this.#turn(() => {});
  }

  info(): string {
    return infoText(this.view, this.bus);
  }

  replySlots(reply: Reply, encrypted: boolean): void {
    replySlots(this.view, reply, encrypted);
  }

  status(): ReturnType<Cluster['status']> {
    const { self, nodes, ok, currentEpoch } = this.view;
    return {
      role: self.isReplica ? 'replica' : 'primary',
      primaryId: self.primary?.id,
      clusterOk: ok,
      configEpoch: this.view.representative.configEpoch,
      currentEpoch,
      slots: self.slots.ranges(),
      peers: nodes.all.filter((peer) => !peer.isMyself).map(peerStatus),
    };
  }

  // What commands ask beyond that.

  /** The peer of that id, undefined when there is none. */
  peer(id: string): Peer | undefined {
    return this.view.nodes.get(id);
  }

  replicate(primary: Peer): void {
    const { self, host } = this.view;
    if (primary.isMyself) throw errors.replicateSelf();
    if (primary.isReplica) throw errors.replicateReplica();
    if (self.isPrimary && (self.slots.count > 0 || host.keyspace.size > 0)) throw errors.replicateNotEmpty();
    this.#roles.follow(primary);
  }

  /** CLUSTER FAILOVER. `takeover`: without anybody's vote. */
  failover(how: 'agreed' | 'force' | 'takeover'): void {
    const { self, host } = this.view;
    const { primary } = self;
    if (self.isPrimary) throw errors.failoverOnPrimary();
    if (primary === undefined) throw errors.failoverPrimaryUnknown();
    if (how === 'agreed' && (primary.failed || primary.link === undefined))
      throw errors.failoverPrimaryDown();
    this.#election.reset();
    if (how === 'takeover') {
      host.log('notice', 'Taking over the master (user request).');
      bumpConfigEpoch(this.view);
      this.#election.replacePrimary();
    } else this.#manual.begin(how === 'force');
  }

  reset(hard: boolean): void {
    const { self, host } = this.view;
    if (self.isPrimary && host.keyspace.size > 0) throw errors.resetNotEmpty();
    if (self.isReplica) {
      this.#roles.promoteSelf();
      host.dropAllKeys();
    }
    this.#manual.reset();
    this.#election.reset();
    this.membership.reset(hard);
    this.#state.reset();
  }

  setConfigEpoch(epoch: number): void {
    const { self, nodes, effects, host } = this.view;
    if (epoch < 0) throw errors.invalidConfigEpoch(epoch);
    if (nodes.size > 1) throw errors.configEpochNotAlone();
    if (self.configEpoch !== 0) throw errors.configEpochNotZero();
    self.configEpoch = epoch;
    host.log('notice', `configEpoch set to ${epoch} via CLUSTER SET-CONFIG-EPOCH`);
    this.view.currentEpoch = Math.max(this.view.currentEpoch, epoch);
    effects.updateState();
    effects.saveNow();
  }

  /** True when there was a reason to take a new one. */
  bumpEpoch(): boolean {
    return bumpConfigEpoch(this.view);
  }

  /** CLUSTER SAVECONFIG. */
  saveConfig(): void {
    try {
      this.#file.write(true);
    } catch (error) {
      throw errors.saveConfigFailed(messageOf(error));
    }
  }
}

function peerStatus(peer: Peer): NodeStatus['peers'][number] {
  const state = peer.inHandshake ? 'handshake' : peer.failed ? 'fail' : peer.possiblyFailed ? 'pfail' : 'ok';
  return {
    id: peer.id,
    host: peer.ip,
    port: peer.port,
    role: peer.isReplica ? 'replica' : 'primary',
    state,
    linkUp: peer.link?.isConnected === true,
  };
}
