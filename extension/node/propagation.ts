/**
 * What changes on a primary goes to its replicas, and on every node to its append-only file: the request as it came, or
 * the effects a handler named instead, and a DEL for every key whose time was up. Several effects of one execution
 * travel as one transaction.
 */
import { type Binary, copyOf } from '../redis/bytes.ts';
import type { Args } from '../redis/resp/args.ts';
import { commandBytes } from '../redis/resp/encode-command.ts';
import type { AppendOnly } from './persistence/aof.ts';
import type { Replication } from './replication/contract.ts';

interface Effect {
  readonly database: number;
  readonly bytes: Uint8Array;
  readonly audience: number;
}

/** Who hears of an effect (redis.set_repl). */
export const TO_AOF = 1;
export const TO_REPLICAS = 2;
export const TO_ALL = TO_AOF | TO_REPLICAS;

/** MULTI and EXEC need no SELECT before them. */
const ANY_DATABASE = -1;

const MULTI = commandBytes(['MULTI']);
const EXEC = commandBytes(['EXEC']);

export class Propagation {
  /** What is executed comes from our own append-only file. */
  muted = false;
  /** A command stands still in the middle: what it did so far waits for the rest. */
  held = false;
  /** Of what is added now. */
  audience = TO_ALL;
  readonly #replication: Replication;
  readonly #appendOnly: AppendOnly;
  #effects: Effect[] = [];
  /** Requests that were not fed yet: `#bytes[#start, #end)` of `#database`, one behind the other. */
  #bytes: Uint8Array | undefined;
  #start = 0;
  #end = 0;
  #database = 0;

  constructor(replication: Replication, appendOnly: AppendOnly) {
    this.#replication = replication;
    this.#appendOnly = appendOnly;
  }

  /** False: nobody listens. A replica passes on its primary's stream instead of its own. */
  get wanted(): boolean {
    return (this.#replication.feeding || this.#appendOnly.feeding) && !this.muted;
  }

  get hasEffects(): boolean {
    return this.#effects.length > 0;
  }

  add(database: number, argv: readonly (Binary | Uint8Array)[]): void {
    if (!this.wanted) return;
    this.#effects.push({ database, bytes: commandBytes(argv), audience: this.audience });
  }

  /** The request itself, behind effects that came before it. */
  addRequest(database: number, args: Args): void {
    const bytes = copyOf(args.bytes, args.rawStart, args.rawEnd);
    this.#effects.push({ database, bytes, audience: this.audience });
  }

  /**
   * The request itself when there is nothing else: not copied. The requests of a pipeline lie behind each other and are
   * fed as one, which with sixteen of them costs a tenth: when something else comes, and by `settle`, which is due before
   * their bytes change, anything leaves or somebody asks for the offset.
   */
  feedRequest(database: number, args: Args): void {
    if (this.#bytes !== args.bytes || this.#end !== args.rawStart || this.#database !== database) {
      this.settle();
      this.#bytes = args.bytes;
      this.#start = args.rawStart;
      this.#database = database;
    }
    this.#end = args.rawEnd;
  }

  get hasRequests(): boolean {
    return this.#bytes !== undefined;
  }

  settle(): void {
    const bytes = this.#bytes;
    if (bytes === undefined) return;
    this.#bytes = undefined;
    this.#feed(this.#database, bytes, this.#start, this.#end);
  }

  /** Several effects travel as one transaction when they are the work of one command. */
  flush(together = true): void {
    if (this.held) return;
    const effects = this.#effects;
    this.#effects = [];
    if (effects.length === 0 || !this.wanted) return;
    this.settle();
    const transaction = together && effects.length > 1;
    if (transaction) this.#feed(ANY_DATABASE, MULTI, 0, MULTI.length);
    for (const { database, bytes, audience } of effects)
      this.#feed(database, bytes, 0, bytes.length, audience);
    if (transaction) this.#feed(ANY_DATABASE, EXEC, 0, EXEC.length);
  }

  #feed(database: number, bytes: Uint8Array, start: number, end: number, audience = TO_ALL): void {
    // First what we keep, then what others get: each has its turn to write in this order.
    if ((audience & TO_AOF) !== 0) this.#appendOnly.feed(database, bytes, start, end);
    if ((audience & TO_REPLICAS) !== 0) this.#replication.feed(database, bytes, start, end);
  }
}
