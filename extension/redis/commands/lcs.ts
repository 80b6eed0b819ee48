/** LCS: the longest common subsequence of two strings, its length, or where its parts stand. */
import { type Binary, binaryOf } from '../bytes.ts';
import { errors } from '../errors.ts';
import type { Args } from '../resp/args.ts';
import { long } from './arguments.ts';
import { type Call, type Command, command, READONLY } from './command.ts';
import { keys } from './key-spec.ts';

export const lcsCommands: readonly Command[] = [
  // name, arity, flags, keys, handler
  command('lcs', -3, READONLY, keys(1, 2, 1, 'RO access'), lcs),
];

interface LcsOptions {
  len: boolean;
  idx: boolean;
  withmatchlen: boolean;
  minmatchlen: number;
}

/** Bytes first to last of a and as many of b are equal. */
interface Match {
  readonly a: readonly [first: number, last: number];
  readonly b: readonly [first: number, last: number];
  readonly length: number;
}

function lcs(call: Call): void {
  const { args, db, reply } = call;
  const a = stringAt(call, 1);
  const b = stringAt(call, 2);
  const options = lcsOptions(args);
  // A table of 4 bytes for each pair of places.
  if ((a.length + 1) * (b.length + 1) * 4 > db.maxStringBytes) throw errors.lcsTooLarge();
  const table = lengthTable(a, b);
  const length = table[table.length - 1];
  if (options.idx) {
    replyMatches(call, matches(a, b, table, length), length, options);
  } else if (options.len) {
    reply.integer(length);
  } else {
    // Matches come from the end of the strings to their start.
    const parts = matches(a, b, table, length).map(({ a: [first, last] }) => a.slice(first, last + 1));
    reply.binary(parts.reverse().join(''));
  }
}

function stringAt({ args, db }: Call, i: number): Binary {
  const entry = db.find(args, i);
  if (entry === 0) return '';
  if (db.kind(entry) !== 'string') throw errors.lcsNeedsStrings();
  return binaryOf(db.stringBytes(entry));
}

function lcsOptions(args: Args): LcsOptions {
  const options: LcsOptions = { len: false, idx: false, withmatchlen: false, minmatchlen: 0 };
  for (let i = 3; i < args.count; i++) {
    if (args.is(i, 'idx')) options.idx = true;
    else if (args.is(i, 'len')) options.len = true;
    else if (args.is(i, 'withmatchlen')) options.withmatchlen = true;
    else if (args.is(i, 'minmatchlen') && i + 1 < args.count) options.minmatchlen = long(args, ++i);
    else throw errors.syntax();
  }
  if (options.len && options.idx) throw errors.lcsLengthAndIndexes();
  return options;
}

/** Row i, column j: the length for the first i bytes of a and the first j of b. */
function lengthTable(a: Binary, b: Binary): Uint32Array {
  const width = b.length + 1;
  const table = new Uint32Array((a.length + 1) * width);
  for (let i = 1; i <= a.length; i++) {
    const byte = a.charCodeAt(i - 1);
    for (let j = 1; j <= b.length; j++) {
      const at = i * width + j;
      table[at] =
        byte === b.charCodeAt(j - 1) ? table[at - width - 1] + 1 : Math.max(table[at - width], table[at - 1]);
    }
  }
  return table;
}

/** The parts of one longest common subsequence, the last one first. */
function matches(a: Binary, b: Binary, table: Uint32Array, length: number): Match[] {
  const found: Match[] = [];
  const width = b.length + 1;
  let i = a.length;
  let j = b.length;
  for (let left = length; left > 0; ) {
    if (a.charCodeAt(i - 1) !== b.charCodeAt(j - 1)) {
      if (table[(i - 1) * width + j] > table[i * width + j - 1]) i--;
      else j--;
      continue;
    }
    const lastA = i - 1;
    const lastB = j - 1;
    while (i > 0 && j > 0 && a.charCodeAt(i - 1) === b.charCodeAt(j - 1)) {
      i--;
      j--;
      left--;
    }
    found.push({ a: [i, lastA], b: [j, lastB], length: lastA - i + 1 });
  }
  return found;
}

function replyMatches(
  { reply }: Call,
  found: readonly Match[],
  length: number,
  { minmatchlen, withmatchlen }: LcsOptions,
): void {
  const long = found.filter((match) => match.length >= minmatchlen);
  reply.map(2);
  reply.text('matches');
  reply.array(long.length);
  for (const match of long) {
    reply.array(withmatchlen ? 3 : 2);
    for (const [first, last] of [match.a, match.b]) {
      reply.array(2);
      reply.integer(first);
      reply.integer(last);
    }
    if (withmatchlen) reply.integer(match.length);
  }
  reply.text('len');
  reply.integer(length);
}
