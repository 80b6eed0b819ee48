/** The bit library: 32-bit integers, results signed. */
import { Arguments } from '../arguments.ts';
import type { LuaState } from '../state.ts';
import type { LuaFunction, Values } from '../values.ts';
import { LuaTable } from '../values.ts';

const double = new Float64Array(1);
const words = new Int32Array(double.buffer);

export function openBit(state: LuaState): void {
  const take = new Arguments(state);
  /** Rounded to the nearest integer, of which the lowest 32 bits count: what is left of a double beside 1.5 × 2^52. */
  const bits = (args: Values, n: number): number => {
    double[0] = take.number(args, n) + 1.5 * 2 ** 52;
    return words[0];
  };
  const fold =
    (combine: (a: number, b: number) => number): LuaFunction =>
    (...args) => {
      let value = bits(args, 1);
      for (let i = 2; i <= args.length; i++) value = combine(value, bits(args, i));
      return value;
    };
  const shift =
    (move: (value: number, by: number) => number): LuaFunction =>
    (...args) =>
      move(bits(args, 1), bits(args, 2) & 31) | 0;
  const rotate = (value: number, by: number) => (value << by) | (value >>> ((32 - by) & 31));
  const functions: Record<string, LuaFunction> = {
    tobit: (...args) => bits(args, 1),
    bnot: (...args) => ~bits(args, 1),
    band: fold((a, b) => a & b),
    bor: fold((a, b) => a | b),
    bxor: fold((a, b) => a ^ b),
    lshift: shift((value, by) => value << by),
    rshift: shift((value, by) => value >>> by),
    arshift: shift((value, by) => value >> by),
    rol: shift(rotate),
    ror: shift((value, by) => rotate(value, (32 - by) & 31)),
    bswap: (...args) => {
      const value = bits(args, 1);
      return (value >>> 24) | ((value >>> 8) & 0xff00) | ((value & 0xff00) << 8) | (value << 24);
    },
    tohex: (...args) => {
      const digits = args[1] === undefined ? 8 : bits(args, 2);
      const count = Math.min(8, Math.abs(digits));
      const text = (bits(args, 1) >>> 0)
        .toString(16)
        .padStart(8, '0')
        .slice(8 - count);
      return digits < 0 ? text.toUpperCase() : text;
    },
  };
  const library = new LuaTable();
  for (const [name, value] of Object.entries(functions)) library.set(name, value);
  state.globals.set('bit', library);
}
