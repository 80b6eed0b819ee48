/**
 * What changes on a primary goes to its replicas: the request as it came, or the effects a handler named instead, and
 * a DEL for every key whose time was up. Several effects of one execution travel as one transaction.
 */
import type { Binary } from '../redis/bytes.ts';
import type { Args } from '../redis/resp/args.ts';
import { encodeCommand } from '../redis/resp/encode-command.ts';
import type { Replication } from './replication/contract.ts';

interface Effect {
  readonly database: number;
  readonly bytes: Uint8Array;
}

/** MULTI and EXEC need no SELECT before them. */
const ANY_DATABASE = -1;

const MULTI = encodeCommand(['MULTI']).bytes;
const EXEC = encodeCommand(['EXEC']).bytes;

export class Propagation {
  readonly #replication: Replication;
  #effects: Effect[] = [];

  constructor(replication: Replication) {
    this.#replication = replication;
  }

  /** False: nobody listens, and a replica passes on its primary's stream instead of its own. */
  get wanted(): boolean {
    return this.#replication.feeding && this.#replication.role === 'primary';
  }

  get hasEffects(): boolean {
    return this.#effects.length > 0;
  }

  add(database: number, argv: readonly (Binary | Uint8Array)[]): void {
    if (this.wanted) this.#effects.push({ database, bytes: encodeCommand(argv).bytes });
  }

  /** The request itself, behind effects that came before it. */
  addRequest(database: number, args: Args): void {
    this.#effects.push({ database, bytes: args.bytes.slice(args.rawStart, args.rawEnd) });
  }

  /** The request itself when there is nothing else: not copied. */
  feedRequest(database: number, args: Args): void {
    this.#replication.feed(database, args.bytes, args.rawStart, args.rawEnd);
  }

  /** Several effects travel as one transaction when they are the work of one command. */
  flush(together = true): void {
    const effects = this.#effects;
    this.#effects = [];
    if (effects.length === 0 || !this.wanted) return;
    const replication = this.#replication;
    const transaction = together && effects.length > 1;
    if (transaction) replication.feed(ANY_DATABASE, MULTI, 0, MULTI.length);
    for (const { database, bytes } of effects) replication.feed(database, bytes, 0, bytes.length);
    if (transaction) replication.feed(ANY_DATABASE, EXEC, 0, EXEC.length);
  }
}
