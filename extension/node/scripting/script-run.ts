/** One run of a script or function, from its first step to its end, in as many slices as it takes. */
import type { Binary } from '../../redis/bytes.ts';
import { LuaError } from '../../redis/lua/error.ts';
import { Execution } from '../../redis/lua/execution.ts';
import { textOf } from '../../redis/lua/libraries/base.ts';
import { type LuaState, toText } from '../../redis/lua/state.ts';
import type { LuaFunction, LuaValue, Values } from '../../redis/lua/values.ts';
import { LuaTable } from '../../redis/lua/values.ts';
import type { Clock } from '../../redis/world.ts';
import { TO_ALL } from '../propagation.ts';
import type { DebugSession } from './debugging/session.ts';
import { errorTable } from './reply-values.ts';

/** A script that runs longer than this lets its neighbours in the process have a turn, milliseconds. */
const SLICE_MS = 10;
/** So does one that took so many looks at a clock that stands still (a simulated one): two million steps. */
const SLICE_LOOKS = 200;

/**
 * With so much more memory than after its first slice, besides what it wrote into the data, a script is ended: Lua has
 * no limit, but here it would take the other nodes of the process along.
 */
const MOST_BYTES = 1.5 * 1024 ** 3;

/** What is to be run, and how. */
export interface Program {
  readonly call: LuaFunction;
  readonly args: Values;
  /** The SHA-1 of a script, the name of a function. */
  readonly name: Binary;
  readonly flags: number;
  readonly isEval: boolean;
  /** Sent with EVAL_RO or its like. */
  readonly readOnly: boolean;
}

export interface RunOptions {
  readonly state: LuaState;
  readonly clock: Clock;
  /** It must not write, because of how it was sent or what it says of itself. */
  readonly readOnly: boolean;
  /** What the process holds, the data left out. */
  readonly heldBytes: () => number;
  /** It was allowed where it comes from: by our primary, or when it was written into our file. */
  readonly obeyed: boolean;
  /** It cannot be stopped in between: what it is part of waits for nobody. */
  readonly atOnce: boolean;
  /** It runs under the debugger. */
  readonly debugged: DebugSession | undefined;
}

export class ScriptRun {
  readonly program: Program;
  readonly options: RunOptions;
  readonly startedMs: number;
  /** It has called a command that writes: nobody may kill it any more. */
  wrote = false;
  killed = false;
  /** Memory was short when it began. */
  outOfMemory = false;
  /** The slot of its keys; a script that said which it uses must stay in it. */
  slot = -1;
  protocol: 2 | 3 = 2;
  /** redis.set_repl: where its effects go. */
  audience = TO_ALL;
  readonly execution: Execution;
  #sliceStartMs = 0;
  #slices = 0;
  #heldAtFirst = 0;
  #looks = 0;
  #values: Values | undefined;
  #error: LuaTable | undefined;

  constructor(program: Program, options: RunOptions) {
    this.program = program;
    this.options = options;
    this.startedMs = this.#sliceStartMs = options.clock.monotonicMs();
    this.execution = new Execution(options.state, program.call, program.args, () => this.#isTimeUp());
  }

  /** How long to stand still before the next slice: a clock that stood still within the last one owes its time. */
  get pauseMs(): number {
    return this.options.clock.monotonicMs() > this.#sliceStartMs ? 0 : SLICE_MS;
  }

  get elapsedMs(): number {
    return this.options.clock.monotonicMs() - this.startedMs;
  }

  /** Runs on; true when it has ended, one way or another. */
  go(): boolean {
    if (this.killed) {
      this.#error = this.#described(
        errorTable('Script killed by user with SCRIPT KILL...'),
        this.options.state.at,
      );
      return true;
    }
    if (this.#slices++ > 0) {
      this.#sliceStartMs = this.options.clock.monotonicMs();
      const held = this.options.heldBytes();
      this.#heldAtFirst ||= held;
      if (held - this.#heldAtFirst > MOST_BYTES) {
        this.#error = this.#described('not enough memory', this.options.state.at);
        return true;
      }
    }
    this.#looks = 0;
    try {
      if (!this.execution.run()) return false;
      this.#values = this.execution.values;
    } catch (error) {
      if (!(error instanceof LuaError)) throw error;
      this.#error = this.#described(error.value, error.place);
    }
    return true;
  }

  get value(): LuaValue {
    return this.#values?.[0];
  }

  /** Why it ended early: the reply's text, and whether the error was counted when it came up. */
  get failure(): { readonly message: string; readonly counted: boolean } | undefined {
    const error = this.#error;
    if (error === undefined) return undefined;
    const message = toText(error.get('err')) ?? 'ERR unknown error';
    const line = toText(error.get('line'));
    const source = toText(error.get('source'));
    const where =
      line === undefined || source === undefined
        ? ''
        : ` script: ${this.program.name}, on ${source}:${line}.`;
    return { message: message + where, counted: error.get('ignore_error_stats_update') === true };
  }

  /** As the error handler of Redis completes an error that nobody caught. */
  #described(value: LuaValue, at: number): LuaTable {
    const table = value instanceof LuaTable ? value : errorTable(`-ERR ${textOf(value)}`);
    const place = this.options.state.places[at];
    if (place !== undefined && !table.readonly) {
      table.set('source', `@${place.chunk}`);
      table.set('line', place.line);
    }
    return table;
  }

  #isTimeUp(): boolean {
    if (this.options.atOnce) return false;
    return ++this.#looks >= SLICE_LOOKS || this.options.clock.monotonicMs() - this.#sliceStartMs >= SLICE_MS;
  }
}
