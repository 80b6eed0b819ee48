/**
 * Digests of data, by the formula of DEBUG DIGEST: the same data give the same digest on every server, however they
 * are encoded and in whatever order they came. Where order counts (list elements, a field and its value) a digest is
 * hashed over and over; where it doesn't (members, keys) digests are put together by exclusive or.
 */
import { Buffer } from 'node:buffer';
import { type Binary, bytesOf } from '../bytes.ts';
import { sha1 } from '../sha1.ts';
import { shortestDouble } from '../shortest-double.ts';
import { SLOT_COUNT } from '../slots.ts';
import type { Collection, Entry, Keyspace, Kind } from './keyspace.ts';
import { MAX_ID, ZERO_ID } from './stream/stream-id.ts';

const DIGEST_BYTES = 20;

/** Redis' numbers of types. */
const TYPE: Readonly<Record<Kind, number>> = {
  string: 0,
  list: 1,
  set: 2,
  'sorted-set': 3,
  hash: 4,
  stream: 6,
};

const EXPIRES = bytesOf('!!expire!!');
const FIELD_EXPIRES = bytesOf('!!hexpire!!');

class Digest {
  readonly bytes = new Uint8Array(DIGEST_BYTES);

  /** Adds what may come in any order. */
  add(part: Uint8Array): void {
    const hash = sha1(part);
    for (let i = 0; i < DIGEST_BYTES; i++) this.bytes[i] ^= hash[i];
  }

  /** Adds what must come in this order. */
  append(part: Uint8Array): void {
    this.add(part);
    this.bytes.set(sha1(this.bytes));
  }

  toString(): string {
    return Buffer.from(this.bytes).toString('hex');
  }
}

/** Of all keys of all databases, expired ones too as long as they are there. */
export function digestOfDatabases(databases: readonly Keyspace[]): Digest {
  const digest = new Digest();
  for (const db of databases) {
    if (db.size === 0) continue;
    digest.append(uint32(db.index));
    for (let slot = 0; slot < SLOT_COUNT; slot++) {
      db.eachStoredInSlot(slot, (entry) => {
        const ofKey = new Digest();
        ofKey.append(bytesOf(db.keyOf(entry)));
        appendValue(ofKey, db, entry);
        digest.add(ofKey.bytes);
      });
    }
  }
  return digest;
}

/** Of a value and whether it expires; zeros for no entry. */
export function digestOfValue(db: Keyspace, entry: Entry): Digest {
  const digest = new Digest();
  if (entry !== 0) appendValue(digest, db, entry);
  return digest;
}

function appendValue(digest: Digest, db: Keyspace, entry: Entry): void {
  digest.append(uint32(TYPE[db.kind(entry)]));
  const collection = db.collection(entry);
  if (collection === undefined) digest.append(db.stringBytes(entry));
  else appendCollection(digest, collection);
  if (db.expireAt(entry) >= 0) digest.add(EXPIRES);
}

function appendCollection(digest: Digest, value: Collection): void {
  switch (value.kind) {
    case 'stream':
      value.each(ZERO_ID, MAX_ID, false, (entry) => {
        digest.append(bytesOf(`${entry.ms}.${entry.seq}`));
        for (const part of entry.contents()) digest.append(bytesOf(part));
        return true;
      });
      break;
    case 'list':
      for (const element of value.values()) digest.append(bytesOf(element));
      break;
    case 'set':
      for (const member of value.values()) digest.add(bytesOf(member));
      break;
    case 'hash':
      for (let i = 0; i < value.size; i++) {
        const field = value.fieldAt(i);
        const element = pair(field, value.valueAt(i));
        if (value.expireAt(field) >= 0) element.add(FIELD_EXPIRES);
        digest.add(element.bytes);
      }
      break;
    case 'sorted-set':
      value.each(0, value.size, false, (member, score) => {
        digest.add(pair(member, shortestDouble(score)).bytes);
      });
      break;
  }
}

function pair(first: Binary, second: Binary): Digest {
  const digest = new Digest();
  digest.append(bytesOf(first));
  digest.append(bytesOf(second));
  return digest;
}

function uint32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
