/** The users of one node: who may log in, and what each may do then. */
import { type Binary, bytesOf } from '../../redis/bytes.ts';
import { type AclOptions, hasBlanks } from '../../redis/config/acl-selector.ts';
import { AclUser, joinSelectors } from '../../redis/config/acl-user.ts';
import { commandNames } from '../../redis/config/command-names.ts';
import { quoteArg } from '../../redis/config/split-args.ts';
import { errors } from '../../redis/errors.ts';
import type { Args } from '../../redis/resp/args.ts';
import { sha256 } from '../../redis/sha256.ts';
import type { CommandEntry, CommandTable } from '../command-table.ts';
import { TARGET } from '../configuration/configuration.ts';
import { type Denial, Permissions } from './permissions.ts';

export const DEFAULT_USER = 'default';

/** The rules of this server; `allChannels`: what acl-pubsub-default says now. */
export function aclOptions(allChannels: boolean): AclOptions {
  return {
    target: TARGET,
    commands: commandNames(TARGET),
    allChannels,
    sha256: (password) => sha256(bytesOf(password)),
  };
}

/** Sessions hold on to it: what a user may do changes for them, too. */
export class User {
  readonly name: Binary;
  readonly #table: CommandTable;
  #rules: AclUser;
  #permissions: Permissions;

  constructor(name: Binary, rules: AclUser, table: CommandTable) {
    this.name = name;
    this.#table = table;
    this.#rules = rules;
    this.#permissions = permissionsOf(rules, table);
  }

  get rules(): AclUser {
    return this.#rules;
  }

  set rules(rules: AclUser) {
    this.#rules = rules;
    this.#permissions = permissionsOf(rules, this.#table);
  }

  /** Who says no name is this user without being asked for a password. */
  get isOpen(): boolean {
    return this.#rules.enabled && this.#rules.noPassword;
  }

  get unlimited(): boolean {
    return this.#permissions.unlimited;
  }

  accepts(password: Binary): boolean {
    const { enabled, noPassword, passwords } = this.#rules;
    return enabled && (noPassword || passwords.has(sha256(bytesOf(password))));
  }

  denial(entry: CommandEntry, args: Args): Denial | undefined {
    return this.#permissions.denial(entry, args);
  }

  mayReadEveryKey(entry: CommandEntry, args: Args): boolean {
    return this.#permissions.mayReadEveryKey(entry, args);
  }

  /** As ACL LIST shows it and the ACL file has it: words with single blanks between them. */
  get line(): Binary {
    return ['user', this.name, ...this.#rules.words()].join(' ');
  }

  /** The same for a conf file, where quotes mean something. */
  get confLine(): Binary {
    const words = [this.name, ...this.#rules.words()];
    // No word has blanks in it, but a selector, which may take several words there.
    return ['user', ...words.map((word) => (word === '' || /["']/.test(word) ? quoteArg(word) : word))].join(
      ' ',
    );
  }
}

function permissionsOf({ root, selectors }: AclUser, table: CommandTable): Permissions {
  return new Permissions([root, ...selectors], table);
}

export class Users {
  /** Never replaced: sessions that have not logged in have it. */
  readonly default: User;
  readonly #table: CommandTable;
  #byName: Map<Binary, User>;

  constructor(table: CommandTable) {
    this.#table = table;
    this.default = new User(DEFAULT_USER, AclUser.open(aclOptions(false)), table);
    this.#byName = new Map([[DEFAULT_USER, this.default]]);
  }

  get(name: Binary): User | undefined {
    return this.#byName.get(name);
  }

  /** In the order of their names. */
  get all(): readonly User[] {
    return [...this.#byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Of all, by name, as a conf file has them. */
  get confLines(): ReadonlyMap<Binary, Binary> {
    return new Map(this.all.map(({ name, confLine }) => [name, confLine]));
  }

  /** The user, when name and password are right. */
  logIn(name: Binary, password: Binary): User | undefined {
    const user = this.#byName.get(name);
    return user?.accepts(password) === true ? user : undefined;
  }

  /** What ACL SETUSER makes of a user, or of a new one; nothing is changed yet. Throws the error of a rule. */
  planned(name: Binary, words: readonly Binary[], options: AclOptions): AclUser {
    if (hasBlanks(name)) throw errors.userName();
    const rules = joinSelectors(words, options.target);
    if ('unclosed' in rules) throw errors.aclParenthesis(words[rules.unclosed] ?? '');
    const planned = this.#byName.get(name)?.rules.copy(options) ?? new AclUser(options);
    for (const { text } of rules) {
      const why = planned.apply(text);
      if (why !== undefined) throw errors.aclRule(text, why);
    }
    return planned;
  }

  put(name: Binary, rules: AclUser): void {
    const user = this.#byName.get(name);
    if (user === undefined) this.#byName.set(name, new User(name, rules, this.#table));
    else user.rules = rules;
  }

  remove(name: Binary): User | undefined {
    const user = this.#byName.get(name);
    if (user !== undefined) this.#byName.delete(name);
    return user;
  }

  /** Other users take the place of all there are but the default one, which is open when nobody says otherwise. */
  replaceAll(users: ReadonlyMap<Binary, AclUser>): readonly User[] {
    const before = [...this.#byName.values()].filter((user) => user !== this.default);
    this.#byName = new Map([[DEFAULT_USER, this.default]]);
    this.default.rules = users.get(DEFAULT_USER) ?? AclUser.open(aclOptions(false));
    for (const [name, rules] of users) if (name !== DEFAULT_USER) this.put(name, rules);
    return before;
  }

  /** requirepass. */
  setDefaultPassword(password: Binary): void {
    const rules = this.default.rules.copy();
    for (const rule of ['resetpass', password === '' ? 'nopass' : `>${password}`]) rules.apply(rule);
    this.default.rules = rules;
  }
}
