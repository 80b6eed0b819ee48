/** Types, ranges, units and defaults in words. */

import type { Facts, Lifetime, NameHistory, Target, Unit } from '../extension/redis/config/directive.ts';
import type { Translate } from './localize.ts';

/** `Redis 7.2`, `Valkey 8.0`. */
export function shortTarget(target: Target): string {
  return target.replace(/^r/, 'R').replace(/^v/, 'V').replace('-', ' ');
}

/** The type with its range: `a whole number from 0 to 65535`. */
export function typeSummary(facts: Facts, t: Translate): string {
  switch (facts.type) {
    case 'bool':
      return t('yes or no');
    case 'enum':
      return t('one of {0}', (facts.values ?? []).join(', '));
    case 'flags':
      return t('some of {0}', (facts.values ?? []).join(', '));
    case 'integer':
      return range(t('a whole number'), facts, t);
    case 'memory':
      return range(t('a size in bytes (units b, k, kb, m, mb, g, gb)'), facts, t);
    case 'memory-or-percent':
      return t('a size in bytes, or 0% to 100%');
    case 'octal':
      return t('a file mode in octal, 0 to 777');
    case 'string':
      return facts.ignored ? t('anything; it has no effect') : t('a text');
    case 'special':
      return specialSummary(facts, t);
  }
}

function specialSummary(facts: Facts, t: Translate): string {
  const [min, max] = facts.args;
  if (facts.chars !== undefined) return t('letters out of {0}', facts.chars);
  if (max === Infinity) {
    return facts.argsMultipleOf === undefined
      ? t('{0} or more words', min)
      : t('words in groups of {0}', facts.argsMultipleOf);
  }
  return min === max ? t('{0} words', min) : t('{0} to {1} words', min, max);
}

/** Bounds that say no more than the number's size are left out. */
function range(kind: string, facts: Facts, t: Translate): string {
  const min = facts.min;
  const max = facts.max === undefined || facts.max >= 2n ** 31n - 1n ? undefined : facts.max;
  if (min !== undefined && max !== undefined) return t('{0} from {1} to {2}', kind, String(min), String(max));
  if (min !== undefined && min > -(2n ** 31n)) return t('{0} from {1} on', kind, String(min));
  return kind;
}

/** `0 to 65535`, `0% to 100%`: what the server compares with. */
export function exactRange(facts: Facts | undefined): string {
  if (facts?.type === 'memory-or-percent') return '0% – 100%';
  const base = facts?.type === 'octal' ? 8 : 10;
  const bound = (value: bigint | undefined): string => value?.toString(base) ?? '';
  return `${bound(facts?.min)} – ${bound(facts?.max)}`;
}

export function unitText(unit: Unit, t: Translate): string {
  switch (unit) {
    case 'seconds':
      return t('seconds');
    case 'milliseconds':
      return t('milliseconds');
    case 'microseconds':
      return t('microseconds');
    case 'minutes':
      return t('minutes');
    case 'percent':
      return t('percent');
    case 'bytes':
      return t('bytes');
  }
}

/** The default as it would be written: sizes with a unit where they come out even. */
export function defaultText(facts: Facts, t: Translate): string {
  if (facts.default === undefined) return t('none');
  if (facts.default === '') return '`""`';
  const size = facts.type === 'memory' ? inUnits(BigInt(facts.default)) : undefined;
  return size === undefined ? `\`${facts.default}\`` : `\`${facts.default}\` (${size})`;
}

function inUnits(bytes: bigint): string | undefined {
  for (const [unit, size] of [
    ['gb', 1024n ** 3n],
    ['mb', 1024n ** 2n],
    ['kb', 1024n],
  ] as const) {
    if (bytes >= size && bytes % size === 0n) return `${bytes / size}${unit}`;
  }
  return undefined;
}

/** `Redis 7.0.0, Valkey 7.2.5 or earlier`. */
export function sinceText(name: NameHistory, t: Translate): string {
  const parts: string[] = [];
  if (name.redis) parts.push(`Redis ${releaseText(name.redis, t)}`);
  if (name.valkey) parts.push(`Valkey ${releaseText(name.valkey, t)}`);
  return parts.join(', ');
}

function releaseText({ since, lastIn }: Lifetime, t: Translate): string {
  const first = since.startsWith('<=') ? t('{0} or earlier', since.slice(2)) : since;
  return lastIn === undefined ? first : t('{0} to {1}', first, lastIn);
}

/** A word for a message: nobody reads a thousand characters there. */
export function clip(word: string): string {
  return word.length <= 60 ? word : `${word.slice(0, 59)}…`;
}

/** A node id as people tell nodes apart: its first eight digits. */
export function shortId(id: string): string {
  return `${id.slice(0, 8)}…`;
}
