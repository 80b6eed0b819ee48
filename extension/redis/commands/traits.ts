/** What COMMAND INFO says of a row, derived from its flags, keys and family: flag names, ACL categories, legacy key range. */
import { CATEGORIES } from '../config/acl-selector.ts';
import {
  ADMIN,
  ALLOW_BUSY,
  ASKING,
  BLOCKING,
  DENYOOM,
  FAST,
  type Group,
  LOADING,
  MOVABLE_KEYS,
  NO_ASYNC_LOADING,
  NO_AUTH,
  NO_MANDATORY_KEYS,
  NO_MULTI,
  NOSCRIPT,
  PUBSUB,
  READONLY,
  SKIP_MONITOR,
  SKIP_SLOWLOG,
  STALE,
  WRITE,
} from './command.ts';
import type { KeySpec } from './key-spec.ts';

/** In the order in which redis-server names them. MAY_REPLICATE and ARBITRARY_KEYS are kept to ourselves, as there. */
const FLAG_NAMES: readonly (readonly [flag: number, name: string])[] = [
  [WRITE, 'write'],
  [READONLY, 'readonly'],
  [DENYOOM, 'denyoom'],
  [ADMIN, 'admin'],
  [PUBSUB, 'pubsub'],
  [NOSCRIPT, 'noscript'],
  [BLOCKING, 'blocking'],
  [LOADING, 'loading'],
  [STALE, 'stale'],
  [SKIP_MONITOR, 'skip_monitor'],
  [SKIP_SLOWLOG, 'skip_slowlog'],
  [ASKING, 'asking'],
  [FAST, 'fast'],
  [NO_AUTH, 'no_auth'],
  [NO_MANDATORY_KEYS, 'no_mandatory_keys'],
  [NO_ASYNC_LOADING, 'no_async_loading'],
  [NO_MULTI, 'no_multi'],
  [MOVABLE_KEYS, 'movablekeys'],
  [ALLOW_BUSY, 'allow_busy'],
];

/** The flags of a row by name, `movablekeys` where its keys call for it. */
export function flagNames(flags: number, specs: readonly KeySpec[]): string[] {
  const all = hasMovableKeys(specs) ? flags | MOVABLE_KEYS : flags;
  return FLAG_NAMES.filter(([flag]) => (all & flag) !== 0).map(([, name]) => name);
}

/** Clients before 7.0 cannot find the keys by first, last and step. */
function hasMovableKeys(specs: readonly KeySpec[]): boolean {
  let last = 0;
  return specs.some((spec, i) => {
    if (spec.at !== 'range') return true;
    const plain = specs.length === 1 || (spec.step === 1 && (i === 0 || spec.first === last + 1));
    last = spec.last;
    return !plain;
  });
}

/** The category of a whole family; families without one leave it to flags and to the list below. */
const OF_GROUP: Partial<Record<Group, string>> = {
  string: 'string',
  bitmap: 'bitmap',
  list: 'list',
  set: 'set',
  'sorted-set': 'sortedset',
  hash: 'hash',
  generic: 'keyspace',
  connection: 'connection',
  transactions: 'transaction',
  scripting: 'scripting',
  hyperloglog: 'hyperloglog',
  geo: 'geo',
  stream: 'stream',
};

/** Commands that a family and flags do not tell enough about, by name or container. */
const FURTHER: Readonly<Record<string, string>> = {
  command: 'connection',
  dbsize: 'keyspace',
  flushall: 'keyspace dangerous',
  flushdb: 'keyspace dangerous',
  info: 'dangerous',
  keys: 'dangerous',
  lastsave: 'admin dangerous',
  migrate: 'dangerous',
  restore: 'dangerous',
  'restore-asking': 'keyspace dangerous',
  role: 'admin dangerous',
  sort: 'set sortedset list dangerous',
  sort_ro: 'set sortedset list dangerous',
  swapdb: 'keyspace dangerous',
  wait: 'connection',
  waitaof: 'connection',
};

/** Not of the category of their family. */
const ELSEWHERE = new Set(['sort', 'sort_ro', 'wait', 'waitaof']);

/** Containers have subcommands instead of a family of their own. */
export function categories(name: string, group: Group, flags: number, isContainer: boolean): string[] {
  const found = new Set<string>([(flags & FAST) !== 0 ? 'fast' : 'slow']);
  const ofGroup = OF_GROUP[group];
  if (ofGroup !== undefined && !isContainer && !ELSEWHERE.has(name)) found.add(ofGroup);
  for (const category of (FURTHER[name] ?? FURTHER[name.split('|')[0] ?? ''] ?? '').split(' '))
    found.add(category);
  if ((flags & WRITE) !== 0) found.add('write');
  // EVAL_RO and its like are read-only, and still no reads.
  if ((flags & READONLY) !== 0 && group !== 'scripting') found.add('read');
  if ((flags & ADMIN) !== 0) found.add('admin').add('dangerous');
  if ((flags & PUBSUB) !== 0) found.add('pubsub');
  if ((flags & BLOCKING) !== 0) found.add('blocking');
  return CATEGORIES.filter((category) => found.has(category));
}

/** First key, last key (negative: from the end) and step, as clients before 7.0 know them; zeros without keys. */
export function legacyRange(specs: readonly KeySpec[]): readonly [first: number, last: number, step: number] {
  let range: [number, number, number] | undefined;
  for (const spec of specs) {
    if (spec.at !== 'range') continue;
    if (range === undefined) range = [spec.first, spec.last, spec.step];
    // Keys of several specifications count as one range while they stand side by side.
    else if (spec.step === 1 && spec.first === range[1] + 1) range[1] = spec.last;
  }
  return range ?? [0, 0, 0];
}
