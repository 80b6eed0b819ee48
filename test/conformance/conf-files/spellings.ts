/**
 * Values put together piece by piece, where a list of spellings would end: numbers of any size in any dress, words of
 * quotes and escapes, templates, whole lines of tokens.
 */
import type { SeededRandom } from '../../redis/seeded-random.ts';
import { accessRules } from './access-rules.ts';
import type { DirectiveFacts } from './directive-facts.ts';
import { isBearable } from './values.ts';

const UNITS = [
  ...['', '', '', 'b', 'k', 'kb', 'm', 'mb', 'g', 'gb'],
  ...['t', 'tb', 'kib', 'bytes', '%', 's', 'ms', ' mb', 'K B', 'b b', 'bk', 'km', 'ｍb'],
];

/** Digits that mean something to a 64-bit, a 32-bit or a signed reader, or nothing to anybody. */
function digits(random: SeededRandom, facts: DirectiveFacts): string {
  const bounds = [facts.min, facts.max, facts.default]
    .map(String)
    .filter((bound) => /^-?\d{1,25}$/.test(bound));
  const way = random.below(bounds.length > 0 ? 4 : 3);
  if (way === 0) return String(random.below(200));
  if (way === 1) return ((1n << BigInt(random.below(67))) + BigInt(random.below(3) - 1)).toString();
  if (way === 3) return (BigInt(random.pick(bounds)) + BigInt(random.below(5) - 2)).toString();
  return Array.from({ length: 1 + random.below(22) }, () => random.below(10)).join('');
}

const DRESSES: readonly ((text: string, random: SeededRandom) => string)[] = [
  ...Array<(text: string) => string>(8).fill((text) => text),
  (text) => `-${text}`,
  (text) => `+${text}`,
  (text, random) => '0'.repeat(1 + random.below(4)) + text,
  (text) => `"${text}"`,
  (text) => `'${text}'`,
  (text) => `" ${text}"`,
  (text) => `"${text} "`,
  (text) => `"${text}\\n"`,
  (text) => `"${text}\\x00"`,
  (text) => `"\\x3${/^\d/.test(text) ? text : '1'}"`,
  (text) => `${text}.0`,
  (text) => `${text}e0`,
  (text, random) => text + random.pick([...',;:._-#\\/%$']),
  (text) => text.replace(/^(\d)(\d)/, '$1_$2'),
  (text) => text.replace(/(\d{3})$/, ',$1'),
  (text) => `0x${text}`,
  (text) => `${text} ${text}`,
  (text) => `${text}\t`,
  (text) => `${text}\u000b`,
  (text) => `\u000c${text}`,
];

function spelledNumber(facts: DirectiveFacts, random: SeededRandom): string {
  const memory = facts.type.startsWith('memory');
  const unit = memory || random.below(8) === 0 ? random.pick(UNITS) : '';
  const cased = random.below(3) === 0 ? unit.toUpperCase() : unit;
  const value = random.pick(DRESSES)(digits(random, facts) + cased, random);
  return isBearable(facts, value) ? value : spelledNumber(facts, random);
}

const PIECES = [
  ...['a', 'b', 'yes', 'no', '0', '10', 'x y', '.', '-', '_', '/', ':', ';', ',', '=', '$', '%', '*'],
  ...[
    '"',
    '"',
    "'",
    "'",
    '\\',
    '\\"',
    "\\'",
    '\\\\',
    '\\n',
    '\\t',
    '\\x41',
    '\\x4',
    '\\xg1',
    '\\x00',
    '\\x22',
  ],
  ...[
    ' ',
    ' ',
    '\t',
    '\r',
    '\u000b',
    '\u000c',
    '#',
    '{',
    '}',
    '(',
    ')',
    '“',
    '”',
    'é',
    '中',
    '\u00a0',
    '\u0001',
  ],
];

/** A piece of a line with quotes, escapes and blanks wherever they fall. */
export function tokens(random: SeededRandom, most = 7): string {
  return Array.from({ length: 1 + random.below(most) }, () => random.pick(PIECES)).join('');
}

/** The same in quotes that close, most often. */
function quotedTokens(random: SeededRandom): string {
  const quote = random.pick(['"', "'"]);
  const inside = tokens(random, 5).replaceAll(quote, random.below(6) === 0 ? quote : '');
  return quote + inside + quote + random.pick(['', '', '', ' ', '\t', '\u000b', 'x', '#', ' x', quote]);
}

const TITLE_PIECES = [
  ...['{title}', '{port}', '{listen-addr}', '{server-mode}', '{config-file}', '{unixsocket}', '{tls-port}'],
  ...['{', '}', '{{', '}}', ' ', 'x', '{Port}', '{ port}', '{nope}', '{}', '{port', 'port}'],
];

function titleTemplate(random: SeededRandom): string {
  const pieces = Array.from({ length: 1 + random.below(4) }, () => random.pick(TITLE_PIECES));
  return `"${pieces.join('')}"`;
}

/** Words of an enum or of flags, several, in any case and order. */
function spelledWords({ values = [] }: DirectiveFacts, random: SeededRandom): string {
  const one = (): string => {
    const word = random.pick([...values, random.pick(['yes', 'no', '', 'x'])]);
    const cased = random.pick([
      word,
      word,
      word.toUpperCase(),
      word.slice(0, 1).toUpperCase() + word.slice(1),
    ]);
    return cased === '' || random.below(6) === 0 ? `"${cased}"` : cased;
  };
  const count = random.pick([1, 1, 1, 2, 2, 3, 5]);
  const text = Array.from({ length: count }, one).join(random.pick([' ', ' ', ' ', '  ', ',', '|', '\t']));
  return random.below(6) === 0 ? `"${text.replaceAll('"', '')}"` : text;
}

/** Lists of numbers as save, buffer limits, scores and percentiles take them, with one word that is off at times. */
function numberList(random: SeededRandom): string {
  const word = (): string => {
    const plain = String(random.pick([0, 1, 5, 50, 60, 99, 100, 300, 900, 2000, 99.9]));
    if (random.below(5) > 0) return plain;
    return random.pick([
      ...[
        '-1',
        '+1',
        '" 1"',
        '"1 "',
        '""',
        '1k',
        '1mb',
        '1.5',
        '.5',
        '1e2',
        '0x10',
        '007',
        '1,2',
        '#',
        'x',
        '1s',
      ],
      ...[
        '2147483648',
        '4294967296',
        '-2001',
        '9223372036854775808',
        '1e400',
        '1e-5',
        'inf',
        'nan',
        '"1\\x00"',
      ],
    ]);
  };
  const list = Array.from({ length: random.below(7) }, word).join(' ');
  return random.below(5) === 0 ? `"${list.replaceAll('"', '')}"` : list;
}

const CLASSES = ['normal', 'replica', 'slave', 'pubsub', 'NORMAL', 'master', 'normal', 'replica', '"pubsub"'];
const SIZES = [
  '0',
  '0',
  '1mb',
  '256mb',
  '64MB',
  '1gb',
  '10k',
  '-1',
  '1.5mb',
  '""',
  'k',
  '1tb',
  '18446744073709551615',
];

export function bufferLimits(random: SeededRandom): string {
  const group = (): string => {
    const words = [
      random.pick(CLASSES),
      random.pick(SIZES),
      random.pick(SIZES),
      random.pick(['0', '60', '-1', '1s', '+5', '4294967295', '""', '" 5"', '60']),
    ];
    return words.slice(0, random.below(12) === 0 ? 3 : 4).join(' ');
  };
  return Array.from({ length: random.pick([1, 1, 1, 2, 3]) }, group).join(' ');
}

const ADDRESSES = [
  ...['127.0.0.1', '127.0.0.2', '::1', '*', '::*', '0.0.0.0', '::', '10.1.2.3', '192.168.1.5', '2001:db8::1'],
  ...[
    '127.1',
    '127.0.0.256',
    '0',
    '1',
    '0x7f000001',
    '0177.0.0.1',
    '127.000.000.001',
    '::ffff:10.0.0.1',
    'fe80::1',
  ],
  ...[
    '10.0.0.1/8',
    '10.0.0.1:6379',
    '[::1]',
    '10.0.0.1,',
    '::1:',
    '1::2::3',
    '12345::',
    '""',
    '-',
    'a b',
    '#',
    '01.02.03.04',
  ],
  ...[
    '2001:DB8::1',
    '2001:db8:0::1',
    '255.255.255.255',
    '224.0.0.1',
    '::127.0.0.1',
    '::ffff:7f00:1',
    '*.*.*.*',
    '127.0.0.1.',
  ],
  ...['localhost', 'ff02::1', 'FF05::2', '::1%lo', '::1%1', 'fe80::1%lo', '240.0.0.1', '::1.2.3.4'],
  ...['a..b', '.a', 'a.', `${'a'.repeat(63)}.b`, 'a'.repeat(64), 'a_b', '1.2.3', '127.0.0.1%lo'],
];

export function addresses(random: SeededRandom): string {
  const one = (): string => (random.below(4) === 0 ? '-' : '') + random.pick(ADDRESSES);
  return Array.from({ length: random.pick([1, 1, 2, 2, 3, 5]) }, one).join(' ');
}

const NAMED: Readonly<Record<string, (random: SeededRandom) => string>> = {
  save: numberList,
  'oom-score-adj-values': numberList,
  'latency-tracking-info-percentiles': numberList,
  'client-output-buffer-limit': bufferLimits,
  bind: addresses,
  'proc-title-template': titleTemplate,
  user: (random) => `a ${accessRules(random)}`,
  replicaof: (random) =>
    `${random.pick(['no', 'h', '::1', '""', tokens(random, 2)])} ${random.pick(PRIMARY_PORTS)}`,
  'notify-keyspace-events': (random) =>
    Array.from({ length: random.below(6) }, () => random.pick([...'AgKE$lshzxetdmnAcBk"'])).join(''),
};
const PRIMARY_PORTS = [
  'one',
  'ONE',
  '1',
  '0',
  '65535',
  '65536',
  '-1',
  '+7',
  '" 7"',
  '7x',
  '007',
  '""',
  '1 2',
  'x',
];

/** A value that nobody listed, as the type of the directive suggests or, at times, as it does not. */
export function madeUpValue(facts: DirectiveFacts, random: SeededRandom): string {
  if (random.below(10) === 0) return pieceOfText(random);
  const named = NAMED[facts.names[0] ?? ''];
  if (named) return named(random);
  if (facts.values) return spelledWords(facts, random);
  if (/^(?:integer|memory|octal)/.test(facts.type)) return spelledNumber(facts, random);
  if (facts.type === 'bool') return spelledWords({ ...facts, values: ['yes', 'no'] }, random);
  return pieceOfText(random);
}

export function pieceOfText(random: SeededRandom): string {
  return random.below(2) === 0 ? tokens(random) : quotedTokens(random);
}
