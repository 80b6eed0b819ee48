/** One EVAL under the debugger: between the client, who sends commands, and the script, which stops for them. */
import { type Binary, binaryOf, bytesOf } from '../../../redis/bytes.ts';
import { compile } from '../../../redis/lua/compiler.ts';
import { LuaError } from '../../../redis/lua/error.ts';
import { Execution } from '../../../redis/lua/execution.ts';
import { type LuaState, toText } from '../../../redis/lua/state.ts';
import {
  type LuaFunction,
  LuaTable,
  type LuaValue,
  NO_VALUES,
  type Values,
} from '../../../redis/lua/values.ts';
import type { Clock } from '../../../redis/world.ts';
import type { Client } from '../../clients/client.ts';
import { errorTable } from '../reply-values.ts';
import { type Debugged, ScriptDebugger } from './debugger.ts';
import { readRequest } from './request.ts';

/** A client that sends more than this and no command is cut off (ldbRepl). */
const MOST_INPUT_BYTES = 1 << 20;
/** What code that was typed in may take; redis-server lets it run for ever, and with it would stand our neighbours. */
const EVALUATION_MS = 5000;

export interface DebugHost {
  readonly clock: Clock;
  readonly state: LuaState;
  /** busy-reply-threshold. */
  readonly busyMs: number;
  /** redis.call of the script that is stopped. */
  call(values: Values): LuaValue;
  /** Does `work` as part of the command that is stopped. */
  within(work: () => void): void;
  /** The script runs on. */
  goOn(): void;
  ended(): void;
}

export class DebugSession {
  readonly debugger: ScriptDebugger;
  readonly #client: Client;
  readonly #host: DebugHost;
  #run: { readonly execution: Execution } | undefined;
  #input: Binary = '';
  #ended = false;
  #gone = false;
  /** When it last began to run. */
  #runsSinceMs: number;

  constructor(client: Client, source: Binary, host: DebugHost) {
    this.#client = client;
    this.#host = host;
    this.debugger = new ScriptDebugger(source);
    this.#runsSinceMs = host.clock.monotonicMs();
  }

  attach(run: { readonly execution: Execution }): void {
    this.#run = run;
    run.execution.onLine = (line) => this.debugger.reach(line);
  }

  /** A slice of the script is over. True: it waits for the client. */
  get waits(): boolean {
    if (!this.debugger.stopped) {
      const { clock, busyMs } = this.#host;
      if (!this.debugger.tires(clock.monotonicMs() - this.#runsSinceMs, busyMs)) return false;
      if (this.#gone) {
        this.debugger.letGo();
        this.#fail('timeout during Lua debugging with client closing connection');
        return false;
      }
    }
    if (this.#gone) this.debugger.letGo();
    return this.debugger.stopped;
  }

  /** Tells where it stopped, and takes what has been sent meanwhile. */
  stopped(): void {
    this.#say();
    if (this.#input !== '') this.#take();
  }

  /** What the client sends while the script runs or waits. */
  feed(bytes: Uint8Array, start: number, end: number): void {
    this.#input += binaryOf(bytes, start, end);
    if (this.debugger.stopped) this.#take();
  }

  /** The client has closed its connection: the script runs to its end. */
  closed(): void {
    if (this.#ended) return;
    this.#gone = true;
    const waited = this.debugger.stopped;
    this.debugger.letGo();
    if (waited) this.#goOn();
  }

  /** What is still to be said, and that it is over; the reply of the script follows. */
  end(): Uint8Array {
    this.#ended = true;
    this.#host.ended();
    this.debugger.log('<endsession>');
    return bytesOf(this.debugger.take());
  }

  #say(): void {
    this.#client.push(bytesOf(this.debugger.take()));
  }

  #take(): void {
    const words = readRequest(this.#input);
    if (words === 'more') {
      if (this.#input.length > MOST_INPUT_BYTES) this.#abort('max client buffer reached');
      return;
    }
    // One at a time: what was sent behind it is not looked at.
    this.#input = '';
    if (words === 'bad') {
      this.#abort('protocol error');
      return;
    }
    let verdict = 'wait';
    this.#host.within(() => {
      verdict = this.debugger.execute(words, this.#debugged);
    });
    if (verdict === 'wait') this.#say();
    else if (verdict === 'abort') this.#abort('script aborted for user request');
    else this.#goOn();
  }

  #abort(text: string): void {
    this.debugger.stopped = false;
    this.#fail(text);
    this.#goOn();
  }

  /** The script fails with this when it goes on; it may catch it, as any error. */
  #fail(text: string): void {
    this.debugger.failed(text);
    const error = errorTable(text);
    error.set('source', '@user_script');
    error.set('line', this.debugger.currentLine);
    this.#run?.execution.fail(new LuaError(error, -1));
  }

  #goOn(): void {
    this.#runsSinceMs = this.#host.clock.monotonicMs();
    this.#host.goOn();
  }

  get #debugged(): Debugged {
    const { state, call } = this.#host;
    return {
      calls: this.#run?.execution.calls ?? [],
      global: (name) => state.globals.get(name),
      evaluate: (code) => this.#evaluate(code),
      call: (words) => {
        call(words);
      },
    };
  }

  /** As an expression if it is one, else as statements. */
  #evaluate(code: Binary): LuaValue {
    const { state, clock } = this.#host;
    const untilMs = clock.monotonicMs() + EVALUATION_MS;
    try {
      const execution = new Execution(state, compiled(state, code), NO_VALUES, () => {
        if (clock.monotonicMs() > untilMs) state.fail('it takes too long');
        return false;
      });
      execution.run();
      return execution.values?.[0];
    } catch (error) {
      if (!(error instanceof LuaError)) throw error;
      const { value } = error;
      throw toText(value instanceof LuaTable ? value.get('err') : value) ?? '(null)';
    }
  }
}

function compiled(state: LuaState, code: Binary): LuaFunction {
  try {
    return compile(state, `return ${code}`, '@ldb_eval', state.globals);
  } catch (error) {
    if (!(error instanceof LuaError)) throw error;
    return compile(state, code, '@ldb_eval', state.globals);
  }
}
