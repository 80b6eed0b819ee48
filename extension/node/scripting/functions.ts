/** Libraries of functions: what FUNCTION LOAD brought, and what files and primaries brought. */
import type { Binary } from '../../redis/bytes.ts';
import { messageOf } from '../../redis/caught.ts';
import { splitArgs } from '../../redis/config/split-args.ts';
import { errors, ReplyError } from '../../redis/errors.ts';
import { compile } from '../../redis/lua/compiler.ts';
import { LuaError } from '../../redis/lua/error.ts';
import { Execution } from '../../redis/lua/execution.ts';
import { type LuaState, toText } from '../../redis/lua/state.ts';
import { type LuaFunction, LuaTable, NO_VALUES, type Values } from '../../redis/lua/values.ts';
import type { World } from '../../redis/world.ts';
import type { LogLevel } from '../observer.ts';
import { flagNamed } from './flags.ts';
import {
  addConstants,
  logging,
  newInterpreter,
  protect,
  raise,
  refuseUnknown,
  type ScriptHost,
} from './redis-library.ts';
import { tableOf } from './reply-values.ts';

export interface LibraryFunction {
  readonly name: Binary;
  readonly description: Binary | undefined;
  readonly flags: number;
  readonly call: LuaFunction;
}

export interface Library {
  readonly name: Binary;
  readonly source: Binary;
  readonly functions: ReadonlyMap<Binary, LibraryFunction>;
}

/** LOAD_TIMEOUT_MS: what a library may take to register its functions. */
const LOAD_TIMEOUT_MS = 500;

const NAME = /^[A-Za-z0-9_]+$/;

interface Interpreter {
  readonly state: LuaState;
  /** What globals are while a library is loaded, and otherwise. */
  readonly whileLoading: LuaTable;
  readonly usually: LuaTable;
  readonly metatable: LuaTable;
}

/** What libraries need of their node. */
interface LibraryHost {
  readonly world: World;
  readonly persistence: { functionLibraries: readonly Binary[] };
  log(level: LogLevel, text: string): void;
}

export class Functions {
  readonly #host: ScriptHost;
  readonly #node: LibraryHost;
  #interpreter: Interpreter | undefined;
  #libraries: Map<Binary, Library> = new Map();
  #functions: Map<Binary, LibraryFunction> = new Map();
  /** The sources that `#libraries` was made of: persistence and replication replace them as a whole. */
  #sources: readonly Binary[] | undefined;
  /** The functions of the library that is being loaded. */
  #loading: Map<Binary, LibraryFunction> | undefined;

  constructor(host: ScriptHost, node: LibraryHost) {
    this.#host = host;
    this.#node = node;
  }

  get state(): LuaState {
    return this.#engine.state;
  }

  get libraries(): ReadonlyMap<Binary, Library> {
    this.#refresh();
    return this.#libraries;
  }

  get count(): number {
    this.#refresh();
    return this.#functions.size;
  }

  /** Whatever case its name is written in. */
  find(name: Binary): LibraryFunction | undefined {
    this.#refresh();
    return this.#functions.get(name.toLowerCase());
  }

  /** Of their sources. */
  get usedBytes(): number {
    return this.#node.persistence.functionLibraries.reduce((sum, { length }) => sum + length, 0);
  }

  get hasInterpreter(): boolean {
    return this.#interpreter !== undefined;
  }

  /** What a file holds comes to what is there; returns why not. */
  add(sources: readonly Binary[], replace: boolean): string | undefined {
    if (sources.length === 0) return undefined;
    try {
      this.restore(sources, replace ? 'replace' : 'append');
      return undefined;
    } catch (error) {
      if (error instanceof ReplyError) return error.message;
      throw error;
    }
  }

  /** Throws the reply for what is no library. `patient`: it may take its time. Returns its name. */
  load(source: Binary, replace: boolean, patient: boolean): Binary {
    this.#refresh();
    const name = nameOf(source);
    const existing = this.#libraries.get(name);
    if (existing !== undefined && !replace) throw errors.libraryExists(name);
    const library = this.#compile(name, source, patient);
    this.#refuseDoubles([library], new Set(existing === undefined ? [] : [name]));
    this.#libraries.delete(name);
    this.#libraries.set(name, library);
    this.#changed();
    return name;
  }

  delete(name: Binary): void {
    this.#refresh();
    if (!this.#libraries.delete(name)) throw errors.noSuchLibrary();
    this.#changed();
  }

  flush(): void {
    this.#libraries.clear();
    this.#interpreter = undefined;
    this.#changed();
  }

  /** FUNCTION RESTORE: all of them, or none. */
  restore(sources: readonly Binary[], policy: 'append' | 'replace' | 'flush'): void {
    this.#refresh();
    const added = new Map<Binary, Library>();
    for (const source of sources) {
      const name = nameOf(source);
      if (added.has(name)) throw errors.libraryExists(name);
      added.set(name, this.#compile(name, source, true));
    }
    const taken = [...this.#libraries.keys()].filter((name) => policy === 'flush' || added.has(name));
    if (policy === 'append' && taken[0] !== undefined) throw errors.restoredLibraryExists(taken[0]);
    this.#refuseDoubles([...added.values()], new Set(taken));
    if (policy === 'flush') this.#libraries = added;
    else {
      for (const [name, library] of added) {
        this.#libraries.delete(name);
        this.#libraries.set(name, library);
      }
    }
    this.#changed();
  }

  /** Functions are found whatever case their names are written in: two libraries can't have the same one. */
  #refuseDoubles(added: readonly Library[], replaced: ReadonlySet<Binary>): void {
    const owners = new Map<Binary, Library>();
    for (const library of this.#libraries.values()) {
      if (replaced.has(library.name)) continue;
      for (const name of library.functions.keys()) owners.set(name.toLowerCase(), library);
    }
    for (const library of added) {
      for (const name of library.functions.keys()) {
        const owner = owners.get(name.toLowerCase()) ?? library;
        if (owner !== library) throw errors.functionExists(name);
        owners.set(name.toLowerCase(), library);
      }
    }
  }

  #changed(): void {
    this.#sources = [...this.#libraries.values()].map(({ source }) => source);
    this.#node.persistence.functionLibraries = this.#sources;
    this.#index();
  }

  #index(): void {
    this.#functions = new Map();
    for (const { functions } of this.#libraries.values()) {
      for (const [name, one] of functions) this.#functions.set(name.toLowerCase(), one);
    }
  }

  /** Takes over what a file or a primary brought since. */
  #refresh(): void {
    const sources = this.#node.persistence.functionLibraries;
    if (sources === this.#sources) return;
    this.#sources = sources;
    this.#libraries = new Map();
    for (const source of sources) {
      try {
        const name = nameOf(source);
        this.#libraries.set(name, this.#compile(name, source, true));
      } catch (error) {
        const text = messageOf(error);
        this.#node.log('warning', `Failed creating the library: ${text}`);
      }
    }
    this.#index();
  }

  // Loading one.

  #compile(name: Binary, source: Binary, patient: boolean): Library {
    const { state, whileLoading, usually, metatable } = this.#engine;
    const functions = new Map<Binary, LibraryFunction>();
    this.#loading = functions;
    metatable.set('__index', whileLoading);
    try {
      const code = source.slice(source.indexOf('\n'));
      this.#register(compileLibrary(state, code), patient);
    } finally {
      metatable.set('__index', usually);
      this.#loading = undefined;
    }
    if (functions.size === 0) throw errors.noFunctions();
    return { name, source, functions };
  }

  /** Runs the library's code, which registers its functions. */
  #register(call: LuaFunction, patient: boolean): void {
    const { clock } = this.#node.world;
    const startMs = clock.monotonicMs();
    const { state } = this.#engine;
    try {
      new Execution(state, call, NO_VALUES, () => {
        if (!patient && clock.monotonicMs() - startMs > LOAD_TIMEOUT_MS)
          raise(state, 'FUNCTION LOAD timeout');
        return false;
      }).run();
    } catch (error) {
      if (!(error instanceof LuaError)) throw error;
      const { value } = error;
      const text =
        value instanceof LuaTable ? toText(value.get('err')) : `ERR ${toText(value) ?? 'unknown error'}`;
      throw errors.functionRegistration(text ?? '');
    }
  }

  get #engine(): Interpreter {
    this.#interpreter ??= this.#newInterpreter();
    return this.#interpreter;
  }

  #newInterpreter(): Interpreter {
    const host = this.#host;
    const state = newInterpreter(host, () => ({}));
    const register: LuaFunction = (...args) => {
      this.#registerFunction(state, args);
      return NO_VALUES;
    };
    const library = new LuaTable();
    library.set('register_function', register);
    for (const [name, value] of Object.entries(logging(state, host))) library.set(name, value);
    addConstants(library);
    refuseUnknown(state, library);
    const whileLoading = tableOf('redis', library);
    refuseUnknown(state, whileLoading);
    protect(whileLoading);
    // What libraries see as their globals is an empty table in front of the true ones.
    const usually = new LuaTable();
    for (const [name, value] of state.globals.entries()) {
      usually.set(name, value === state.globals ? usually : value);
      if (value !== undefined) state.globals.set(name, undefined);
    }
    refuseUnknown(state, usually);
    protect(usually);
    const metatable = tableOf('__index', usually);
    state.globals.metatable = metatable;
    state.globals.readonly = true;
    return { state, whileLoading, usually, metatable };
  }

  #registerFunction(state: LuaState, args: Values): void {
    if (this.#loading === undefined) {
      raise(state, 'redis.register_function can only be called on FUNCTION LOAD command');
    }
    const made = readFunction(args);
    if (typeof made === 'string') raise(state, made);
    if (!NAME.test(made.name)) raise(state, LIBRARY_NAMES);
    if (this.#loading.has(made.name)) raise(state, 'Function already exists in the library');
    this.#loading.set(made.name, made);
  }
}

const LIBRARY_NAMES =
  'Library names can only contain letters, numbers, or underscores(_) and must be at least one character long';

function compileLibrary(state: LuaState, code: Binary): LuaFunction {
  try {
    return compile(state, code, '@user_function', state.globals);
  } catch (error) {
    if (!(error instanceof LuaError)) throw error;
    throw errors.functionCompilation(String(error.value));
  }
}

/** The name a library's first line gives it. */
function nameOf(source: Binary): Binary {
  if (!source.startsWith('#!')) throw errors.missingMetadata();
  const end = source.indexOf('\n');
  const words = end < 0 ? undefined : splitArgs(source.slice(0, end));
  const [engine, ...options] = words ?? [];
  if (engine === undefined) throw errors.invalidMetadata();
  let name: Binary | undefined;
  for (const option of options) {
    if (!/^name=/i.test(option)) throw errors.invalidMetadataValue(`given: ${option}`);
    if (name !== undefined) throw errors.invalidMetadataValue(', name argument was given multiple times');
    name = option.slice('name='.length);
  }
  if (name === undefined) throw errors.noLibraryName();
  if (!NAME.test(name)) throw errors.libraryName();
  if (engine.slice(2).toLowerCase() !== 'lua') throw errors.noSuchEngine(engine.slice(2));
  return name;
}

/** What register_function was given, or the complaint about it. */
function readFunction(args: Values): LibraryFunction | string {
  if (args.length < 1 || args.length > 2) return 'wrong number of arguments to redis.register_function';
  if (args.length === 1) return readNamed(args[0] instanceof LuaTable ? args[0] : undefined);
  const name = toText(args[0]);
  const call = args[1];
  if (name === undefined) return 'first argument to redis.register_function must be a string';
  if (typeof call !== 'function') return 'second argument to redis.register_function must be a function';
  return { name, call, description: undefined, flags: 0 };
}

function readNamed(table: LuaTable | undefined): LibraryFunction | string {
  if (table === undefined) {
    return (
      'calling redis.register_function with a single argument is only applicable to Lua table (representing named ' +
      'arguments).'
    );
  }
  let name: Binary | undefined;
  let description: Binary | undefined;
  let call: LuaFunction | undefined;
  let flags: number | undefined = 0;
  for (const [key, value] of table.entries()) {
    const text = toText(value);
    switch (toText(key)?.toLowerCase()) {
      case undefined:
        return 'named argument key given to redis.register_function is not a string';
      case 'function_name':
        if (text === undefined)
          return 'function_name argument given to redis.register_function must be a string';
        name = text;
        break;
      case 'description':
        if (text === undefined)
          return 'description argument given to redis.register_function must be a string';
        description = text;
        break;
      case 'callback':
        if (typeof value !== 'function') {
          return 'callback argument given to redis.register_function must be a function';
        }
        call = value;
        break;
      case 'flags':
        if (!(value instanceof LuaTable)) {
          return 'flags argument to redis.register_function must be a table representing function flags';
        }
        flags = readFlags(value);
        if (flags === undefined) return 'unknown flag given';
        break;
      default:
        return 'unknown argument given to redis.register_function';
    }
  }
  if (name === undefined) return 'redis.register_function must get a function name argument';
  if (call === undefined) return 'redis.register_function must get a callback argument';
  return { name, description, call, flags };
}

function readFlags(table: LuaTable): number | undefined {
  let flags = 0;
  for (let i = 1; table.get(i) !== undefined; i++) {
    const flag = flagNamed((toText(table.get(i)) ?? '').toLowerCase());
    if (flag === undefined) return undefined;
    flags |= flag;
  }
  return flags;
}
