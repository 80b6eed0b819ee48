/**
 * table.sort as Lua 5.1 does it, step by step: a comparison that contradicts itself, or elements that compare equal,
 * must lead to the same order (or complaint) as there.
 */
import { called } from '../execution.ts';
import { type LuaState, NOWHERE } from '../state.ts';
import type { LuaTable } from '../values.ts';
import {
  isRunning,
  isTrue,
  type LuaFunction,
  type LuaValue,
  NO_VALUES,
  type Running,
  type Step,
  type Values,
} from '../values.ts';

type Sorting<T> = Generator<Step, T, LuaValue | Values>;

/** Sorts in place. What only has to be compared by its worth needs no calls, and equals cannot be told apart. */
export function sort(state: LuaState, table: LuaTable, order: LuaFunction | undefined): Values | Running {
  const { array } = table;
  if (order === undefined && !table.readonly) {
    if (array.every((value) => typeof value === 'string')) {
      array.sort();
      return NO_VALUES;
    }
    if (array.every((value) => typeof value === 'number' && !Number.isNaN(value))) {
      Float64Array.from(array, Number)
        .sort()
        .forEach((value, i) => {
          array[i] = value;
        });
      return NO_VALUES;
    }
  }
  return sortCalling(state, table, order);
}

function* sortCalling(state: LuaState, table: LuaTable, order: LuaFunction | undefined): Running {
  const { coroutine } = state;
  coroutine.boundaries++;
  try {
    yield* new Sorter(state, table, order).range(1, table.length);
  } finally {
    coroutine.boundaries--;
  }
  return NO_VALUES;
}

class Sorter {
  readonly #state: LuaState;
  readonly #table: LuaTable;
  readonly #order: LuaFunction | undefined;

  constructor(state: LuaState, table: LuaTable, order: LuaFunction | undefined) {
    this.#state = state;
    this.#table = table;
    this.#order = order;
  }

  /** Quicksort, the median of three as pivot; the larger half is done by the loop. */
  *range(first: number, last: number): Sorting<void> {
    let low = first;
    let high = last;
    while (low < high) {
      yield* this.#orderPair(low, high);
      if (high - low === 1) break;
      const middle = Math.floor((low + high) / 2);
      if (yield* this.#less(this.#at(middle), this.#at(low))) this.#swap(middle, low);
      else yield* this.#orderPair(middle, high);
      if (high - low === 2) break;
      const pivot = this.#at(middle);
      this.#swap(middle, high - 1);
      const border = yield* this.#divide(low, high, pivot);
      this.#swap(high - 1, border);
      if (border - low < high - border) {
        yield* this.range(low, border - 1);
        low = border + 1;
      } else {
        yield* this.range(border + 1, high);
        high = border - 1;
      }
    }
  }

  *#divide(low: number, high: number, pivot: LuaValue): Sorting<number> {
    let up = low;
    let down = high - 1;
    for (;;) {
      while (yield* this.#less(this.#at(++up), pivot)) if (up > high) this.#contradiction();
      while (yield* this.#less(pivot, this.#at(--down))) if (down < low) this.#contradiction();
      if (down < up) return up;
      this.#swap(up, down);
    }
  }

  /** The smaller one to the front. */
  *#orderPair(i: number, k: number): Sorting<void> {
    if (yield* this.#less(this.#at(k), this.#at(i))) this.#swap(i, k);
  }

  *#less(a: LuaValue, b: LuaValue): Sorting<boolean> {
    const state = this.#state;
    if (this.#order !== undefined) {
      state.at = NOWHERE;
      const [answer] = yield* called(this.#order, [a, b]);
      return isTrue(answer);
    }
    const answer = state.less(a, b, NOWHERE);
    if (!isRunning(answer)) return answer;
    return (yield answer) === true;
  }

  #contradiction(): never {
    this.#state.fail('invalid order function for sorting');
  }

  #at(i: number): LuaValue {
    return this.#table.get(i);
  }

  #swap(i: number, k: number): void {
    const value = this.#at(i);
    this.#state.rawSet(this.#table, i, this.#at(k), NOWHERE);
    this.#state.rawSet(this.#table, k, value, NOWHERE);
  }
}
