/**
 * SCRIPT DEBUG: which sessions debug what they run next. SYNC runs on the data itself, and everybody waits. YES runs on a
 * copy: redis-server forks for it, and here a second node is made that holds the data of this moment and nothing that
 * could reach the outside (fork.ts); this one serves on.
 */
import { type Park, READONLY } from '../../../redis/commands/command.ts';
import { errors, ReplyError } from '../../../redis/errors.ts';
import { type LuaValue, NO_VALUES, type Values } from '../../../redis/lua/values.ts';
import type { DebugMode, NodeCall, NodeServices, ScriptDebugging } from '../../call.ts';
import type { Client } from '../../clients/client.ts';
import type { Program } from '../script-run.ts';
import type { Scripts } from '../scripts.ts';
import { DebugFork, type ForkHost } from './fork.ts';
import { type DebugHost, DebugSession } from './session.ts';

/** Scripting, as a debugger uses it. */
export interface DebuggedScripting {
  readonly scripts: Scripts;
  run(call: NodeCall, program: Program, session: DebugSession): Park | undefined;
  /** redis.call of the script that is stopped. */
  call(values: Values): LuaValue;
  within(work: () => void): void;
  goOn(): void;
}

export class Debugging implements ScriptDebugging {
  readonly #scripting: DebuggedScripting;
  readonly #host: ForkHost;
  readonly #modes = new WeakMap<Client, DebugMode>();
  readonly #forks = new Set<DebugFork>();
  /** Somebody has asked for it since the node began. */
  used = false;

  constructor(scripting: DebuggedScripting, host: ForkHost) {
    this.#scripting = scripting;
    this.#host = host;
  }

  modeOf(client: Client): DebugMode | undefined {
    return this.#modes.get(client);
  }

  set(client: Client, mode: DebugMode | undefined): void {
    if (mode === undefined) this.#modes.delete(client);
    else this.#modes.set(client, mode);
    this.used = true;
  }

  /** EVAL of a session that debugs; `prepare` reads its keys, and throws what is wrong with them. */
  evaluate(call: NodeCall, prepare: () => void): Park | undefined {
    if (!call.mayPark) throw errors.scriptDebugInTransaction();
    if (this.#modes.get(call.client) === 'sync') return this.#evaluateHere(call, prepare);
    const fork = new DebugFork(this.#host, call, () => this.#forks.delete(fork));
    this.#forks.add(fork);
    return fork.start();
  }

  stop(): void {
    for (const fork of this.#forks) fork.kill();
  }

  #evaluateHere(call: NodeCall, prepare: () => void): Park | undefined {
    const { args, client, entry, node, reply } = call;
    const { scripts } = this.#scripting;
    const source = args.binary(1);
    node.log('notice', 'Redis synchronous debugging eval session started');
    const session = new DebugSession(client, source, this.#sessionHost(node));
    let parked: Park | undefined;
    try {
      prepare();
      const { sha, flags } = scripts.load(source);
      const readOnly = (entry.flags & READONLY) !== 0;
      const stepping = scripts.stepping(source);
      const program = { call: stepping, args: NO_VALUES, name: sha, flags, isEval: true, readOnly };
      parked = this.#scripting.run(call, program, session);
    } catch (error) {
      if (!(error instanceof ReplyError)) throw error;
      entry.failed++;
      node.statistics.countError(error.message);
      reply.raw(session.end());
      reply.error(error);
    }
    // The end of a session is the end of its connection.
    if (parked === undefined) client.closeAfterReply();
    return parked;
  }

  #sessionHost(node: NodeServices): DebugHost {
    const scripting = this.#scripting;
    return {
      clock: node.world.clock,
      state: scripting.scripts.state,
      busyMs: node.settings.number('busy-reply-threshold'),
      call: (values) => scripting.call(values),
      within: (work) => scripting.within(work),
      goOn: () => scripting.goOn(),
      ended: () => node.log('notice', 'Redis synchronous debugging eval session ended'),
    };
  }
}
