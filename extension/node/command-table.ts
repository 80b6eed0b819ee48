/** The commands of one node by name: the rows of all tables, as renamed by its configuration, with their counters. */
import { bytesOf } from '../redis/bytes.ts';
import type { Command, Group } from '../redis/commands/command.ts';
import { categories } from '../redis/commands/traits.ts';
import type { Args } from '../redis/resp/args.ts';
import { LatencyHistogram } from './latency-histogram.ts';

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

/** A row but for its handler, which dispatch.ts finds by the entry's place. */
export type Row = Omit<Command<never>, 'handler'>;

/** A row and what the node knows about it. */
export class CommandEntry {
  /** Its place in the table, from 0 on: where users have the bit of this command, and dispatch.ts its handler. */
  id = -1;
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

  constructor(row: Row, group: Group) {
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

/** Open addressing, half full at most: a power of two. */
const SLOTS = 1024;
const NO_NAME = new Uint8Array(0);

export type CommandGroup = readonly [group: Group, rows: readonly Row[]];

export class CommandTable {
  /** Every command under the name it is called by now; subcommands hang below theirs. */
  readonly byName = new Map<string, CommandEntry>();
  /** Every command and subcommand by its row's name, whatever it is called now: ACLs mean these. */
  readonly byRow: ReadonlyMap<string, CommandEntry>;
  /** The same for the search over bytes. */
  readonly #slots: (CommandEntry | undefined)[] = new Array(SLOTS).fill(undefined);
  readonly #names: Uint8Array[] = new Array(SLOTS).fill(NO_NAME);

  constructor(
    groups: readonly CommandGroup[],
    renames: readonly (readonly [from: string, to: string])[] = [],
  ) {
    for (const [group, rows] of groups) {
      for (const row of rows)
        if (!row.name.includes('|')) this.byName.set(row.name, new CommandEntry(row, group));
    }
    for (const [group, rows] of groups) {
      for (const row of rows) if (row.name.includes('|')) this.#addSubcommand(row, group);
    }
    this.byRow = new Map([...this.all()].map((entry) => [entry.name, entry]));
    for (const [i, entry] of [...this.byRow.values()].entries()) entry.id = i;
    for (const [from, to] of renames) this.#rename(from, to);
    for (const [name, entry] of this.byName) this.#place(name, entry);
  }

  /** The command that `args` calls, its subcommand where it has such; undefined when there is none. */
  find(args: Args): CommandEntry | undefined {
    const { bytes } = args;
    const start = args.starts[0];
    const end = args.ends[0];
    let slot = hashBytes(bytes, start, end);
    for (;;) {
      const entry = this.#slots[slot];
      if (entry === undefined) return undefined;
      if (isName(this.#names[slot], bytes, start, end)) {
        if (entry.subcommands.size === 0 || args.count === 1) return entry;
        return entry.subcommands.get(args.binary(1).toLowerCase());
      }
      slot = (slot + 1) & (SLOTS - 1);
    }
  }

  /** The container itself, when `find` found no subcommand. */
  container(args: Args): CommandEntry | undefined {
    return this.byName.get(args.binary(0).toLowerCase());
  }

  /** By a name as COMMAND INFO takes it: `get`, `config|get`. */
  named(name: string): CommandEntry | undefined {
    const lower = name.toLowerCase();
    const bar = lower.indexOf('|');
    if (bar < 0) return this.byName.get(lower);
    return this.byName.get(lower.slice(0, bar))?.subcommands.get(lower.slice(bar + 1));
  }

  /** Every command and subcommand. */
  *all(): Generator<CommandEntry> {
    for (const entry of this.byName.values()) {
      yield entry;
      yield* entry.subcommands.values();
    }
  }

  #addSubcommand(row: Row, group: Group): void {
    const [container = '', name = ''] = row.name.split('|');
    this.byName.get(container)?.addSubcommand(name, new CommandEntry(row, group));
  }

  #rename(from: string, to: string): void {
    const entry = this.byName.get(from);
    if (entry === undefined) return;
    this.byName.delete(from);
    if (to !== '') this.byName.set(to, entry);
  }

  #place(name: string, entry: CommandEntry): void {
    const bytes = bytesOf(name);
    let slot = hashBytes(bytes, 0, bytes.length);
    while (this.#slots[slot] !== undefined) slot = (slot + 1) & (SLOTS - 1);
    this.#slots[slot] = entry;
    this.#names[slot] = bytes;
  }
}

/** FNV-1a over the letters in one case: `| 0x20` also touches some other bytes, which the comparison then tells apart. */
function hashBytes(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ (bytes[at] | 0x20), 0x01000193);
  return (hash ^ (hash >>> 15)) & (SLOTS - 1);
}

/** Whether `bytes[start, end)` is `name`, which is lower case, in ASCII letters of either case. */
function isName(name: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (name.length !== end - start) return false;
  for (let at = 0; at < name.length; at++) {
    const byte = bytes[start + at];
    const lower = byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
    if (lower !== name[at]) return false;
  }
  return true;
}
