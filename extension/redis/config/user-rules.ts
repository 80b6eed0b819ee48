/** `user NAME rule…`: the part of the ACL grammar that is checked while the file is read. */

import { lowerAscii } from './ascii.ts';
import { isAtLeast, type Target } from './directive.ts';
import { splitArgs } from './split-args.ts';

/** Which commands exist: `get`, `config`, `config|get`. */
export interface CommandNames {
  has(name: string): boolean;
}

export interface UserRulesOptions {
  readonly target: Target;
  /** Without it every command is taken for existing. */
  readonly commands?: CommandNames;
  /** acl-pubsub-default allchannels: a new user, and one that was reset, may use every channel. */
  readonly allChannels?: boolean;
  /** SHA-256 in lower-case hex. Without it a password is only known to equal itself. */
  readonly sha256?: (text: string) => string;
}

export interface RuleError {
  readonly message: string;
  /** The rule at fault, counted from 0 behind the user's name, before selectors are joined. */
  readonly rule: number;
  /** The same, with each selector counted as one rule. */
  readonly joined: number;
  /** An unknown command or category: the file loads, the server exits when it applies the rule. */
  readonly late: boolean;
}

const UNKNOWN_COMMAND = 'Unknown command or category name in ACL';
const SYNTAX = 'Syntax error';
const BAD_HASH =
  'The password hash must be exactly 64 characters and contain only lowercase hexadecimal characters';
const NO_SUCH_PASSWORD = 'The password you are trying to remove from the user does not exist';
const FIRST_ARG_OF_SUBCOMMAND = 'Allowing first-arg of a subcommand is not supported';

function patternAfterAll(what: 'keys' | 'channels'): string {
  const things = what === 'keys' ? 'patterns' : 'channels';
  return `Adding a pattern after the * pattern (or the 'all${what}' flag) is not valid and does not have any effect. Try 'reset${what}' to start with an empty list of ${things}`;
}

const CATEGORIES: ReadonlySet<string> = new Set(
  (
    'keyspace read write set sortedset list hash string bitmap hyperloglog geo stream pubsub admin fast slow ' +
    'blocking dangerous connection transaction scripting all'
  ).split(' '),
);

/** The first rule the server refuses, if any. */
export function checkUserRules(rules: readonly string[], options: UserRulesOptions): RuleError | undefined {
  const joined = joinSelectors(rules, isAtLeast(options.target, '7.0'));
  if (!Array.isArray(joined)) {
    // The server has no words for an open parenthesis: it prints the error that an earlier call left behind, if any.
    const message = isAtLeast(options.target, '7.2') ? 'Wrong format' : UNKNOWN_COMMAND;
    return { ...joined, message };
  }
  const user = new UserRules(options);
  let late: RuleError | undefined;
  for (const [at, { text, rule }] of joined.entries()) {
    const message = user.apply(text);
    if (message === undefined) continue;
    if (message !== UNKNOWN_COMMAND) return { message, rule, joined: at, late: false };
    late ??= { message, rule, joined: at, late: true };
  }
  return late;
}

interface Rule {
  readonly text: string;
  readonly rule: number;
}

/** A selector may span words: from a word that opens with `(` to one that ends with `)`. */
function joinSelectors(rules: readonly string[], selectors: boolean): Rule[] | RuleError {
  const joined: Rule[] = [];
  let open: Rule | undefined;
  for (const [rule, text] of rules.entries()) {
    if (selectors && text.startsWith('(') && !text.endsWith(')')) {
      open = { text, rule };
    } else if (open !== undefined) {
      open = { text: `${open.text} ${text}`, rule: open.rule };
      if (!text.endsWith(')')) continue;
      joined.push(open);
      open = undefined;
    } else {
      joined.push({ text, rule });
    }
  }
  return open === undefined
    ? joined
    : { message: UNKNOWN_COMMAND, rule: open.rule, joined: open.rule, late: false };
}

/** What rules may do depends on rules before them. */
interface Selector {
  allKeys: boolean;
  allChannels: boolean;
}

class UserRules {
  private readonly options: UserRulesOptions;
  private readonly passwords = new Set<string>();
  private readonly root: Selector;

  constructor(options: UserRulesOptions) {
    this.options = options;
    this.root = this.newSelector();
  }

  /** The error of a rule, if any. */
  apply(rule: string): string | undefined {
    if (rule === '') return undefined;
    const lower = lowerAscii(rule);
    switch (lower) {
      case 'on':
      case 'off':
        return undefined;
      case 'skip-sanitize-payload':
      case 'sanitize-payload':
        return isAtLeast(this.options.target, '6.2') ? undefined : SYNTAX;
      case 'nopass':
      case 'resetpass':
        this.passwords.clear();
        return undefined;
      case 'clearselectors':
        return isAtLeast(this.options.target, '7.0') ? undefined : SYNTAX;
      case 'reset':
        this.passwords.clear();
        Object.assign(this.root, this.newSelector());
        return undefined;
    }
    if ('><#!'.includes(rule.charAt(0))) return this.applyPassword(rule.charAt(0), rule.slice(1));
    if (rule.startsWith('(') && rule.endsWith(')') && isAtLeast(this.options.target, '7.0')) {
      return this.applySelector(rule.slice(1, -1));
    }
    return this.applyPermission(this.root, rule, lower);
  }

  private newSelector(): Selector {
    return { allKeys: false, allChannels: this.options.allChannels ?? false };
  }

  private applyPassword(sign: string, text: string): string | undefined {
    const hashed = sign === '#' || sign === '!';
    if (hashed && !/^[0-9a-f]{64}$/.test(text)) return BAD_HASH;
    const { sha256 } = this.options;
    const password = hashed ? `#${text}` : sha256 ? `#${sha256(text)}` : `>${text}`;
    if (sign === '>' || sign === '#') {
      this.passwords.add(password);
      return undefined;
    }
    if (this.passwords.delete(password)) return undefined;
    // Without a hash function a plain password and a hash may be the same one.
    const mayBeOther = sha256 === undefined && [...this.passwords].some((known) => known[0] !== password[0]);
    return mayBeOther ? undefined : NO_SUCH_PASSWORD;
  }

  private applySelector(rules: string): string | undefined {
    const selector = this.newSelector();
    for (const rule of splitArgs(rules) ?? []) {
      const message = this.applyPermission(selector, rule, lowerAscii(rule));
      if (message !== undefined) return message;
    }
    return undefined;
  }

  private applyPermission(selector: Selector, rule: string, lower: string): string | undefined {
    switch (lower) {
      case 'allkeys':
      case '~*':
        selector.allKeys = true;
        return undefined;
      case 'resetkeys':
        selector.allKeys = false;
        return undefined;
      case 'allcommands':
      case 'nocommands':
        return undefined;
    }
    if (isAtLeast(this.options.target, '6.2')) {
      if (lower === 'allchannels' || lower === '&*' || lower === 'resetchannels') {
        selector.allChannels = lower !== 'resetchannels';
        return undefined;
      }
      if (rule.startsWith('&')) {
        if (selector.allChannels) return patternAfterAll('channels');
        return /[\t-\r \0]/.test(rule) ? SYNTAX : undefined;
      }
    }
    if (rule.startsWith('~') || rule.startsWith('%')) return this.applyKeyPattern(selector, rule);
    if (/^[+-]@/.test(rule)) return CATEGORIES.has(lower.slice(2)) ? undefined : UNKNOWN_COMMAND;
    if (/^[+-]/.test(rule)) return this.applyCommand(rule.charAt(0), lower.slice(1).split('\0', 1)[0] ?? '');
    return SYNTAX;
  }

  private applyKeyPattern(selector: Selector, rule: string): string | undefined {
    const permissions = isAtLeast(this.options.target, '7.0') ? /^(?:~|%(?:R|W|RW|WR)(?:~|$))/i : /^~/;
    if (rule.startsWith('%') && !isAtLeast(this.options.target, '7.0')) return SYNTAX;
    if (selector.allKeys) return patternAfterAll('keys');
    if (!permissions.test(rule)) return SYNTAX;
    return /[\t-\r \0]/.test(rule) ? SYNTAX : undefined;
  }

  private applyCommand(sign: string, name: string): string | undefined {
    const bar = name.lastIndexOf('|');
    if (bar < 0 || sign === '-') return this.exists(name) ? undefined : UNKNOWN_COMMAND;
    const command = name.slice(0, bar);
    if (!this.exists(command)) return UNKNOWN_COMMAND;
    if (command.includes('|')) return FIRST_ARG_OF_SUBCOMMAND;
    if (bar === name.length - 1) return SYNTAX;
    // Of a container the subcommand must exist, of any other command everything is a first argument.
    return this.isContainer(command) && !this.exists(name) ? UNKNOWN_COMMAND : undefined;
  }

  private isContainer(command: string): boolean {
    return isAtLeast(this.options.target, '7.0') && (this.options.commands?.has(`${command}|help`) ?? false);
  }

  private exists(name: string): boolean {
    return this.options.commands?.has(name) ?? name !== '';
  }
}
