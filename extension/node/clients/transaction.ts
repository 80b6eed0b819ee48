/** MULTI: the commands a session has queued, and whether EXEC will run them. */
import type { Args } from '../../redis/resp/args.ts';
import type { CommandEntry } from '../command-table.ts';
import { type ClientFlags, TRANSACTION } from './client-flags.ts';

export interface Queued {
  readonly entry: CommandEntry;
  readonly args: Args;
}

export class Transaction {
  readonly #client: ClientFlags;
  /** A command was refused while queueing: EXEC answers EXECABORT. */
  failed = false;
  readonly queue: Queued[] = [];
  /** Flags that at least one queued command has, and those that at least one has not. */
  flags = 0;
  missingFlags = 0;
  queuedBytes = 0;

  constructor(client: ClientFlags) {
    this.#client = client;
  }

  get open(): boolean {
    return this.#client.has(TRANSACTION);
  }

  begin(): void {
    this.#client.set(TRANSACTION, true);
  }

  /** `flags`: those of the command, or of the script it runs. */
  add(entry: CommandEntry, args: Args, flags = entry.flags): void {
    this.queue.push({ entry, args });
    this.flags |= flags;
    this.missingFlags |= ~flags;
    this.queuedBytes += args.rawEnd - args.rawStart;
  }

  end(): void {
    this.#client.set(TRANSACTION, false);
    this.failed = false;
    this.queue.length = 0;
    this.flags = this.missingFlags = this.queuedBytes = 0;
  }
}
