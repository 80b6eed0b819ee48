/**
 * Makes configuration files, the same ones for the same seed: realistic whole files that went through listed mutations,
 * single directives with every kind of value, grammars, unknown names, and lines that clash. What is written here is what
 * people and slips of the keyboard write, whether or not anything of ours handles it.
 */
import { samples } from '../../language-server/samples.ts';
import { SeededRandom } from '../../redis/seeded-random.ts';
import { renames, userLines } from './access-rules.ts';
import { allNames, type DirectiveFacts, factsOfVersion } from './directive-facts.ts';
import type { GeneratedFile, Ports } from './generated-file.ts';
import { GRAMMARS, INCLUDED, userLine } from './grammars.ts';
import { includingFile } from './included-files.ts';
import { groupLines } from './line-groups.ts';
import { mutate } from './mutations.ts';
import { nodeLines } from './node-lines.ts';
import { madeUpValue, pieceOfText } from './spellings.ts';
import { valuesFor } from './values.ts';
import { WHOLE_FILES } from './whole-files.ts';

/** Each file has a plain and a TLS port of its own within this many. */
const FIRST_PORT = 29000;
const PORTS = 180;

export function portsOf(index: number): Ports {
  const port = FIRST_PORT + (index % PORTS);
  return { port, tlsPort: port + PORTS };
}

/** File `index` of a seed; `version` names the column of the facts (`r7.0`). Only its ports depend on `ports`. */
export function generateFile(
  seed: number,
  index: number,
  version: string,
  ports = portsOf(index),
): GeneratedFile {
  const random = new SeededRandom(seed * 1_000_003 + index);
  // The first numbers of neighbouring seeds are alike.
  for (let skipped = 0; skipped < 8; skipped++) random.fraction();
  const kind = random.pick(KINDS);
  const {
    made,
    text,
    beside = { 'extra.conf': random.pick(INCLUDED) },
  } = MAKERS[kind](random, ports, version);
  return { id: `${seed}:${index}`, made: `${kind}: ${made}`, text, beside };
}

type Kind =
  | 'value'
  | 'made-up value'
  | 'several'
  | 'grammar'
  | 'name'
  | 'whole'
  | 'sample'
  | 'group'
  | 'node'
  | 'users'
  | 'renames'
  | 'including'
  | 'tokens';
/** A kind that is worth more files stands here more often. */
const KINDS: readonly Kind[] = [
  ...(['value', 'value', 'value', 'value', 'made-up value', 'made-up value', 'made-up value'] as const),
  ...(['several', 'several', 'grammar', 'grammar', 'name', 'whole', 'whole', 'whole', 'whole'] as const),
  ...(['sample', 'sample', 'sample', 'group', 'node', 'node', 'users', 'users', 'renames'] as const),
  ...(['including', 'tokens', 'tokens'] as const),
];

interface Made {
  readonly made: string;
  readonly text: string;
  readonly beside?: Readonly<Record<string, string>>;
}
type Maker = (random: SeededRandom, ports: Ports, version: string) => Made;

const MAKERS: Readonly<Record<Kind, Maker>> = {
  value: (random, ports, version) => {
    const facts = random.pick(factsOfVersion(version).filter(isPlain));
    const name = random.pick(facts.names);
    const line = `${name} ${random.pick(valuesFor(facts))}`;
    return { made: name, text: withPort(random, ports, [line]) };
  },
  grammar: (random, ports) => {
    const name = random.pick(Object.keys(GRAMMARS));
    const lines = Array.from(
      { length: random.pick([1, 1, 2]) },
      () => `${name} ${random.pick(GRAMMARS[name] ?? [])}`,
    );
    return { made: name, text: withPort(random, ports, lines) };
  },
  name: (random, ports, version) => {
    const facts = factsOfVersion(version).filter(isPlain);
    const name = random.pick(allNames);
    const known = facts.find(({ names }) => names.includes(name));
    const grammar = GRAMMARS[name];
    const value = grammar
      ? random.pick(grammar)
      : known
        ? random.pick(valuesFor(known))
        : random.pick(['yes', '1', '100', '', 'x', '"a b"']);
    const [way, spelled] = random.pick(SPELLINGS)(name, random);
    return { made: `${way} ${name}`, text: withPort(random, ports, [`${spelled} ${value}`]) };
  },
  'made-up value': (random, ports, version) => {
    const facts = random.pick(factsOfVersion(version).filter(({ build }) => build !== 'log-req-res'));
    const name = random.pick(facts.names);
    const plain = isPlain(facts) || MADE_UP_GRAMMARS.has(facts.names[0] ?? '');
    const line = plain ? `${name} ${madeUpValue(facts, random)}` : `${name}`;
    return { made: name, text: withPort(random, ports, [line]) };
  },
  several: (random, ports, version) => {
    const known = factsOfVersion(version).filter(isPlain);
    const lines = Array.from({ length: 2 + random.below(12) }, () => {
      const facts = random.pick(known);
      const wild = random.below(12);
      const value =
        wild === 0
          ? madeUpValue(facts, random)
          : wild === 1
            ? random.pick(valuesFor(facts))
            : plainValue(facts);
      return `${random.pick(facts.names)} ${value}`;
    });
    const way = mutate(lines, random, random.pick([0, 0, 1]));
    return { made: way.made, text: withPort(random, ports, way.lines) };
  },
  whole: (random, ports) => {
    const name = random.pick(Object.keys(WHOLE_FILES));
    const way = mutate((WHOLE_FILES[name]?.(ports) ?? '').split('\n'), random, random.pick([1, 1, 1, 2, 3]));
    return { made: `${name}, ${way.made}`, text: way.lines.join('\n') };
  },
  sample: (random, ports) => {
    const { id, text } = random.pick(samples);
    const lines = relative(text).split('\n');
    const own = lines.map((line) => line.replace(/^(\s*(?:tls-)?port\s+)\d{4,5}(?=\s*$)/, `$1${ports.port}`));
    const way = mutate(own, random, random.pick([0, 1, 1, 2]));
    return { made: `${id}, ${way.made}`, text: withPort(random, ports, way.lines) };
  },
  group: (random, ports) => {
    const lines = groupLines((choices) => random.pick(choices), ports).split('\n');
    const way = mutate(lines, random, random.pick([0, 0, 0, 1]));
    return { made: `group, ${way.made}`, text: withPort(random, ports, way.lines) };
  },
  node: (random, ports) => {
    const way = mutate(nodeLines(ports, random), random, random.pick([0, 0, 0, 0, 1]));
    return { made: way.made, text: withPort(random, ports, way.lines) };
  },
  users: (random, ports) => {
    const lines = Array.from({ length: random.pick([1, 1, 2, 3]) }, () =>
      userLine((choices) => random.pick(choices)),
    );
    const way = mutate(random.below(4) === 0 ? lines : userLines(random), random, random.pick([0, 0, 0, 1]));
    return { made: way.made, text: withPort(random, ports, way.lines) };
  },
  renames: (random, ports) => ({ made: 'rename-command', text: withPort(random, ports, renames(random)) }),
  including: (random, ports) => {
    const { lines, beside } = includingFile(random);
    return { made: 'include', text: withPort(random, ports, lines), beside };
  },
  tokens: (random, ports, version) => {
    const { names } = random.pick(factsOfVersion(version).filter(isPlain));
    const name = random.pick(['', `${random.pick(names)} `, 'requirepass ', 'masteruser ', 'masterauth ']);
    const lines = [`${name}${pieceOfText(random)}`, random.pick(['', 'timeout 10', '# "', 'timeout x'])];
    return { made: name.trim(), text: withPort(random, ports, lines) };
  },
};

/** Directives with a grammar for which values are made up as well: those that touch nothing outside of the file. */
const MADE_UP_GRAMMARS: ReadonlySet<string> = new Set([
  ...['save', 'replicaof', 'client-output-buffer-limit', 'oom-score-adj-values', 'unixsocketperm', 'bind'],
  ...['latency-tracking-info-percentiles', 'notify-keyspace-events', 'user', 'rename-command', 'supervised'],
]);

/** What is written most often: the default. */
function plainValue(facts: DirectiveFacts): string {
  const value = facts.default ?? facts.values?.[0] ?? '""';
  return value === '' ? '""' : /\s/.test(String(value)) ? `"${value}"` : String(value);
}

/** Paths of the machine become paths below the folder that the server is started in. */
function relative(text: string): string {
  return text.replace(/(?<=[\s"'])\/(?:[a-z]+\/)*/g, '');
}

/** Grammars have lists of their own; a log file or a socket would hide where the server is. */
function isPlain({ names: [name = ''], build }: DirectiveFacts): boolean {
  const ours = [
    'port',
    'tls-port',
    'cluster-port',
    'daemonize',
    'syslog-enabled',
    'pidfile',
    'bind-source-addr',
  ];
  return !(name in GRAMMARS) && !ours.includes(name) && build !== 'log-req-res';
}

/** A file that begins with its port, or ends with it; some have a line end, some have company. */
function withPort(random: SeededRandom, { port }: Ports, lines: readonly string[]): string {
  const company = random.pick([
    [],
    [],
    ['cluster-enabled yes'],
    ['', '# a node'],
    ['timeout 10', 'appendonly yes'],
  ]);
  const all = [...company, ...lines];
  const own = `port ${port}`;
  const overridden = lines.some((line) => /^\s*port\s/i.test(line));
  const whole = overridden || random.below(2) === 0 ? [own, ...all] : [...all, own];
  return whole.join('\n') + (random.below(4) === 0 ? '' : '\n');
}

type Spelling = (name: string, random: SeededRandom) => readonly [way: string, spelled: string];

const SPELLINGS: readonly Spelling[] = [
  (name) => ['as it is', name],
  (name) => ['upper case', name.toUpperCase()],
  (name) => ['quoted', `"${name}"`],
  (name) => ['half quoted', name.replace(/^(.)(.+)$/, '$1"$2"')],
  (name) => ['with underscores', name.replaceAll('-', '_')],
  (name) => ['with dots', name.replaceAll('-', '.')],
  (name) => ['run together', name.replaceAll('-', '')],
  (name) => ['plural', `${name}s`],
  (name) => ['with a dash', `-${name}`],
  (name) => ['as an option', `--${name}`],
  (name) => ['with equals sign', `${name}=`],
  (name) => ['with colon', `${name}:`],
  (name, random) => ['cut', name.slice(0, random.below(name.length))],
  (name, random) => {
    const at = random.below(name.length);
    return ['letter gone', name.slice(0, at) + name.slice(at + 1)];
  },
];
