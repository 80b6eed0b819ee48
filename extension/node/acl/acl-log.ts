/** ACL LOG: who was refused what. */
import type { Binary } from '../../redis/bytes.ts';
import type { Denial } from './permissions.ts';

export type Reason = Denial['reason'] | 'auth';
/** Where the refused command came from. */
export type Context = 'toplevel' | 'multi' | 'lua';

export interface Refusal {
  readonly reason: Reason;
  readonly context: Context;
  /** The command's name, the key or the channel. */
  readonly object: Binary;
  readonly username: Binary;
}

export interface AclLogEntry extends Refusal {
  readonly id: number;
  /** How often it happened. */
  count: number;
  /** Wall clock, milliseconds. */
  readonly createdAtMs: number;
  updatedAtMs: number;
  /** The line of CLIENT INFO, of who was refused last. */
  clientInfo: Binary;
}

/** ACL_LOG_GROUPING_MAX_TIME_DELTA: what is the same within a minute is one entry. */
const GROUPING_MS = 60_000;
/** So many of the newest entries are looked at for that. */
const COMPARED = 10;

export class AclLog {
  /** Newest first. */
  readonly entries: AclLogEntry[] = [];
  #maxLength = 128;
  #nextId = 0;

  configure(maxLength: number): void {
    this.#maxLength = maxLength;
  }

  add(refusal: Refusal, clientInfo: Binary, nowMs: number): void {
    const at = this.entries.slice(0, COMPARED).findIndex((entry) => isSame(entry, refusal, nowMs));
    const known = at < 0 ? undefined : this.entries.splice(at, 1)[0];
    if (known !== undefined) {
      known.count++;
      known.updatedAtMs = nowMs;
      known.clientInfo = clientInfo;
      this.entries.unshift(known);
      return;
    }
    const id = this.#nextId++;
    this.entries.unshift({ ...refusal, id, count: 1, createdAtMs: nowMs, updatedAtMs: nowMs, clientInfo });
    if (this.entries.length > this.#maxLength) this.entries.length = this.#maxLength;
  }

  reset(): void {
    this.entries.length = 0;
  }
}

function isSame(entry: AclLogEntry, refusal: Refusal, nowMs: number): boolean {
  return (
    entry.reason === refusal.reason &&
    entry.context === refusal.context &&
    entry.object === refusal.object &&
    entry.username === refusal.username &&
    Math.abs(nowMs - entry.updatedAtMs) <= GROUPING_MS
  );
}
