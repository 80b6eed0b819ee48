/**
 * A user of the ACLs: whether it may log in and how, and what it may do then. `user` lines, ACL files and ACL SETUSER are
 * all rules for this.
 */
import { type AclOptions, AclSelector, readSelector, wordOf } from './acl-selector.ts';
import { isAtLeast, type Target } from './directive.ts';

const BAD_HASH =
  'The password hash must be exactly 64 characters and contain only lowercase hexadecimal characters';
const NO_SUCH_PASSWORD = 'The password you are trying to remove from the user does not exist';

export class AclUser {
  enabled = false;
  /** Any password will do. */
  noPassword = false;
  /** RESTORE looks twice at what it sends. */
  sanitizesPayloads = true;
  /** SHA-256 of each, in hex. */
  readonly passwords = new Set<string>();
  /** What the user may do; and, besides, what each of the selectors allows by itself. */
  root: AclSelector;
  readonly selectors: AclSelector[] = [];
  readonly #options: AclOptions;

  constructor(options: AclOptions) {
    this.#options = options;
    this.root = new AclSelector(options);
  }

  /** The default user of a server that nobody told anything of users. */
  static open(options: AclOptions): AclUser {
    const user = new AclUser(options);
    for (const rule of ['+@all', '~*', '&*', 'on', 'nopass']) user.apply(rule);
    return user;
  }

  /** `options`: those that count from now on. */
  copy(options = this.#options): AclUser {
    const copy = new AclUser(options);
    for (const password of this.passwords) copy.passwords.add(password);
    copy.enabled = this.enabled;
    copy.noPassword = this.noPassword;
    copy.sanitizesPayloads = this.sanitizesPayloads;
    copy.root = this.root.copy();
    for (const selector of this.selectors) copy.selectors.push(selector);
    return copy;
  }

  /** One rule, a selector as a whole; the error, if there is one. */
  apply(rule: string): string | undefined {
    if (rule === '' || this.#applyWord(wordOf(rule))) return undefined;
    const sign = rule.charAt(0);
    if ('><#!'.includes(sign)) return this.#applyPassword(sign, rule.slice(1));
    if (rule.startsWith('(') && rule.endsWith(')') && isAtLeast(this.#options.target, '7.0')) {
      const selector = readSelector(rule.slice(1, -1), this.#options);
      if (typeof selector === 'string') return selector;
      this.selectors.push(selector);
      return undefined;
    }
    return this.root.apply(rule);
  }

  /** The words of ACL GETUSER's flags. */
  get flags(): string[] {
    return [
      this.enabled ? 'on' : 'off',
      ...(this.noPassword ? ['nopass'] : []),
      this.sanitizesPayloads ? 'sanitize-payload' : 'skip-sanitize-payload',
    ];
  }

  /** Rules that make a user like this one, a selector as one word. */
  words(): string[] {
    const passwords = [...this.passwords].map((hash) => `#${hash}`);
    const selectors = this.selectors.map((selector) => selector.inParentheses());
    return [...this.flags, ...passwords, ...this.root.words(), ...selectors];
  }

  #applyWord(word: string): boolean {
    const { target } = this.#options;
    switch (word) {
      case 'on':
      case 'off':
        this.enabled = word === 'on';
        return true;
      case 'skip-sanitize-payload':
      case 'sanitize-payload':
        this.sanitizesPayloads = word === 'sanitize-payload';
        return isAtLeast(target, '6.2');
      case 'nopass':
      case 'resetpass':
        this.passwords.clear();
        this.noPassword = word === 'nopass';
        return true;
      case 'clearselectors':
        this.selectors.length = 0;
        return isAtLeast(target, '7.0');
      case 'reset':
        this.#reset();
        return true;
      default:
        return false;
    }
  }

  #reset(): void {
    this.enabled = this.noPassword = false;
    this.sanitizesPayloads = true;
    this.passwords.clear();
    this.root = new AclSelector(this.#options);
    this.selectors.length = 0;
  }

  #applyPassword(sign: string, text: string): string | undefined {
    const hashed = sign === '#' || sign === '!';
    if (hashed && !/^[0-9a-f]{64}$/.test(text)) return BAD_HASH;
    const { sha256 } = this.#options;
    const password = hashed ? text : sha256 === undefined ? `>${text}` : sha256(text);
    if (sign === '>' || sign === '#') {
      this.passwords.add(password);
      this.noPassword = false;
      return undefined;
    }
    if (this.passwords.delete(password)) return undefined;
    // Without a hash function a plain password and a hash may be the same one.
    const plain = password.startsWith('>');
    const mayBeOther =
      sha256 === undefined && [...this.passwords].some((known) => known.startsWith('>') !== plain);
    return mayBeOther ? undefined : NO_SUCH_PASSWORD;
  }
}

/** A rule among the words it was written in. */
export interface WrittenRule {
  readonly text: string;
  /** Its first word, counted from 0. */
  readonly word: number;
}

/**
 * A selector may span words: from one that opens with `(` to one that ends with `)`. `unclosed`: no such word came.
 * Before 7.2 another word with `(` began anew.
 */
export function joinSelectors(
  words: readonly string[],
  target: Target,
): readonly WrittenRule[] | { readonly unclosed: number } {
  const joined: WrittenRule[] = [];
  let open: WrittenRule | undefined;
  for (const [word, text] of words.entries()) {
    const opens = text.startsWith('(') && !text.endsWith(')') && isAtLeast(target, '7.0');
    if (opens && (open === undefined || !isAtLeast(target, '7.2'))) {
      open = { text, word };
    } else if (open !== undefined) {
      open = { text: `${open.text} ${text}`, word: open.word };
      if (!text.endsWith(')')) continue;
      joined.push(open);
      open = undefined;
    } else {
      joined.push({ text, word });
    }
  }
  return open === undefined ? joined : { unclosed: open.word };
}
