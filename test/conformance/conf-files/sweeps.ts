/**
 * A second maker of configuration files, which shares no list of values with the first: it goes through every directive at
 * every number of words, at every bound, in every case and quoting, damages bytes of whole files, and mixes files.
 */
import { decodeText, encodeText } from '../../../extension/redis/config/encoded-text.ts';
import { samples } from '../../language-server/samples.ts';
import { SeededRandom } from '../../redis/seeded-random.ts';
import { allNames, type DirectiveFacts, factsOfVersion } from './directive-facts.ts';
import { portsOf } from './generate.ts';
import type { GeneratedFile, Ports } from './generated-file.ts';
import { GRAMMAR_WORDS, LINES_OF_OTHERS, RULE_PIECES, WORDS } from './sweep-words.ts';
import { isBearable } from './values.ts';
import { WHOLE_FILES } from './whole-files.ts';

interface Making {
  readonly random: SeededRandom;
  readonly ports: Ports;
  readonly facts: readonly DirectiveFacts[];
  /** Conf files of others to take lines from, comments and all. */
  readonly shipped: readonly string[];
}

type Maker = (making: Making) => readonly [made: string, lines: readonly string[]];

/** File `index` of a seed. `shipped` are texts of conf files, as servers bring them along; without them none are mixed in. */
export function sweepFile(
  seed: number,
  index: number,
  version: string,
  ports = portsOf(index),
  shipped: readonly string[] = [],
): GeneratedFile {
  const random = new SeededRandom((seed * 7_368_787 + index * 2_654_435) >>> 0);
  for (let skipped = 0; skipped < 8; skipped++) random.fraction();
  const names = Object.keys(MAKERS).filter((name) => name !== 'shipped' || shipped.length > 0);
  const name = random.pick(names);
  const facts = factsOfVersion(version).filter(({ build }) => build !== 'log-req-res');
  const [made, lines] = MAKERS[name]?.({ random, ports, facts, shipped }) ?? ['', []];
  const text = withPort(lines, ports, random);
  return {
    id: `sweep ${seed}:${index}`,
    made: `${name}: ${made}`,
    text,
    beside: { 'extra.conf': 'hz 11\n' },
  };
}

/** A port of its own, in a line that no damage reaches: the last one counts. */
function withPort(lines: readonly string[], { port }: Ports, random: SeededRandom): string {
  const text = lines.join('\n');
  const hides = /\0/.test(text);
  const own = `port ${port}\n`;
  // Behind a NUL byte the next line is glued on.
  if (random.below(3) === 0 || hides) return own + text;
  return `${text}\n${own}`;
}

/** What would hide where the server is, or needs what no test should touch. */
const OF_THE_TEST: ReadonlySet<string> = new Set([
  ...[
    'port',
    'tls-port',
    'pidfile',
    'logfile',
    'syslog-enabled',
    'dir',
    'loadmodule',
    'include',
    'unixsocket',
  ],
  ...['daemonize', 'bind-source-addr', 'aclfile'],
]);

function named({ random, facts }: Making): { name: string; of: DirectiveFacts } {
  const of = random.pick(facts.filter(({ names }) => !OF_THE_TEST.has(names[0] ?? '')));
  return { name: random.pick(of.names), of };
}

function usual(facts: DirectiveFacts): string {
  const value = String(facts.default ?? facts.values?.[0] ?? '');
  return value === '' || /\s/.test(value) ? `"${value}"` : value;
}

/** Names of any version with nothing, one word, and so on up to six behind them. */
const arity: Maker = (making) => {
  const { random } = making;
  const name = random.pick(allNames);
  const count = random.below(7);
  const known = making.facts.find(({ names }) => names.includes(name));
  const own = known ? usual(known) : '1';
  const pick = (): string => (random.below(2) === 0 ? own : random.pick(WORDS));
  let words = Array.from({ length: count }, pick);
  if (OF_THE_TEST.has(name) && count === 1) words = ['""'];
  if (known && !words.every((word) => isBearable(known, word))) words = words.map(() => '1');
  return [`${name} with ${count}`, [[name, ...words].join(random.pick([' ', '  ', '\t', ' \t ']))]];
};

const UNITS = ['', '', '', 'b', 'B', 'k', 'K', 'kb', 'kB', 'm', 'mb', 'Mb', 'g', 'gb', 'GB', 't', 'pb', '%'];

/** Numbers one beside what a type, or the directive, can hold. */
const bound: Maker = (making) => {
  const { random } = making;
  const numeric = making.facts.filter(
    ({ type, names }) => /integer|memory|octal/.test(type) && !OF_THE_TEST.has(names[0] ?? ''),
  );
  const of = random.pick(numeric);
  const edges = [of.min, of.max, of.default, 0, 2n ** 31n, 2n ** 32n, 2n ** 63n, 2n ** 64n, 100, 1024, 512];
  const edge = random.pick(edges.filter((one) => /^-?\d+$/.test(String(one))));
  const number = BigInt(edge ?? 0) + BigInt(random.pick([-2, -1, -1, 0, 0, 1, 1, 2]));
  const signed = random.below(6) === 0 ? -number : number;
  const unit = of.type.startsWith('memory') || random.below(5) === 0 ? random.pick(UNITS) : '';
  const value = `${signed.toString(of.type === 'octal' && random.below(2) === 0 ? 8 : 10)}${unit}`;
  const name = random.pick(of.names);
  return [`${name} ${value}`, [isBearable(of, value) ? `${name} ${value}` : `${name} 1`]];
};

function anyCase(text: string, random: SeededRandom): string {
  return [...text].map((c) => (random.below(2) === 0 ? c.toUpperCase() : c.toLowerCase())).join('');
}

const letterCase: Maker = (making) => {
  const lines = Array.from({ length: 1 + making.random.below(6) }, () => {
    const { name, of } = named(making);
    const value = of.values ? making.random.pick(of.values) : usual(of);
    return `${anyCase(name, making.random)} ${making.random.below(3) === 0 ? value : anyCase(value, making.random)}`;
  });
  return ['any case', lines];
};

/** A directive with what belongs to another one. */
const strangers: Maker = (making) => {
  const { random } = making;
  const { name, of } = named(making);
  const other = named(making).of;
  const value = other.values ? random.pick(other.values) : usual(other);
  return [`${name} as ${other.names[0]}`, [isBearable(of, value) ? `${name} ${value}` : name]];
};

/** The same word in another dress. */
function dressed(word: string, random: SeededRandom): string {
  const bytes = [...encodeText(word)];
  const hex = (byte: string): string => `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`;
  switch (random.below(6)) {
    case 0:
      return `"${word.replace(/["\\]/g, '\\$&')}"`;
    case 1:
      return `'${word.replaceAll("'", "\\'")}'`;
    case 2:
      return `"${bytes.map((byte) => (random.below(2) === 0 ? hex(byte) : byte.replace(/["\\]/, '\\$&'))).join('')}"`;
    case 3: {
      const cut = random.below(word.length + 1);
      return /["'\\\s]/.test(word) || word === ''
        ? `"${word.replace(/["\\]/g, '\\$&')}"`
        : `${word.slice(0, cut)}"${word.slice(cut)}"`;
    }
    default:
      return word === '' || /["'\\\s]/.test(word) ? `"${word.replace(/["\\]/g, '\\$&')}"` : word;
  }
}

const BLANKS = [' ', ' ', ' ', '  ', '\t', ' \t', ' \v', '\t\f', ' \r'];

const quoting: Maker = (making) => {
  const { random } = making;
  const lines = Array.from({ length: 1 + random.below(5) }, () => {
    const { name, of } = named(making);
    const value = of.values ? random.pick(of.values) : String(of.default ?? 'x');
    const words = [name, ...(random.below(3) === 0 ? value.split(' ') : [value])];
    const end = random.pick(['', '', '', ' ', '\r', '\t\r', '\v']);
    return words.map((word) => dressed(word, random)).join(random.pick(BLANKS)) + end;
  });
  return ['in other dress', lines];
};

function wholeText(making: Making): string {
  const { random, ports, facts } = making;
  switch (random.below(3)) {
    case 0:
      return WHOLE_FILES[random.pick(Object.keys(WHOLE_FILES))]?.(ports) ?? '';
    case 1:
      return relative(random.pick(samples).text);
    default:
      return facts
        .filter(({ names }) => !OF_THE_TEST.has(names[0] ?? '') && random.below(4) === 0)
        .map((of) => `${random.pick(of.names)} ${usual(of)}`)
        .join('\n');
  }
}

/** Folders of the machine become the one that the server is started in; ports are the test's. */
function relative(text: string): string {
  return text
    .replace(/(?<=[\s"'])\/(?:[\w.-]+\/)*/g, '')
    .replace(/^(\s*(?:tls-|cluster-)?port)\s+\d+/gim, '# $1')
    .replace(/^(\s*(?:dir|logfile|pidfile|unixsocket|daemonize|syslog-enabled|loadmodule))\b/gim, '# $1');
}

const DAMAGES: readonly ((text: string, at: number, random: SeededRandom) => string)[] = [
  (text, at, random) => text.slice(0, at) + String.fromCharCode(random.below(256)) + text.slice(at),
  (text, at, random) => text.slice(0, at) + String.fromCharCode(random.below(256)) + text.slice(at + 1),
  (text, at, random) => text.slice(0, at) + random.pick([...'"\'\\# \t\n\r\0=:']) + text.slice(at),
  (text, at) => text.slice(0, at) + text.slice(at + 1),
  (text, at, random) => text.slice(0, at) + text.slice(at + random.below(60)),
  (text, at, random) => text.slice(0, at) + text.slice(at, at + random.below(60)) + text.slice(at),
  (text, at, random) => text.slice(0, at) + random.pick(WORDS) + text.slice(at),
  (text, at) => text.slice(0, at) + text.charAt(at + 1) + text.charAt(at) + text.slice(at + 2),
];

const damage: Maker = (making) => {
  const { random } = making;
  let bytes = encodeText(wholeText(making));
  const times = 1 + random.below(3);
  for (let time = 0; time < times; time++)
    bytes = random.pick(DAMAGES)(bytes, random.below(bytes.length + 1), random);
  return [`${times} damages`, decodeText(bytes).split('\n')];
};

const mixture: Maker = (making) => {
  const { random } = making;
  const lines = [wholeText(making), wholeText(making)].flatMap((text) => text.split('\n'));
  const kept = lines.filter(() => random.below(3) > 0);
  for (let at = kept.length - 1; at > 0; at--) {
    const other = random.below(at + 1);
    const [a = '', b = ''] = [kept[at], kept[other]];
    kept[at] = b;
    kept[other] = a;
  }
  return ['two files', kept];
};

/** What conf files suggest in comments, taken at its word here and there. */
const shipped: Maker = (making) => {
  const { random } = making;
  const share = random.pick([0.01, 0.03, 0.1, 0.3]);
  const known = new Set(allNames);
  const lines = relative(random.pick(making.shipped))
    .split('\n')
    .map((line) => {
      const [, inside = '', name = ''] = /^#\s?((\S+)\s.*)$/.exec(line) ?? [];
      return known.has(name) && !OF_THE_TEST.has(name) && random.fraction() < share ? inside : line;
    });
  return [`${share} of what is suggested`, lines];
};

const LENGTHS = [
  106, 107, 108, 109, 240, 241, 242, 254, 255, 256, 257, 511, 512, 513, 1022, 1023, 1024, 1025, 2047, 2049,
];

const long: Maker = (making) => {
  const { random } = making;
  const texts = making.facts.filter(
    ({ type, names }) => type === 'string' && !OF_THE_TEST.has(names[0] ?? ''),
  );
  const name = random.pick(random.pick(texts).names);
  const fill = random.pick(['a', 'a.', 'é', '\\xff', '" ', '0', '-', 'a/']);
  const length = random.pick(LENGTHS);
  const value = fill.repeat(Math.ceil(length / fill.length)).slice(0, length);
  const quoted = random.pick([value, `"${value}"`, `'${value}'`]);
  const line = random.below(3) === 0 ? `${' '.repeat(length)}${name} x` : `${name} ${quoted}`;
  const more = random.pick([[], ['hz 10'], ['hz x'], ['# "', 'timeout 1 2']]);
  return [`${name}, ${length} long`, [line, ...more]];
};

const repeated: Maker = (making) => {
  const { random } = making;
  const { name, of } = named(making);
  const value = (): string =>
    random.pick([usual(of), usual(of), ...(of.values ?? []), random.pick(WORDS), '']);
  const lines = Array.from({ length: 2 + random.below(4) }, () => {
    const written = value();
    return `${random.pick(of.names)} ${isBearable(of, written) ? written : '1'}`;
  });
  return [name, lines];
};

const soup: Maker = ({ random }) => {
  const name = random.pick(Object.keys(GRAMMAR_WORDS));
  const line = (): string => {
    const words = Array.from({ length: random.below(10) }, () => random.pick(GRAMMAR_WORDS[name] ?? []));
    return `${name} ${words.join(' ')}`;
  };
  return [name, Array.from({ length: 1 + random.below(2) }, line)];
};

const users: Maker = ({ random }) => {
  const rule = (): string => {
    const whole = Array.from({ length: 1 + random.below(3) }, () => random.pick(RULE_PIECES)).join('');
    return random.below(8) === 0 ? `"${whole.replaceAll('"', '')}"` : whole;
  };
  const line = (): string => {
    const rules = Array.from({ length: random.below(7) }, rule);
    return `user ${random.pick(['a', 'b', 'default', 'é', '"x"'])} ${rules.join(random.pick([' ', ' ', '  ', '\t']))}`;
  };
  return ['rules', Array.from({ length: 1 + random.below(3) }, line)];
};

const others: Maker = (making) => {
  const { random } = making;
  const { name, of } = named(making);
  const before = random.below(2) === 0 ? [`${name} ${usual(of)}`] : [];
  return ['lines of other programs', [...before, random.pick(LINES_OF_OTHERS)(name, usual(of))]];
};

const MAKERS: Readonly<Record<string, Maker>> = {
  arity,
  bound,
  'letter case': letterCase,
  strangers,
  quoting,
  damage,
  mixture,
  shipped,
  long,
  repeated,
  soup,
  users,
  others,
};
