/** Places within a circle or a box: GEOSEARCH, GEOSEARCHSTORE and the older GEORADIUS family. */
import type { Binary } from '../bytes.ts';
import { errors, type ReplyError } from '../errors.ts';
import { type Area, coveringCells, distanceWithin } from '../geo-area.ts';
import { type Position, positionOf, scoresOf } from '../geohash.ts';
import type { Args } from '../resp/args.ts';
import { SortedSetValue } from '../store/sorted-set-value.ts';
import { longFrom } from './arguments.ts';
import { type Call, type Command, command, DENYOOM, READONLY, WRITE } from './command.ts';
import { positionAt, replyCoordinate, replyDistance, unitAt } from './geo.ts';
import { type KeySpec, keyAt } from './key-spec.ts';

const READ = keyAt(1, 'RO access');
const STORED: readonly KeySpec[] = [...keyAt(1, 'OW update'), ...keyAt(2, 'RO access')];

/** The key behind STORE or STOREDIST, wherever that is from argument `from` on. */
function storedBehind(from: number): readonly KeySpec[] {
  const behind = (keyword: string): KeySpec => ({
    at: 'keyword',
    keyword,
    from,
    last: 0,
    step: 1,
    limit: 0,
    flags: 'OW update',
  });
  return [...READ, behind('STORE'), behind('STOREDIST')];
}

export const geoSearches: readonly Command[] = [
  // name, arity, flags, keys, handler
  command('geosearch', -7, READONLY, READ, (call) => search(call, { of: 'search', key: 1 })),
  command('geosearchstore', -8, WRITE | DENYOOM, STORED, (call) =>
    search(call, { of: 'searchstore', key: 2 }),
  ),
  command('georadius', -6, WRITE | DENYOOM, storedBehind(6), (call) =>
    search(call, { of: 'radius', key: 1, mayStore: true }),
  ),
  command('georadiusbymember', -5, WRITE | DENYOOM, storedBehind(5), (call) =>
    search(call, { of: 'radiusbymember', key: 1, mayStore: true }),
  ),
  command('georadius_ro', -6, READONLY, READ, (call) => search(call, { of: 'radius', key: 1 })),
  command('georadiusbymember_ro', -5, READONLY, READ, (call) =>
    search(call, { of: 'radiusbymember', key: 1 }),
  ),
];

/** Which of the commands it is. */
interface Variant {
  readonly of: 'search' | 'searchstore' | 'radius' | 'radiusbymember';
  /** Argument of the key searched. */
  readonly key: number;
  /** STORE and STOREDIST are allowed. */
  readonly mayStore?: boolean;
}

/** What the arguments have said so far. */
interface Request {
  centre: Position | undefined;
  /** FROMMEMBER or FROMLONLAT was given (the member's place is unknown while there is no set). */
  from: 'member' | 'position' | undefined;
  /** In units. */
  shape: { readonly radius: number } | { readonly width: number; readonly height: number } | undefined;
  /** Metres. */
  unit: number;
  withDistance: boolean;
  withHash: boolean;
  withPosition: boolean;
  order: 'nearest' | 'farthest' | undefined;
  /** 0: all. */
  count: number;
  /** As soon as enough are found, whichever. */
  any: boolean;
  /** Argument of the key to store in. */
  store: number | undefined;
  /** Distances are stored for scores. */
  storeDistance: boolean;
}

interface Found {
  readonly member: Binary;
  readonly score: number;
  readonly position: Position;
  /** In units. */
  readonly distance: number;
}

function search(call: Call, variant: Variant): void {
  const set = call.db.sortedSet(call.args, variant.key);
  const request = readRequest(call.args, variant, set);
  if (request.store === undefined) {
    replyPlaces(call, request, set === undefined ? [] : placesFound(set, request));
    return;
  }
  storePlaces(call, variant, request, set === undefined ? [] : placesFound(set, request));
}

function readRequest(args: Args, variant: Variant, set: SortedSetValue | undefined): Request {
  const request: Request = {
    centre: undefined,
    from: undefined,
    shape: undefined,
    unit: 1,
    withDistance: false,
    withHash: false,
    withPosition: false,
    order: undefined,
    count: 0,
    any: false,
    store: variant.of === 'searchstore' ? 1 : undefined,
    storeDistance: false,
  };
  for (let i = readFixed(args, variant, set, request); i < args.count; ) {
    const taken =
      readCommon(args, i, request) ||
      (variant.of.startsWith('search')
        ? readSearch(args, i, variant, set, request)
        : readStore(args, i, variant, request));
    if (taken === 0) throw errors.syntax();
    i += taken;
  }
  const refusal = refusalOf(args, variant, request);
  if (refusal !== undefined) throw refusal;
  return request;
}

/** What GEORADIUS and GEORADIUSBYMEMBER have at fixed places. Returns where the options begin. */
function readFixed(args: Args, { of }: Variant, set: SortedSetValue | undefined, request: Request): number {
  if (of === 'search') return 2;
  if (of === 'searchstore') return 3;
  if (of === 'radius') {
    request.centre = positionAt(args, 2);
    readRadius(args, 4, request);
    return 6;
  }
  if (set !== undefined) {
    request.centre = memberPosition(args, 2, set);
    readRadius(args, 3, request);
  }
  return 5;
}

function memberPosition(args: Args, i: number, set: SortedSetValue): Position {
  const score = set.score(args.binary(i));
  if (score === undefined) throw errors.noSuchPlace();
  return positionOf(score);
}

function readRadius(args: Args, i: number, request: Request): void {
  const radius = lengthAt(args, i, () => errors.notNumeric('radius'));
  if (radius < 0) throw errors.radiusNegative();
  request.shape = { radius };
  request.unit = unitAt(args, i + 1);
}

function readBox(args: Args, i: number, request: Request): void {
  const width = lengthAt(args, i, () => errors.notNumeric('width'));
  const height = lengthAt(args, i + 1, () => errors.notNumeric('height'));
  if (width < 0 || height < 0) throw errors.boxNegative();
  request.shape = { width, height };
  request.unit = unitAt(args, i + 2);
}

function lengthAt(args: Args, i: number, error: () => ReplyError): number {
  try {
    return args.float(i);
  } catch {
    throw error();
  }
}

/** Reads the option at argument i that all have; returns how many arguments it took, 0 when it is another. */
function readCommon(args: Args, i: number, request: Request): number {
  if (args.is(i, 'withdist')) request.withDistance = true;
  else if (args.is(i, 'withhash')) request.withHash = true;
  else if (args.is(i, 'withcoord')) request.withPosition = true;
  else if (args.is(i, 'any')) request.any = true;
  else if (args.is(i, 'asc')) request.order = 'nearest';
  else if (args.is(i, 'desc')) request.order = 'farthest';
  else if (args.is(i, 'count') && i + 1 < args.count) {
    request.count = longFrom(args, i + 1, Number.NEGATIVE_INFINITY, errors.notInteger);
    if (request.count <= 0) throw errors.countNotPositive();
    return 2;
  } else return 0;
  return 1;
}

/** The same for GEORADIUS … STORE key | STOREDIST key. */
function readStore(args: Args, i: number, { mayStore }: Variant, request: Request): number {
  const distance = args.is(i, 'storedist');
  if (mayStore !== true || i + 1 >= args.count || !(distance || args.is(i, 'store'))) return 0;
  request.store = i + 1;
  request.storeDistance = distance;
  return 2;
}

/** The same for GEOSEARCH and GEOSEARCHSTORE. */
function readSearch(
  args: Args,
  i: number,
  { of }: Variant,
  set: SortedSetValue | undefined,
  request: Request,
): number {
  const left = args.count - i - 1;
  if (args.is(i, 'storedist') && of === 'searchstore') {
    request.storeDistance = true;
    return 1;
  }
  if (args.is(i, 'frommember') && left >= 1 && request.from !== 'position') {
    request.from = 'member';
    if (set !== undefined) request.centre = memberPosition(args, i + 1, set);
    return 2;
  }
  if (args.is(i, 'fromlonlat') && left >= 2 && request.from !== 'member') {
    request.from = 'position';
    request.centre = positionAt(args, i + 1);
    return 3;
  }
  const { shape } = request;
  if (args.is(i, 'byradius') && left >= 2 && (shape === undefined || 'radius' in shape)) {
    readRadius(args, i + 1, request);
    return 3;
  }
  if (args.is(i, 'bybox') && left >= 3 && (shape === undefined || 'width' in shape)) {
    readBox(args, i + 1, request);
    return 4;
  }
  return 0;
}

/** What does not go together. */
function refusalOf(args: Args, { of }: Variant, request: Request): ReplyError | undefined {
  const shows = request.withDistance || request.withHash || request.withPosition;
  if (request.store !== undefined && shows) {
    return errors.storeShowsNothing(of === 'searchstore' ? 'GEOSEARCHSTORE' : 'STORE option in GEORADIUS');
  }
  if (of.startsWith('search')) {
    if (request.from === undefined) return errors.searchNeedsOne('FROMMEMBER or FROMLONLAT', args.binary(0));
    if (request.shape === undefined) return errors.searchNeedsOne('BYRADIUS and BYBOX', args.binary(0));
  }
  return request.any && request.count === 0 ? errors.anyWithoutCount() : undefined;
}

function placesFound(set: SortedSetValue, request: Request): Found[] {
  const { count, any, unit } = request;
  const area = areaOf(request);
  if (area === undefined) return [];
  const limit = any ? count : Number.POSITIVE_INFINITY;
  const found: Found[] = [];
  for (const cell of coveringCells(area)) {
    if (found.length >= limit) break;
    const scores = scoresOf(cell);
    const first = set.countByScore(scores.from, false);
    const behind = set.countByScore(scores.to, false);
    set.each(first, behind, false, (member, score) => {
      if (found.length >= limit) return;
      const position = positionOf(score);
      const distance = distanceWithin(area, position);
      if (distance !== undefined) found.push({ member, score, position, distance: distance / unit });
    });
  }
  return ordered(found, request);
}

function areaOf({ centre, shape, unit }: Request): Area | undefined {
  if (centre === undefined || shape === undefined) return undefined;
  if ('radius' in shape) return { shape: 'circle', centre, radius: shape.radius * unit };
  return { shape: 'box', centre, width: shape.width * unit, height: shape.height * unit };
}

/** A count without an order means the nearest, unless any will do. */
function ordered(found: Found[], { order, count, any }: Request): Found[] {
  const direction = order ?? (count > 0 && !any ? 'nearest' : undefined);
  if (direction === 'nearest') found.sort((a, b) => a.distance - b.distance);
  else if (direction === 'farthest') found.sort((a, b) => b.distance - a.distance);
  return count > 0 ? found.slice(0, count) : found;
}

function replyPlaces({ reply }: Call, request: Request, found: readonly Found[]): void {
  const { withDistance, withHash, withPosition } = request;
  const details = Number(withDistance) + Number(withHash) + Number(withPosition);
  reply.array(found.length);
  for (const { member, score, position, distance } of found) {
    if (details > 0) reply.array(1 + details);
    reply.binary(member);
    if (withDistance) replyDistance(reply, distance);
    if (withHash) reply.integer(Math.trunc(score));
    if (withPosition) {
      reply.array(2);
      replyCoordinate(reply, position.longitude);
      replyCoordinate(reply, position.latitude);
    }
  }
}

/** Nothing found removes the target. */
function storePlaces(call: Call, { of }: Variant, request: Request, found: readonly Found[]): void {
  const { args, db } = call;
  const { store, storeDistance } = request;
  if (store === undefined) return;
  if (found.length > 0) {
    const result = new SortedSetValue(db.limits);
    for (const { member, score, distance } of found) result.set(member, storeDistance ? distance : score);
    db.put(args, store, result);
    call.changed(store, of === 'searchstore' ? 'geosearchstore' : 'georadiusstore', found.length);
  } else if (db.remove(args, store)) {
    call.changed(store, 'del');
  }
  call.reply.integer(found.length);
}
