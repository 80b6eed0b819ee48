/** OBJECT: how a value is kept, and when it was last used. */
import { binaryOf } from '../bytes.ts';
import { errors } from '../errors.ts';
import { parseInt64 } from '../numbers.ts';
import type { Entry, Keyspace } from '../store/keyspace.ts';
import { type Call, type Command, command, type Handler, LOADING, READONLY, STALE } from './command.ts';
import { keyAt, NO_KEYS } from './key-spec.ts';

const OBJECT_KEY = keyAt(2, 'RO');

export const objectCommands: readonly Command[] = [
  // name, arity, flags, keys, handler
  command('object', -2, 0, NO_KEYS, unknown),
  command('object|encoding', 3, READONLY, OBJECT_KEY, about(encoding)),
  command('object|idletime', 3, READONLY, OBJECT_KEY, about(idletime)),
  command('object|refcount', 3, READONLY, OBJECT_KEY, about(refcount)),
  command('object|freq', 3, READONLY, OBJECT_KEY, about(freq)),
  command('object|help', 2, LOADING | STALE, NO_KEYS, help),
];

/** Strings up to here stand in one allocation with their object, in redis-server. */
const EMBEDDED_BYTES = 44;
/** Whole numbers below this are shared objects there. */
const SHARED_INTEGERS = 10_000n;
/** What a shared object counts as its references. */
const SHARED_REFERENCES = 2 ** 31 - 1;

/** What `reply` says of an existing key; null when there is none. */
function about(reply: (call: Call, entry: Entry) => void): Handler {
  return (call) => {
    const entry = call.db.peek(call.args, 2);
    if (entry === 0) call.reply.null();
    else reply(call, entry);
  };
}

function encoding({ db, reply }: Call, entry: Entry): void {
  reply.text(encodingOf(db, entry));
}

/** The name redis-server gives to the way a value like this is kept there. */
export function encodingOf(db: Keyspace, entry: Entry): string {
  const collection = db.collection(entry);
  if (collection !== undefined) return collection.encoding;
  if (db.isRaw(entry)) return 'raw';
  if (integerAt(db, entry) !== undefined) return 'int';
  return db.stringSize(entry) <= EMBEDDED_BYTES ? 'embstr' : 'raw';
}

function integerAt(db: Keyspace, entry: Entry): bigint | undefined {
  return db.stringSize(entry) <= 20 ? parseInt64(binaryOf(db.stringBytes(entry))) : undefined;
}

function idletime({ db, reply }: Call, entry: Entry): void {
  if (db.accessCounter !== undefined) throw errors.accessNotTracked('is', 'idle time');
  reply.integer(db.idleSeconds(entry));
}

function refcount({ db, reply }: Call, entry: Entry): void {
  const integer = db.sharesIntegers && encodingOf(db, entry) === 'int' ? integerAt(db, entry) : undefined;
  const shared = integer !== undefined && integer >= 0n && integer < SHARED_INTEGERS;
  reply.integer(shared ? SHARED_REFERENCES : 1);
}

function freq({ db, reply }: Call, entry: Entry): void {
  const frequency = db.frequency(entry);
  if (frequency === undefined) throw errors.accessNotTracked('is not', 'access frequency');
  reply.integer(frequency);
}

function unknown({ args }: Call): void {
  throw errors.unknownSubcommand(args.binary(1), 'object');
}

function help({ reply }: Call): void {
  const lines = [
    'OBJECT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:',
    'ENCODING <key>',
    '    How the value of <key> is represented in memory.',
    'FREQ <key>',
    '    How often <key> is accessed, on a logarithmic scale (LFU policies only).',
    'IDLETIME <key>',
    '    Seconds since <key> was last accessed.',
    'REFCOUNT <key>',
    '    How many references the value of <key> has.',
    'HELP',
    '    Print this help.',
  ];
  reply.array(lines.length);
  for (const line of lines) reply.simple(line);
}
