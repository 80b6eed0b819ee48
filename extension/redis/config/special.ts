/** Directives with a grammar of their own. */

import { lowerAscii } from './ascii.ts';
import { type Facts, isAtLeast, type Target } from './directive.ts';
import { asInt, readDouble, readMemory, readPrefix } from './numbers.ts';
import { type Read, type Refused, refuse } from './refusal.ts';

/** Snapshot after `seconds` when at least `changes` keys changed. */
export interface SavePoint {
  readonly seconds: number;
  readonly changes: number;
}

export type ClientClass = 'normal' | 'replica' | 'pubsub';

/** Bytes of unsent replies after which a client is dropped: at once, or when above `soft` for `seconds`. */
export interface BufferLimit {
  readonly client: ClientClass;
  readonly hard: bigint;
  readonly soft: bigint;
  readonly seconds: number;
}

export type SpecialValue =
  /** `clears`: the points of earlier lines go. */
  | { readonly type: 'save'; readonly clears: boolean; readonly points: readonly SavePoint[] }
  | { readonly type: 'addresses'; readonly value: readonly string[] }
  /** undefined: `no one`. */
  | { readonly type: 'primary'; readonly value: { readonly host: string; readonly port: number } | undefined }
  /** Classes that are not named keep their limits. */
  | { readonly type: 'buffer-limits'; readonly value: readonly BufferLimit[] }
  | { readonly type: 'numbers'; readonly value: readonly number[] }
  /** Event classes in the order CONFIG GET prints them. */
  | { readonly type: 'events'; readonly value: string }
  | { readonly type: 'words'; readonly value: readonly string[] };

type Grammar = (words: readonly string[], facts: Facts, target: Target) => Read<SpecialValue>;

const GRAMMARS: ReadonlyMap<string, Grammar> = new Map<string, Grammar>([
  ['save', parseSave],
  ['bind', parseBind],
  ['replicaof', parsePrimary],
  ['slaveof', parsePrimary],
  ['client-output-buffer-limit', parseBufferLimits],
  ['oom-score-adj-values', parseOomScores],
  ['latency-tracking-info-percentiles', parsePercentiles],
  ['notify-keyspace-events', parseEvents],
]);

/** Words of directives without an own grammar here (include, user, …) stay words: the loader acts on them. */
export function parseSpecial(facts: Facts, words: readonly string[], target: Target): Read<SpecialValue> {
  const grammar = GRAMMARS.get(facts.names[0] ?? '');
  return grammar ? grammar(words, facts, target) : { ok: true, value: { type: 'words', value: words } };
}

export function formatSpecial(value: SpecialValue): string {
  switch (value.type) {
    case 'save':
      return value.points.map(({ seconds, changes }) => `${seconds} ${changes}`).join(' ');
    case 'primary':
      return value.value ? `${value.value.host} ${value.value.port}` : '';
    case 'buffer-limits':
      return value.value.map(formatBufferLimit).join(' ');
    case 'numbers':
      return value.value.map(formatNumber).join(' ');
    case 'events':
      return value.value;
    default:
      return value.value.join(' ');
  }
}

/** CONFIG GET still says `slave`. */
function formatBufferLimit({ client, hard, soft, seconds }: BufferLimit): string {
  return `${client === 'replica' ? 'slave' : client} ${hard} ${soft} ${seconds}`;
}

/** Six decimals without trailing zeros, as `%f` cut short. */
function formatNumber(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(6).replace(/\.?0+$/, '');
}

function parseSave(words: readonly string[], _facts: Facts, target: Target): Read<SpecialValue> {
  const clears = words.length === 1 && words[0] === '';
  if (clears) return { ok: true, value: { type: 'save', clears, points: [] } };
  const strict = isAtLeast(target, '7.0');
  // Before 7.0 a line of any other length was silently skipped.
  if (!strict && words.length !== 2) return { ok: true, value: { type: 'save', clears, points: [] } };
  if (words.length % 2 !== 0) return refuse('invalid-save-points', 'Invalid save parameters');
  const points: SavePoint[] = [];
  for (let at = 0; at < words.length; at += 2) {
    const seconds = readPrefix(words[at] ?? '');
    const changes = readPrefix(words[at + 1] ?? '');
    const secondsFit = (seconds.whole || !strict) && seconds.value >= 1n;
    const changesFit = (changes.whole || !strict) && changes.value >= 0n;
    if (!secondsFit || !changesFit) {
      return refuse('invalid-save-points', 'Invalid save parameters', secondsFit ? at + 1 : at);
    }
    points.push({ seconds: Number(seconds.value), changes: asInt(changes.value) });
  }
  return { ok: true, value: { type: 'save', clears, points } };
}

const MAX_ADDRESSES = 16;

function parseBind(words: readonly string[]): Read<SpecialValue> {
  if (words.length > MAX_ADDRESSES) {
    return refuse('too-many-addresses', 'Too many bind addresses specified.', MAX_ADDRESSES);
  }
  const value = words.length === 1 && words[0] === '' ? [] : words;
  return { ok: true, value: { type: 'addresses', value } };
}

function parsePrimary(words: readonly string[], _facts: Facts, target: Target): Read<SpecialValue> {
  const [host, port] = words;
  if (host === undefined || port === undefined || words.length !== 2) {
    return refuse('wrong-arity', 'wrong number of arguments');
  }
  const strict = isAtLeast(target, '6.0');
  // Before 6.0 the file knew no `no one`: it made a replica of a host named `no`.
  if (strict && lowerAscii(host) === 'no' && lowerAscii(port) === 'one') {
    return { ok: true, value: { type: 'primary', value: undefined } };
  }
  const read = readPrefix(port);
  const number = asInt(read.value);
  if (strict && (!read.whole || number < 0 || number > 65535)) {
    return refuse('invalid-primary-port', 'Invalid master port', 1);
  }
  return { ok: true, value: { type: 'primary', value: { host, port: number } } };
}

const CLIENT_CLASSES: ReadonlyMap<string, ClientClass> = new Map([
  ['normal', 'normal'],
  ['slave', 'replica'],
  ['replica', 'replica'],
  ['pubsub', 'pubsub'],
]);

function parseBufferLimits(words: readonly string[], _facts: Facts, target: Target): Read<SpecialValue> {
  if (words.length % 4 !== 0) {
    const message = 'Wrong number of arguments in buffer limit configuration.';
    return refuse('wrong-arity', message);
  }
  const limits: BufferLimit[] = [];
  for (let at = 0; at < words.length; at += 4) {
    const limit = parseBufferLimit(words.slice(at, at + 4), isAtLeast(target, '7.0'));
    if ('ok' in limit) return { ...limit, word: at + (limit.word ?? 0) };
    limits.push(limit);
  }
  return { ok: true, value: { type: 'buffer-limits', value: limits } };
}

function parseBufferLimit(words: readonly string[], strict: boolean): BufferLimit | Refused {
  const [name = '', hardWord = '', softWord = '', secondsWord = ''] = words;
  const client = CLIENT_CLASSES.get(lowerAscii(name));
  if (client === undefined) {
    const message = strict
      ? 'Invalid client class specified in buffer limit configuration.'
      : "Unrecognized client limit class: the user specified an invalid one, or 'master' which has no buffer limits.";
    return refuse('invalid-buffer-limit', message, 0);
  }
  const hard = readMemory(hardWord);
  const soft = readMemory(softWord);
  const read = readPrefix(secondsWord);
  // Kept as an int: 2^32 seconds are none.
  const seconds = asInt(read.value);
  const badSeconds = seconds < 0 || (strict && !read.whole);
  if (badSeconds || (strict && (hard === undefined || soft === undefined))) {
    const message = strict
      ? 'Error in hard, soft or soft_seconds setting in buffer limit configuration.'
      : 'Negative number of seconds in soft limit is invalid';
    return refuse('invalid-buffer-limit', message, strict && !hard ? 1 : strict && !soft ? 2 : 3);
  }
  return { client, hard: hard?.bytes ?? 0n, soft: soft?.bytes ?? 0n, seconds };
}

function parseOomScores(words: readonly string[]): Read<SpecialValue> {
  if (words.length !== 3) return refuse('wrong-arity', 'wrong number of arguments');
  const scores = words.map((word) => readPrefix(word));
  const bad = scores.findIndex(({ value, whole }) => !whole || value < -2000n || value > 2000n);
  if (bad >= 0) {
    const message = 'Invalid oom-score-adj-values, elements must be between -2000 and 2000.';
    return refuse('invalid-oom-score', message, bad);
  }
  return { ok: true, value: { type: 'numbers', value: scores.map(({ value }) => Number(value)) } };
}

function parsePercentiles(words: readonly string[]): Read<SpecialValue> {
  if (words.length === 1 && words[0] === '') return { ok: true, value: { type: 'numbers', value: [] } };
  const percentiles: number[] = [];
  for (const [at, word] of words.entries()) {
    const value = readDouble(word);
    if (value === undefined) {
      return refuse('invalid-percentile', 'Invalid latency-tracking-info-percentiles parameters', at);
    }
    if (value > 100 || value < 0) {
      const message = 'latency-tracking-info-percentiles parameters should sit between [0.0,100.0]';
      return refuse('invalid-percentile', message, at);
    }
    percentiles.push(value);
  }
  return { ok: true, value: { type: 'numbers', value: percentiles } };
}

/** `A` stands for these, as far as the version has them: all but key misses (`m`) and new keys (`n`). */
const ALL_EVENTS = 'g$lshzxetd';

function parseEvents(words: readonly string[], facts: Facts, target: Target): Read<SpecialValue> {
  const classes = words[0] ?? '';
  const known = facts.chars ?? '';
  if ([...classes].some((char) => !known.includes(char))) {
    const listed = isAtLeast(target, '7.0') ? known : 'g$lshzxeA';
    return refuse('invalid-event-class', `Invalid event class character. Use '${listed}'.`, 0);
  }
  return { ok: true, value: { type: 'events', value: canonicalEvents(classes, known) } };
}

/** In the order and shortness of CONFIG GET. Under a full set (`A`) it does not show `n`. */
function canonicalEvents(classes: string, known: string): string {
  const all = [...ALL_EVENTS].filter((char) => known.includes(char));
  const given = new Set(classes.includes('A') ? [...classes, ...all] : classes);
  const kept = (chars: string): string => [...chars].filter((char) => given.has(char)).join('');
  const full = all.every((char) => given.has(char));
  return (full ? 'A' : kept(`${ALL_EVENTS}n`)) + kept('KEm');
}
