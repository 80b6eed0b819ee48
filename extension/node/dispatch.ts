/**
 * The one road every command takes, whoever sent it: found in the table, admitted or refused, run, and its effects
 * handed to replicas. Sessions, EXEC and the stream of a primary all come by here.
 */
import type { Binary } from '../redis/bytes.ts';
import { ARBITRARY_KEYS, type Handler, PARK, READONLY, WRITE } from '../redis/commands/command.ts';
import { errors, ReplyError } from '../redis/errors.ts';
import type { Args } from '../redis/resp/args.ts';
import type { Reply } from '../redis/resp/reply.ts';
import type { ReplyWriter } from '../redis/resp/reply-writer.ts';
import type { Database, Lookups } from '../redis/store/keyspace-options.ts';
import { Admission } from './admission.ts';
import type { Waiting } from './blocked-keys.ts';
import type { NodeCall, NodeServices } from './call.ts';
import type { Client } from './clients/client.ts';
import type { Queued } from './clients/transaction.ts';
import type { CommandEntry } from './command-table.ts';
import { Frame, type FrameStart } from './frame.ts';
import { CommandReports } from './introspection/command-reports.ts';
import { Propagation, TO_ALL } from './propagation.ts';
import type { ScriptDispatch, Stopped } from './scripting/scripting.ts';

/** Unknown commands are shown with this much of their arguments. */
const SHOWN_ARGUMENTS = 128;
/** The finest that any command tells of it. */
const WALL_READ_MS = 1;
const NOTHING: Frame['redacted'] = [];

export class Dispatch implements ScriptDispatch {
  readonly admission: Admission;
  readonly propagation: Propagation;
  /** The session whose command is running. */
  executing: Client | undefined;
  /** The session that executes our own append-only file, or did last. */
  replaying: Client | undefined;
  readonly #node: NodeServices;
  readonly writer: ReplyWriter;
  readonly #frame: Frame;
  readonly #reports: CommandReports;
  /** By the id of their command. */
  readonly #handlers: readonly Handler<NodeCall>[];
  /** 1 while a command runs, 2 while one of a transaction does. */
  #depth = 0;
  // Clocks: the monotonic one is read once at the start of a turn and once after every command.
  #wallMs = 0;
  #wallReadMs = Number.NEGATIVE_INFINITY;
  #turnStartMs = 0;
  #lastMs = 0;
  #tracksLatency = true;
  #inExec = false;
  /** Whose requests are to be passed on together. */
  #sender: Client;
  /** The command has waited and runs again. */
  #again = false;
  /** Lookups of commands that write are no hits and no misses. */
  readonly #otherLookups: Lookups = { hits: 0, misses: 0 };

  constructor(
    node: NodeServices,
    writer: ReplyWriter,
    first: FrameStart,
    handlers: readonly Handler<NodeCall>[],
  ) {
    this.#node = node;
    this.writer = writer;
    this.#handlers = handlers;
    this.admission = new Admission(node);
    this.propagation = new Propagation(node.replication, node.appendOnly);
    this.#sender = first.client;
    this.#frame = new Frame(node, writer, this.propagation, first, (queued) => this.#runQueued(queued));
    this.#reports = new CommandReports(node, this.#frame);
  }

  configure(): void {
    this.admission.configure();
    this.#tracksLatency = this.#node.settings.flag('latency-tracking');
  }

  /** `nowMs`: by the monotonic clock. */
  beginTurn(nowMs: number): void {
    // Turns follow each other within microseconds: the wall clock, which may be set, is not read for each of them.
    if (nowMs - this.#wallReadMs >= WALL_READ_MS || nowMs < this.#wallReadMs) {
      this.#wallMs = this.#node.world.clock.wallMs();
      this.#wallReadMs = nowMs;
    }
    this.#turnStartMs = this.#lastMs = nowMs;
    this.#frame.now = this.#wallAt(nowMs);
    this.admission.refresh();
  }

  #wallAt(ms: number): number {
    return Math.floor(this.#wallMs + (ms - this.#wallReadMs));
  }

  /** How long this turn has taken, to the end of its last command. */
  get turnMs(): number {
    return this.#lastMs - this.#turnStartMs;
  }

  /** Commands of a transaction are running. */
  get inTransaction(): boolean {
    return this.#inExec;
  }

  /** Wall clock of the running command; keys expire by it. */
  get now(): number {
    return this.#depth > 0 ? this.#frame.now : this.#node.world.clock.wallMs();
  }

  /**
   * One command of a session, from its name to its effects. `more`: the next one lies behind it in the same bytes and
   * follows at once, so that both can be passed on together; `settle` then has to be called behind the last one.
   */
  execute(client: Client, args: Args, more = false): void {
    const entry = this.#node.commands.find(args);
    if (entry === undefined) {
      this.#reject(client, undefined, this.#unknown(args));
      return;
    }
    client.lastCommand = entry;
    if (!entry.accepts(args.count)) {
      this.#reject(client, entry, errors.wrongArity(entry.name));
      return;
    }
    const { isPrimary } = client;
    const guarded = isPrimary ? this.admission.streamGuarded : this.admission.guarded;
    if (guarded || client.unusual) {
      if (!this.#admit(client, entry, args)) return;
    } else if (entry.hasKeys && !isPrimary) {
      const moved = this.admission.route(client, entry, args);
      if (moved !== undefined) {
        this.#reject(client, entry, moved);
        return;
      }
    }
    // Commands on one key have nothing to do with the stream; others may ask how far it is.
    if (entry.onlyKey === 0) this.settle();
    const mark = this.writer.length;
    this.executing = client;
    this.#frame.mayPark = !isPrimary;
    const { noTouch } = client;
    if (noTouch) this.#setTouching(entry.name === 'touch');
    this.#inExec = entry.isExec;
    this.#call(client, entry, args);
    if (noTouch) this.#setTouching(true);
    this.#inExec = false;
    const { longerMs } = this.#frame;
    this.executing = undefined;
    if (this.propagation.hasEffects) this.#flushEffects(client, entry);
    if (!more) this.settle();
    if (client.unusual) this.#after(client, entry, mark);
    if (longerMs > 0) this.#standStill(client, mark, longerMs);
    if (this.#node.blockedKeys.hasReady && !this.propagation.held) this.#node.blockedKeys.serve();
    // Anything but data may have changed what `refresh` looks at.
    if ((entry.flags & (READONLY | WRITE)) === 0) this.admission.refresh();
  }

  /** Passes on what `execute` left to be passed on together with more. */
  settle(): void {
    if (!this.propagation.hasRequests) return;
    this.propagation.settle();
    this.#sender.writeOffset = this.#node.replication.offset;
  }

  /** A command that waited ends without being run again: its time is up, or there is an error. */
  waitedInVain({ entry }: Waiting, error: ReplyError | undefined): void {
    entry.calls++;
    this.#node.statistics.commands++;
    if (error === undefined) return;
    entry.failed++;
    this.#node.statistics.countError(error.message);
  }

  /** CLIENT NO-TOUCH: what such a session reads does not count as used, but by TOUCH. */
  #setTouching(touches: boolean): void {
    for (const db of this.#node.databases) db.touches = touches;
  }

  /** Runs a command again that has waited, within the turn of whoever ended that. */
  retry({ client, args, asking }: Waiting, reply: Reply): void {
    const writer = this.writer;
    const { length: mark, protocol, limit } = writer;
    writer.protocol = client.protocol;
    writer.limit = Number.POSITIVE_INFINITY;
    client.asking = asking;
    this.#again = true;
    this.execute(client, args);
    this.#again = false;
    writer.protocol = protocol;
    writer.limit = limit;
    reply.raw(writer.bytes, mark, writer.length);
    writer.truncate(mark);
  }

  /**
   * A command of our own append-only file: nobody is asked whether it may run, nobody is told that it did, and nothing
   * is counted. What it answers is lost. False: a script in it stands still, and `goOn` will end it.
   */
  replay(client: Client, entry: CommandEntry, args: Args): boolean {
    this.replaying = client;
    const frame = this.#frame;
    const { client: outerClient, entry: outerEntry, args: outerArgs, db, changes, mayPark } = frame;
    const mark = this.writer.length;
    frame.client = client;
    frame.entry = entry;
    frame.args = args;
    frame.db = this.#node.databases[client.database];
    frame.db.lookups = this.#otherLookups;
    frame.mayPark = false;
    frame.now = this.#node.world.clock.wallMs();
    this.#depth++;
    try {
      return this.#asWritten(() => this.#handlers[entry.id](frame) !== PARK);
    } catch (error) {
      // It was an error when it was written, too.
      if (!(error instanceof ReplyError)) throw error;
      return true;
    } finally {
      this.#depth--;
      this.writer.truncate(mark);
      Object.assign(frame, { client: outerClient, entry: outerEntry, args: outerArgs, db, changes, mayPark });
    }
  }

  /** What `work` does is no news to anybody, and a key lives until the file says otherwise. */
  #asWritten(work: () => boolean): boolean {
    const { databases } = this.#node;
    this.propagation.muted = true;
    for (const db of databases) db.ignoresExpiry = true;
    try {
      return work();
    } finally {
      this.propagation.muted = false;
      for (const db of databases) db.ignoresExpiry = false;
    }
  }

  /** A key, or a part of it, went without a command that says so: replicas get this one. */
  removed(db: Database, argv: readonly Binary[]): void {
    this.propagation.add(db.index, argv);
    if (this.#depth === 0) this.propagation.flush();
  }

  /** The command is not done yet: its reply is held back, and the node stands still, for as long as it still takes. */
  #standStill(client: Client, mark: number, ms: number): void {
    const { blockedKeys, world } = this.#node;
    const writer = this.writer;
    const reply = writer.bytes.slice(mark, writer.length);
    writer.truncate(mark);
    client.park({ timedOut: (late) => late.raw(reply) });
    // Who waits for a key is served behind the command, too: by then the key may have expired.
    blockedKeys.paused = true;
    world.freezeFor(ms);
    // The first thing that happens when time goes on.
    world.clock.after(0, () => {
      blockedKeys.paused = false;
      client.resume((late) => late.raw(reply));
    });
  }

  #admit(client: Client, entry: CommandEntry, args: Args): boolean {
    const verdict = this.admission.judge(client, entry, args);
    // What room had to be made for is told first.
    if (client.output.hasPushes) client.output.pushesInto(this.writer);
    if (verdict === undefined) return true;
    if (verdict === 'dropped') return false;
    if (verdict === 'wait') client.postpone(args);
    else if (verdict === 'queue') {
      client.transaction.add(entry, args.detach(), this.admission.flags);
      const mark = this.writer.length;
      this.writer.simple('QUEUED');
      this.#after(client, entry, mark);
    } else this.#reject(client, entry, verdict);
    return false;
  }

  /** Runs the handler and counts. What it changed is handed on; `execute` flushes. */
  #call(client: Client, entry: CommandEntry, args: Args): void {
    const frame = this.#frame;
    const node = this.#node;
    const mark = this.writer.length;
    const startMs = this.#lastMs;
    frame.client = client;
    frame.entry = entry;
    frame.args = args;
    frame.db = node.databases[client.database];
    frame.db.lookups = (entry.flags & READONLY) === 0 ? this.#otherLookups : node.statistics.lookups;
    frame.changes = 0;
    frame.replaced = false;
    frame.redacted = NOTHING;
    if (this.#depth++ === 0) frame.now = this.#wallAt(this.#lastMs);
    if (this.#depth === 1) frame.longerMs = 0;
    const longerMs = frame.longerMs;
    let parked = false;
    try {
      parked = this.#handlers[entry.id](frame) === PARK;
    } catch (error) {
      this.#failed(client, entry, error, mark);
    }
    this.#depth--;
    if (node.tracking.active && (entry.flags & READONLY) !== 0) this.#track(entry, args);
    if (frame.changes > 0) this.#changed(client, args, frame.changes, frame.replaced);
    const endMs = node.world.clock.monotonicMs();
    const microseconds = (endMs - startMs + frame.longerMs - longerMs) * 1000;
    this.#lastMs = endMs;
    if (node.monitors.size > 0 && !this.#again) this.#reports.tellMonitors(client, entry, args);
    // It counts as one call, however often it runs: when it has ended.
    if (parked && node.blockedKeys.holds(client)) return;
    entry.calls++;
    entry.microseconds += microseconds;
    if (this.#depth === 0) node.statistics.commandsMs += microseconds / 1000;
    node.statistics.commands++;
    // A script that stands still is measured when it has run.
    if (this.#tracksLatency && (!parked || !node.scripting.suspended)) entry.latency.add(microseconds);
    // What waits, or stands still within a script, is noted when it has run.
    if (!parked && (microseconds >= node.slowLog.threshold || node.latency.threshold > 0)) {
      this.#reports.note(client, entry, args, microseconds);
    }
  }

  /** Whoever sent what is being executed has read keys. */
  #track(entry: CommandEntry, args: Args): void {
    const session = this.executing;
    const mode = session?.tracking;
    if (session !== undefined && mode !== undefined) this.#node.tracking.read(session, mode, entry, args);
  }

  /** Hands the change on: as it was requested, unless the handler named its effects. */
  #changed(client: Client, args: Args, changes: number, replaced: boolean): void {
    const node = this.#node;
    node.persistence.dirty += changes;
    if (!this.propagation.wanted) return;
    if (!replaced) {
      if (this.#depth === 0 && !this.propagation.hasEffects) {
        if (client !== this.#sender) this.settle();
        this.#sender = client;
        this.propagation.feedRequest(client.database, args);
      } else this.propagation.addRequest(client.database, args);
    }
  }

  #flushEffects(client: Client, entry: CommandEntry): void {
    this.settle();
    this.propagation.flush((entry.flags & ARBITRARY_KEYS) === 0);
    if (!client.isPrimary) client.writeOffset = this.#node.replication.offset;
  }

  #runQueued({ entry, args }: Queued): void {
    this.#callInside(this.#frame.client, entry, args);
  }

  /** One command within another. The outer one changes nothing by itself, and is not passed on. */
  #callInside(client: Client, entry: CommandEntry, args: Args): void {
    const frame = this.#frame;
    const { client: outerClient, entry: outerEntry, args: outerArgs, db, changes, mayPark } = frame;
    frame.mayPark = false;
    this.#call(client, entry, args);
    frame.client = outerClient;
    frame.entry = outerEntry;
    frame.args = outerArgs;
    frame.db = db;
    frame.changes = changes;
    frame.mayPark = mayPark;
  }

  // Scripts.

  callWithin(client: Client, entry: CommandEntry, args: Args, audience: number): void {
    const { propagation } = this;
    propagation.audience = audience;
    propagation.muted ||= audience === 0;
    this.#callInside(client, entry, args);
    propagation.muted &&= audience !== 0;
    propagation.audience = TO_ALL;
  }

  stopWithin(): void {
    this.propagation.held = true;
  }

  goOn(stopped: Stopped, work: () => boolean): void {
    const { client, entry, args, now } = stopped;
    const frame = this.#frame;
    frame.client = client;
    frame.entry = entry;
    frame.args = args;
    frame.db = this.#node.databases[client.database];
    frame.now = now;
    frame.changes = 0;
    this.#depth++;
    let done = true;
    const replayed = client === this.replaying;
    this.executing = client;
    try {
      done = replayed ? this.#asWritten(work) : work();
    } finally {
      this.#depth--;
      this.executing = undefined;
    }
    this.#lastMs = this.#node.world.clock.monotonicMs();
    if (!done) return;
    this.propagation.held = false;
    if (!replayed) this.#count(stopped);
    if (this.propagation.hasEffects) this.#flushEffects(client, entry);
    if (this.#node.blockedKeys.hasReady) this.#node.blockedKeys.serve();
  }

  /** A command that had stopped has ended. */
  #count({ client, entry, args, startedMs }: Stopped): void {
    const microseconds = (this.#lastMs - startedMs) * 1000;
    entry.microseconds += microseconds;
    if (this.#tracksLatency) entry.latency.add(microseconds);
    if (microseconds >= this.#node.slowLog.threshold) this.#reports.note(client, entry, args, microseconds);
  }

  /** A ReplyError is an answer. Anything else is a bug: it is logged, answered, and the node goes on. */
  #failed(client: Client, entry: CommandEntry, error: unknown, mark: number): void {
    const node = this.#node;
    entry.failed++;
    this.writer.truncate(mark);
    if (error instanceof ReplyError) {
      node.statistics.countError(error.message);
      this.writer.error(error);
      this.#reports.warnOfStream(client, entry.name, error.message);
      return;
    }
    this.#reports.bug(entry, error);
    this.writer.error(errors.internal());
  }

  /** What it was answered would be taken for the replication stream. */
  #endReplica(client: Client, entry: CommandEntry | undefined, mark: number): void {
    this.writer.truncate(mark);
    this.#reports.replicaAnswered(client, entry);
    client.close();
  }

  #reject(client: Client, entry: CommandEntry | undefined, error: ReplyError): void {
    const mark = this.writer.length;
    const { transaction } = client;
    if (entry !== undefined) entry.rejected++;
    let told = error;
    if (entry?.isExec === true) {
      // EXEC that is refused ends what there may be, and says so.
      transaction.end();
      this.#node.watchedKeys.unwatch(client);
      const redirected = /^(MOVED|ASK|CLUSTERDOWN|TRYAGAIN|CROSSSLOT) /.test(error.message);
      if (!redirected) told = errors.execAbortBecause(error.message.replace(/^ERR /, ''));
    } else if (transaction.open) transaction.failed = true;
    this.#node.statistics.countError(told.message);
    this.writer.error(told);
    this.#reports.warnOfStream(client, entry?.name ?? '', error.message);
    if (client.unusual) this.#after(client, entry, mark);
  }

  /** What a session in an unusual state needs behind each of its commands. */
  #after(client: Client, entry: CommandEntry | undefined, mark: number): void {
    if (client.replyMode !== 'on') {
      if (client.replyMode !== 'skip-next') this.writer.truncate(mark);
      if (client.replyMode === 'skip') client.replyMode = 'on';
      else if (client.replyMode === 'skip-next') client.replyMode = 'skip';
    }
    // Both are for the next command, or the next transaction.
    if (!client.transaction.open) {
      if (entry?.name !== 'asking') client.asking = false;
      if (entry?.name.startsWith('client|') !== true) client.caching = false;
    }
    if (client.output.hasPushes) client.output.pushesInto(this.writer);
    this.writer.protocol = client.protocol;
    if (client.isReplica && this.writer.length > mark) this.#endReplica(client, entry, mark);
  }

  #unknown(args: Args): ReplyError {
    const container = this.#node.commands.container(args);
    if (container !== undefined)
      return errors.unknownSubcommand(args.binary(1).slice(0, 128), args.binary(0));
    let shown = '';
    for (let i = 1; i < args.count && shown.length < SHOWN_ARGUMENTS; i++) {
      shown += `'${args.binary(i).slice(0, SHOWN_ARGUMENTS - shown.length)}' `;
    }
    return errors.unknownCommand(args.binary(0), shown);
  }
}
