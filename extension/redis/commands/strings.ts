/** Strings: GET, SET and their kin. Counters, parts of strings and LCS have files of their own. */
import { errors } from '../errors.ts';
import type { Args } from '../resp/args.ts';
import { type Call, type Command, command, DENYOOM, FAST, READONLY, WRITE } from './command.ts';
import { type ExpiryUnit, expireKeyAt, isPast, positiveExpiry } from './expiry-arguments.ts';
import { keyAt, keys } from './key-spec.ts';

export const strings: readonly Command[] = [
  // name, arity, flags, keys, handler
  command('get', 2, READONLY | FAST, keyAt(1, 'RO access'), get),
  // Not FAST: it may free a large old value.
  command('set', -3, WRITE | DENYOOM, keyAt(1, 'RW access update variable_flags'), set),
  command('setnx', 3, WRITE | DENYOOM | FAST, keyAt(1, 'OW insert'), setnx),
  command('setex', 4, WRITE | DENYOOM, keyAt(1, 'OW update'), setex),
  command('psetex', 4, WRITE | DENYOOM, keyAt(1, 'OW update'), psetex),
  command('getset', 3, WRITE | DENYOOM | FAST, keyAt(1, 'RW access update'), getset),
  command('getex', -2, WRITE | FAST, keyAt(1, 'RW access update'), getex),
  command('getdel', 2, WRITE | FAST, keyAt(1, 'RW access delete'), getdel),
  command('mget', -2, READONLY | FAST, keys(1, -1, 1, 'RO access'), mget),
  command('mset', -3, WRITE | DENYOOM, keys(1, -1, 2, 'OW update'), mset),
  command('msetnx', -3, WRITE | DENYOOM, keys(1, -1, 2, 'OW insert'), msetnx),
];

function get(call: Call): void {
  replyValue(call, 1);
}

/** The string at key i, or null. */
function replyValue({ args, db, reply }: Call, i: number): void {
  const entry = db.find(args, i);
  if (entry === 0) reply.null();
  else db.replyString(entry, reply);
}

function set(call: Call): void {
  const { args } = call;
  if (args.count === 3) {
    store(call, 2);
    call.reply.ok();
    return;
  }
  const options = stringOptions(args, 3, SET_WORDS);
  const { unit, time, get } = options;
  const at = unit === undefined ? undefined : positiveExpiry(call, time, unit, 'set');
  if (get) replyValue(call, 1);
  const found = call.db.find(args, 1) !== 0;
  if ((options.nx && found) || (options.xx && !found)) {
    if (!get) call.reply.null();
    return;
  }
  if (at === undefined) {
    store(call, 2, options.keepttl);
    if (get) call.replicateAs(...args.binaries().filter((word, i) => i < 3 || word.toLowerCase() !== 'get'));
  } else {
    storeUntil(call, 2, at);
    // As it was sent, when that is all it says.
    if (unit !== 'pxat' || args.count > 5) replicateSet(call, 2, at);
  }
  if (!get) call.reply.ok();
}

function setnx(call: Call): void {
  const absent = call.db.find(call.args, 1) === 0;
  if (absent) store(call, 2);
  call.reply.integer(absent ? 1 : 0);
}

function setex(call: Call): void {
  setExpiring(call, positiveExpiry(call, 2, 'ex', 'setex'));
}

function psetex(call: Call): void {
  setExpiring(call, positiveExpiry(call, 2, 'px', 'psetex'));
}

/** SETEX key time value. */
function setExpiring(call: Call, at: bigint): void {
  storeUntil(call, 3, at);
  replicateSet(call, 3, at);
  call.reply.ok();
}

function getset(call: Call): void {
  replyValue(call, 1);
  store(call, 2);
  call.replicateAs('SET', call.args.copy(1), call.args.copy(2));
}

function getex(call: Call): void {
  const { args, db, reply } = call;
  const { unit, time, persist } = stringOptions(args, 2, GETEX_WORDS);
  const entry = db.find(args, 1);
  if (entry === 0) {
    reply.null();
    return;
  }
  db.stringSize(entry);
  const at = unit === undefined ? undefined : positiveExpiry(call, time, unit, 'getex');
  db.replyString(entry, reply);
  const absolute = unit === 'exat' || unit === 'pxat';
  if (at !== undefined && absolute && isPast(call, at)) {
    removeKey(call);
  } else if (at !== undefined) {
    expireKeyAt(call, 1, at);
    call.changed(1, 'expire');
    call.replicateAs('PEXPIREAT', args.copy(1), String(at));
  } else if (persist && db.persist(args, 1)) {
    call.changed(1, 'persist');
    call.replicateAs('PERSIST', args.copy(1));
  }
}

function getdel(call: Call): void {
  const exists = call.db.find(call.args, 1) !== 0;
  replyValue(call, 1);
  if (exists) removeKey(call);
}

function mget({ args, db, reply }: Call): void {
  reply.array(args.count - 1);
  for (let i = 1; i < args.count; i++) {
    const entry = db.find(args, i);
    if (entry !== 0 && db.kind(entry) === 'string') db.replyString(entry, reply);
    else reply.null();
  }
}

function mset(call: Call): void {
  if (call.args.count % 2 === 0) throw errors.wrongArity('mset');
  setPairs(call);
  call.reply.ok();
}

function msetnx(call: Call): void {
  const { args, db, reply } = call;
  if (args.count % 2 === 0) throw errors.wrongArity('msetnx');
  for (let i = 1; i < args.count; i += 2) {
    if (db.find(args, i) !== 0) {
      reply.integer(0);
      return;
    }
  }
  setPairs(call);
  reply.integer(1);
}

function setPairs(call: Call): void {
  for (let i = 1; i < call.args.count; i += 2) {
    call.db.setString(call.args, i, i + 1);
    call.changed(i, 'set');
  }
}

/** Sets key 1 to argument i. */
function store(call: Call, i: number, keepExpiry = false): void {
  call.db.setString(call.args, 1, i, keepExpiry);
  call.changed(1, 'set');
}

/** The same with an expiry. */
function storeUntil(call: Call, i: number, at: bigint): void {
  call.db.setStringUntil(call.args, 1, i, Number(at));
  call.changed(1, 'set');
  call.changed(1, 'expire', 0);
}

/** SET with the time as a point in time, so that a late replica does not give the key a longer life. */
function replicateSet(call: Call, i: number, at: bigint): void {
  call.replicateAs('SET', call.args.copy(1), call.args.copy(i), 'PXAT', String(at));
}

function removeKey(call: Call): void {
  call.db.remove(call.args, 1);
  call.changed(1, 'del');
  call.replicateAs(call.db.removalWords.expired, call.args.copy(1));
}

interface StringOptions {
  nx: boolean;
  xx: boolean;
  get: boolean;
  keepttl: boolean;
  persist: boolean;
  unit: ExpiryUnit | undefined;
  /** The argument with the time; 0 without a unit. */
  time: number;
}

type Word = 'nx' | 'xx' | 'get' | 'keepttl' | 'persist';

const SET_WORDS: readonly Word[] = ['nx', 'xx', 'get', 'keepttl'];
const GETEX_WORDS: readonly Word[] = ['persist'];
const UNITS: readonly ExpiryUnit[] = ['ex', 'px', 'exat', 'pxat'];

/** The options from argument `from` on: the given words, and at most one kind of expiry. */
function stringOptions(args: Args, from: number, words: readonly Word[]): StringOptions {
  const options: StringOptions = {
    nx: false,
    xx: false,
    get: false,
    keepttl: false,
    persist: false,
    unit: undefined,
    time: 0,
  };
  for (let i = from; i < args.count; i++) {
    const word = words.find((each) => args.is(i, each));
    if (word !== undefined) {
      options[word] = true;
      continue;
    }
    const unit = UNITS.find((each) => args.is(i, each));
    const repeated = options.unit === undefined || options.unit === unit;
    if (unit === undefined || !repeated || i + 1 === args.count) throw errors.syntax();
    options.unit = unit;
    options.time = ++i;
  }
  const { nx, xx, keepttl, persist, unit } = options;
  if ((nx && xx) || ((keepttl || persist) && unit !== undefined)) throw errors.syntax();
  return options;
}
