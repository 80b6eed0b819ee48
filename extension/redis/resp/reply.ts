/**
 * Where a handler writes its reply: straight into the output bytes of the session, in the protocol the session
 * speaks. RESP3 types fall back to their RESP2 form as redis-server's do.
 */
import type { Binary } from '../bytes.ts';
import type { ReplyError } from '../errors.ts';

export interface Reply {
  readonly protocol: 2 | 3;
  /** Bytes that replies may take up together; infinite when nobody says. */
  readonly limit: number;
  /** They would take up more: nobody will get them, and what else is written is lost. */
  readonly full: boolean;
  /** +OK */
  ok(): void;
  simple(text: string): void;
  error(error: ReplyError): void;
  integer(value: number | bigint): void;
  bulk(bytes: Uint8Array, start?: number, end?: number): void;
  binary(value: Binary): void;
  /** A bulk string of UTF-8 text. */
  text(value: string): void;
  /** $-1 in RESP2, _ in RESP3. */
  null(): void;
  /** *-1 in RESP2, _ in RESP3. */
  nullArray(): void;
  array(length: number): void;
  /** `length` pairs; a flat array of 2 x length in RESP2. */
  map(length: number): void;
  /**
   * As many as `write` says it has written: an array (with each key and value in an array of its own), or in RESP3 a
   * map. When that is none, nothing is written. Returns how many.
   */
  pairs(write: () => number): number;
  set(length: number): void;
  push(length: number): void;
  /** A bulk string in RESP2, formatted as redis-server 7.2 does in both. */
  double(value: number): void;
  boolean(value: boolean): void;
  verbatim(text: string, format: 'txt' | 'mkd'): void;
  bigNumber(value: bigint): void;
  /** Raw RESP made elsewhere. */
  raw(bytes: Uint8Array, start?: number, end?: number): void;
}
