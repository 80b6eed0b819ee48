/** What goes wrong with a text: each mutation takes the lines of a file, and gives others. */
import type { SeededRandom } from '../../redis/seeded-random.ts';

export type Mutation = (lines: readonly string[], random: SeededRandom) => string[];

/** A line that is not the one that says `port`: without it servers would meet on the default port. */
function somewhere(lines: readonly string[], random: SeededRandom): number {
  const free = lines.flatMap((line, at) => (/^\s*port\s+\d+\s*$/.test(line) ? [] : [at]));
  return random.pick(free.length > 0 ? free : [0]);
}

/** The same, and no comment or blank line if there is a choice. */
function directiveLine(lines: readonly string[], random: SeededRandom): number {
  const free = lines.flatMap((line, at) => (/^\s*(?:$|#|port\s+\d+\s*$)/.test(line) ? [] : [at]));
  return free.length > 0 ? random.pick(free) : somewhere(lines, random);
}

function changed(lines: readonly string[], at: number, ...texts: readonly string[]): string[] {
  return [...lines.slice(0, at), ...texts, ...lines.slice(at + 1)];
}

const on =
  (change: (line: string, random: SeededRandom) => string | readonly string[]): Mutation =>
  (lines, random) => {
    const at = directiveLine(lines, random);
    const result = change(lines[at] ?? '', random);
    return changed(lines, at, ...(typeof result === 'string' ? [result] : result));
  };

/** `before` and `after` around a place inside of a line. */
function split(line: string, random: SeededRandom): [string, string] {
  const at = random.below(line.length + 1);
  return [line.slice(0, at), line.slice(at)];
}

const inserted = (text: string): Mutation =>
  on((line, random) => {
    const [before, after] = split(line, random);
    return before + text + after;
  });

const words = (line: string): string[] => line.trim().split(/\s+/);

const MUTATIONS: Readonly<Record<string, Mutation>> = {
  none: (lines) => [...lines],
  'trailing comment': on((line) => `${line} # why`),
  'trailing comment without blank': on((line) => `${line}#why`),
  'trailing hash': on((line) => `${line} #`),
  'slash comment': on((line) => `// ${line}`),
  'semicolon comment': on((line) => `; ${line}`),
  'semicolon at end': on((line) => `${line};`),
  'commented out': on((line) => `#${line}`),
  'indented comment': on((line) => ` \t# ${line}`),
  'crlf everywhere': (lines) => lines.map((line) => `${line}\r`),
  'crlf on one line': on((line) => `${line}\r`),
  'bare cr between': on((line) => `${line}\rtimeout 10`),
  'leading blanks': on((line) => ` \t ${line}`),
  'trailing blanks': on((line) => `${line} \t `),
  'tabs for blanks': on((line) => line.replaceAll(' ', '\t')),
  'vertical tab': inserted('\u000b'),
  'form feed': inserted('\u000c'),
  'no-break space': inserted('\u00a0'),
  'ideographic space': inserted('\u3000'),
  'zero width space': inserted('\u200b'),
  nul: inserted('\0'),
  'byte order mark': (lines) => changed(lines, 0, `\ufeff${lines[0] ?? ''}`),
  'no last line end': (lines) => (lines.at(-1) === '' ? lines.slice(0, -1) : [...lines]),
  'blank lines': on((line) => ['', '   ', line, '\t', '\r']),
  'duplicate line': (lines, random) => {
    const line = lines[directiveLine(lines, random)] ?? '';
    const at = random.below(lines.length);
    return [...lines.slice(0, at), line, ...lines.slice(at)];
  },
  'line gone': (lines, random) => changed(lines, somewhere(lines, random)),
  'lines swapped': (lines, random) => {
    const a = somewhere(lines, random);
    const b = somewhere(lines, random);
    return lines.map((line, at) => (at === a ? (lines[b] ?? '') : at === b ? (lines[a] ?? '') : line));
  },
  'lines joined': (lines, random) => {
    const at = directiveLine(lines, random);
    const next = /^\s*port\s/.test(lines[at + 1] ?? '') ? 'timeout 10' : (lines[at + 1] ?? '');
    const joined = `${lines[at]} ${next}`;
    return next === 'timeout 10'
      ? changed(lines, at, joined)
      : [...lines.slice(0, at), joined, ...lines.slice(at + 2)];
  },
  'line broken': on((line, random) => split(line, random)),
  'line continued': on((line) => [`${words(line)[0]} \\`, `  ${words(line).slice(1).join(' ')}`]),
  'trailing backslash': on((line) => `${line}\\`),
  'letter gone': on((line, random) => {
    const [before, after] = split(line, random);
    return before + after.slice(1);
  }),
  'letter doubled': on((line, random) => {
    const [before, after] = split(line, random);
    return before + after.slice(0, 1) + after;
  }),
  'letters swapped': on((line, random) => {
    const [before, after] = split(line, random);
    return before + after.slice(1, 2) + after.slice(0, 1) + after.slice(2);
  }),
  'other letter': on((line, random) => {
    const [before, after] = split(line, random);
    return before + random.pick([...'abcxyz019_-.:=%"\'\\/#$@ \t']) + after.slice(1);
  }),
  'quote inserted': inserted('"'),
  'apostrophe inserted': inserted("'"),
  'backslash inserted': inserted('\\'),
  'upper case': on((line) => line.toUpperCase()),
  'mixed case name': on((line) =>
    line.replace(/^\s*\S+/, (name) => [...name].map((c, at) => (at % 2 ? c : c.toUpperCase())).join('')),
  ),
  'name quoted': on((line) => line.replace(/^(\s*)(\S+)/, '$1"$2"')),
  'name in apostrophes': on((line) => line.replace(/^(\s*)(\S+)/, "$1'$2'")),
  'name with quote inside': on((line) => line.replace(/^(\s*\S)(\S+)/, '$1"$2"')),
  'values quoted apart': on((line) =>
    [
      words(line)[0],
      ...words(line)
        .slice(1)
        .map((word) => `"${word}"`),
    ].join(' '),
  ),
  'values quoted together': on((line) => `${words(line)[0]} "${words(line).slice(1).join(' ')}"`),
  'quote glued to the next word': on((line) => line.replace(/\s+(\S+)$/, ' "$1"x')),
  'hex escape in quotes': on((line) =>
    line.replace(
      /\s(\S)(\S*)$/,
      (_, first: string, rest: string) => ` "\\x${first.charCodeAt(0).toString(16).padStart(2, '0')}${rest}"`,
    ),
  ),
  'equals sign': on((line) => line.replace(/^(\s*\S+)\s+/, '$1=')),
  'spaced equals sign': on((line) => line.replace(/^(\s*\S+)\s+/, '$1 = ')),
  colon: on((line) => line.replace(/^(\s*\S+)\s+/, '$1: ')),
  underscores: on((line) => line.replace(/^\s*\S+/, (name) => name.replaceAll('-', '_'))),
  'value gone': on((line) => words(line)[0] ?? ''),
  'last word gone': on((line) => words(line).slice(0, -1).join(' ')),
  'one word more': on(
    (line, random) => `${line} ${random.pick(['yes', '0', '""', 'x', '1mb', '\\', '127.0.0.1'])}`,
  ),
  'word repeated': on((line) => `${line} ${words(line).at(-1)}`),
  'typographic quotes': on((line) => line.replace(/\s(\S+)$/, ' “$1”')),
  'full-width': on((line) => line.replace(/[0-9a-z]/, (c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0))),
  'very long line': on((line) => `${line}${' '.repeat(3000)}`),
  'very long comment': (lines) => [`# ${'x'.repeat(5000)}`, ...lines],
  'section header': (lines) => ['[redis]', ...lines],
  'markdown fence': (lines) => ['```', ...lines, '```'],
  yaml: on((line) => `- ${line}`),
  'command line option': on((line) => `--${line.trim()}`),
  'shell variable': on((line) => line.replace(/\s(\S+)$/, (_, word: string) => ` $\{VALUE:-${word}}`)),
  'diff sign': on((line) => `+${line}`),
  'utf-16': (lines) => [`\ufeff${[...lines.join('\n')].join('\0')}\0`],
  'carriage returns for line ends': (lines) => [lines.join('\r')],
  'line ends the wrong way round': (lines) => lines.map((line, at) => (at === 0 ? line : `\r${line}`)),
  'any byte': on((line, random) => {
    const [before, after] = split(line, random);
    return before + String.fromCharCode(random.below(256)) + after.slice(random.below(2));
  }),
  'part gone': on((line, random) => {
    const [before, after] = split(line, random);
    return before + after.slice(random.below(after.length + 1));
  }),
  'part doubled': on((line, random) => {
    const [before, after] = split(line, random);
    return before + after.slice(0, random.below(after.length + 1)) + after;
  }),
  'end of file gone': (lines, random) => {
    const at = directiveLine(lines, random);
    // The port stays, wherever it stood.
    const port = lines.slice(at + 1).filter((line) => /^\s*(?:tls-)?port\s/.test(line));
    return [
      ...port,
      ...lines.slice(0, at),
      (lines[at] ?? '').slice(0, random.below((lines[at] ?? '').length)),
    ];
  },
  'words swapped': on((line) => {
    const [name = '', ...values] = words(line);
    return [name, ...values.reverse()].join(' ');
  }),
  'value of another line': (lines, random) => {
    const [from, to] = [directiveLine(lines, random), directiveLine(lines, random)];
    const value = words(lines[from] ?? '')
      .slice(1)
      .join(' ');
    return changed(lines, to, `${words(lines[to] ?? '')[0]} ${value}`);
  },
  'words shuffled between quotes': on((line, random) => {
    const quote = random.pick(['"', "'"]);
    return line.replace(
      /(\S+)\s+(\S+)$/,
      (_, a: string, b: string) => `${quote}${b}${quote} ${quote}${a}${quote}`,
    );
  }),
  'all lines indented': (lines) => lines.map((line) => `  ${line}`),
  'all lines quoted': (lines) =>
    lines.map((line) => (line === '' || /^\s*#/.test(line) ? line : `"${line}"`)),
  'file twice': (lines) => [...lines, ...lines],
  'line over the edge of a read': on((line, random) => `${' '.repeat(1015 + random.below(12))}${line}`),
  'nul in a long line': on((line, random) => {
    const long = line + ' '.repeat(1010 + random.below(24) - Math.min(line.length, 1000));
    return `${long}\0${random.pick(['', 'x', ' # x', ' '.repeat(1030)])}`;
  }),
  'nul and carriage return': on((line) => `${line}\0\r`),
  'include of nothing': (lines, random) => {
    const at = random.below(lines.length);
    return [...lines.slice(0, at), 'include none-*.conf', ...lines.slice(at)];
  },
};

export interface Mutated {
  readonly made: string;
  readonly lines: readonly string[];
}

export function mutate(lines: readonly string[], random: SeededRandom, times: number): Mutated {
  const ways = Array.from({ length: times }, () => random.pick(Object.keys(MUTATIONS)));
  let changing = lines;
  for (const way of ways) changing = MUTATIONS[way]?.(changing, random) ?? changing;
  return { made: ways.join(', ') || 'as it is', lines: changing };
}
