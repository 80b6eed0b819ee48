/** SORT and SORT_RO: the elements of a list, set or sorted set by their value, or by what other keys say of them. */
import { type Binary, binaryOf, bytesOf } from '../bytes.ts';
import { errors } from '../errors.ts';
import { parseDouble } from '../numbers.ts';
import type { Args } from '../resp/args.ts';
import type { Collection, Keyspace } from '../store/keyspace.ts';
import { ListValue } from '../store/list-value.ts';
import { long } from './arguments.ts';
import { type Call, type Command, command, DENYOOM, MOVABLE_KEYS, READONLY, WRITE } from './command.ts';
import { type KeySpec, keyAt } from './key-spec.ts';

/** Keys that only the elements name: nobody can tell them beforehand. */
const PATTERN_KEYS: KeySpec = { at: 'code', find: () => [], flags: 'RO access' };
const STORE_KEY: KeySpec = { at: 'code', find: storeKey, flags: 'OW update' };

export const sortCommands: readonly Command[] = [
  // name, arity, flags, keys, handler
  command(
    'sort',
    -2,
    WRITE | DENYOOM | MOVABLE_KEYS,
    [...keyAt(1, 'RO access'), PATTERN_KEYS, STORE_KEY],
    sort,
  ),
  command('sort_ro', -2, READONLY | MOVABLE_KEYS, [...keyAt(1, 'RO access'), PATTERN_KEYS], sortRo),
];

/** Where the destination stands: behind the last STORE. Words behind LIMIT, BY and GET are values, whatever they say. */
function storeKey(args: Args): number[] {
  let found = 0;
  for (let i = 2; i < args.count; i++) {
    if (args.is(i, 'limit')) i += 2;
    else if (args.is(i, 'by') || args.is(i, 'get')) i++;
    else if (args.is(i, 'store') && i + 1 < args.count) found = ++i;
  }
  return found === 0 ? [] : [found];
}

interface SortOptions {
  descending: boolean;
  alpha: boolean;
  start: number;
  /** Negative: all. */
  count: number;
  /** A pattern with `*`; undefined: the elements themselves. */
  by: Binary | undefined;
  /** BY a pattern without `*`: the order stays as it is. */
  unsorted: boolean;
  readonly gets: Binary[];
  /** The argument with the destination's name, 0 for none. */
  store: number;
}

function sort(call: Call): void {
  const options = sortOptions(call, true);
  const elements = sorted(call, options);
  if (options.store === 0) replyElements(call, elements, options);
  else storeElements(call, elements, options);
}

function sortRo(call: Call): void {
  const options = sortOptions(call, false);
  replyElements(call, sorted(call, options), options);
}

function sortOptions({ args, clustered, mayReadEveryKey }: Call, storeAllowed: boolean): SortOptions {
  const options: SortOptions = {
    descending: false,
    alpha: false,
    start: 0,
    count: -1,
    by: undefined,
    unsorted: false,
    gets: [],
    store: 0,
  };
  for (let i = 2; i < args.count; i++) {
    const left = args.count - i - 1;
    if (args.is(i, 'asc')) options.descending = false;
    else if (args.is(i, 'desc')) options.descending = true;
    else if (args.is(i, 'alpha')) options.alpha = true;
    else if (args.is(i, 'limit') && left >= 2) {
      options.start = long(args, ++i);
      options.count = long(args, ++i);
    } else if (storeAllowed && args.is(i, 'store') && left >= 1) {
      options.store = ++i;
    } else if (args.is(i, 'by') && left >= 1) {
      options.by = args.binary(++i);
      options.unsorted ||= !options.by.includes('*');
      if (options.by.includes('*')) {
        if (clustered) throw errors.sortInCluster('BY');
        if (!mayReadEveryKey) throw errors.sortWithoutPermission('BY');
      }
    } else if (args.is(i, 'get') && left >= 1) {
      if (clustered) throw errors.sortInCluster('GET');
      if (!mayReadEveryKey) throw errors.sortWithoutPermission('GET');
      options.gets.push(args.binary(++i));
    } else {
      throw errors.syntax();
    }
  }
  return options;
}

/** The elements in order, cut to LIMIT. */
function sorted({ args, db, inScript }: Call, options: SortOptions): Binary[] {
  const entry = db.find(args, 1);
  const source = entry === 0 ? undefined : sortable(db.collection(entry));
  const elements = source === undefined ? [] : elementsOf(source);
  let ordered = elements;
  if (options.unsorted && (options.store !== 0 || inScript) && source?.kind === 'set') {
    // A set has no order of its own, but what is stored must be the same on every replica.
    ordered = inOrder(db, elements, { ...options, alpha: true, by: undefined });
  } else if (!options.unsorted) {
    ordered = inOrder(db, elements, options);
  } else if (options.descending && source?.kind !== 'set') {
    ordered = elements.reverse();
  }
  const start = Math.max(0, options.start);
  return ordered.slice(start, options.count < 0 ? undefined : start + options.count);
}

type Sortable = Exclude<Collection, { readonly kind: 'hash' | 'stream' }>;

function sortable(collection: Collection | undefined): Sortable {
  if (collection?.kind === 'list' || collection?.kind === 'set' || collection?.kind === 'sorted-set')
    return collection;
  throw errors.wrongType();
}

function elementsOf(source: Sortable): Binary[] {
  const elements: Binary[] = [];
  if (source.kind === 'set') return [...source.values()];
  if (source.kind === 'list') source.each(0, source.size, (element) => elements.push(element));
  else source.each(0, source.size, false, (member) => elements.push(member));
  return elements;
}

function inOrder(db: Keyspace, elements: readonly Binary[], options: SortOptions): Binary[] {
  const { alpha, by, descending } = options;
  const weights = elements.map((element) => (by === undefined ? element : lookUp(db, by, element)));
  const order = elements.map((_, i) => i);
  if (alpha) {
    order.sort((i, j) => compare(weights[i], weights[j]));
  } else {
    const scores = weights.map(scoreOf);
    // Equal scores: by the elements, so that the order never depends on chance.
    order.sort((i, j) => scores[i] - scores[j] || compare(elements[i], elements[j]));
  }
  const ordered = order.map((i) => elements[i]);
  return descending ? ordered.reverse() : ordered;
}

/** Byte order; what is missing comes first. */
function compare(a: Binary | undefined, b: Binary | undefined): number {
  if (a === b) return 0;
  if (a === undefined) return -1;
  return b !== undefined && a > b ? 1 : b === undefined ? 1 : -1;
}

/** As strtod reads it, blanks in front allowed; nothing at all counts as 0. */
function scoreOf(weight: Binary | undefined): number {
  const text = weight?.trimStart() ?? '';
  const score = text === '' ? 0 : parseDouble(text);
  if (score === undefined) throw errors.sortNotNumbers();
  return score;
}

/**
 * What `pattern` says of an element: `#` is the element itself, `weight_*` the string at the key with `*` replaced,
 * `object_*->field` a field of the hash there. Undefined when there is no such thing.
 */
function lookUp(db: Keyspace, pattern: Binary, element: Binary): Binary | undefined {
  if (pattern === '#') return element;
  const star = pattern.indexOf('*');
  if (star < 0) return undefined;
  const arrow = pattern.indexOf('->', star + 1);
  const dereferences = arrow >= 0 && arrow + 2 < pattern.length;
  const behind = pattern.slice(star + 1, dereferences ? arrow : undefined);
  const entry = db.findKey(bytesOf(pattern.slice(0, star) + element + behind));
  if (entry === 0) return undefined;
  const collection = db.collection(entry);
  if (dereferences) return fieldOf(db, collection, pattern.slice(arrow + 2));
  return collection === undefined ? binaryOf(db.stringBytes(entry)) : undefined;
}

/** Undefined, too, when the field's time is up. */
function fieldOf(db: Keyspace, value: Collection | undefined, field: Binary): Binary | undefined {
  return value?.kind === 'hash' && !db.fieldIsExpired(value, field) ? value.get(field) : undefined;
}

/** The elements, or what each GET says of them. */
function results(db: Keyspace, elements: readonly Binary[], { gets }: SortOptions): (Binary | undefined)[] {
  if (gets.length === 0) return [...elements];
  return elements.flatMap((element) => gets.map((pattern) => lookUp(db, pattern, element)));
}

function replyElements({ db, reply }: Call, elements: readonly Binary[], options: SortOptions): void {
  const all = results(db, elements, options);
  reply.array(all.length);
  for (const value of all) {
    if (value === undefined) reply.null();
    else reply.binary(value);
  }
}

function storeElements(call: Call, elements: readonly Binary[], options: SortOptions): void {
  const { args, db, reply } = call;
  const all = results(db, elements, options);
  const target = options.store;
  if (all.length > 0) {
    const list = new ListValue(db.limits);
    list.expect(
      all.length,
      all.reduce((bytes, value) => bytes + (value?.length ?? 0), 0),
    );
    for (const value of all) list.pushTail(value ?? '');
    db.put(args, target, list);
    call.changed(target, 'sortstore', all.length);
  } else if (db.remove(args, target)) {
    call.changed(target, 'del');
  }
  reply.integer(all.length);
}
