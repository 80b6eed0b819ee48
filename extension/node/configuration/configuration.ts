/**
 * The runtime configuration of one node: every directive of the table with its value, as the conf file, the command
 * line and CONFIG SET left it. Values are bytes (Binary), as they stood in the file or came over the wire.
 */
import { type Binary, textOf } from '../../redis/bytes.ts';
import { lowerAscii } from '../../redis/config/ascii.ts';
import { type Directive, type Facts, factsFor, type Target } from '../../redis/config/directive.ts';
import { directives, findDirective } from '../../redis/config/directives.ts';
import type { ParsedConf } from '../../redis/config/parse-conf.ts';
import type { BufferLimit, ClientClass, SavePoint } from '../../redis/config/special.ts';
import {
  type ConfigValue,
  defaultValue,
  formatValue,
  parseValue,
  wordsOfConfigSet,
} from '../../redis/config/value.ts';
import { errors } from '../../redis/errors.ts';
import { globMatches } from '../../redis/glob.ts';
import type { Settings } from '../cluster/contract.ts';

/** The server this node speaks as. */
export const TARGET: Target = 'redis-7.2';

/** Lines of the file that are no values: they act once, when the node is built. */
const KEYWORDS: ReadonlySet<string> = new Set([
  'include',
  'rename-command',
  'user',
  'loadmodule',
  'sentinel',
]);

interface Known {
  /** The name that 7.2 itself uses; aliases share the object. */
  readonly name: string;
  readonly facts: Facts;
}

/** By every name that 7.2 accepts, as far as somebody asked: a start needs a fifth of them. */
const asked = new Map<string, Known>();

/** A directive by a name that 7.2 accepts, in lower case; undefined for what CONFIG does not know. */
function knownAs(name: string): Known | undefined {
  const before = asked.get(name);
  if (before !== undefined) return before;
  const directive = findDirective(name);
  const known = directive && knownOf(directive);
  if (!known?.facts.names.includes(name)) return undefined;
  for (const accepted of known.facts.names) asked.set(accepted, known);
  return known;
}

function knownOf(directive: Directive): Known | undefined {
  const facts = factsFor(directive, TARGET);
  const name = facts?.names[0];
  if (facts === undefined || name === undefined || KEYWORDS.has(name)) return undefined;
  return facts.ignored === true || facts.build === 'log-req-res' ? undefined : { name, facts };
}

/** All of them, by every name, in the order of the table. */
function* everyName(): Generator<readonly [accepted: string, known: Known]> {
  for (const directive of directives) {
    const known = knownOf(directive);
    for (const accepted of known?.facts.names ?? []) if (known) yield [accepted, known];
  }
}

/** The name 7.2 itself uses for a directive; undefined for what CONFIG does not know. */
export function canonicalName(name: string): string | undefined {
  return knownAs(lowerAscii(name))?.name;
}

/** Who wants to know of a change: undefined when it took effect, else why it could not. */
export type Apply = () => string | undefined;

/** They say where the data comes from. */
const NOT_WHILE_LOADING: ReadonlySet<string> = new Set(['appendonly', 'dir', 'repl-diskless-load']);

export interface SetContext {
  /** `enable-protected-configs` lets this session set protected ones. */
  readonly mayProtected: boolean;
  readonly loading: boolean;
}

export class Configuration implements Settings {
  /** Absolute path of the conf file; undefined when there is none to rewrite. */
  readonly file: string | undefined;
  /** Where a relative `dir` starts from. */
  readonly startFolder: Binary;
  /** Something was said about it, by a file or a command line. */
  isLoaded = false;
  /** `rename-command` lines; an empty new name removes the command. */
  readonly renames: (readonly [from: string, to: string])[] = [];
  /** `user` lines, without the word itself. */
  readonly users: (readonly Binary[])[] = [];
  /** Paths of `loadmodule` lines. */
  readonly modules: Binary[] = [];
  /** Called after every change, when the values are in place. */
  onChange: () => void = () => {};
  /** By 7.2's own names: what was set, and of the defaults those that were asked for. Never changed in place. */
  readonly #values = new Map<string, ConfigValue>();
  readonly #live = new Map<string, () => Binary>();
  readonly #apply = new Map<string, Apply>();

  /** All defaults. `folder` is the absolute folder that a relative `dir` starts from. */
  constructor(folder: Binary, file?: string) {
    this.file = file;
    this.startFolder = folder;
    this.#values.set('dir', { type: 'string', value: folder });
  }

  /** The same values but for `changes`, for another node. */
  copy(changes: readonly (readonly [name: string, value: Binary])[]): Configuration {
    const copy = new Configuration(this.startFolder);
    for (const [name, value] of this.#values) copy.#values.set(name, value);
    copy.renames.push(...this.renames);
    for (const [name, value] of changes) copy.#setOne(knownAs(name), value);
    return copy;
  }

  /** Takes over what a conf file says, which has no problems. */
  load(conf: ParsedConf): void {
    let savePointsSeen = false;
    for (const { name, directive, value, words } of conf.entries) {
      if (directive === undefined || value === undefined) continue;
      this.isLoaded = true;
      const args = words.slice(1).map(({ text }) => text);
      if (KEYWORDS.has(directive.name)) this.#keyword(directive.name, args);
      const known = knownAs(name);
      if (known === undefined) continue;
      if (value.type === 'save') {
        const before = savePointsSeen && !value.clears ? this.savePoints() : [];
        savePointsSeen = true;
        this.#values.set(known.name, { ...value, points: [...before, ...value.points] });
      } else if (known.name === 'dir') {
        this.changeFolder(formatValue(value));
      } else this.#values.set(known.name, this.#merged(value));
    }
    this.onChange();
  }

  flag(name: string): boolean {
    const value = this.#value(name);
    if (value.type !== 'bool') throw new TypeError(`${name} is no yes or no`);
    return value.value;
  }

  number(name: string): number {
    const value = this.#value(name);
    switch (value.type) {
      case 'integer':
      case 'memory':
      case 'octal':
      case 'percent':
        return Number(value.value);
      default:
        throw new TypeError(`${name} is no number`);
    }
  }

  /** As UTF-8 text: for paths, host names and words of a list. */
  text(name: string): string {
    return textOf(this.binary(name));
  }

  /** The value as its bytes: for passwords. */
  binary(name: string): Binary {
    const live = this.#live.get(name);
    return live === undefined ? formatValue(this.#value(name)) : live();
  }

  /** The words of a list: addresses of `bind`. */
  words(name: string): readonly string[] {
    const value = this.#value(name);
    switch (value.type) {
      case 'addresses':
      case 'words':
      case 'flags':
        return value.value;
      default:
        throw new TypeError(`${name} is no list`);
    }
  }

  numbers(name: string): readonly number[] {
    const value = this.#value(name);
    if (value.type !== 'numbers') throw new TypeError(`${name} is no list of numbers`);
    return value.value;
  }

  savePoints(): readonly SavePoint[] {
    const value = this.#value('save');
    return value.type === 'save' ? value.points : [];
  }

  bufferLimit(client: ClientClass): BufferLimit {
    const value = this.#value('client-output-buffer-limit');
    const limit =
      value.type === 'buffer-limits' ? value.value.find((one) => one.client === client) : undefined;
    return limit ?? { client, hard: 0n, soft: 0n, seconds: 0 };
  }

  /** `maxmemory-clients` as bytes: a percentage is one of maxmemory. */
  percentOf(name: string, whole: number): number {
    const value = this.#value(name);
    return value.type === 'percent' ? Math.floor((whole * Number(value.value)) / 100) : this.number(name);
  }

  /** Its value is not for logs. */
  isSensitive(name: string): boolean {
    return knownAs(lowerAscii(name))?.facts.sensitive === true;
  }

  /** The replication primary the file names. */
  get primary(): { readonly host: string; readonly port: number } | undefined {
    const value = this.#values.get('replicaof');
    return value?.type === 'primary' ? value.value : undefined;
  }

  /** A path of the configuration as an absolute one. */
  pathOf(path: string): string {
    return isAbsolute(path) ? path : `${this.text('dir')}/${path}`;
  }

  /** What the node itself knows better than the table: `replicaof`. */
  live(name: string, read: () => Binary): void {
    this.#live.set(name, read);
  }

  /** `apply` runs after a CONFIG SET that names `name`; when it says why not, all goes back as it was. */
  onSet(name: string, apply: Apply): void {
    this.#apply.set(name, apply);
  }

  /** Makes `dir` the folder that relative paths start from. */
  changeFolder(path: Binary): void {
    const folder = path === '.' || path === './' ? '' : path.replace(/^\.\//, '');
    if (folder === '') return;
    const value = isAbsolute(folder) ? folder : `${formatValue(this.#value('dir'))}/${folder}`;
    this.#values.set('dir', { type: 'string', value: value.length > 1 ? value.replace(/\/+$/, '') : value });
  }

  /** CONFIG GET: names (every alias by itself) that match one of the patterns, with their values. */
  matching(patterns: readonly Binary[]): [name: string, value: Binary][] {
    const found = new Map<string, Known>();
    for (const pattern of patterns) {
      const exact = /[[*?]/.test(pattern) ? undefined : knownAs(lowerAscii(pattern));
      // The name comes back as it was asked for.
      if (exact !== undefined) found.set(pattern, exact);
      if (!/[[*?]/.test(pattern)) continue;
      for (const [name, known] of everyName()) {
        if (known.facts.hidden !== true && globMatches(pattern, name, true)) found.set(name, known);
      }
    }
    return [...found].map(([name, known]) => [name, this.#shown(known.name)]);
  }

  /** Every directive with its value, under the name 7.2 uses. */
  *all(): Generator<Known & { readonly value: ConfigValue }> {
    for (const [accepted, known] of everyName()) {
      const value = this.#find(known.name);
      if (accepted === known.name && value !== undefined) yield { ...known, value };
    }
  }

  /** The value as it was set, whatever the node knows better. */
  stored(name: string): Binary {
    return formatValue(this.#value(name));
  }

  /** CONFIG SET: all of it or, with an error, none of it. */
  set(pairs: readonly (readonly [name: Binary, value: Binary])[], context: SetContext): void {
    const known = pairs.map(([name]) => {
      const one = knownAs(lowerAscii(name));
      if (one === undefined) throw errors.unknownOption(name);
      return one;
    });
    for (const [i, [name]] of pairs.entries()) this.#checkSettable(name, known, i, context);
    const before = new Map(this.#values);
    const applied: string[] = [];
    try {
      for (const [i, [, value]] of pairs.entries()) this.#setOne(known[i], value);
      this.onChange();
      for (const { name } of known) {
        this.#applyOne(name);
        applied.push(name);
      }
    } catch (error) {
      this.#values.clear();
      for (const [name, value] of before) this.#values.set(name, value);
      this.onChange();
      // What it was before is no news to be refused.
      for (const name of applied) this.#apply.get(name)?.();
      throw error;
    }
  }

  #checkSettable(name: Binary, known: readonly Known[], i: number, context: SetContext): void {
    const one = known[i];
    if (one === undefined) return;
    if (one.facts.restart === true) throw errors.configSet(name, "can't set immutable config");
    if (one.facts.protected === true && !context.mayProtected)
      throw errors.configSet(name, "can't set protected config");
    if (context.loading && NOT_WHILE_LOADING.has(one.name)) throw errors.loading();
    if (known.slice(0, i).some((earlier) => earlier.name === one.name))
      throw errors.configSet(name, 'duplicate parameter');
  }

  #setOne(known: Known | undefined, text: Binary): void {
    if (known === undefined) return;
    const parsed = parseValue(known.facts, wordsOfConfigSet(known.facts, text), TARGET);
    if (!parsed.ok) throw errors.configSet(known.name, parsed.message);
    if (known.name === 'dir') this.changeFolder(text);
    else this.#values.set(known.name, this.#merged(parsed.value));
  }

  #applyOne(name: string): void {
    const why = this.#apply.get(name)?.();
    if (why !== undefined) throw errors.configSet(name, why);
  }

  /** Classes that a line of client-output-buffer-limit does not name keep their limits. */
  #merged(value: ConfigValue): ConfigValue {
    const before = this.#find('client-output-buffer-limit');
    if (value.type !== 'buffer-limits' || before?.type !== 'buffer-limits') return value;
    const merged = before.value.map(
      (limit) => value.value.findLast(({ client }) => client === limit.client) ?? limit,
    );
    return { type: 'buffer-limits', value: merged };
  }

  #keyword(name: string, args: readonly Binary[]): void {
    const [first = '', second = ''] = args;
    if (name === 'rename-command') this.renames.push([lowerAscii(first), lowerAscii(second)]);
    else if (name === 'user') this.users.push(args);
    else if (name === 'loadmodule') this.modules.push(first);
  }

  #shown(name: string): Binary {
    const value = this.#find(name);
    return this.#live.get(name)?.() ?? (value === undefined ? '' : formatValue(value));
  }

  #value(name: string): ConfigValue {
    const value = this.#find(knownAs(name)?.name ?? name);
    if (value === undefined) throw new TypeError(`no directive ${name}`);
    return value;
  }

  /** By 7.2's own name: as it was set, or its default. */
  #find(name: string): ConfigValue | undefined {
    const set = this.#values.get(name);
    if (set !== undefined) return set;
    const known = knownAs(name);
    const value = known && defaultValue(known.facts);
    if (value !== undefined) this.#values.set(name, value);
    return value;
  }
}

/** On any system: nobody means a relative path by `C:\`. */
function isAbsolute(path: string): boolean {
  return path.startsWith('/') || /^[A-Za-z]:[\\/]/.test(path);
}
