/** Reads the words behind a directive into a value, with the server's own refusals, and writes values back. */

import { lowerAscii } from './ascii.ts';
import { type Facts, isAtLeast, type Target } from './directive.ts';
import { byteLength, type Encoding } from './encoded-text.ts';
import { asCType, readInteger, readMemory, readPrefix } from './numbers.ts';
import { type Read, type Refused, refuse } from './refusal.ts';
import { formatSpecial, parseSpecial, type SpecialValue } from './special.ts';
import { splitArgs } from './split-args.ts';
import { readTitleTemplate } from './title-template.ts';

export type ConfigValue =
  | { readonly type: 'bool'; readonly value: boolean }
  /** In the spelling of the table. */
  | { readonly type: 'enum'; readonly value: string }
  | { readonly type: 'flags'; readonly value: readonly string[] }
  | { readonly type: 'integer'; readonly value: bigint }
  | { readonly type: 'memory'; readonly value: bigint }
  | { readonly type: 'percent'; readonly value: bigint }
  | { readonly type: 'octal'; readonly value: bigint }
  /** undefined: unset. */
  | { readonly type: 'string'; readonly value: string | undefined }
  | SpecialValue;

export type ParsedValue = Read<ConfigValue>;

/** The value `words` (what stands behind the directive) give, where `facts` hold. */
export function parseValue(
  facts: Facts,
  words: readonly string[],
  target: Target,
  encoding: Encoding = 'bytes',
): ParsedValue {
  const wrongArity = checkArity(facts, words.length, target);
  if (wrongArity) return wrongArity;
  const args = asCStrings(facts, facts.resplit ? resplit(words, encoding) : words);
  if (facts.type === 'special') return parseSpecial(facts, args, target);
  if (facts.type === 'flags') return parseFlags(facts, args);
  const word = args[0] ?? '';
  switch (facts.type) {
    case 'bool':
      return parseBool(word);
    case 'enum':
      return parseEnum(facts, word, target);
    case 'integer':
      return parseInteger(facts, word);
    case 'memory':
    case 'memory-or-percent':
      return parseMemory(facts, word, target);
    case 'octal':
      return parseOctal(facts, word, target);
    case 'string':
      return parseText(facts, word, byteLength(word, encoding));
  }
}

const defaults = new WeakMap<Facts, { readonly value: ConfigValue | undefined }>();

/** The default as a value; undefined where a directive has none. */
export function defaultValue(facts: Facts): ConfigValue | undefined {
  let known = defaults.get(facts);
  if (known === undefined) {
    known = { value: readDefault(facts) };
    defaults.set(facts, known);
  }
  return known.value;
}

function readDefault(facts: Facts): ConfigValue | undefined {
  if (facts.default === undefined) {
    return facts.type === 'string' ? { type: 'string', value: undefined } : undefined;
  }
  const words = facts.type === 'special' ? facts.default.split(' ') : [facts.default];
  // The grammars of 7.0 read a list that older files needed several lines for.
  const read = parseValue({ ...facts, args: [0, Infinity] }, words, 'redis-7.2');
  return read.ok ? read.value : undefined;
}

/** The words CONFIG SET makes of one argument: a list is cut at every single blank, without quoting. */
export function wordsOfConfigSet(facts: Facts, text: string): string[] {
  if (facts.resplit !== true) return [text];
  return text === '' ? [] : text.split(' ');
}

/** As CONFIG GET prints it. */
export function formatValue(value: ConfigValue): string {
  switch (value.type) {
    case 'bool':
      return value.value ? 'yes' : 'no';
    case 'enum':
      return value.value;
    case 'flags':
      return value.value.join(' ');
    case 'integer':
      return value.value.toString();
    case 'memory':
      return BigInt.asUintN(64, value.value).toString();
    case 'percent':
      return `${value.value}%`;
    case 'octal':
      return value.value.toString(8);
    case 'string':
      return value.value ?? '';
    default:
      return formatSpecial(value);
  }
}

/** Directives outside the server's table in every version. */
const KEYWORDS: ReadonlySet<string> = new Set(['include', 'rename-command', 'user', 'loadmodule']);

/** Refuses a number of words. Lists count for themselves from 7.0 on. */
function checkArity(facts: Facts, count: number, target: Target): Refused | undefined {
  const [min, max] = facts.args;
  if (count >= min && count <= max) return undefined;
  const special = facts.type === 'special';
  if (facts.resplit === true) return undefined;
  const keyword = facts.ignored === true || KEYWORDS.has(facts.names[0] ?? '');
  const inTable = !keyword && isAtLeast(target, special ? '7.0' : '6.0');
  return refuse(
    'wrong-arity',
    inTable ? 'wrong number of arguments' : 'Bad directive or wrong number of arguments',
  );
}

/** A single word that is not empty is split again; where its quotes do not balance, nothing is left. */
function resplit(words: readonly string[], encoding: Encoding): readonly string[] {
  const only = words.length === 1 ? words[0] : undefined;
  return only === undefined || only === '' ? words : (splitArgs(only, encoding) ?? []);
}

/** Most words end at a NUL byte for the server; numbers and secrets are read to their full length. */
function asCStrings(facts: Facts, words: readonly string[]): readonly string[] {
  const counted = (facts.type === 'integer' && facts.ctype !== undefined) || facts.sensitive === true;
  if (counted || !words.some((word) => word.includes('\0'))) return words;
  if (facts.names[0] === 'latency-tracking-info-percentiles') return words;
  return words.map((word) => word.split('\0', 1)[0] ?? '');
}

function parseBool(word: string): ParsedValue {
  const lower = lowerAscii(word);
  if (lower !== 'yes' && lower !== 'no') return refuse('not-yes-or-no', "argument must be 'yes' or 'no'", 0);
  return { ok: true, value: { type: 'bool', value: lower === 'yes' } };
}

function parseEnum(facts: Facts, word: string, target: Target): ParsedValue {
  const value = facts.values?.find((known) => known === lowerAscii(word));
  if (value !== undefined) return { ok: true, value: { type: 'enum', value } };
  const argument = isAtLeast(target, '7.0') ? 'argument(s)' : 'argument';
  return refuse(
    'unknown-enum-value',
    `${argument} must be one of the following: ${facts.values?.join(', ')}`,
    0,
  );
}

function parseFlags(facts: Facts, words: readonly string[]): ParsedValue {
  const known = facts.values ?? [];
  const unknown = words.findIndex((word) => !known.includes(lowerAscii(word)));
  if (unknown >= 0 || words.length === 0) {
    const message = `argument(s) must be one of the following: ${known.join(', ')}`;
    return refuse('unknown-enum-value', message, Math.max(unknown, 0));
  }
  const given = new Set(words.map((word) => lowerAscii(word)));
  if (facts.check === 'no-save-with-nosave' && given.has('save') && given.has('nosave')) {
    return refuse('conflicting-flags', "shutdown options SAVE and NOSAVE can't be used simultaneously");
  }
  // The first word of the list is the empty set of flags: it only shows when alone.
  const value = known.slice(1).filter((word) => given.has(word));
  return { ok: true, value: { type: 'flags', value: value.length > 0 ? value : known.slice(0, 1) } };
}

function parseInteger(facts: Facts, word: string): ParsedValue {
  if (facts.ctype === undefined) return parseLeniently(facts, readPrefix(word).value);
  const value = readInteger(word);
  if (value === undefined) return refuse('not-an-integer', "argument couldn't be parsed into an integer", 0);
  const bound = checkBounds(facts, value);
  return bound ?? { ok: true, value: { type: 'integer', value: asCType(value, facts.ctype) } };
}

function parseMemory(facts: Facts, word: string, target: Target): ParsedValue {
  if (facts.ctype === undefined) return parseLeniently(facts, readSignedMemory(word) ?? 0n);
  // Before 7.0 sizes were signed: from 2^63 on they are negative, and a negative size is none.
  const read = isAtLeast(target, '7.0') ? readMemory(word)?.bytes : readSignedMemory(word);
  const value = read === undefined ? undefined : BigInt.asIntN(64, read);
  if (value === undefined || (value < 0n && !isAtLeast(target, '7.0'))) {
    return facts.type === 'memory-or-percent'
      ? parsePercent(facts, word)
      : refuse('not-a-memory-size', 'argument must be a memory value', 0);
  }
  // A percentage is kept as a negative number, so a size from 2^63 on is taken for one.
  if (facts.type === 'memory-or-percent' && value < 0n) return checkPercent(facts, -value);
  const bound = checkBounds(facts, value);
  return bound ?? { ok: true, value: { type: 'memory', value: asCType(value, facts.ctype) } };
}

function readSignedMemory(word: string): bigint | undefined {
  const negative = word.startsWith('-');
  const size = readMemory(negative ? word.slice(1) : word)?.bytes;
  return size === undefined ? undefined : BigInt.asIntN(64, negative ? -size : size);
}

function parsePercent(facts: Facts, word: string): ParsedValue {
  const value = word.endsWith('%') ? readInteger(word.slice(0, -1)) : undefined;
  if (value === undefined || value < 0n) {
    return refuse('not-a-memory-size', 'argument must be a memory or percent value', 0);
  }
  return checkPercent(facts, value);
}

function checkPercent(facts: Facts, value: bigint): ParsedValue {
  const most = -(facts.min ?? -100n);
  if (value > most) return refuse('out-of-range', `percentage argument must be less or equal to ${most}`, 0);
  if (value === 0n) return { ok: true, value: { type: 'memory', value } };
  return { ok: true, value: { type: 'percent', value } };
}

function parseOctal(facts: Facts, word: string, target: Target): ParsedValue {
  const read = readPrefix(word, 8);
  if (facts.ctype === undefined || !isAtLeast(target, '7.0')) {
    const fits = !read.outOfRange && read.value >= 0n && read.value <= (facts.max ?? 0n);
    if (fits) return { ok: true, value: { type: 'octal', value: read.value } };
    return refuse('out-of-range', 'Invalid socket file permissions', 0);
  }
  if (!read.whole || read.outOfRange) {
    return refuse('not-octal', "argument couldn't be parsed as an octal number", 0);
  }
  return checkBounds(facts, read.value, 8) ?? { ok: true, value: { type: 'octal', value: read.value } };
}

/** Servers before 6.0: what does not read as a number is 0, and each directive has words of its own. */
function parseLeniently(facts: Facts, value: bigint): ParsedValue {
  const low = facts.min !== undefined && value < facts.min;
  const high = facts.max !== undefined && value > facts.max;
  if (low || high) return refuse('out-of-range', `Invalid ${facts.names[0]} value`, 0);
  return { ok: true, value: { type: facts.type === 'memory' ? 'memory' : 'integer', value } };
}

function checkBounds(facts: Facts, value: bigint, base = 10): Refused | undefined {
  const min = asCType(facts.min ?? 0n, facts.ctype);
  const max = asCType(facts.max ?? 0n, facts.ctype);
  const compared = asCType(value, facts.ctype);
  if (compared >= min && compared <= max) return undefined;
  const between = `${min.toString(base)} and ${max.toString(base)}`;
  return refuse('out-of-range', `argument must be between ${between} inclusive`, 0);
}

const HOST_NAME_MAX = 256;

function parseText(facts: Facts, word: string, bytes: number): ParsedValue {
  const refused = checkText(facts, word, bytes);
  if (refused) return refused;
  return {
    ok: true,
    value: { type: 'string', value: word === '' && facts.emptyMeansUnset ? undefined : word },
  };
}

function checkText(facts: Facts, word: string, bytes: number): Refused | undefined {
  const name = facts.names[0] ?? '';
  if (facts.maxLength !== undefined && bytes > facts.maxLength) {
    return refuse('value-too-long', `Password is longer than CONFIG_AUTHPASS_MAX_LEN`, 0);
  }
  switch (facts.check) {
    case 'nonempty':
      return word === '' ? refuse('empty-value', `${name} can't be empty`, 0) : undefined;
    case 'basename-nonempty':
      return word === '' ? refuse('empty-value', `${name} can't be empty`, 0) : checkBaseName(name, word);
    case 'basename':
      return checkBaseName(name, word);
    case 'hostname-charset-max255':
      return checkHostname(word, bytes);
    case 'nodename-charset':
      if (!/[!#$%&()*+:;<>?@[\]^{|}~]/.test(word)) return undefined;
      return refuse('invalid-characters', 'Announced human node name contained invalid character', 0);
    case 'ipv4-or-empty':
      return word === '' || isIPv4(word) ? undefined : refuse('invalid-address', 'Invalid IPv4 address', 0);
    case 'ipv6-or-empty':
      return word === '' || isIPv6(word) ? undefined : refuse('invalid-address', 'Invalid IPv6 address', 0);
    case 'title-template':
      if (readTitleTemplate(word) !== undefined) return undefined;
      return refuse('invalid-title-template', 'template format is invalid or contains unknown variables', 0);
    default:
      return undefined;
  }
}

function checkBaseName(name: string, word: string): Refused | undefined {
  if (!/[/\\]/.test(word)) return undefined;
  const what = name === 'appenddirname' ? 'dirname' : 'filename';
  return refuse('not-a-base-name', `${name} can't be a path, just a ${what}`, 0);
}

function checkHostname(word: string, bytes: number): Refused | undefined {
  if (bytes >= HOST_NAME_MAX) {
    return refuse('value-too-long', `Hostnames must be less than ${HOST_NAME_MAX} characters`, 0);
  }
  if (/^[A-Za-z0-9.-]*$/.test(word)) return undefined;
  const message = 'Hostnames may only contain alphanumeric characters, hyphens or dots';
  return refuse('invalid-characters', message, 0);
}

/** inet_pton's IPv4: four decimal numbers up to 255, no leading zeros. */
export function isIPv4(text: string): boolean {
  const parts = text.split('.');
  return (
    parts.length === 4 && parts.every((part) => /^(?:0|[1-9][0-9]{0,2})$/.test(part) && Number(part) < 256)
  );
}

/** inet_pton's IPv6: eight groups, one run of zeros as `::`, the last two groups also as IPv4. */
export function isIPv6(text: string): boolean {
  const halves = text.split('::');
  if (halves.length > 2) return false;
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')));
  const last = groups.at(-1) ?? '';
  const dotted = last.includes('.');
  if (dotted && (!isIPv4(last) || text.endsWith('::'))) return false;
  const hex = dotted ? groups.slice(0, -1) : groups;
  if (!hex.every((group) => /^[0-9A-Fa-f]{1,4}$/.test(group))) return false;
  const count = hex.length + (dotted ? 2 : 0);
  return halves.length === 2 ? count < 8 : count === 8;
}
