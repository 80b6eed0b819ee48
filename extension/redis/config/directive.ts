/**
 * What is known about one configuration directive, and the notation its rows are written in.
 *
 * A row names the directive, then its facts in the order of versions. Facts hold from the first version
 * that has the name until a `from(version, …)` replaces them. Valkey 7.2 starts as a copy of Redis 7.2;
 * what Redis changed after that does not reach Valkey, so a later change of both lists both.
 */

/** The servers a configuration may be written for. `redis-8` and `valkey-8.1` are facts of pre-releases. */
export const TARGETS = [
  'redis-3.2',
  'redis-4.0',
  'redis-5.0',
  'redis-6.0',
  'redis-6.2',
  'redis-7.0',
  'redis-7.2',
  'redis-7.4',
  'redis-8',
  'valkey-7.2',
  'valkey-8.0',
  'valkey-8.1',
] as const;
export type Target = (typeof TARGETS)[number];

export function isTarget(text: string): text is Target {
  return TARGETS.some((target) => target === text);
}

export type Product = 'redis' | 'valkey';

export function productOf(target: Target): Product {
  return target.startsWith('valkey-') ? 'valkey' : 'redis';
}

/** `target` is `version` of Redis or newer. Every Valkey counts as newer than Redis 7.2 and older than 7.4. */
export function isAtLeast(target: Target, version: RedisVersion): boolean {
  const counted = productOf(target) === 'valkey' ? 'redis-7.2' : target;
  return TARGETS.indexOf(counted) >= TARGETS.indexOf(`redis-${version}`);
}

type RedisVersion = '3.2' | '4.0' | '5.0' | '6.0' | '6.2' | '7.0' | '7.2' | '7.4' | '8';
type Start = RedisVersion | 'valkey-8.0' | 'valkey-8.1';

export type ValueType =
  | 'bool'
  | 'enum'
  /** Several words of a list. */
  | 'flags'
  | 'integer'
  | 'memory'
  | 'memory-or-percent'
  | 'octal'
  | 'string'
  /** A grammar of its own, see special.ts. */
  | 'special';

/** The C type behind a number. uint, ulong, ulonglong and size_t compare unsigned: -1 is above any maximum. */
export type CType =
  | 'int'
  | 'uint'
  | 'ulong'
  | 'longlong'
  | 'ulonglong'
  | 'size_t'
  | 'ssize_t'
  | 'off_t'
  | 'time_t';

/** A rule of one directive that its type does not say. */
export type Check =
  | 'basename'
  | 'basename-nonempty'
  | 'nonempty'
  | 'hostname-charset-max255'
  | 'nodename-charset'
  | 'ipv4-or-empty'
  | 'ipv6-or-empty'
  | 'title-template'
  | 'no-save-with-nosave'
  /** `yes` is refused by builds without the patched allocator, Debian's package among them. */
  | 'needs-jemalloc-build';

/** What holds in one group of versions. */
export interface Facts {
  /** Accepted names, the server's own first. */
  readonly names: readonly string[];
  readonly type: ValueType;
  /** The words of an enum or of flags. */
  readonly values?: readonly string[];
  /** Bounds, both included. For memory-or-percent a minimum of -100 stands for 0 % to 100 %. */
  readonly min?: bigint;
  readonly max?: bigint;
  /** As CONFIG GET prints it; memory in bytes. Absent: no value. */
  readonly default?: string;
  /** Number of words after the name; a maximum of Infinity is open. */
  readonly args: readonly [min: number, max: number];
  readonly argsMultipleOf?: number;
  /** A single quoted argument is split again at blanks. */
  readonly resplit?: true;
  /** Absent on numbers: the lenient reader of servers before 6.0. */
  readonly ctype?: CType;
  /** Not settable at run time. */
  readonly restart?: true;
  readonly sensitive?: true;
  /** Not listed by CONFIG GET with a pattern. */
  readonly hidden?: true;
  /** Settable at run time only with enable-protected-configs. */
  readonly protected?: true;
  /** Accepted, does nothing. */
  readonly ignored?: true;
  readonly emptyMeansUnset?: true;
  readonly maxLength?: number;
  /** The characters a value may consist of. */
  readonly chars?: string;
  readonly check?: Check;
  /** Exists only in builds with this option. */
  readonly build?: 'tls' | 'log-req-res';
}

/** What the plain number counts. */
export type Unit = 'seconds' | 'milliseconds' | 'microseconds' | 'minutes' | 'percent' | 'bytes';

/** What a value is for an editor. */
export type Kind =
  | 'acl-rules'
  | 'address'
  | 'address-list'
  | 'basename'
  | 'buffer-classes'
  | 'command-rename'
  | 'cpulist'
  | 'event-flags'
  | 'glob-path'
  | 'group'
  | 'host-port'
  | 'hostname'
  | 'ipv4'
  | 'ipv6'
  | 'locale'
  | 'module'
  | 'nodename'
  | 'path-dir'
  | 'path-file'
  | 'percentiles'
  | 'port'
  | 'save-points'
  | 'secret'
  | 'template'
  | 'tls-versions'
  | 'username';

export interface About {
  readonly unit?: Unit;
  readonly kind?: Kind;
  /** Each line adds to those before it, instead of replacing them. */
  readonly accumulates?: true;
}

/** Releases that have a name: `since` (`<=3.0.0`: already in the oldest release looked at) to `lastIn`. */
export interface Lifetime {
  readonly since: string;
  readonly lastIn?: string;
}

export interface NameHistory {
  readonly name: string;
  readonly redis?: Lifetime;
  readonly valkey?: Lifetime;
}

export interface Directive extends About {
  /** The name of the newest Redis. */
  readonly name: string;
  /** Every name in any version, `name` first. */
  readonly history: readonly NameHistory[];
  /**
   * Undefined where the directive does not exist. Worked out when first asked for: a server needs the facts of one version
   * out of twelve, and a third of its start would go into the others'.
   */
  factsIn(target: Target): Facts | undefined;
}

export function factsFor(directive: Directive, target: Target): Facts | undefined {
  return directive.factsIn(target);
}

// --- the notation of rows -------------------------------------------------------------------------------

type FactsOfRow = Omit<Facts, 'names'>;
type More = Partial<Omit<Facts, 'names' | 'type' | 'args' | 'default'>>;

interface Change {
  readonly starts: readonly Start[];
  readonly facts: FactsOfRow;
}

export const RESTART = { restart: true } as const;
export const TLS_BUILD = { build: 'tls' } as const;
/** No bound in this direction. */
export const OPEN = undefined;
export const INT_MIN = -(2 ** 31);
export const INT_MAX = 2 ** 31 - 1;
export const UINT_MAX = 2 ** 32 - 1;
export const LONG_MAX = 2n ** 63n - 1n;
export const ULONG_MAX = 2n ** 64n - 1n;

type Bound = number | bigint | undefined;
const ONE = [1, 1] as const;

export function bool(byDefault: 'yes' | 'no', more: More = {}): FactsOfRow {
  return { type: 'bool', default: byDefault, args: ONE, ...more };
}

/** `words` separated by blanks. */
export function oneOf(words: string, byDefault: string, more: More = {}): FactsOfRow {
  return { type: 'enum', values: words.split(' '), default: byDefault, args: ONE, ...more };
}

export function someOf(words: string, byDefault: string, more: More = {}): FactsOfRow {
  return { type: 'flags', values: words.split(' '), default: byDefault, args: [1, Infinity], ...more };
}

export function integer(
  ctype: CType,
  min: Bound,
  max: Bound,
  byDefault: number,
  more: More = {},
): FactsOfRow {
  return { ...numeric('integer', min, max, byDefault), ctype, ...more };
}

export function int(min: number, max: number, byDefault: number, more: More = {}): FactsOfRow {
  return integer('int', min, max, byDefault, more);
}

export function bytes(ctype: CType, min: Bound, max: Bound, byDefault: number, more: More = {}): FactsOfRow {
  return { ...numeric('memory', min, max, byDefault), ctype, ...more };
}

/** Up to `max` bytes, or 0 % to 100 % of maxmemory. */
export function bytesOrPercent(ctype: CType, max: Bound, byDefault: number): FactsOfRow {
  return { ...numeric('memory-or-percent', -100, max, byDefault), ctype };
}

/** A number as servers before 6.0 read it: leading digits count, the rest and plain words are taken as 0. */
export function lenient(min: Bound, max: Bound, byDefault: number, more: More = {}): FactsOfRow {
  return { ...numeric('integer', min, max, byDefault), ...more };
}

export function lenientBytes(min: Bound, max: Bound, byDefault: number): FactsOfRow {
  return numeric('memory', min, max, byDefault);
}

/** 0 to 777, written in octal. */
export function fileMode(byDefault: string, more: More = {}): FactsOfRow {
  return { type: 'octal', min: 0n, max: 0o777n, default: byDefault, args: ONE, ...more };
}

export function text(byDefault: string | undefined, more: More = {}): FactsOfRow {
  return { type: 'string', ...given(byDefault), args: ONE, ...more };
}

/** A text that is absent by default, and again when set to "". */
export function optional(more: More = {}): FactsOfRow {
  return text(undefined, { emptyMeansUnset: true, ...more });
}

/** One argument of any kind, without effect. */
export function dead(): FactsOfRow {
  return text(undefined, { restart: true, ignored: true });
}

export function special(
  byDefault: string | undefined,
  args: readonly [min: number, max: number],
  more: More = {},
): FactsOfRow {
  return { type: 'special', ...given(byDefault), args, ...more };
}

/** From these versions on (until the next change of the same product) the facts are these. */
export function from(starts: Start | readonly Start[], facts: FactsOfRow): Change {
  return { starts: typeof starts === 'string' ? [starts] : starts, facts };
}

/**
 * One row. `names` lists the newest Redis' name first, each as `name@since`: `@7.0.0` in Redis and, as all
 * that Redis 7.2 has, in the oldest Valkey; `@7.4.0/8.0.0` in both from different releases; `@/8.0.0` in
 * Valkey only; `@6.0.0~6.2.16` gone afterwards; no `@`: as old as the oldest release looked at.
 */
export function directive(names: string, about: About, first: FactsOfRow, ...changes: Change[]): Directive {
  const history = names.split(' ').map(readName);
  const known: Partial<Record<Target, Facts | undefined>> = {};
  return {
    ...about,
    name: history[0]?.name ?? names,
    history,
    factsIn(target) {
      if (!(target in known)) {
        const accepted = namesAt(history, target);
        known[target] =
          accepted.length > 0 ? { names: accepted, ...factsAt(first, changes, target) } : undefined;
      }
      return known[target];
    },
  };
}

function numeric(type: ValueType, min: Bound, max: Bound, byDefault: number): FactsOfRow {
  const low = min === undefined ? {} : { min: BigInt(min) };
  const high = max === undefined ? {} : { max: BigInt(max) };
  return { type, ...low, ...high, default: String(byDefault), args: ONE };
}

function given(byDefault: string | undefined): { default?: string } {
  return byDefault === undefined ? {} : { default: byDefault };
}

const OLDEST_REDIS = '<=3.0.0';
const OLDEST_VALKEY = '<=7.2.5';

const EVER = { redis: { since: OLDEST_REDIS }, valkey: { since: OLDEST_VALKEY } } as const;

function readName(written: string): NameHistory {
  if (!written.includes('@')) return { name: written, ...EVER };
  const [name = '', releases = ''] = written.split('@');
  const [redisReleases = '', valkeySince] = releases.split('/');
  const [since = '', lastIn] = redisReleases.split('~');
  const inValkey = valkeySince ?? (lastIn === undefined && minorOf(since) <= 702 ? OLDEST_VALKEY : undefined);
  return {
    name,
    ...(since === '' ? {} : { redis: { since, ...(lastIn === undefined ? {} : { lastIn }) } }),
    ...(inValkey === undefined ? {} : { valkey: { since: inValkey } }),
  };
}

const minors = new Map<string, number>();

/** Major and minor of a release or target as one number to compare: 7.2.5 is 702. */
function minorOf(release: string): number {
  let minor = minors.get(release);
  if (minor === undefined) {
    const match = /(\d+)(?:\.(\d+))?/.exec(release);
    minor = Number(match?.[1] ?? 0) * 100 + Number(match?.[2] ?? 0);
    minors.set(release, minor);
  }
  return minor;
}

/** The names `target` accepts, newest first: that is the one it reports itself. */
function namesAt(history: readonly NameHistory[], target: Target): string[] {
  const product = productOf(target);
  const version = minorOf(target);
  const living = history.filter(({ [product]: life }) => {
    if (life === undefined || minorOf(life.since) > version) return false;
    return life.lastIn === undefined || minorOf(life.lastIn) >= version;
  });
  const born = (name: NameHistory): number => minorOf(name[product]?.since ?? '');
  return living.sort((a, b) => born(b) - born(a)).map(({ name }) => name);
}

function factsAt(first: FactsOfRow, changes: readonly Change[], target: Target): FactsOfRow {
  let facts = first;
  for (const change of changes) {
    if (change.starts.some((start) => reaches(start, target))) facts = change.facts;
  }
  return facts;
}

/** Whether a change made in `start` is in `target`: the same product later, or Valkey's fork off Redis 7.2. */
function reaches(start: Start, target: Target): boolean {
  const version = minorOf(start);
  if (start.startsWith('valkey-')) return productOf(target) === 'valkey' && minorOf(target) >= version;
  return productOf(target) === 'redis' ? minorOf(target) >= version : version <= 702;
}
