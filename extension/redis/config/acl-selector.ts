/**
 * One set of ACL permissions: which commands, on which keys, in which channels. Every user has one of its own, and may
 * have others in parentheses. It knows rules and no commands: which commands the rules allow is for the node to say.
 */
import { lowerAscii } from './ascii.ts';
import { isAtLeast, type Target } from './directive.ts';
import { quoteArg, splitArgs } from './split-args.ts';

/** Which commands exist: `get`, `config`, `config|get`. */
export interface CommandNames {
  has(name: string): boolean;
}

export interface AclOptions {
  readonly target: Target;
  /** Without it every command is taken for existing. */
  readonly commands?: CommandNames;
  /** acl-pubsub-default allchannels: a new user, and one that was reset, may use every channel. */
  readonly allChannels?: boolean;
  /** SHA-256 in lower-case hex. Without it a password is only known to equal itself. */
  readonly sha256?: (text: string) => string;
  /** Hears of rules that Redis means to give up: `+select|0`. */
  readonly deprecated?: (rule: string) => void;
}

/** A command or category that nobody knows: of the errors of a rule, the one that may go away with a module. */
export const UNKNOWN_COMMAND = 'Unknown command or category name in ACL';
const SYNTAX = 'Syntax error';
const FIRST_ARG_OF_SUBCOMMAND = 'Allowing first-arg of a subcommand is not supported';

function patternAfterAll(what: 'keys' | 'channels'): string {
  const things = what === 'keys' ? 'patterns' : 'channels';
  return `Adding a pattern after the * pattern (or the 'all${what}' flag) is not valid and does not have any effect. Try 'reset${what}' to start with an empty list of ${things}`;
}

/** All categories, in the order in which redis-server has them. */
export const CATEGORIES: readonly string[] = (
  'keyspace read write set sortedset list hash string bitmap hyperloglog geo stream pubsub admin fast slow blocking ' +
  'dangerous connection transaction scripting'
).split(' ');

/** What isspace() of the C locale takes for blank, and NUL: ACLs are written in words. */
export function hasBlanks(text: string): boolean {
  return /[\t-\r \0]/.test(text);
}

/** As a server written in C compares words: up to a NUL. */
export function wordOf(rule: string): string {
  return lowerAscii(rule.split('\0', 1)[0] ?? '');
}

/** Keys that match may be read, or written, or both. */
export interface KeyAccess {
  readonly reads: boolean;
  readonly writes: boolean;
}

/** What a selector allows. */
export interface Allowed {
  readonly allKeys: boolean;
  readonly allChannels: boolean;
  /** By pattern. */
  readonly keyPatterns: ReadonlyMap<string, KeyAccess>;
  readonly channelPatterns: ReadonlySet<string>;
  /** What the command rules start from: every command, those of modules to come too, or none. */
  readonly allCommands: boolean;
  /** `+@set`, `-get`, `+config|get`: each takes effect on what those before it have left. */
  readonly commandRules: readonly string[];
}

export class AclSelector implements Allowed {
  allKeys = false;
  allChannels: boolean;
  readonly keyPatterns = new Map<string, KeyAccess>();
  readonly channelPatterns = new Set<string>();
  allCommands = false;
  /** The command rules in their order: `+` or `-` by what they are about. */
  readonly #signs = new Map<string, string>();
  readonly #options: AclOptions;

  constructor(options: AclOptions) {
    this.#options = options;
    this.allChannels = options.allChannels ?? false;
  }

  copy(): AclSelector {
    const copy = new AclSelector(this.#options);
    copy.allKeys = this.allKeys;
    copy.allChannels = this.allChannels;
    copy.allCommands = this.allCommands;
    for (const [pattern, access] of this.keyPatterns) copy.keyPatterns.set(pattern, access);
    for (const pattern of this.channelPatterns) copy.channelPatterns.add(pattern);
    for (const [name, sign] of this.#signs) copy.#signs.set(name, sign);
    return copy;
  }

  get commandRules(): readonly string[] {
    return Array.from(this.#signs, ([name, sign]) => sign + name);
  }

  /** One rule; the error, if there is one, and nothing has changed. */
  apply(rule: string): string | undefined {
    const lower = wordOf(rule);
    if (this.#applyWord(lower)) return undefined;
    if (rule.startsWith('&') && isAtLeast(this.#options.target, '6.2'))
      return this.#addChannel(rule.slice(1));
    if (rule.startsWith('~') || rule.startsWith('%')) return this.#addKeys(rule);
    if (/^[+-]@/.test(lower)) {
      if (!CATEGORIES.includes(lower.slice(2))) return UNKNOWN_COMMAND;
      this.#addCommandRule(lower);
      return undefined;
    }
    return /^[+-]/.test(lower) ? this.#addCommand(lower) : SYNTAX;
  }

  /** Rules that make a selector like this one. */
  words(): string[] {
    return [...this.#keyWords(), ...this.#channelWords(), ...this.#commandWords()];
  }

  /** As one word of a user's rules. */
  inParentheses(): string {
    return `(${this.words()
      .map((word) => (/["']/.test(word) ? quoteArg(word) : word))
      .join(' ')})`;
  }

  get commands(): string {
    return this.#commandWords().join(' ');
  }

  get keys(): string {
    return this.#keyWords().join(' ');
  }

  get channels(): string {
    return this.#channelWords()
      .filter((word) => word !== 'resetchannels')
      .join(' ');
  }

  #commandWords(): string[] {
    return [this.allCommands ? '+@all' : '-@all', ...this.commandRules];
  }

  #keyWords(): string[] {
    if (this.allKeys) return ['~*'];
    return Array.from(this.keyPatterns, ([pattern, { reads, writes }]) => {
      return `${reads && writes ? '' : reads ? '%R' : '%W'}~${pattern}`;
    });
  }

  #channelWords(): string[] {
    if (this.allChannels) return ['&*'];
    return ['resetchannels', ...Array.from(this.channelPatterns, (pattern) => `&${pattern}`)];
  }

  #applyWord(word: string): boolean {
    switch (word) {
      case 'allkeys':
      case '~*':
      case 'resetkeys':
        this.allKeys = word !== 'resetkeys';
        this.keyPatterns.clear();
        return true;
      case 'allchannels':
      case '&*':
      case 'resetchannels':
        if (!isAtLeast(this.#options.target, '6.2')) return false;
        this.allChannels = word !== 'resetchannels';
        this.channelPatterns.clear();
        return true;
      case 'allcommands':
      case '+@all':
      case 'nocommands':
      case '-@all':
        this.allCommands = word === 'allcommands' || word === '+@all';
        this.#signs.clear();
        return true;
      default:
        return false;
    }
  }

  #addChannel(pattern: string): string | undefined {
    if (this.allChannels) return patternAfterAll('channels');
    if (hasBlanks(pattern)) return SYNTAX;
    this.channelPatterns.add(pattern);
    return undefined;
  }

  #addKeys(rule: string): string | undefined {
    const separate = isAtLeast(this.#options.target, '7.0');
    if (rule.startsWith('%') && !separate) return SYNTAX;
    if (this.allKeys) return patternAfterAll('keys');
    const match = (separate ? /^(?:~|%(R|W|RW|WR)(?:~|$))(.*)$/is : /^~()(.*)$/s).exec(rule);
    if (match === null) return SYNTAX;
    const [, letters, pattern = ''] = match;
    if (hasBlanks(pattern)) return SYNTAX;
    const known = this.keyPatterns.get(pattern);
    const reads = known?.reads === true || !/^w$/i.test(letters ?? '');
    const writes = known?.writes === true || !/^r$/i.test(letters ?? '');
    this.keyPatterns.set(pattern, { reads, writes });
    return undefined;
  }

  #addCommand(rule: string): string | undefined {
    const name = rule.slice(1);
    const error = rule.startsWith('-')
      ? this.#exists(name)
        ? undefined
        : UNKNOWN_COMMAND
      : this.#checkAllowed(name);
    if (error === undefined) this.#addCommandRule(rule);
    return error;
  }

  #checkAllowed(name: string): string | undefined {
    const bar = name.lastIndexOf('|');
    if (bar < 0) return this.#exists(name) ? undefined : UNKNOWN_COMMAND;
    const command = name.slice(0, bar);
    if (!this.#exists(command)) return UNKNOWN_COMMAND;
    if (command.includes('|')) return FIRST_ARG_OF_SUBCOMMAND;
    // Rules are words: what has blanks in it would not be read back.
    if (bar === name.length - 1 || hasBlanks(name)) return SYNTAX;
    // Of a container the subcommand must exist, of any other command everything is a first argument.
    if (this.#isContainer(command)) return this.#exists(name) ? undefined : UNKNOWN_COMMAND;
    this.#options.deprecated?.(`+${name}`);
    return undefined;
  }

  /** What it says the last word about need not be said before. */
  #addCommandRule(rule: string): void {
    const name = rule.slice(1);
    this.#signs.delete(name);
    if (!name.includes('|')) {
      for (const known of this.#signs.keys()) if (known.startsWith(`${name}|`)) this.#signs.delete(known);
    }
    this.#signs.set(name, rule.charAt(0));
  }

  #isContainer(command: string): boolean {
    const { commands, target } = this.#options;
    return isAtLeast(target, '7.0') && (commands?.has(`${command}|help`) ?? false);
  }

  #exists(name: string): boolean {
    return this.#options.commands?.has(name) ?? name !== '';
  }
}

/** A selector from the rules between its parentheses; the error of the first that is none. */
export function readSelector(rules: string, options: AclOptions): AclSelector | string {
  const selector = new AclSelector(options);
  for (const rule of splitArgs(rules) ?? []) {
    const error = selector.apply(rule);
    if (error !== undefined) return error;
  }
  return selector;
}
