/** The commands of one node by name: the rows of all tables, as renamed by its configuration, with their counters. */
import type { Group } from '../redis/commands/command.ts';
import { categories } from '../redis/commands/traits.ts';
import type { Args } from '../redis/resp/args.ts';
import type { CommandCatalogue, CommandNames, Row } from './command-catalogue.ts';
import { LatencyHistogram } from './introspection/latency-histogram.ts';

const RUNS_IN_MULTI = new Set('exec discard multi watch quit reset'.split(' '));
const ENDS_MULTI = new Set('exec discard quit reset'.split(' '));
const RUNS_SUBSCRIBED = new Set(
  'ping subscribe ssubscribe unsubscribe sunsubscribe psubscribe punsubscribe quit reset'.split(' '),
);
const RUNS_SCRIPTS = new Set('eval evalsha eval_ro evalsha_ro fcall fcall_ro'.split(' '));
/** Where the first key of a script stands. */
export const SCRIPT_KEY = 3;
const SHARD_CHANNELS = new Set('ssubscribe sunsubscribe spublish'.split(' '));

/** How a command uses channels, and from its first argument how many of them are such. */
export interface ChannelUse {
  /** What it names are patterns. */
  readonly patterns: boolean;
  readonly only: boolean;
}

/** Commands that read or write channels; leaving one is free to everybody. */
const CHANNEL_USES: ReadonlyMap<string, ChannelUse> = new Map([
  ['subscribe', { patterns: false, only: false }],
  ['ssubscribe', { patterns: false, only: false }],
  ['psubscribe', { patterns: true, only: false }],
  ['publish', { patterns: false, only: true }],
  ['spublish', { patterns: false, only: true }],
]);

const NO_SUBCOMMANDS: ReadonlyMap<string, CommandEntry> = new Map();

/** A row and what the node knows about it. */
export class CommandEntry {
  /** Its place in the table, from 0 on: where users have the bit of this command, and dispatch.ts its handler. */
  readonly id: number;
  readonly row: Row;
  readonly group: Group;
  readonly name: string;
  readonly arity: number;
  readonly flags: number;
  /** Position of the only key when a command always has exactly one, at a fixed place; 0 when not. */
  readonly onlyKey: number;
  /** The same, or where the first key of a script stands, if it has any; nothing but a guess. */
  readonly likelyKey: number;
  readonly hasKeys: boolean;
  readonly isExec: boolean;
  /** Runs at once inside MULTI instead of being queued. */
  readonly runsInMulti: boolean;
  /** Ends a transaction, or the session: allowed when memory is short. */
  readonly endsMulti: boolean;
  /** Allowed to a RESP2 session that has subscribed. */
  readonly runsSubscribed: boolean;
  /** What it does is up to a script. */
  readonly runsScripts: boolean;
  /** Its keys are shard channels. */
  readonly isShardChannel: boolean;
  readonly channels: ChannelUse | undefined;
  #categories: readonly string[] | undefined;
  /** By the second argument, in lower case. */
  #subcommands: Map<string, CommandEntry> | undefined;
  calls = 0;
  microseconds = 0;
  rejected = 0;
  failed = 0;
  #latency: LatencyHistogram | undefined;

  constructor(id: number, row: Row, group: Group) {
    this.id = id;
    this.row = row;
    this.group = group;
    this.name = row.name;
    this.arity = row.arity;
    this.flags = row.flags;
    this.hasKeys = row.keys.length > 0;
    this.isExec = row.name === 'exec';
    this.runsInMulti = RUNS_IN_MULTI.has(row.name);
    this.endsMulti = ENDS_MULTI.has(row.name);
    this.runsSubscribed = RUNS_SUBSCRIBED.has(row.name);
    this.runsScripts = RUNS_SCRIPTS.has(row.name);
    this.isShardChannel = SHARD_CHANNELS.has(row.name);
    this.channels = CHANNEL_USES.get(row.name);
    const only = row.keys.length === 1 ? row.keys[0] : undefined;
    this.onlyKey =
      only?.at === 'range' && only.first === only.last && only.find === undefined ? only.first : 0;
    this.likelyKey = this.runsScripts ? SCRIPT_KEY : this.onlyKey;
  }

  get subcommands(): ReadonlyMap<string, CommandEntry> {
    return this.#subcommands ?? NO_SUBCOMMANDS;
  }

  addSubcommand(name: string, entry: CommandEntry): void {
    this.#subcommands ??= new Map();
    this.#subcommands.set(name, entry);
  }

  /** Of the ACLs, without their `@`. */
  get categories(): readonly string[] {
    this.#categories ??= categories(this.row.name, this.group, this.flags, this.isContainer);
    return this.#categories;
  }

  get latency(): LatencyHistogram {
    this.#latency ??= new LatencyHistogram();
    return this.#latency;
  }

  get hasLatency(): boolean {
    return this.#latency !== undefined;
  }

  /** The command is nothing but its subcommands. COMMAND is something by itself, too. */
  get isContainer(): boolean {
    return this.subcommands.size > 0 && this.row.name !== 'command';
  }

  accepts(count: number): boolean {
    return this.arity >= 0 ? count === this.arity : count >= -this.arity;
  }

  resetCounters(): void {
    this.calls = this.microseconds = this.rejected = this.failed = 0;
    this.#latency = undefined;
  }
}

export class CommandTable {
  readonly #catalogue: CommandCatalogue;
  readonly #names: CommandNames;
  /** By id; each is made when it is first asked for: most commands are never called on most nodes. */
  readonly #entries: (CommandEntry | undefined)[];
  #byName: Map<string, CommandEntry> | undefined;
  #byRow: Map<string, CommandEntry> | undefined;

  constructor(catalogue: CommandCatalogue, renames: readonly (readonly [from: string, to: string])[] = []) {
    this.#catalogue = catalogue;
    this.#names = renames.length === 0 ? catalogue.names : catalogue.names.renamed(renames);
    this.#entries = new Array(this.size).fill(undefined);
  }

  /** Commands and subcommands: their ids are below it. */
  get size(): number {
    return this.#catalogue.rows.length;
  }

  /** Every command under the name it is called by now; subcommands hang below theirs. */
  get byName(): ReadonlyMap<string, CommandEntry> {
    this.#byName ??= new Map(Array.from(this.#names.ids, ([name, id]) => [name, this.#entry(id)]));
    return this.#byName;
  }

  /** Every command and subcommand by its row's name, whatever it is called now: ACLs mean these. */
  get byRow(): ReadonlyMap<string, CommandEntry> {
    this.#byRow ??= new Map(this.#catalogue.rows.map(({ row }, id) => [row.name, this.#entry(id)]));
    return this.#byRow;
  }

  /** The command that `args` calls, its subcommand where it has such; undefined when there is none. */
  find(args: Args): CommandEntry | undefined {
    const id = this.#names.find(args.bytes, args.starts[0], args.ends[0]);
    if (id < 0) return undefined;
    const entry = this.#entry(id);
    if (entry.subcommands.size === 0 || args.count === 1) return entry;
    return entry.subcommands.get(args.binary(1).toLowerCase());
  }

  /** The container itself, when `find` found no subcommand. */
  container(args: Args): CommandEntry | undefined {
    return this.#called(args.binary(0).toLowerCase());
  }

  /** By a name as COMMAND INFO takes it: `get`, `config|get`. */
  named(name: string): CommandEntry | undefined {
    const lower = name.toLowerCase();
    const bar = lower.indexOf('|');
    if (bar < 0) return this.#called(lower);
    return this.#called(lower.slice(0, bar))?.subcommands.get(lower.slice(bar + 1));
  }

  /** Every command and subcommand. */
  *all(): Generator<CommandEntry> {
    for (const entry of this.byName.values()) {
      yield entry;
      yield* entry.subcommands.values();
    }
  }

  #called(name: string): CommandEntry | undefined {
    const id = this.#names.ids.get(name);
    return id === undefined ? undefined : this.#entry(id);
  }

  #entry(id: number): CommandEntry {
    return this.#entries[id] ?? this.#make(id);
  }

  #make(id: number): CommandEntry {
    const { row, group, subcommands } = this.#catalogue.rows[id];
    const entry = new CommandEntry(id, row, group);
    this.#entries[id] = entry;
    for (const [name, below] of subcommands) entry.addSubcommand(name, this.#entry(below));
    return entry;
  }
}
