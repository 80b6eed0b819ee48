/** The cjson library: encode, decode and its settings. */
import { Arguments } from '../arguments.ts';
import type { LuaState } from '../state.ts';
import type { LuaFunction, Values } from '../values.ts';
import { LuaTable } from '../values.ts';
import { JsonReader } from './json-reader.ts';
import type { JsonSettings } from './json-settings.ts';
import { writeJson } from './json-writer.ts';

const INT_MAX = 2 ** 31 - 1;

function defaults(): JsonSettings {
  return {
    sparseConvert: false,
    sparseRatio: 2,
    sparseSafe: 10,
    encodeDepth: 1000,
    decodeDepth: 1000,
    precision: 14,
    encodeInvalid: 'off',
    decodeInvalid: true,
    keepBuffer: true,
  };
}

export function openCjson(state: LuaState): void {
  state.globals.set('cjson', newLibrary(state));
}

function newLibrary(state: LuaState): LuaTable {
  const take = new Arguments(state);
  const settings = defaults();
  const fail = (message: string): never => state.fail(message);
  const single = (args: Values): void => {
    if (args.length !== 1) take.fail(1, 'expected 1 argument');
  };
  const functions: Record<string, LuaFunction> = {
    encode: (...args) => {
      single(args);
      return writeJson(args[0], settings, fail);
    },
    decode: (...args) => {
      single(args);
      return new JsonReader(take.text(args, 1), settings, state.null, fail).whole();
    },
    new: () => newLibrary(state),
    ...settingFunctions(take, settings),
  };
  const library = new LuaTable();
  for (const [name, value] of Object.entries(functions)) library.set(name, value);
  library.set('null', state.null);
  library.set('_NAME', 'cjson');
  library.set('_VERSION', '2.1.0');
  return library;
}

/** Each takes new values, or none, and tells what then holds. */
function settingFunctions(take: Arguments, settings: JsonSettings): Record<string, LuaFunction> {
  const few = (args: Values, most: number): void => {
    if (args.length > most) take.fail(most + 1, 'found too many arguments');
  };
  const integer = (args: Values, n: number, least: number, most: number, now: number): number => {
    if (args[n - 1] === undefined) return now;
    const value = take.integer(args, n);
    if (value < least || value > most) take.fail(n, `expected integer between ${least} and ${most}`);
    return value;
  };
  const flag = (args: Values, n: number, now: boolean): boolean => {
    const value = args[n - 1];
    if (value === undefined) return now;
    if (typeof value === 'boolean') return value;
    return option(args, n, ['off', 'on']) === 'on';
  };
  const option = (args: Values, n: number, words: readonly string[]): string => {
    const word = take.text(args, n);
    return words.includes(word) ? word : take.fail(n, `invalid option '${word}'`);
  };
  return {
    encode_sparse_array: (...args) => {
      few(args, 3);
      settings.sparseConvert = flag(args, 1, settings.sparseConvert);
      settings.sparseRatio = integer(args, 2, 0, INT_MAX, settings.sparseRatio);
      settings.sparseSafe = integer(args, 3, 0, INT_MAX, settings.sparseSafe);
      return [settings.sparseConvert, settings.sparseRatio, settings.sparseSafe];
    },
    encode_max_depth: (...args) => {
      few(args, 1);
      settings.encodeDepth = integer(args, 1, 1, INT_MAX, settings.encodeDepth);
      return settings.encodeDepth;
    },
    decode_max_depth: (...args) => {
      few(args, 1);
      settings.decodeDepth = integer(args, 1, 1, INT_MAX, settings.decodeDepth);
      return settings.decodeDepth;
    },
    encode_number_precision: (...args) => {
      few(args, 1);
      settings.precision = integer(args, 1, 1, 16, settings.precision);
      return settings.precision;
    },
    encode_keep_buffer: (...args) => {
      few(args, 1);
      settings.keepBuffer = flag(args, 1, settings.keepBuffer);
      return settings.keepBuffer;
    },
    encode_invalid_numbers: (...args) => {
      few(args, 1);
      const [value] = args;
      if (typeof value === 'boolean') settings.encodeInvalid = value ? 'on' : 'off';
      else if (value !== undefined) {
        const word = option(args, 1, ['off', 'on', 'null']);
        settings.encodeInvalid = word === 'on' || word === 'null' ? word : 'off';
      }
      const { encodeInvalid } = settings;
      return encodeInvalid === 'null' ? 'null' : encodeInvalid === 'on';
    },
    decode_invalid_numbers: (...args) => {
      few(args, 1);
      settings.decodeInvalid = flag(args, 1, settings.decodeInvalid);
      return settings.decodeInvalid;
    },
  };
}
