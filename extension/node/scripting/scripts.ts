/** The scripts that EVAL and SCRIPT LOAD have brought, by their SHA-1, and the interpreter that runs them. */
import { type Binary, isShown, viewOf } from '../../redis/bytes.ts';
import { errors } from '../../redis/errors.ts';
import { compile } from '../../redis/lua/compiler.ts';
import { LuaError } from '../../redis/lua/error.ts';
import type { LuaState } from '../../redis/lua/state.ts';
import { type LuaFunction, NO_VALUES } from '../../redis/lua/values.ts';
import type { Args } from '../../redis/resp/args.ts';
import { readScript } from './flags.ts';
import { newInterpreter, protect, refuseUnknown, type ScriptHost, sha1Hex } from './redis-library.ts';

const NO_SHA = viewOf(new Uint8Array(0));

export interface Script {
  readonly sha: string;
  readonly body: Binary;
  readonly flags: number;
  readonly call: LuaFunction;
}

export class Scripts {
  readonly #host: ScriptHost;
  #state: LuaState | undefined;
  readonly #bySha = new Map<string, Script>();
  /** The same by their text: EVAL mostly brings what it brought before. */
  readonly #byBody = new Map<Binary, Script>();
  #bytes = 0;
  /** The one that was asked for last by its SHA-1, which mostly is the next one, too. */
  #recent: Script | undefined;
  #recentSha = NO_SHA;

  constructor(host: ScriptHost) {
    this.#host = host;
  }

  /** Made for the first script. */
  get state(): LuaState {
    this.#state ??= newEvalInterpreter(this.#host);
    return this.#state;
  }

  get hasInterpreter(): boolean {
    return this.#state !== undefined;
  }

  get count(): number {
    return this.#bySha.size;
  }

  /** Of their texts. */
  get usedBytes(): number {
    return this.#bytes;
  }

  find(sha: string): Script | undefined {
    return this.#bySha.get(sha) ?? this.#bySha.get(sha.toLowerCase());
  }

  /** The one whose SHA-1 is argument i. */
  findArgument(args: Args, i: number): Script | undefined {
    const recent = this.#recent;
    if (recent !== undefined && isShown(args.view, args.starts[i], args.ends[i], this.#recentSha))
      return recent;
    const script = this.find(args.binary(i));
    if (script === undefined) return undefined;
    this.#recent = script;
    this.#recentSha = viewOf(args.copy(i));
    return script;
  }

  has(sha: string): boolean {
    return this.#bySha.has(sha);
  }

  known(body: Binary): Script | undefined {
    return this.#byBody.get(body);
  }

  /** Throws the reply for what is no script. */
  load(body: Binary): Script {
    const known = this.#byBody.get(body);
    if (known !== undefined) return known;
    const { flags, code } = readScript(body);
    const { state } = this;
    const script = { sha: sha1Hex(body), body, flags, call: this.#compiled(state, code) };
    this.#bySha.set(script.sha, script);
    this.#byBody.set(body, script);
    this.#bytes += body.length + script.sha.length;
    return script;
  }

  /** The same for a debugger, which stops at its lines. */
  stepping(body: Binary): LuaFunction {
    const { state } = this;
    return compile(state, readScript(body).code, '@user_script', state.globals, { stepping: true });
  }

  /** Forgets them all, and what they did to their interpreter. */
  flush(): void {
    this.#bySha.clear();
    this.#byBody.clear();
    this.#bytes = 0;
    this.#recent = undefined;
    this.#state = undefined;
  }

  #compiled(state: LuaState, code: Binary): LuaFunction {
    try {
      return compile(state, code, '@user_script', state.globals);
    } catch (error) {
      if (!(error instanceof LuaError)) throw error;
      throw errors.scriptCompilation(String(error.value));
    }
  }
}

function newEvalInterpreter(host: ScriptHost): LuaState {
  const state = newInterpreter(host, () => ({
    breakpoint: () => host.breakpoint(),
    debug: (...args) => {
      host.debug(args);
      return NO_VALUES;
    },
    replicate_commands: () => true,
  }));
  refuseUnknown(state, state.globals);
  protect(state.globals);
  return state;
}
