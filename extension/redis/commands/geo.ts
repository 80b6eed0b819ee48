/** Places as sorted sets, a geohash for a score: adding, positions, distances. Searches are in geo-search.ts. */

import { bytesOf } from '../bytes.ts';
import { errors } from '../errors.ts';
import { distanceBetween } from '../geo-area.ts';
import {
  cellAt,
  exactCellNumber,
  FULL_STEPS,
  geohashText,
  MAX_LATITUDE,
  MAX_LONGITUDE,
  type Position,
  positionOf,
} from '../geohash.ts';
import { formatLongDouble, longDoubleOf } from '../long-double.ts';
import type { Args } from '../resp/args.ts';
import type { Reply } from '../resp/reply.ts';
import { type Call, type Command, command, DENYOOM, READONLY, WRITE } from './command.ts';
import { keyAt } from './key-spec.ts';
import { addMembers } from './sorted-sets.ts';

export const geo: readonly Command[] = [
  // name, arity, flags, keys, handler
  command('geoadd', -5, WRITE | DENYOOM, keyAt(1, 'RW update'), geoadd),
  command('geopos', -2, READONLY, keyAt(1, 'RO access'), geopos),
  command('geodist', -4, READONLY, keyAt(1, 'RO access'), geodist),
  command('geohash', -2, READONLY, keyAt(1, 'RO access'), geohash),
];

/** Metres in a unit, named at argument i. */
export function unitAt(args: Args, i: number): number {
  if (args.is(i, 'm')) return 1;
  if (args.is(i, 'km')) return 1000;
  if (args.is(i, 'ft')) return 0.3048;
  if (args.is(i, 'mi')) return 1609.34;
  throw errors.unknownUnit();
}

/** Longitude and latitude at arguments i and i + 1. */
export function positionAt(args: Args, i: number): Position {
  const position = { longitude: args.float(i), latitude: args.float(i + 1) };
  const inside = Math.abs(position.longitude) <= MAX_LONGITUDE && Math.abs(position.latitude) <= MAX_LATITUDE;
  if (!inside) throw errors.invalidPosition(position.longitude, position.latitude);
  return position;
}

/** GEOADD key [NX|XX] [CH] longitude latitude member [...]; replicated as the ZADD it comes to. */
function geoadd(call: Call): void {
  const { args } = call;
  const options = { nx: false, xx: false, gt: false, lt: false, ch: false, incr: false };
  let first = 2;
  for (; first < args.count; first++) {
    if (args.is(first, 'nx')) options.nx = true;
    else if (args.is(first, 'xx')) options.xx = true;
    else if (args.is(first, 'ch')) options.ch = true;
    else break;
  }
  const triples = (args.count - first) / 3;
  if (triples === 0 || !Number.isInteger(triples) || (options.nx && options.xx)) throw errors.syntax();
  const cells = [];
  for (let i = first; i < args.count; i += 3) {
    cells.push(exactCellNumber(cellAt(positionAt(args, i), FULL_STEPS)));
  }
  const members = { first: first + 2, step: 3 };
  addMembers(call, options, cells.map(Number), members);
  const words = [];
  for (let i = 2; i < first; i++) words.push(args.copy(i));
  const scored = cells.flatMap((cell, k) => [String(cell), args.copy(members.first + 3 * k)]);
  call.replicateAs('zadd', args.copy(1), ...words, ...scored);
}

/** A coordinate, printed as redis-server prints a `long double`: 17 decimals, less trailing zeros. */
export function replyCoordinate(reply: Reply, value: number): void {
  const text = formatLongDouble(longDoubleOf(value));
  if (reply.protocol === 2) reply.binary(text);
  else reply.raw(bytesOf(`,${text}\r\n`));
}

/** Four decimals: a tenth of a millimetre, or of a metre when it is kilometres. */
export function replyDistance(reply: Reply, distance: number): void {
  const scaled = BigInt(roundHalfEven(distance * 10_000));
  const digits = scaled.toString().padStart(5, '0');
  reply.binary(`${digits.slice(0, -4)}.${digits.slice(-4)}`);
}

function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** GEOPOS key [member ...] */
function geopos(call: Call): void {
  const { args, reply } = call;
  const set = call.db.sortedSet(args, 1);
  reply.array(args.count - 2);
  for (let i = 2; i < args.count; i++) {
    const score = set?.score(args.binary(i));
    if (score === undefined) {
      reply.nullArray();
      continue;
    }
    const { longitude, latitude } = positionOf(score);
    reply.array(2);
    replyCoordinate(reply, longitude);
    replyCoordinate(reply, latitude);
  }
}

/** GEODIST key member1 member2 [unit] */
function geodist(call: Call): void {
  const { args, reply } = call;
  if (args.count > 5) throw errors.syntax();
  const unit = args.count === 5 ? unitAt(args, 4) : 1;
  const set = call.db.sortedSet(args, 1);
  const from = set?.score(args.binary(2));
  const to = set?.score(args.binary(3));
  if (from === undefined || to === undefined) reply.null();
  else replyDistance(reply, distanceBetween(positionOf(from), positionOf(to)) / unit);
}

/** GEOHASH key [member ...] */
function geohash(call: Call): void {
  const { args, reply } = call;
  const set = call.db.sortedSet(args, 1);
  reply.array(args.count - 2);
  for (let i = 2; i < args.count; i++) {
    const score = set?.score(args.binary(i));
    if (score === undefined) reply.null();
    else reply.binary(geohashText(positionOf(score)));
  }
}
