/** Keys, whatever they hold: DEL, EXISTS, TYPE, KEYS, SCAN, RENAME, COPY, MOVE and their kin. */
import type { Binary } from '../bytes.ts';
import { errors } from '../errors.ts';
import { globMatches } from '../glob.ts';
import { SLOT_COUNT } from '../slots.ts';
import type { Collection, Entry, Keyspace, Kind } from '../store/keyspace.ts';
import {
  ARBITRARY_KEYS,
  type Call,
  type Command,
  command,
  DENYOOM,
  FAST,
  READONLY,
  WRITE,
} from './command.ts';
import { type KeySpec, keyAt, keys, NO_KEYS } from './key-spec.ts';
import { scanCursor, scanOptions } from './scan-options.ts';

const RENAME_KEYS: readonly KeySpec[] = [...keyAt(1, 'RW access delete'), ...keyAt(2, 'OW update')];
const RENAMENX_KEYS: readonly KeySpec[] = [...keyAt(1, 'RW access delete'), ...keyAt(2, 'OW insert')];
const COPY_KEYS: readonly KeySpec[] = [...keyAt(1, 'RO access'), ...keyAt(2, 'OW update')];

export const keyCommands: readonly Command[] = [
  // name, arity, flags, keys, handler
  // Not FAST: it may free large values.
  command('del', -2, WRITE, keys(1, -1, 1, 'RM delete'), del),
  command('unlink', -2, WRITE | FAST, keys(1, -1, 1, 'RM delete'), unlink),
  command('exists', -2, READONLY | FAST, keys(1, -1, 1, 'RO'), exists),
  command('touch', -2, READONLY | FAST, keys(1, -1, 1, 'RO'), touch),
  command('type', 2, READONLY | FAST, keyAt(1, 'RO'), type),
  command('keys', 2, READONLY, NO_KEYS, matchingKeys),
  command('scan', -2, READONLY | ARBITRARY_KEYS, NO_KEYS, scan),
  command('randomkey', 1, READONLY | ARBITRARY_KEYS, NO_KEYS, randomkey),
  command('rename', 3, WRITE, RENAME_KEYS, renameOver),
  command('renamenx', 3, WRITE | FAST, RENAMENX_KEYS, renamenx),
  command('copy', -3, WRITE | DENYOOM, COPY_KEYS, copy),
  command('move', 3, WRITE | FAST, keyAt(1, 'RW access update'), move),
];

function del(call: Call): void {
  removeEach(call, (i) => call.db.remove(call.args, i));
}

function unlink(call: Call): void {
  removeEach(call, (i) => call.db.unlink(call.args, i));
}

function removeEach(call: Call, remove: (i: number) => boolean): void {
  let removed = 0;
  for (let i = 1; i < call.args.count; i++) {
    if (!remove(i)) continue;
    call.changed(i, 'del');
    removed++;
  }
  call.reply.integer(removed);
}

function exists({ args, db, reply }: Call): void {
  let found = 0;
  for (let i = 1; i < args.count; i++) if (db.peek(args, i) !== 0) found++;
  reply.integer(found);
}

function touch({ args, db, reply }: Call): void {
  let found = 0;
  for (let i = 1; i < args.count; i++) if (db.find(args, i) !== 0) found++;
  reply.integer(found);
}

function type({ args, db, reply }: Call): void {
  const entry = db.peek(args, 1);
  reply.simple(entry === 0 ? 'none' : typeName(db.kind(entry)));
}

function typeName(kind: Kind): string {
  return kind === 'sorted-set' ? 'zset' : kind;
}

function matchingKeys({ args, db, reply }: Call): void {
  const pattern = args.binary(1);
  const found: Binary[] = [];
  for (let slot = 0; slot < SLOT_COUNT; slot++) {
    db.eachInSlot(slot, (entry) => {
      const key = db.keyOf(entry);
      if (pattern === '*' || globMatches(pattern, key)) found.push(key);
    });
  }
  replyKeys(reply, found);
}

function scan({ args, db, reply }: Call): void {
  const cursor = scanCursor(args, 1);
  const { count, match, type } = scanOptions(args, 2, true);
  const wanted = type?.toLowerCase();
  const found: Binary[] = [];
  const next = db.scan(
    cursor,
    (entry) => {
      if (wanted !== undefined && typeName(db.kind(entry)) !== wanted) return;
      const key = db.keyOf(entry);
      if (match === undefined || globMatches(match, key)) found.push(key);
    },
    count,
  );
  reply.array(2);
  reply.binary(String(next));
  replyKeys(reply, found);
}

function replyKeys(reply: Call['reply'], found: readonly Binary[]): void {
  reply.array(found.length);
  for (const key of found) reply.binary(key);
}

function randomkey({ db, random, reply }: Call): void {
  const key = db.randomKey(random);
  if (key === undefined) reply.null();
  else reply.binary(key);
}

function renameOver(call: Call): void {
  rename(call, true);
  call.reply.ok();
}

function renamenx(call: Call): void {
  call.reply.integer(rename(call, false) ? 1 : 0);
}

/** False when the new name is taken and must not be. */
function rename(call: Call, replace: boolean): boolean {
  const { args, db } = call;
  const entry = db.find(args, 1);
  if (entry === 0) throw errors.noSuchKey();
  if (sameName(call)) return replace;
  const value = valueAt(db, entry);
  if (!replace && db.find(args, 2) !== 0) return false;
  db.remove(args, 1);
  putValue(call, db, 2, value);
  call.changed(1, 'rename_from', 0);
  call.changed(2, 'rename_to');
  return true;
}

function copy(call: Call): void {
  const { args, db, reply } = call;
  let target = db;
  let replace = false;
  for (let i = 3; i < args.count; i++) {
    if (args.is(i, 'replace')) replace = true;
    else if (args.is(i, 'db') && i + 1 < args.count)
      target = database(call, ++i, 'Copying to another database');
    else throw errors.syntax();
  }
  if (target === db && sameName(call)) throw errors.sameObject();
  const entry = db.find(args, 1);
  if (entry === 0 || (!replace && target.find(args, 2) !== 0)) {
    reply.integer(0);
    return;
  }
  const { value, expireAt, raw } = valueAt(db, db.find(args, 1));
  putValue(call, target, 2, { value: value instanceof Uint8Array ? value : value.clone(), expireAt, raw });
  call.changedIn(target, 2, 'copy_to');
  reply.integer(1);
}

function move(call: Call): void {
  const { args, db, clustered, reply } = call;
  if (clustered) throw errors.notInCluster('MOVE');
  const target = database(call, 2, 'MOVE');
  if (target === db) throw errors.sameObject();
  const entry = db.find(args, 1);
  if (entry === 0 || target.find(args, 1) !== 0) {
    reply.integer(0);
    return;
  }
  const value = valueAt(db, entry);
  db.remove(args, 1);
  putValue(call, target, 1, value);
  call.changed(1, 'move_from', 0);
  call.changedIn(target, 1, 'move_to');
  reply.integer(1);
}

/** The database that argument i names. In cluster mode there is none but 0. */
function database({ args, clustered, databases }: Call, i: number, what: string): Keyspace {
  const index = args.integer(i);
  const chosen = databases.find((each) => each.index === index);
  if (chosen !== undefined) return chosen;
  throw clustered ? errors.notInCluster(what) : errors.databaseOutOfRange();
}

function sameName({ args }: Call): boolean {
  return args.binary(1) === args.binary(2);
}

/** What a key holds, on its way to another key. */
interface Value {
  readonly value: Collection | Uint8Array;
  /** Milliseconds since the epoch, -1 for never. */
  readonly expireAt: number;
  /** A string that was changed in place. */
  readonly raw: boolean;
}

function valueAt(db: Keyspace, entry: Entry): Value {
  const collection = db.collection(entry);
  const expireAt = db.expireAt(entry);
  if (collection !== undefined) return { value: collection, expireAt, raw: false };
  return { value: db.stringBytes(entry), expireAt, raw: db.isRaw(entry) };
}

/** Puts a value under key i of `db`. */
function putValue({ args }: Call, db: Keyspace, i: number, { value, expireAt, raw }: Value): void {
  if (value instanceof Uint8Array) {
    db.setStringAt(args, i, value, 0, value.length);
    if (raw) db.markRaw(db.peek(args, i));
  } else {
    db.put(args, i, value);
  }
  if (expireAt >= 0) db.setExpireAt(args, i, expireAt);
}
