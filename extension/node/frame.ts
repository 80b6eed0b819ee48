/** The call a handler is given. There is one per node: it is filled anew for every command and allocates nothing. */
import { type Binary, binaryOf } from '../redis/bytes.ts';
import type { Args } from '../redis/resp/args.ts';
import type { Reply } from '../redis/resp/reply.ts';
import type { Keyspace } from '../redis/store/keyspace.ts';
import type { Random } from '../redis/world.ts';
import type { NodeCall, NodeServices } from './call.ts';
import type { Client } from './clients/client.ts';
import type { Queued } from './clients/transaction.ts';
import type { CommandEntry } from './command-table.ts';
import type { Propagation } from './propagation.ts';

/** What stands in the frame before the first command. */
export interface FrameStart {
  readonly client: Client;
  readonly entry: CommandEntry;
  readonly args: Args;
  readonly db: Keyspace;
}

export class Frame implements NodeCall {
  readonly node: NodeServices;
  readonly databases: readonly Keyspace[];
  readonly clustered: boolean;
  readonly random: Random;
  readonly reply: Reply;
  client: Client;
  entry: CommandEntry;
  args: Args;
  db: Keyspace;
  now = 0;
  mayPark = true;
  /** Keys the running command has changed. */
  changes = 0;
  /** The running command named effects that stand for it. */
  replaced = false;
  /** How much longer than its handler the running command takes, milliseconds. */
  longerMs = 0;
  /** Arguments that logs must not show, from one to another. */
  redacted: readonly (readonly [first: number, last: number])[] = [];
  readonly #propagation: Propagation;
  readonly #run: (queued: Queued) => void;

  constructor(
    node: NodeServices,
    reply: Reply,
    propagation: Propagation,
    first: FrameStart,
    run: (queued: Queued) => void,
  ) {
    this.node = node;
    this.databases = node.databases;
    this.clustered = node.cluster !== undefined;
    this.random = node.world.random;
    this.reply = reply;
    this.#propagation = propagation;
    this.#run = run;
    this.client = first.client;
    this.entry = first.entry;
    this.args = first.args;
    this.db = first.db;
  }

  changed(i: number, event?: string, count = 1): void {
    this.changes += count;
    const { node } = this;
    const watched = node.watchedKeys.active || node.tracking.active;
    if (!watched && !node.notifications.active && !node.blockedKeys.active) return;
    const { bytes, starts, ends } = this.args;
    this.#tell(this.db, binaryOf(bytes, starts[i], ends[i]), event);
  }

  changedIn(db: Keyspace, i: number, event: string): void {
    this.changes++;
    this.#tell(db, this.args.binary(i), event);
  }

  changedKey(key: Binary, event: string): void {
    this.changes++;
    this.#tell(this.db, key, event);
  }

  changedMany(count: number): void {
    this.changes += count;
  }

  changedBeside(i: number, event?: string, count = 1): void {
    this.changes += count;
    const { node } = this;
    if (event === undefined || (!node.notifications.active && !node.blockedKeys.active)) return;
    const key = this.args.binary(i);
    if (node.blockedKeys.active) node.blockedKeys.changed(this.db.index, key, event);
    node.notifications.notify(event, this.db.index, key);
  }

  replicateAs(...argv: (Binary | Uint8Array)[]): void {
    this.replaced = true;
    if (argv.length > 0) this.#propagation.add(this.db.index, argv);
  }

  replicateWith(...replacements: (readonly [i: number, word: Binary])[]): void {
    this.replaced = true;
    if (!this.#propagation.wanted) return;
    const argv = this.args.binaries();
    for (const [i, word] of replacements) argv[i] = word;
    this.#propagation.add(this.db.index, argv);
  }

  get inScript(): boolean {
    return this.client.isScript;
  }

  get mayReadEveryKey(): boolean {
    return this.client.trusted || this.client.user.mayReadEveryKey(this.entry, this.args);
  }

  get replayed(): boolean {
    return this.client.isPrimary;
  }

  takesLonger(ms: number): void {
    this.longerMs += ms;
  }

  redact(first: number, last = first): void {
    this.redacted = [...this.redacted, [first, last]];
  }

  run(queued: Queued): void {
    this.#run(queued);
  }

  #tell(db: Keyspace, key: Binary, event: string | undefined): void {
    const { node } = this;
    node.watchedKeys.changed(db.index, key);
    if (node.tracking.active) node.tracking.changed(key, this.client);
    if (node.blockedKeys.active) node.blockedKeys.changed(db.index, key, event);
    if (event !== undefined) node.notifications.notify(event, db.index, key);
  }
}
