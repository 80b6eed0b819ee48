/** Spellings of values, right and wrong, by type: what stands behind a directive, as it would be written. */
import type { DirectiveFacts } from './directive-facts.ts';

/**
 * Values the machine answers for, not the text: so many clients or databases do not fit into memory or under the limit
 * of open files, a mark on sockets needs a privilege, and the watchdog interrupts the start.
 */
const TOO_MUCH: Readonly<Record<string, number>> = {
  maxclients: 4000,
  databases: 20000,
  'io-threads': 16,
  'socket-mark-id': 0,
  'watchdog-period': 0,
};

const INTEGERS = [
  ...[
    '0',
    '1',
    '-1',
    '2',
    '10',
    '100',
    '007',
    '05',
    '00',
    '-0',
    '+5',
    '+0',
    '0x10',
    '0b1',
    '1e3',
    '1.0',
    '10.5',
  ],
  ...[
    '1_000',
    '1,000',
    '10ms',
    '10s',
    '10k',
    '5%',
    '" 10"',
    '"10 "',
    "'10'",
    '"10"',
    '"\\x31\\x30"',
    '""',
    "''",
  ],
  ...[
    '1 0',
    'yes',
    'abc',
    '1O',
    'nan',
    'inf',
    '--1',
    '- 1',
    '１０',
    '٣',
    '"1\\0"',
    '"1\\x00"',
    '"1\\n"',
    '10;',
    '10,',
  ],
  ...[
    '2147483647',
    '2147483648',
    '-2147483648',
    '-2147483649',
    '4294967295',
    '4294967296',
    '9223372036854775807',
  ],
  ...['9223372036854775808', '-9223372036854775808', '-9223372036854775809', '18446744073709551615'],
  ...['18446744073709551616', '9'.repeat(40), '65535', '65536', '10 # ten', '10 #', '10\t', '10\u00a0'],
];

const SIZES = [
  ...[
    '0',
    '1',
    '100',
    '100b',
    '100B',
    '100k',
    '100kb',
    '1mb',
    '1MB',
    '1Mb',
    '1mB',
    '1m',
    '1g',
    '1gb',
    '2GB',
    '1t',
    '1tb',
  ],
  ...[
    '1kib',
    '1MiB',
    '-1',
    '-1mb',
    '+1',
    '+1mb',
    '1.5gb',
    '0.5g',
    '1 gb',
    '" 1gb"',
    '"1gb "',
    '1gbb',
    '1bb',
    'k',
    'kb',
  ],
  ...[
    'b',
    'gb',
    '""',
    '0x10',
    '0x10mb',
    '010',
    '0010kb',
    '1e6',
    '1,000',
    '1_000',
    '50%',
    '100%',
    '101%',
    '0%',
    '-5%',
    '%',
  ],
  ...['05%', '1.5%', '10 %', '100%%', '18446744073709551615', '18446744073709551616', '9223372036854775807'],
  ...[
    '9223372036854775808',
    '17179869184gb',
    '8589934592gb',
    '17179869183gb',
    '9'.repeat(127),
    '9'.repeat(128),
  ],
  ...[
    '0'.repeat(127),
    `${'0'.repeat(126)}1`,
    'yes',
    'unlimited',
    '1mb # one',
    '"1mb"',
    "'1mb'",
    '１mb',
    '1м',
    '4294967296',
  ],
];

const YES_OR_NO = [
  ...[
    'yes',
    'no',
    'YES',
    'No',
    'yEs',
    '"yes"',
    "'no'",
    '"y\\x65s"',
    'true',
    'false',
    'TRUE',
    '1',
    '0',
    'on',
    'off',
    '""',
  ],
  ...[
    'yes,',
    'yes;',
    'ye',
    'yess',
    'y',
    'n',
    'yes no',
    'yes # on',
    'no#',
    '是',
    '"yes "',
    '" yes"',
    'y\\x65s',
    'no\u00a0',
  ],
  ...['"no\\n"', '"no\\0"', '"no\\x00more"', '=yes', '= yes', 'enabled', 'none', 'yes\t', 'ｙes', 'yeſ'],
];

const MODES = [
  ...[
    '700',
    '0700',
    '0',
    '777',
    '0777',
    '778',
    '1000',
    '1777',
    '0o700',
    '0x1c0',
    '-1',
    '+700',
    '""',
    'rwx',
    '7 0 0',
    '00007',
  ],
  ...['7.0', '"700"', '" 700"', '"700 "', '8', '9', '700x', '-0', '7'.repeat(30), '755 # mode'],
];

const TEXTS = [
  ...[
    'value',
    '"two words"',
    'two words',
    '""',
    "''",
    "'single'",
    'it\\"s',
    '"it\'s"',
    "'it\\'s'",
    'a#b',
    '#',
    'x # comment',
  ],
  ...[
    '/some/where/file',
    'some/file',
    './file',
    '..',
    '.',
    'C:\\dir\\file',
    'back\\slash',
    '"back\\\\slash"',
    '"tab\\there"',
  ],
  ...[
    '数据',
    '"数 据"',
    'ümlaut',
    '"\\xff\\xfe"',
    '"\\x4"',
    '"\\xzz"',
    '"\\q"',
    '"\\\\"',
    '"\\"',
    "'\\'",
    '"open',
    "'open",
  ],
  ...[
    'open"',
    'mid"dle',
    '"a"b',
    "'a'b",
    '"a""b"',
    '"a" "b"',
    '“quoted”',
    '‘quoted’',
    '$HOME/x',
    `$\{HOME}`,
    '%d',
    '~',
    '*',
  ],
  ...[
    'x'.repeat(255),
    'x'.repeat(256),
    'x'.repeat(600),
    `"${'y '.repeat(300)}"`,
    'a.b.c',
    'a_b',
    'a:b',
    'a-b',
    '-x',
    '--x',
  ],
  ...[
    'a=b',
    '=b',
    '<placeholder>',
    '{title}',
    '\\',
    'x \\',
    'x\\',
    'a\u00a0b',
    'a\u3000b',
    'a\u000bb',
    '\u000ba',
    'a\u000c b',
  ],
];

const CHECKED: Readonly<Record<string, readonly string[]>> = {
  'hostname-charset-max255': [
    'redis-1.example.com',
    'redis_1',
    'REDIS',
    'a:1',
    '-',
    '.',
    'a b',
    '"a b"',
    'ホスト',
    '10.0.0.1',
  ],
  'title-template': [
    ...[
      '{title}',
      '{title} {listen-addr}',
      '"{title} {listen-addr} {server-mode}"',
      '{port}',
      '{nope}',
      '{',
      '}',
      '{{',
      '{{}',
    ],
    ...[
      '{Title}',
      '{ title }',
      '"{server-mode}"',
      '{config-file}',
      '{unixsocket}',
      '{tls-port}x',
      '{}',
      '{title',
      'plain',
      '" "',
    ],
  ],
};

function bounds(facts: DirectiveFacts): string[] {
  return [facts.min, facts.max, facts.default].flatMap((bound) => {
    if (bound === null || bound === undefined || !/^-?\d+$/.test(String(bound))) return [];
    const value = BigInt(bound);
    return [value - 1n, value, value + 1n].map(String);
  });
}

/** Whatever dress the number is in. */
export function isBearable({ names: [name = ''] }: DirectiveFacts, value: string): boolean {
  const most = TOO_MUCH[name];
  return most === undefined || !(Math.abs(Number(value.replace(/\D/g, ''))) > most);
}

/** Every spelling tried for a directive. A plain value comes often, so that files with several lines start at times. */
export function valuesFor(facts: DirectiveFacts): readonly string[] {
  return candidates(facts).filter((value) => isBearable(facts, value));
}

function candidates(facts: DirectiveFacts): readonly string[] {
  switch (facts.type) {
    case 'bool':
      return YES_OR_NO;
    case 'integer':
      return [...bounds(facts), ...INTEGERS];
    case 'memory':
    case 'memory-or-percent':
      return [...bounds(facts), ...SIZES];
    case 'octal':
      return MODES;
    case 'enum':
    case 'flags':
      return words(facts.values ?? []);
    default:
      return [...(CHECKED[facts.check ?? ''] ?? []), ...TEXTS];
  }
}

function words(values: readonly string[]): string[] {
  const [first = '', second = ''] = values;
  const spelled = values.flatMap((word) => [
    word,
    word.toUpperCase(),
    `"${word}"`,
    word.slice(0, -1),
    `${word}s`,
  ]);
  const more = [
    '',
    '""',
    'none',
    'yes',
    'no',
    '0',
    '1',
    `${first},${second}`,
    `${first}|${second}`,
    `${first} #`,
  ];
  return [
    ...spelled,
    ...more,
    ...values.map((word) => `${first} ${word}`),
    `"${first} ${second}"`,
    ` ${first} `,
  ];
}
