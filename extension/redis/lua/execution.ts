/**
 * The machine that runs calls. Each call of a Lua function is a generator; what it calls it yields, and the machine
 * keeps the stack of those that wait. So Lua may recurse as deep as Lua allows, a tail call leaves nothing behind, a
 * coroutine is a stack of its own, and everything may stop between two steps and go on later.
 */
import { LuaError } from './error.ts';
import { FUEL, type LuaState } from './state.ts';
import {
  type CallFrame,
  Coroutine,
  isRunning,
  isValues,
  Line,
  type LuaFunction,
  type LuaValue,
  listOf,
  NO_VALUES,
  PAUSE,
  type Result,
  Resume,
  type Running,
  type Step,
  type Values,
  Yield,
} from './values.ts';

/** LUAI_MAXCALLS. */
const MOST_CALLS = 20_000;

/** One call from outside, with everything it brings about. */
export class Execution {
  readonly #state: LuaState;
  /** Asked whenever the fuel is used up: true to stop here for now. */
  readonly #isTimeUp: () => boolean;
  #coroutine: Coroutine;
  /** What is to be called, until it is. */
  #begins: { readonly call: LuaFunction; readonly args: Values } | undefined;
  /** Undefined only before the first step. */
  #frame: Running | undefined;
  #value: LuaValue | Values;
  #error: LuaError | undefined;
  #stopped = false;
  /** Set once it has ended well. */
  values: Values | undefined;
  /** For a debugger: hears of the lines that are reached; true to stop there for now. */
  onLine: ((line: Line) => boolean) | undefined;
  /** For a debugger: the line that each call has reached. Made with the first line: most runs have no debugger. */
  #lines: WeakMap<Running, Line> | undefined;
  /** The same: calls that took the place of another one. */
  #tailCalls: WeakSet<Running> | undefined;

  constructor(state: LuaState, call: LuaFunction, args: Values, isTimeUp: () => boolean) {
    this.#state = state;
    this.#isTimeUp = isTimeUp;
    this.#begins = { call, args };
    // That of the last run, mostly: nothing is left in it.
    this.#coroutine = state.spareCoroutine ?? new Coroutine();
    state.spareCoroutine = undefined;
    this.#coroutine.status = 'running';
  }

  /**
   * Goes on until the call has ended: true, and `values` holds what it returned; or until the time is up: false, call it
   * again. Throws the LuaError that nobody caught, and whatever else is thrown.
   */
  run(): boolean {
    const state = this.#state;
    const outer = state.coroutine;
    state.fuel = FUEL;
    try {
      state.coroutine = this.#coroutine;
      if (this.#begins !== undefined) this.#begin(this.#begins);
      while (this.values === undefined) {
        state.coroutine = this.#coroutine;
        const paused = this.#step();
        if (this.#stopped) {
          this.#stopped = false;
          return false;
        }
        if (paused || state.fuel < 0) {
          if (this.#isTimeUp()) return false;
          state.fuel = FUEL;
        }
      }
      state.spareCoroutine = this.#coroutine;
      return true;
    } finally {
      state.coroutine = outer;
    }
  }

  #begin({ call, args }: { readonly call: LuaFunction; readonly args: Values }): void {
    this.#begins = undefined;
    let result: Result;
    try {
      result = call(...args);
    } catch (thrown) {
      throw asLuaError(thrown, this.#state);
    }
    if (isRunning(result)) this.#frame = result;
    else this.values = listOf(result);
  }

  /** Runs the innermost call until it ends or calls; true when it asked for a look at the clock. */
  #step(): boolean {
    let outcome: IteratorResult<Step, Result>;
    const error = this.#error;
    const frame = this.#frame;
    if (frame === undefined) return false;
    try {
      if (error === undefined) outcome = frame.next(this.#value);
      else {
        this.#error = undefined;
        outcome = frame.throw(error);
      }
    } catch (thrown) {
      this.#unwind(asLuaError(thrown, this.#state));
      return false;
    }
    this.#value = undefined;
    if (outcome.done === true) {
      if (isRunning(outcome.value)) this.#tailCall(outcome.value);
      else this.#return(outcome.value);
      return false;
    }
    const step = outcome.value;
    if (step === PAUSE) return true;
    if (step instanceof Line) this.#reach(frame, step);
    else if (step instanceof Resume) this.#resume(step);
    else if (step instanceof Yield) this.#yield(step);
    else this.#call(step);
    return false;
  }

  #call(callee: Running): void {
    const { frames, places } = this.#coroutine;
    const { at } = this.#state;
    if (frames.length >= MOST_CALLS) {
      this.#error = new LuaError(`${this.#state.where(at)}stack overflow`, at);
      return;
    }
    if (this.#frame !== undefined) frames.push(this.#frame);
    places.push(at);
    this.#frame = callee;
    this.#state.fuel--;
  }

  #reach(frame: Running, line: Line): void {
    this.#lines ??= new WeakMap();
    this.#lines.set(frame, line);
    this.#stopped = this.onLine?.(line) === true;
  }

  /** The calls under way in the coroutine that runs, the innermost first. */
  get calls(): CallFrame[] {
    const { frames, places } = this.#coroutine;
    const all = this.#frame === undefined ? frames : [...frames, this.#frame];
    const known = all.map((frame) => ({ frame, line: this.#lines?.get(frame) }));
    return known
      .map(({ frame, line }, i) => {
        const byLua = known[i - 1]?.line !== undefined && this.#tailCalls?.has(frame) !== true;
        const { kind, name } = this.#state.places[places[i - 1]] ?? { kind: '', name: '' };
        return { line, name: byLua && kind !== '' ? name : undefined };
      })
      .reverse();
  }

  /** What runs is stopped: it fails with this as soon as it goes on. */
  fail(error: LuaError): void {
    this.#error = error;
  }

  #tailCall(callee: Running): void {
    if (this.onLine !== undefined) {
      this.#tailCalls ??= new WeakSet();
      this.#tailCalls.add(callee);
    }
    this.#frame = callee;
    this.#state.fuel--;
  }

  #return(result: LuaValue | Values): void {
    const frame = this.#pop();
    if (frame !== undefined) {
      this.#frame = frame;
      this.#value = result;
      return;
    }
    const values = listOf(result);
    if (!this.#leave('dead', [true, ...values])) this.values = values;
  }

  #unwind(error: LuaError): void {
    const frame = this.#pop();
    if (frame !== undefined) {
      this.#frame = frame;
      this.#error = error;
    } else if (!this.#leave('dead', [false, error.value])) throw error;
  }

  #pop(): Running | undefined {
    const { frames, places } = this.#coroutine;
    places.pop();
    return frames.pop();
  }

  /** Back to whoever resumed this coroutine; false when nobody did. */
  #leave(status: 'dead' | 'suspended', answer: Values): boolean {
    const left = this.#coroutine;
    const { parent } = left;
    if (parent === undefined) return false;
    left.status = status;
    left.parent = undefined;
    this.#coroutine = parent;
    parent.status = 'running';
    const frame = this.#pop();
    if (frame !== undefined) this.#frame = frame;
    this.#value = answer;
    return true;
  }

  #resume({ coroutine, args }: Resume): void {
    const { frames, places } = this.#coroutine;
    if (coroutine.status !== 'suspended') {
      this.#value = [false, `cannot resume ${coroutine.status} coroutine`];
      return;
    }
    if (this.#frame !== undefined) frames.push(this.#frame);
    places.push(this.#state.at);
    this.#coroutine.status = 'normal';
    coroutine.parent = this.#coroutine;
    coroutine.status = 'running';
    this.#coroutine = coroutine;
    const frame = this.#pop();
    if (frame !== undefined) this.#frame = frame;
    // A call that has not begun takes no answer: its arguments were given when it was made.
    this.#value = args;
  }

  #yield({ values }: Yield): void {
    const { parent, boundaries, frames, places } = this.#coroutine;
    if (parent === undefined || boundaries > 0) {
      const { at } = this.#state;
      const text = 'attempt to yield across metamethod/C-call boundary';
      this.#error = new LuaError(text, at);
      return;
    }
    if (this.#frame !== undefined) frames.push(this.#frame);
    places.push(this.#state.at);
    this.#leave('suspended', [true, ...values]);
  }
}

/** A coroutine that will call `call` with what it is first resumed with. */
export function coroutineOf(call: LuaFunction): Coroutine {
  const coroutine = new Coroutine();
  const start = (function* (): Running {
    // The first answer to this, and thereby the arguments, arrives with the first resume.
    const args: LuaValue | Values = yield new Yield(NO_VALUES);
    const result = call(...listOf(args));
    return isRunning(result) ? yield result : result;
  })();
  // Up to where it waits for them.
  start.next();
  coroutine.frames.push(start);
  coroutine.places.push(-1);
  return coroutine;
}

/** What JS throws when a string or an array grows too large is what Lua says when memory is short. */
function asLuaError(thrown: unknown, { at }: LuaState): LuaError {
  if (thrown instanceof LuaError) return thrown;
  if (thrown instanceof RangeError) return new LuaError('not enough memory', at);
  throw thrown;
}

/** For natives: the results of a call as an array, the calls of Lua functions among them handed to the machine. */
export function* called(call: LuaFunction, args: Values): Generator<Step, Values, LuaValue | Values> {
  const result = call(...args);
  if (isRunning(result)) {
    const answer = yield result;
    return listOf(answer);
  }
  return isValues(result) ? result : [result];
}
