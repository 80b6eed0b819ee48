/** What somebody meant by a value that a server refuses. */

import type { Directive, Facts, Target, Unit } from '../../extension/redis/config/directive.ts';
import { quoteArg, type Unbalanced } from '../../extension/redis/config/split-args.ts';
import { parseValue } from '../../extension/redis/config/value.ts';

/** A value that the server takes in place of `word`; undefined where nobody can tell. */
export function meantValue(
  word: string,
  { unit, kind }: Pick<Directive, 'unit' | 'kind'>,
  facts: Facts,
  target: Target,
): string | undefined {
  const candidates =
    facts.type === 'integer'
      ? [plainNumber(word), inUnit(word, unit), kind === 'port' ? undefined : nearestBound(word, facts)]
      : facts.type === 'memory' || facts.type === 'memory-or-percent'
        ? [meantSize(word), nearestBound(word, facts)]
        : facts.type === 'octal'
          ? [word.replace(/^0o/i, '')]
          : [];
  return candidates.find(
    (candidate) => candidate !== undefined && candidate !== word && parseValue(facts, [candidate], target).ok,
  );
}

/** ` 007`, `+5`, `1_000`, `1,000`, `10;`, `1.0`: the number without its dress. */
function plainNumber(word: string): string {
  const bare = word
    .trim()
    .replace(/[;,]$/, '')
    .replace(/(?<=\d)[_,](?=\d{3}(?!\d))/g, '')
    .replace(/\.0+$/, '')
    .replace(/^\+/, '');
  return bare.replace(/^(-?)0+(?=\d)/, '$1');
}

const MILLISECONDS: ReadonlyMap<string, number> = new Map([
  ['us', 0.001],
  ['ms', 1],
  ['s', 1000],
  ['sec', 1000],
  ['seconds', 1000],
  ['m', 60_000],
  ['min', 60_000],
  ['minutes', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
]);
const UNIT_MILLISECONDS: Readonly<Partial<Record<Unit, number>>> = {
  microseconds: 0.001,
  milliseconds: 1,
  seconds: 1000,
  minutes: 60_000,
};

/** `5s` where milliseconds are counted is 5000; `10k` is ten thousand of anything. */
function inUnit(word: string, unit: Unit | undefined): string | undefined {
  const [, digits = '', name = ''] = /^\s*([0-9]{1,12}(?:\.[0-9]+)?)\s*([a-zA-Z%]+)\s*$/.exec(word) ?? [];
  if (digits === '') return undefined;
  const count = Number(digits);
  if (name === '%' && unit === 'percent') return digits;
  const from = MILLISECONDS.get(name.toLowerCase());
  const to = unit && UNIT_MILLISECONDS[unit];
  const value =
    from !== undefined && to !== undefined
      ? (count * from) / to
      : count * (THOUSANDS.get(name.toLowerCase()) ?? NaN);
  return Number.isSafeInteger(value) ? String(value) : undefined;
}

const THOUSANDS: ReadonlyMap<string, number> = new Map([
  ['k', 1000],
  ['m', 1_000_000],
]);

/** Powers of 1024 that a letter stands for. */
const POWERS = ['', 'k', 'm', 'g', 't'];

/** `1.5gb`, `512MiB`, `1 gb`, `1tb`, `1,024mb`, `100 bytes`: in a unit that comes out even. */
function meantSize(word: string): string | undefined {
  const bare = word
    .trim()
    .replace(/[;,]$/, '')
    .replace(/(?<=\d),(?=\d{3}(?!\d))/g, '');
  const [, digits = '', letter = ''] =
    /^([0-9]{1,9}(?:\.[0-9]{1,6})?)\s*([kmgt]?)(?:i?b(?:ytes?)?)?$/i.exec(bare) ?? [];
  if (digits === '') return undefined;
  let power = POWERS.indexOf(letter.toLowerCase());
  let count = Number(digits);
  for (; power > 3; power--) count *= 1024;
  for (; power > 0 && !Number.isInteger(count); power--) count *= 1024;
  if (!Number.isInteger(count)) return undefined;
  return power === 0 ? String(count) : `${count}${POWERS[power]}b`;
}

function nearestBound(word: string, { min, max, type }: Facts): string | undefined {
  if (!/^-?[0-9]{1,30}$/.test(word)) return undefined;
  // Bounds that only say how large a number may be at all, and percentages, suggest nothing.
  if (max !== undefined && max < 2n ** 31n - 1n && BigInt(word) > max) return String(max);
  return min !== undefined && min > -(2n ** 31n) && type === 'integer' && BigInt(word) < min
    ? String(min)
    : undefined;
}

/** `yes;`, `"no "`: the word without what clings to it. */
export function bareWord(word: string): string {
  return word
    .trim()
    .replace(/^[=:]+|[;,.]+$/g, '')
    .trim();
}

/** The words of a line in one: a size with its unit, or a text in quotes. */
export function joinedValue(words: readonly string[], facts: Facts, target: Target): string | undefined {
  const together = words.join('');
  const sized = facts.type.startsWith('memory') ? (meantSize(together) ?? together) : undefined;
  if (sized !== undefined) return parseValue(facts, [sized], target).ok ? sized : undefined;
  const text = words.join(' ');
  return facts.type === 'string' && !facts.ignored && parseValue(facts, [text], target).ok
    ? quoteArg(text)
    : undefined;
}

/** A line whose quotes do not balance, from where the trouble starts to its end: how it may have been meant. */
export function balanced(
  line: string,
  { open, at }: Unbalanced,
): { readonly start: number; readonly text: string } | undefined {
  const written = line.trimEnd();
  const quote = written.charAt(open);
  const wordStart = Math.max(written.lastIndexOf(' ', open), written.lastIndexOf('\t', open)) + 1;
  if (at < written.length) {
    // Something clings to the closing quote.
    const rest = written.slice(at);
    if (/^[;,.]+$/.test(rest)) return { start: at, text: '' };
    return rest.startsWith('#') ? { start: at, text: ` ${rest}` } : undefined;
  }
  // An apostrophe, or a quote, inside of a word is part of it.
  if (open > wordStart) return { start: wordStart, text: quoteArg(written.slice(wordStart)) };
  return written.endsWith('\\') ? undefined : { start: written.length, text: quote };
}
