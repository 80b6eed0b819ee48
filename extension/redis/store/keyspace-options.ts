/** What a database is given by its node, and what it tells it. */
import type { Binary } from '../bytes.ts';
import type { EncodingLimits } from './encoding-limits.ts';

/** A database, as whoever is told of its keys sees it. */
export interface Database {
  readonly index: number;
  readonly lookups: Lookups;
}

export interface KeyspaceObserver {
  /** A key's time was up and it was removed here: on a primary this goes to replicas as DEL. */
  expired(db: Database, key: Binary): void;
  /** The time of these fields of a hash was up, and they were removed here, and the key with the last: as HDEL. */
  fieldsExpired(db: Database, key: Binary, fields: readonly Binary[], emptied: boolean): void;
}

/** The command by which replicas hear that a key went: UNLINK where the directive for it wants freeing in the background. */
export type RemovalWord = 'DEL' | 'UNLINK';

export interface RemovalWords {
  /** Its time was up: lazyfree-lazy-expire. */
  expired: RemovalWord;
  /** Another command took it away: lazyfree-lazy-server-del. */
  implied: RemovalWord;
}

/** Told only while somebody wants to hear of it. */
export interface KeyspaceListener {
  /** A key came to be, before the command that made it tells what it did. */
  created(db: Database, key: Binary): void;
  /** A key was looked up that is not there. */
  missed(db: Database, key: Binary): void;
}

/** keyspace_hits and keyspace_misses of INFO. */
export interface Lookups {
  hits: number;
  misses: number;
}

export interface KeyspaceOptions {
  /** Wall clock, milliseconds since the epoch. */
  readonly now: () => number;
  readonly observer?: KeyspaceObserver;
  /** An expired key is reported absent but stays: on a replica until the primary's DEL, and during a pause. */
  readonly keepsExpired?: () => boolean;
  /** Thresholds of the compact encodings, shared by all databases of a node. */
  readonly limits?: EncodingLimits;
}
