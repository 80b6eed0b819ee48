/** Mathematics; chance comes from a generator of our own that gives the same on every machine, as in Redis. */
import { Arguments } from '../arguments.ts';
import type { LuaState } from '../state.ts';
import type { LuaFunction } from '../values.ts';
import { LuaTable } from '../values.ts';

/** drand48's: x = (a x + c) mod 2^48. */
const FACTOR = 0x5deece66dn;
const ADDEND = 0xbn;
const MASK = 2n ** 48n - 1n;
/** Behind the seed's 32 bits. */
const LOW_BITS = 0x330en;
const FIRST_STATE = 0x1234abcd330en;
const LARGEST = 0x7fffffff;

class Chance {
  #state = FIRST_STATE;

  seed(value: number): void {
    this.#state = (BigInt.asUintN(32, BigInt(value)) << 16n) | LOW_BITS;
  }

  /** In [0, 1), of 31 bits. */
  next(): number {
    this.#state = (this.#state * FACTOR + ADDEND) & MASK;
    return (Number(this.#state >> 17n) % LARGEST) / LARGEST;
  }
}

export function openMath(state: LuaState): void {
  const take = new Arguments(state);
  const library = new LuaTable();
  const one =
    (calculate: (x: number) => number): LuaFunction =>
    (...args) =>
      calculate(take.number(args, 1));
  const two =
    (calculate: (x: number, y: number) => number): LuaFunction =>
    (...args) =>
      calculate(take.number(args, 1), take.number(args, 2));
  const many =
    (choose: (...numbers: number[]) => number): LuaFunction =>
    (...args) => {
      let chosen = take.number(args, 1);
      for (let i = 2; i <= args.length; i++) chosen = choose(chosen, take.number(args, i));
      return chosen;
    };
  const simple = [
    'abs',
    'acos',
    'asin',
    'atan',
    'ceil',
    'cos',
    'cosh',
    'exp',
    'floor',
    'log',
    'log10',
    'sin',
  ];
  simple.push('sinh', 'sqrt', 'tan', 'tanh');
  const native: ReadonlyMap<string, unknown> = new Map(
    Object.entries(Object.getOwnPropertyDescriptors(Math)).map(([name, { value }]) => [name, value]),
  );
  for (const name of simple) {
    const calculate = native.get(name);
    if (typeof calculate === 'function')
      library.set(
        name,
        one((x) => Number(calculate(x))),
      );
  }
  const functions: Record<string, LuaFunction> = {
    atan2: two(Math.atan2),
    pow: two((x, y) => x ** y),
    fmod: two((x, y) => x % y),
    ldexp: two((x, y) => x * 2 ** Math.trunc(y)),
    deg: one((x) => x / (Math.PI / 180)),
    rad: one((x) => x * (Math.PI / 180)),
    max: many((a, b) => (b > a ? b : a)),
    min: many((a, b) => (b < a ? b : a)),
    modf: (...args) => {
      const x = take.number(args, 1);
      const whole = Math.trunc(x);
      return [whole, Number.isFinite(x) ? x - whole : 0];
    },
    frexp: (...args) => fraction(take.number(args, 1)),
    ...chance(state),
  };
  for (const [name, value] of Object.entries(functions)) library.set(name, value);
  library.set('mod', functions['fmod']);
  library.set('pi', Math.PI);
  library.set('huge', Number.POSITIVE_INFINITY);
  state.globals.set('math', library);
}

/** A number in [0.5, 1) and the power of two it is to be multiplied with. */
function fraction(x: number): [number, number] {
  if (x === 0 || !Number.isFinite(x)) return [x, 0];
  let exponent = Math.max(-1023, Math.floor(Math.log2(Math.abs(x))) + 1);
  let part = x * 2 ** -exponent;
  while (Math.abs(part) < 0.5) {
    part *= 2;
    exponent--;
  }
  while (Math.abs(part) >= 1) {
    part /= 2;
    exponent++;
  }
  return [part, exponent];
}

function chance(state: LuaState): Record<string, LuaFunction> {
  const take = new Arguments(state);
  const generator = new Chance();
  return {
    random: (...args) => {
      const r = generator.next();
      if (args.length === 0) return r;
      if (args.length > 2) state.fail('wrong number of arguments');
      const from = args.length === 1 ? 1 : take.integer(args, 1);
      const to = take.integer(args, args.length);
      if (from > to) take.fail(args.length, 'interval is empty');
      return Math.floor(r * (to - from + 1)) + from;
    },
    randomseed: (...args) => {
      generator.seed(take.integer(args, 1) | 0);
      return [];
    },
  };
}
