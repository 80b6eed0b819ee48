/**
 * Makes configuration files, the same ones for the same seed: realistic whole files that went through listed mutations,
 * single directives with every kind of value, grammars, unknown names, and lines that clash. What is written here is what
 * people and slips of the keyboard write, whether or not anything of ours handles it.
 */
import { SeededRandom } from '../../redis/seeded-random.ts';
import { allNames, type DirectiveFacts, factsOfVersion } from './directive-facts.ts';
import type { GeneratedFile, Ports } from './generated-file.ts';
import { GRAMMARS, groupLines, INCLUDED, userLine } from './grammars.ts';
import { MUTATIONS } from './mutations.ts';
import { valuesFor } from './values.ts';
import { WHOLE_FILES } from './whole-files.ts';

/** Each file has a plain and a TLS port of its own within this many. */
const FIRST_PORT = 29000;
const PORTS = 180;
/** Where their bus is: with the offset of 10000 it falls into the range that clients' own ports come from. */
export const LAST_PORT = FIRST_PORT + 399;

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
  const { made, text } = MAKERS[kind](random, ports, version);
  const beside = { 'extra.conf': random.pick(INCLUDED) };
  return { id: `${seed}:${index}`, made: `${kind}: ${made}`, text, beside };
}

type Kind = 'value' | 'grammar' | 'name' | 'whole' | 'group' | 'users';
const KINDS: readonly Kind[] = [
  ...(['value', 'value', 'value', 'value', 'value', 'grammar', 'grammar', 'name'] as const),
  ...(['whole', 'whole', 'whole', 'whole', 'whole', 'group', 'group', 'users'] as const),
];

interface Made {
  readonly made: string;
  readonly text: string;
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
  whole: (random, ports) => {
    const name = random.pick(Object.keys(WHOLE_FILES));
    const ways = Array.from({ length: random.pick([1, 1, 1, 2]) }, () => random.pick(Object.keys(MUTATIONS)));
    let lines = (WHOLE_FILES[name]?.(ports) ?? '').split('\n');
    for (const way of ways) lines = MUTATIONS[way]?.(lines, random) ?? lines;
    return { made: `${name}, ${ways.join(', ')}`, text: lines.join('\n') };
  },
  group: (random, ports) => {
    const lines = groupLines((choices) => random.pick(choices), ports).split('\n');
    const way = random.below(4) === 0 ? random.pick(Object.keys(MUTATIONS)) : 'none';
    return { made: `group, ${way}`, text: withPort(random, ports, MUTATIONS[way]?.(lines, random) ?? lines) };
  },
  users: (random, ports) => {
    const lines = Array.from({ length: random.pick([1, 1, 2, 3]) }, () =>
      userLine((choices) => random.pick(choices)),
    );
    return { made: 'users', text: withPort(random, ports, lines) };
  },
};

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

export { FIRST_PORT };
