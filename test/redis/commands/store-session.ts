/**
 * Commands on data alone, run as a node's dispatch runs them, without the node: what they reply, which keyspace events
 * they raise and what they would tell a replica.
 */
import { Buffer } from 'node:buffer';
import type { Binary } from '../../../extension/redis/bytes.ts';
import type { Call, Command } from '../../../extension/redis/commands/command.ts';
import { errors, ReplyError } from '../../../extension/redis/errors.ts';
import { Args } from '../../../extension/redis/resp/args.ts';
import { ReplyWriter } from '../../../extension/redis/resp/reply-writer.ts';
import type { EncodingLimits } from '../../../extension/redis/store/encoding-limits.ts';
import { Keyspace } from '../../../extension/redis/store/keyspace.ts';
import type { Database } from '../../../extension/redis/store/keyspace-options.ts';
import { SeededRandom } from '../seeded-random.ts';

export type Argv = readonly (Binary | number)[];

export class StoreSession implements Call {
  readonly args = new Args();
  readonly reply = new ReplyWriter();
  readonly db: Keyspace;
  readonly databases: Keyspace[];
  readonly clustered: boolean;
  readonly random: SeededRandom;
  now = 1_700_000_000_000;
  /** Of the last command: [event, key]. */
  events: [event: string, key: Binary][] = [];
  /** Of the last command: what replicas hear. */
  replicated: Binary[][] = [];
  /** Of the last command: how many changes it counts as. */
  changes = 0;
  /** Keys whose time was up when the last command met them, as replicas hear of it. */
  #expired: Binary[][] = [];
  /** The last command named effects that stand for it. */
  #replaced = false;
  /** As if commands came from a primary. */
  replayed = false;
  inScript = false;
  mayReadEveryKey = true;
  readonly #rows = new Map<string, Command>();

  constructor(
    tables: readonly (readonly Command[])[],
    {
      limits,
      seed = 1,
      databases = 1,
      clustered = false,
    }: {
      readonly limits?: EncodingLimits;
      readonly seed?: number;
      readonly databases?: number;
      readonly clustered?: boolean;
    } = {},
  ) {
    const observer = {
      expired: (db: Database, key: Binary) => {
        if (db === this.db) this.events.push(['expired', key]);
        this.#expired.push(['DEL', key]);
      },
      fieldsExpired: (db: Database, key: Binary, fields: readonly Binary[]) => {
        if (db === this.db) this.events.push(['hexpired', key]);
        this.#expired.push(['HDEL', key, ...fields]);
      },
    };
    const options = { observer, now: () => this.now, ...(limits === undefined ? {} : { limits }) };
    this.db = new Keyspace(0, options);
    this.databases = [this.db];
    this.clustered = clustered;
    for (let i = 1; i < databases; i++) this.databases.push(new Keyspace(i, options));
    this.random = new SeededRandom(seed);
    for (const table of tables) for (const row of table) this.#rows.set(row.name, row);
  }

  /** The reply as it goes over the wire. */
  raw(...argv: Argv): Buffer {
    this.reply.clear();
    this.events = [];
    this.replicated = [];
    this.changes = 0;
    this.#expired = [];
    this.#replaced = false;
    const binaries = argv.map(String);
    this.args.assign(binaries);
    let instead: Binary[][] = [];
    try {
      const row = this.#row(binaries);
      row.handler(this);
      instead = this.replicated;
    } catch (error) {
      if (!(error instanceof ReplyError)) throw error;
      this.reply.clear();
      this.reply.error(error);
    }
    const effects = this.#replaced ? instead : [binaries];
    this.replicated = this.changes > 0 ? [...this.#expired, ...effects] : this.#expired;
    return Buffer.from(this.reply.take());
  }

  /** The reply as text, for reading: `(integer)` 1 is `:1`, strings as they are, arrays in brackets. */
  run(...argv: Argv): string {
    return readable(this.raw(...argv).toString('latin1'));
  }

  changed(i: number, event?: string, count = 1): void {
    this.changes += count;
    if (event !== undefined) this.events.push([event, this.args.binary(i)]);
  }

  changedKey(key: Binary, event: string): void {
    this.changes++;
    this.events.push([event, key]);
  }

  changedIn(db: Keyspace, i: number, event: string): void {
    if (db === this.db) this.changed(i, event);
    else this.changes++;
  }

  changedMany(count: number): void {
    this.changes += count;
  }

  changedBeside(i: number, event?: string, count = 1): void {
    this.changed(i, event, count);
  }

  replicateWith(...replacements: (readonly [i: number, word: Binary])[]): void {
    const argv = this.args.binaries();
    for (const [i, word] of replacements) argv[i] = word;
    this.replicateAs(...argv);
  }

  replicateAs(...argv: (Binary | Uint8Array)[]): void {
    this.#replaced = true;
    if (argv.length === 0) return;
    this.replicated.push(
      argv.map((argument) =>
        typeof argument === 'string' ? argument : Buffer.from(argument).toString('latin1'),
      ),
    );
  }

  #row(argv: readonly Binary[]): Command {
    const [first = '', second = ''] = argv;
    const subcommand = `${first}|${second}`.toLowerCase();
    const name = this.#rows.has(subcommand) ? subcommand : first.toLowerCase();
    const row = this.#rows.get(name);
    if (row === undefined) throw new Error(`no such command in this session: ${name}`);
    const right = row.arity < 0 ? argv.length >= -row.arity : argv.length === row.arity;
    if (!right) throw errors.wrongArity(name);
    return row;
  }
}

/** RESP on one line: `[a [b nil] :3]`, `-ERR …`, `+OK`, `,1.5`, `%{k v}`, `~{a}`. */
export function readable(resp: Binary): string {
  let at = 0;
  const line = (): Binary => {
    const end = resp.indexOf('\r\n', at);
    const text = resp.slice(at, end);
    at = end + 2;
    return text;
  };
  const many = (count: number): string => Array.from({ length: count }, one).join(' ');
  function one(): string {
    const head = line();
    const size = Number(head.slice(1));
    switch (head[0]) {
      case '$': {
        if (size < 0) return 'nil';
        const text = resp.slice(at, at + size);
        at += size + 2;
        return text;
      }
      case '*':
        return size < 0 ? 'nil-array' : `[${many(size)}]`;
      case '~':
        return `~{${many(size)}}`;
      case '%':
        return `%{${many(2 * size)}}`;
      default:
        return head;
    }
  }
  return one();
}
