/** Parts of strings: APPEND, STRLEN, GETRANGE, SETRANGE. */
import { errors } from '../errors.ts';
import { long } from './arguments.ts';
import { type Call, type Command, command, DENYOOM, FAST, READONLY, WRITE } from './command.ts';
import { keyAt } from './key-spec.ts';

export const stringParts: readonly Command[] = [
  // name, arity, flags, keys, handler
  command('append', 3, WRITE | DENYOOM | FAST, keyAt(1, 'RW insert'), append),
  command('strlen', 2, READONLY | FAST, keyAt(1, 'RO'), strlen),
  command('getrange', 4, READONLY, keyAt(1, 'RO access'), getrange),
  command('substr', 4, READONLY, keyAt(1, 'RO access'), getrange),
  command('setrange', 4, WRITE | DENYOOM, keyAt(1, 'RW update'), setrange),
];

const EMPTY = new Uint8Array(0);

function append(call: Call): void {
  const { args, db, reply } = call;
  const entry = db.find(args, 1);
  if (entry === 0) {
    db.setString(args, 1, 2);
    call.changed(1, 'append');
    reply.integer(args.size(2));
    return;
  }
  const size = db.stringSize(entry);
  const total = size + args.size(2);
  checkSize(call, total);
  writeInto(call, size, 2, total);
  call.changed(1, 'append');
  reply.integer(total);
}

function strlen({ args, db, reply }: Call): void {
  const entry = db.find(args, 1);
  reply.integer(entry === 0 ? 0 : db.stringSize(entry));
}

function getrange({ args, db, reply }: Call): void {
  const start = long(args, 2);
  const end = long(args, 3);
  const entry = db.find(args, 1);
  const size = entry === 0 ? 0 : db.stringSize(entry);
  const from = Math.max(0, start < 0 ? size + start : start);
  // An end before the string's first byte means that byte, unless the range as given is empty already.
  const last = Math.min(size - 1, Math.max(0, end < 0 ? size + end : end));
  const reversed = start < 0 && end < 0 && start > end;
  if (size === 0 || reversed || from > last) {
    reply.bulk(EMPTY);
    return;
  }
  const first = db.stringStart(entry);
  reply.bulk(db.stringSlab(entry), first + from, first + last + 1);
}

function setrange(call: Call): void {
  const { args, db, reply } = call;
  const offset = long(args, 2);
  if (offset < 0) throw errors.offsetOutOfRange();
  const entry = db.find(args, 1);
  const size = entry === 0 ? 0 : db.stringSize(entry);
  // Nothing to write: nothing is made longer, nor made.
  if (args.size(3) === 0) {
    reply.integer(size);
    return;
  }
  const end = offset + args.size(3);
  checkSize(call, end);
  const total = Math.max(size, end);
  writeInto(call, offset, 3, total);
  call.changed(1, 'setrange');
  reply.integer(total);
}

/** Makes key 1 `total` bytes long and writes argument i at `offset`. */
function writeInto({ args, db }: Call, offset: number, i: number, total: number): void {
  const entry = db.resizeString(args, 1, total);
  args.copyInto(i, db.stringSlab(entry), db.stringStart(entry) + offset);
  db.markRaw(entry);
}

/** What the primary could hold, its replica can too. */
function checkSize({ db }: Call, size: number): void {
  if (size > db.maxStringBytes && !db.ignoresExpiry) throw errors.stringTooLong();
}
