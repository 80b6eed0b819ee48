/**
 * Scripts and functions of one node: who runs, what it may call, and what the others get to hear meanwhile.
 *
 * A script is one command. Run to its end within a slice it is nothing special; a longer one stops after each slice, so
 * that other nodes of the process go on, while nothing of this one may run: sessions wait, and once busy-reply-threshold
 * has passed they are told that the node is busy, and SCRIPT KILL works.
 */
import { type Binary, copyOf } from '../../redis/bytes.ts';
import { PARK, type Park } from '../../redis/commands/command.ts';
import { errors, ReplyError } from '../../redis/errors.ts';
import { LuaTable, type LuaValue, type Values } from '../../redis/lua/values.ts';
import type { Args } from '../../redis/resp/args.ts';
import type { Reply } from '../../redis/resp/reply.ts';
import type { ReplyWriter } from '../../redis/resp/reply-writer.ts';
import type { Admission } from '../admission.ts';
import type { NodeCall, NodeScripting } from '../call.ts';
import { Client } from '../clients/client.ts';
import { NOWHERE } from '../clients/primary-stream.ts';
import type { CommandEntry } from '../command-table.ts';
import type { LogLevel } from '../observer.ts';
import { CallEncoder } from './call-encoder.ts';
import { refusalOfCall, slotOf } from './call-refusal.ts';
import { Debugging } from './debugging/debugging.ts';
import type { ForkHost } from './debugging/fork.ts';
import type { DebugSession } from './debugging/session.ts';
import {
  ALLOW_CROSS_SLOT,
  ALLOW_OOM,
  ALLOW_STALE,
  COMPATIBLE,
  commandFlags,
  NO_CLUSTER,
  NO_WRITES,
  readScript,
} from './flags.ts';
import { Functions } from './functions.ts';
import type { ScriptHost } from './redis-library.ts';
import { errorTable, ReplyValues } from './reply-values.ts';
import { type Program, ScriptRun } from './script-run.ts';
import { Scripts } from './scripts.ts';
import { replyValue } from './value-replies.ts';

/** What a script needs of whoever runs commands. */
export interface ScriptDispatch {
  readonly admission: Admission;
  readonly writer: ReplyWriter;
  /** The session that executes our own append-only file. */
  readonly replaying: Client | undefined;
  /** Runs a command within the one that is running; its reply follows what was written so far. */
  callWithin(client: Client, entry: CommandEntry, args: Args, audience: number): void;
  /** What the running command has done so far is told to nobody until `goOn` says that it is done. */
  stopWithin(): void;
  /** Goes on with a command that has stopped; `work` says whether it is done. */
  goOn(stopped: Stopped, work: () => boolean): void;
}

/** A command that stands still in the middle. */
export interface Stopped {
  readonly client: Client;
  readonly entry: CommandEntry;
  readonly args: Args;
  /** Wall clock: for it no time passes. */
  readonly now: number;
  readonly startedMs: number;
}

export interface ScriptingHost extends ForkHost {
  readonly dispatch: () => ScriptDispatch;
  turn(work: () => void): void;
  /** Sessions whose commands were put off may send them again. */
  released(): void;
}

interface Suspended extends Stopped {
  readonly run: ScriptRun;
  readonly session: DebugSession | undefined;
  /** Takes the reply, whoever waits for it. */
  finish: (write: (reply: Reply) => void) => void;
}

export class Scripting implements ScriptHost, NodeScripting {
  readonly scripts: Scripts = new Scripts(this);
  readonly functions: Functions;
  readonly debugging: Debugging;
  /** DEBUG SET-DISABLE-DENY-SCRIPTS: scripts may call what is not meant for scripts. */
  allowsAll = false;
  /** Hears once that the command has ended whose script stands still, for whoever is not its session. */
  afterwards: (() => void) | undefined;
  readonly #host: ScriptingHost;
  readonly #encoder = new CallEncoder();
  readonly #values = new ReplyValues();
  #client: Client | undefined;
  /** The session whose command runs the script. */
  #caller: Client | undefined;
  #run: ScriptRun | undefined;
  #suspended: Suspended | undefined;
  #busy = false;

  constructor(host: ScriptingHost) {
    this.#host = host;
    this.functions = new Functions(this, host.node);
    this.debugging = new Debugging(this, host);
  }

  /** Bytes of scripts and libraries. */
  get usedBytes(): number {
    return this.scripts.usedBytes + this.functions.usedBytes;
  }

  // Who runs.

  /** A script has begun and not ended: commands wait. */
  get suspended(): boolean {
    return this.#suspended !== undefined;
  }

  /** It has run for too long: commands are refused with this. */
  get busyError(): ReplyError | undefined {
    if (!this.#busy || this.#run === undefined) return undefined;
    return busyWith(this.#run);
  }

  /** The script that is running, for FUNCTION STATS. */
  get current(): { readonly run: ScriptRun; readonly args: Args } | undefined {
    const suspended = this.#suspended;
    return suspended && { run: suspended.run, args: suspended.args };
  }

  kill(isEval: boolean): void {
    const suspended = this.#suspended;
    if (suspended === undefined) throw errors.notBusy();
    const { run, client } = suspended;
    if (client.isPrimary) throw errors.unkillableOfPrimary();
    if (run.wrote) throw errors.unkillable();
    if (isEval !== run.program.isEval) throw busyWith(run);
    run.killed = true;
    if (suspended.session !== undefined) this.#goOnLater(suspended);
  }

  /** What a command that runs a script is to be taken for. */
  commandFlags({ name, flags }: CommandEntry, args: Args): number {
    const ofScript = this.#flagsOf(name, args.binary(1));
    return ofScript === undefined ? flags : commandFlags(flags, ofScript);
  }

  #flagsOf(command: string, script: Binary): number | undefined {
    if (command.startsWith('fcall')) return this.functions.find(script)?.flags;
    if (command.startsWith('evalsha')) return this.scripts.find(script)?.flags;
    try {
      return this.scripts.known(script)?.flags ?? readScript(script).flags;
    } catch (error) {
      // The command itself will say what is wrong with it.
      if (error instanceof ReplyError) return undefined;
      throw error;
    }
  }

  /** The node ends, and with it what runs. */
  stop(): void {
    this.#run = this.#suspended = undefined;
    this.debugging.stop();
  }

  // Running.

  /** Runs a program as the command `call`; throws the reply when it must not run at all. */
  run(call: NodeCall, program: Program, session?: DebugSession): Park | undefined {
    const { client, node } = call;
    const { flags, readOnly } = program;
    this.#prepare(call, flags, readOnly);
    const { writer, replaying } = this.#host.dispatch();
    const run = new ScriptRun(program, {
      state: program.isEval ? this.scripts.state : this.functions.state,
      clock: node.world.clock,
      heldBytes: () => node.host.residentBytes() - node.usedBytes,
      obeyed: client.isPrimary,
      // A primary's stream waits for nobody; a file does.
      atOnce: client.isPrimary && client !== replaying,
      readOnly: readOnly || ((flags & COMPATIBLE) === 0 && (flags & NO_WRITES) !== 0),
      debugged: session,
    });
    session?.attach(run);
    run.outOfMemory = node.memoryLimit.full && (flags & (COMPATIBLE | ALLOW_OOM)) !== ALLOW_OOM;
    this.#prepareClient(client);
    if ((flags & (COMPATIBLE | ALLOW_CROSS_SLOT)) === 0) run.slot = slotOf(call.entry, call.args);
    this.#run = run;
    let ended = true;
    try {
      ended = run.go();
    } finally {
      if (ended) this.#run = undefined;
    }
    if (ended) {
      if (session !== undefined) writer.raw(session.end());
      this.#reply(run, call.entry, writer);
      return undefined;
    }
    return this.#suspend(call, run, session);
  }

  /** For EXEC, in the midst of which a script stands still: takes its reply when it has ended. */
  whenEnded(finish: (write: (reply: Reply) => void) => void): void {
    if (this.#suspended !== undefined) this.#suspended.finish = finish;
  }

  /** What `work` writes as replies of `client`, taken out of the output of whoever has the turn. */
  collect<T>(client: Client, work: () => T): { readonly result: T; readonly bytes: Uint8Array } {
    const { writer } = this.#host.dispatch();
    const { length: mark, protocol } = writer;
    writer.protocol = client.protocol;
    const result = work();
    writer.protocol = protocol;
    const bytes = copyOf(writer.bytes, mark, writer.length);
    writer.truncate(mark);
    return { result, bytes };
  }

  #prepare({ client, node }: NodeCall, flags: number, readOnly: boolean): void {
    const { admission } = this.#host.dispatch();
    if ((flags & COMPATIBLE) !== 0) {
      if (admission.stale) throw errors.primaryDown();
      return;
    }
    if ((flags & NO_CLUSTER) !== 0 && node.cluster !== undefined) throw errors.scriptNotInCluster();
    if (admission.stale && (flags & ALLOW_STALE) === 0) throw errors.scriptStale();
    if ((flags & NO_WRITES) === 0) {
      const refusal = client.isPrimary ? undefined : admission.refusalOfWrites();
      if (refusal === 'replica') throw errors.scriptOnReplica();
      if (refusal === 'disk') {
        const { writeError } = node.appendOnly;
        throw writeError === undefined ? errors.scriptSaveFailed() : errors.scriptAofFailed(writeError);
      }
      if (readOnly) throw errors.scriptNotReadOnly();
      if (refusal === 'replicas') throw errors.noReplicas();
    }
    if (node.memoryLimit.full && (flags & (ALLOW_OOM | NO_WRITES)) === 0) throw errors.scriptOutOfMemory();
  }

  /** The session is the one in which scripts run their commands. */
  isScript(client: Client): boolean {
    return client === this.#client;
  }

  /** Commands of scripts run as a session of their own: what they select is not selected for their caller. */
  #prepareClient(caller: Client): Client {
    this.#client ??= new Client(0, { ...NOWHERE, remote: { host: 'lua', port: -1 } }, this.#host.clientHost);
    const client = this.#client;
    client.isScript = true;
    client.database = caller.database;
    client.readonlyMode = caller.readonlyMode;
    client.asking = caller.asking;
    client.user = caller.user;
    client.trusted = caller.trusted;
    this.#caller = caller;
    return client;
  }

  #suspend(call: NodeCall, run: ScriptRun, session: DebugSession | undefined): Park {
    const { client, entry, now } = call;
    const dispatch = this.#host.dispatch();
    const suspended: Suspended = {
      run,
      session,
      client,
      entry,
      args: call.args.detach(),
      now,
      startedMs: run.startedMs,
      finish: (write) => client.resume(write),
    };
    this.#suspended = suspended;
    dispatch.stopWithin();
    dispatch.admission.refresh();
    if (session !== undefined) return this.#attend(suspended, session);
    this.#goOnLater(suspended);
    // Within a transaction it is EXEC that waits.
    return call.mayPark ? client.park({ timedOut: () => {} }) : PARK;
  }

  /** The client of a debugger is heard while its script stands still or runs. */
  #attend(suspended: Suspended, session: DebugSession): Park {
    const { client } = suspended;
    const { node } = this.#host;
    suspended.finish = (write) => {
      client.push(session.end());
      client.resume(write);
    };
    this.#waitOrGoOn(suspended);
    // redis-server answers nobody at all meanwhile; here who waits for long is told why.
    node.world.clock.after(node.settings.number('busy-reply-threshold'), () => {
      if (this.#suspended === suspended) this.#host.turn(() => this.#checkBusy(suspended));
    });
    return client.park({
      timedOut: () => {},
      input: (bytes, start, end) => session.feed(bytes, start, end),
      released: () => session.closed(),
    });
  }

  /** The script that a debugger has stopped runs on, at once. */
  goOn(): void {
    const suspended = this.#suspended;
    if (suspended !== undefined) this.#host.turn(() => this.#goOn(suspended));
  }

  /** Does `work` as part of the command that stands still. */
  within(work: () => void): void {
    const suspended = this.#suspended;
    if (suspended === undefined) return;
    this.#host.dispatch().goOn(suspended, () => {
      work();
      return false;
    });
  }

  #waitOrGoOn(suspended: Suspended): void {
    const { session } = suspended;
    if (session?.waits === true) session.stopped();
    else this.#goOnLater(suspended);
  }

  #goOnLater(suspended: Suspended): void {
    const { clock } = this.#host.node.world;
    clock.after(suspended.run.pauseMs, () => this.#host.turn(() => this.#goOn(suspended)));
  }

  #goOn(suspended: Suspended): void {
    if (this.#suspended !== suspended) return;
    const { run } = suspended;
    const dispatch = this.#host.dispatch();
    dispatch.goOn(suspended, () => {
      if (!run.go()) return false;
      this.#run = this.#suspended = undefined;
      this.#busy = false;
      suspended.finish((reply) => this.#reply(run, suspended.entry, reply));
      // A transaction may stand still again, in its next script.
      return this.#suspended === undefined;
    });
    if (this.#suspended === undefined) {
      if (suspended.session !== undefined) suspended.client.closeAfterReply();
      dispatch.admission.refresh();
      this.#host.released();
      const { afterwards } = this;
      this.afterwards = undefined;
      afterwards?.();
    } else if (this.#suspended === suspended) {
      this.#checkBusy(suspended);
      this.#waitOrGoOn(suspended);
    }
  }

  #checkBusy({ run }: Suspended): void {
    const { node } = this.#host;
    const threshold = node.settings.number('busy-reply-threshold');
    if (this.#busy || threshold === 0 || run.elapsedMs < threshold) return;
    this.#busy = true;
    const command = run.program.isEval ? 'SCRIPT KILL' : 'FUNCTION KILL';
    node.log(
      'warning',
      `Slow script detected: still in execution after ${Math.floor(run.elapsedMs)} milliseconds. You can try ` +
        `killing the script using the ${command} command. Script name is: ${run.program.name}.`,
    );
    // Who has waited so far is told.
    this.#host.released();
  }

  #reply(run: ScriptRun, entry: CommandEntry, reply: Reply): void {
    const { statistics } = this.#host.node;
    const failed = (message: string, counted: boolean): void => {
      entry.failed++;
      if (!counted) statistics.countError(message);
    };
    if (run.killed) this.#host.node.log('notice', 'Lua script killed by user with SCRIPT KILL.');
    const { failure } = run;
    if (failure !== undefined) {
      failed(failure.message, failure.counted);
      reply.error(new ReplyError(failure.message));
    } else replyValue(reply, run.value, { scriptProtocol: run.protocol, failed });
  }

  // What a script may ask for.

  call(values: Values): LuaValue {
    const run = this.#run;
    const client = this.#client;
    if (values.length === 0)
      return this.#complain('Please specify at least one argument for this redis lib call');
    if (!this.#encoder.encode(values)) {
      return this.#complain('Lua redis lib command arguments must be strings or integers');
    }
    if (run === undefined || client === undefined) return errorTable('Command called outside of a script');
    const { args } = this.#encoder;
    const told = run.options.debugged?.debugger;
    told?.called(args.binaries());
    const { node } = this.#host;
    const entry = node.commands.find(args);
    const refusal = refusalOfCall(
      { node, admission: this.#host.dispatch().admission, caller: this.#caller, allowsAll: this.allowsAll },
      run,
      client,
      entry,
      args,
    );
    if (refusal !== undefined || entry === undefined) return this.#refused(entry, refusal ?? '');
    const dispatch = this.#host.dispatch();
    const { writer } = dispatch;
    const { length: mark, protocol, limit } = writer;
    writer.protocol = client.protocol = run.protocol;
    // What a script reads is no output of its caller.
    writer.limit = Number.POSITIVE_INFINITY;
    dispatch.callWithin(client, entry, args, run.audience);
    writer.limit = limit;
    const value = this.#values.read(writer.bytes, mark);
    told?.replied(writer.bytes, mark);
    writer.truncate(mark);
    writer.protocol = protocol;
    return value;
  }

  #complain(text: string): LuaTable {
    this.#run?.options.debugged?.debugger.failed(text);
    return errorTable(text);
  }

  #refused(entry: CommandEntry | undefined, text: string): LuaTable {
    const table = this.#complain(text);
    const message = table.get('err');
    if (entry !== undefined) entry.rejected++;
    this.#host.node.statistics.countError(String(message));
    table.set('ignore_error_stats_update', true);
    return table;
  }

  log(level: LogLevel, text: string): void {
    this.#host.node.log(level, text);
  }

  isLogged(level: LogLevel): boolean {
    return this.#host.node.isLogged(level);
  }

  breakpoint(): boolean {
    const debugged = this.#run?.options.debugged;
    debugged?.debugger.breakpoint();
    return debugged !== undefined;
  }

  debug(values: Values): void {
    this.#run?.options.debugged?.debugger.debug(values);
  }

  setProtocol(protocol: 2 | 3): void {
    if (this.#run !== undefined) this.#run.protocol = protocol;
  }

  setReplication(flags: number): void {
    if (this.#run !== undefined) this.#run.audience = flags;
  }

  mayCall(values: Values): boolean | undefined {
    if (!this.#encoder.encode(values)) return undefined;
    const { args } = this.#encoder;
    const entry = this.#host.node.commands.find(args);
    if (entry === undefined) return undefined;
    const client = this.#client;
    return client === undefined || client.trusted || client.user.denial(entry, args) === undefined;
  }
}

/** KEYS and ARGV. */
export function listArguments(args: Args, from: number, to: number): LuaTable {
  const list: Binary[] = [];
  for (let i = from; i < to; i++) list.push(args.binary(i));
  return new LuaTable(list);
}

/** What a client hears while this script takes long. */
function busyWith({ program }: ScriptRun): ReplyError {
  return errors.busy(program.isEval ? 'SCRIPT' : 'FUNCTION');
}
