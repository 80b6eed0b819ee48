/**
 * Who may log in. Users have passwords here and nothing more: rules that would limit commands, keys or channels are not
 * enforced, so a configuration that has such rules is refused rather than taken for less than it says.
 */
import { type Binary, bytesOf } from '../redis/bytes.ts';
import { sha256 } from '../redis/sha256.ts';

export const DEFAULT_USER = 'default';

export class User {
  readonly name: Binary;
  enabled = false;
  noPassword = false;
  /** SHA-256 of each password, in hex. */
  readonly hashes = new Set<string>();
  #allCommands = false;
  #allKeys = false;
  #allChannels: boolean;

  constructor(name: Binary, allChannels: boolean) {
    this.name = name;
    this.#allChannels = allChannels;
  }

  /** The default user of a server whose configuration says nothing. */
  static open(): User {
    const user = new User(DEFAULT_USER, true);
    for (const rule of ['on', 'nopass', '+@all', '~*']) user.apply(rule);
    return user;
  }

  /** A user that may do less than everything. One that is off may do nothing at all, and that is kept. */
  get isLimited(): boolean {
    return this.enabled && !(this.#allCommands && this.#allKeys && this.#allChannels);
  }

  /** One rule of a `user` line, which has been checked when the line was read. */
  apply(rule: Binary): void {
    const sign = rule.charAt(0);
    if (sign === '>') this.#addPassword(hashOf(rule.slice(1)));
    else if (sign === '#') this.#addPassword(rule.slice(1));
    else if (sign === '<') this.hashes.delete(hashOf(rule.slice(1)));
    else if (sign === '!') this.hashes.delete(rule.slice(1));
    else this.#applyWord(rule.toLowerCase());
  }

  accepts(password: Binary): boolean {
    return this.enabled && (this.noPassword || this.hashes.has(hashOf(password)));
  }

  setPassword(password: Binary): void {
    this.hashes.clear();
    this.noPassword = password === '';
    if (password !== '') this.hashes.add(hashOf(password));
  }

  /** As ACL LIST writes it. */
  describe(): Binary {
    const flags = [this.enabled ? 'on' : 'off', ...(this.noPassword ? ['nopass'] : []), 'sanitize-payload'];
    const passwords = [...this.hashes].map((hash) => `#${hash}`);
    const rights = this.isLimited || !this.enabled ? ['resetchannels', '-@all'] : ['~*', '&*', '+@all'];
    return ['user', this.name, ...flags, ...passwords, ...rights].join(' ');
  }

  #addPassword(hash: string): void {
    this.noPassword = false;
    this.hashes.add(hash);
  }

  #applyWord(word: string): void {
    if (word === 'on' || word === 'off') this.enabled = word === 'on';
    else if (word === 'nopass' || word === 'resetpass') {
      this.hashes.clear();
      this.noPassword = word === 'nopass';
    } else if (word === 'reset') this.#reset();
    else if (word === 'allcommands' || word === '+@all') this.#allCommands = true;
    else if (word === 'nocommands' || word.startsWith('-')) this.#allCommands = false;
    else if (word === 'allkeys' || word === '~*' || /^%(rw|wr)~\*$/.test(word)) this.#allKeys = true;
    else if (word === 'resetkeys') this.#allKeys = false;
    else if (word === 'allchannels' || word === '&*') this.#allChannels = true;
    else if (word === 'resetchannels') this.#allChannels = false;
  }

  #reset(): void {
    this.enabled = this.noPassword = false;
    this.#allCommands = this.#allKeys = this.#allChannels = false;
    this.hashes.clear();
  }
}

export class Users {
  readonly byName = new Map<Binary, User>();

  /** `lines`: the words of each `user` line behind the word itself. */
  constructor(lines: readonly (readonly Binary[])[], allChannels: boolean) {
    this.byName.set(DEFAULT_USER, User.open());
    for (const [name = '', ...rules] of lines) {
      const user = new User(name, allChannels);
      for (const rule of rules) user.apply(rule);
      this.byName.set(name, user);
    }
  }

  get default(): User {
    return this.byName.get(DEFAULT_USER) ?? User.open();
  }

  /** The user, when name and password are right. */
  logIn(name: Binary, password: Binary): User | undefined {
    const user = this.byName.get(name);
    return user?.accepts(password) === true ? user : undefined;
  }

  /** A user whose rules are not enforced here. */
  get limited(): User | undefined {
    return [...this.byName.values()].find((user) => user.isLimited);
  }
}

function hashOf(password: Binary): string {
  return sha256(bytesOf(password));
}
