/** Options of a subcommand: `--slots 100`, `--slots=100`, in the spelling of redis-trib.rb, of redis-cli and of valkey-cli. */
import { TribError } from './transcript.ts';

/** What follows an option: nothing, one value, or one value each time it is given and any number of `name=value`. */
export type OptionKind = 'flag' | 'value' | 'list';

export class Options {
  private readonly values: ReadonlyMap<string, readonly string[]>;

  constructor(values: ReadonlyMap<string, readonly string[]>) {
    this.values = values;
  }

  has(name: string): boolean {
    return this.values.has(name);
  }

  text(name: string): string | undefined {
    return this.values.get(name)?.at(-1);
  }

  list(name: string): readonly string[] {
    return this.values.get(name) ?? [];
  }

  number(name: string, otherwise: number): number {
    const text = this.text(name);
    if (text === undefined) return otherwise;
    const value = Number(text);
    if (!Number.isFinite(value) || value < 0 || text.trim() === '') {
      throw new TribError(`[ERR] Option '--${name}' needs a number, not '${text}'`);
    }
    return value;
  }

  count(name: string, otherwise: number): number {
    const value = this.number(name, otherwise);
    if (!Number.isInteger(value)) {
      throw new TribError(`[ERR] Option '--${name}' needs a whole number, not '${this.text(name)}'`);
    }
    return value;
  }
}

/** redis-cli's short name. */
const SHORT: Readonly<Record<string, string>> = { '-a': '--pass' };

/** valkey-cli's names. */
const VALKEYS: Readonly<Record<string, string>> = {
  'only-primaries': 'only-masters',
  'primary-id': 'master-id',
  'use-empty-primaries': 'use-empty-masters',
  'fix-with-unreachable-primaries': 'fix-with-unreachable-masters',
};

/** Options may stand before, between and after the arguments; `--cluster-x` is `redis-cli`'s name for `--x`. */
export function parseOptions(
  subcommand: string,
  argv: readonly string[],
  allowed: Readonly<Record<string, OptionKind>>,
  rest: boolean,
): { readonly options: Options; readonly args: readonly string[] } {
  const values = new Map<string, string[]>();
  const args: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const word = SHORT[argv[i] ?? ''] ?? argv[i] ?? '';
    const [spelled = '', ...inline] = word.slice(2).split('=');
    const bare = spelled.replace(/^cluster-/, '');
    const name = VALKEYS[bare] ?? bare;
    // After `call host:port` everything belongs to the command that is called, but words that only redis-cli knows.
    const isCalled = rest && args.length > 1 && !(bare !== spelled && Object.hasOwn(allowed, name));
    if (!word.startsWith('--') || isCalled) {
      args.push(argv[i] ?? '');
      continue;
    }
    const kind = Object.hasOwn(allowed, name) ? allowed[name] : undefined;
    if (kind === undefined) throw new TribError(`Unknown option '${spelled}' for command '${subcommand}'`);
    const value = kind === 'flag' ? 'yes' : inline.length > 0 ? inline.join('=') : argv[++i];
    if (value === undefined) throw new TribError(`[ERR] Option '--${spelled}' needs a value`);
    const more: string[] = [];
    // `--cluster-weight a=1 b=2`, as redis-cli has it.
    while (kind === 'list' && argv[i + 1]?.includes('=') && !argv[i + 1]?.startsWith('-'))
      more.push(argv[++i] ?? '');
    values.set(name, [...(values.get(name) ?? []), value, ...more]);
  }
  return { options: new Options(values), args };
}
