/** What a user of the ACLs may do, worked out for the commands of this node. */

import type { Binary } from '../../redis/bytes.ts';
import { NO_AUTH } from '../../redis/commands/command.ts';
import { type KeyPosition, keyUses } from '../../redis/commands/key-positions.ts';
import type { KeyFlags } from '../../redis/commands/key-spec.ts';
import type { Allowed } from '../../redis/config/acl-selector.ts';
import { globMatches } from '../../redis/glob.ts';
import type { Args } from '../../redis/resp/args.ts';
import type { CommandEntry, CommandTable } from '../command-table.ts';

/** Why not: by the command itself, or by argument `at`. */
export interface Denial {
  readonly reason: 'command' | 'key' | 'channel';
  readonly at: number;
}

/** Of several reasons the one further down is told: more was right until then. */
const WEIGHT = { command: 0, key: 1, channel: 2 } as const;

const READS = 1;
const WRITES = 2;

/** `RW access update` and its like: what must be allowed to the key. */
const NEEDS = new Map<KeyFlags, number>();

function needsOf(flags: KeyFlags): number {
  let needs = NEEDS.get(flags);
  if (needs === undefined) {
    const words = flags.split(' ');
    needs = words.includes('access') ? READS : 0;
    if (words.some((word) => word === 'insert' || word === 'delete' || word === 'update')) needs |= WRITES;
    NEEDS.set(flags, needs);
  }
  return needs;
}

/** The keys of one command, looked up once for all selectors. */
class KeysOnce {
  readonly #entry: CommandEntry;
  readonly #args: Args;
  #keys: readonly KeyPosition[] | undefined;

  constructor(entry: CommandEntry, args: Args) {
    this.#entry = entry;
    this.#args = args;
  }

  get all(): readonly KeyPosition[] {
    // Arguments that make no sense have no keys: the command itself will say what is wrong with them.
    this.#keys ??= keyUses(this.#entry.row, this.#args) ?? [];
    return this.#keys;
  }
}

/** One selector. */
class Grant {
  /** By `id` of the command: 1 when it may run. */
  readonly #commands: Uint8Array;
  /** What a command that may not run by itself may have as its first argument, in lower case. */
  readonly #firstArguments = new Map<number, Set<string>>();
  readonly #selector: Allowed;
  readonly #keyPatterns: readonly (readonly [pattern: Binary, grants: number])[];

  constructor(selector: Allowed, table: CommandTable) {
    this.#selector = selector;
    this.#keyPatterns = Array.from(selector.keyPatterns, ([pattern, { reads, writes }]) => {
      return [pattern, (reads ? READS : 0) | (writes ? WRITES : 0)];
    });
    this.#commands = new Uint8Array(table.size).fill(selector.allCommands ? 1 : 0);
    for (const rule of selector.commandRules) this.#apply(rule, table);
  }

  get isUnlimited(): boolean {
    const { allKeys, allChannels } = this.#selector;
    return allKeys && allChannels && !this.#commands.includes(0);
  }

  denial(entry: CommandEntry, args: Args, keys: KeysOnce): Denial | undefined {
    if (!this.#allows(entry, args)) return { reason: 'command', at: 0 };
    return this.#keyDenial(entry, args, keys) ?? this.#channelDenial(entry, args);
  }

  /** Keys that nobody named before may be read, whichever they are. */
  get readsEveryKey(): boolean {
    const { allKeys, keyPatterns } = this.#selector;
    return allKeys || keyPatterns.get('*')?.reads === true;
  }

  #apply(rule: string, table: CommandTable): void {
    const value = rule.startsWith('+') ? 1 : 0;
    const name = rule.slice(1);
    if (name.startsWith('@')) {
      const category = name.slice(1);
      for (const entry of table.byRow.values()) {
        if (entry.categories.includes(category)) this.#set(entry, value);
      }
      return;
    }
    const entry = table.byRow.get(name);
    if (entry !== undefined) this.#set(entry, value);
    else this.#allowFirstArgument(name, table);
  }

  /** What is said of a container counts for all that is in it. */
  #set(entry: CommandEntry, value: 0 | 1): void {
    this.#commands[entry.id] = value;
    this.#firstArguments.delete(entry.id);
    for (const subcommand of entry.subcommands.values()) this.#commands[subcommand.id] = value;
  }

  /** `select|0`. The rules may also name commands of Redis that this node has not got: nothing comes of those. */
  #allowFirstArgument(name: string, table: CommandTable): void {
    const bar = name.indexOf('|');
    const entry = bar < 0 ? undefined : table.byRow.get(name.slice(0, bar));
    if (entry === undefined || entry.subcommands.size > 0) return;
    const allowed = this.#firstArguments.get(entry.id) ?? new Set<string>();
    this.#firstArguments.set(entry.id, allowed.add(name.slice(bar + 1)));
  }

  #allows({ id, flags }: CommandEntry, args: Args): boolean {
    if (this.#commands[id] === 1 || (flags & NO_AUTH) !== 0) return true;
    const firstArguments = this.#firstArguments.get(id);
    return firstArguments !== undefined && args.count > 1 && firstArguments.has(args.binary(1).toLowerCase());
  }

  #keyDenial(entry: CommandEntry, args: Args, keys: KeysOnce): Denial | undefined {
    if (this.#selector.allKeys || !entry.hasKeys) return undefined;
    for (const { at, flags } of keys.all) {
      const needs = needsOf(flags);
      const key = args.binary(at);
      const allowed = this.#keyPatterns.some(([pattern, grants]) => {
        return (grants & needs) === needs && globMatches(pattern, key);
      });
      if (!allowed) return { reason: 'key', at };
    }
    return undefined;
  }

  #channelDenial({ channels }: CommandEntry, args: Args): Denial | undefined {
    if (channels === undefined || this.#selector.allChannels) return undefined;
    const end = channels.only ? 2 : args.count;
    for (let at = 1; at < end; at++) {
      if (!mayUseChannel(this.#selector.channelPatterns, args.binary(at), channels.patterns)) {
        return { reason: 'channel', at };
      }
    }
    return undefined;
  }
}

/** A pattern is allowed when it is one of those that are; what else it would match is not looked at. */
export function mayUseChannel(allowed: ReadonlySet<Binary>, channel: Binary, isPattern: boolean): boolean {
  if (isPattern) return allowed.has(channel);
  for (const pattern of allowed) if (globMatches(pattern, channel)) return true;
  return false;
}

export class Permissions {
  /** Nothing is forbidden: nothing needs to be asked. */
  readonly unlimited: boolean;
  readonly #grants: readonly Grant[];

  constructor(selectors: readonly Allowed[], table: CommandTable) {
    this.#grants = selectors.map((selector) => new Grant(selector, table));
    this.unlimited = this.#grants.some(({ isUnlimited }) => isUnlimited);
  }

  /** Undefined when one of the selectors alone allows all of it. */
  denial(entry: CommandEntry, args: Args): Denial | undefined {
    const keys = new KeysOnce(entry, args);
    let told: Denial = { reason: 'command', at: 0 };
    for (const grant of this.#grants) {
      const denial = grant.denial(entry, args, keys);
      if (denial === undefined) return undefined;
      const more = WEIGHT[denial.reason] - WEIGHT[told.reason];
      if (more > 0 || (more === 0 && denial.at > told.at)) told = denial;
    }
    return told;
  }

  /** The command may run, and read whatever keys it comes across. */
  mayReadEveryKey(entry: CommandEntry, args: Args): boolean {
    const keys = new KeysOnce(entry, args);
    return this.#grants.some((grant) => grant.readsEveryKey && grant.denial(entry, args, keys) === undefined);
  }
}
