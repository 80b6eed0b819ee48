/**
 * Who may do what on one node: its users, what they were refused, and what a change of them means to the sessions that
 * are there.
 */
import { type Binary, binaryOfText, textOf } from '../../redis/bytes.ts';
import { messageOf } from '../../redis/caught.ts';
import type { AclOptions, AclSelector } from '../../redis/config/acl-selector.ts';
import type { AclUser } from '../../redis/config/acl-user.ts';
import { USERS_TWICE } from '../../redis/config/user-rules.ts';
import type { Args } from '../../redis/resp/args.ts';
import type { ProcessWorld } from '../../redis/world.ts';
import type { Client } from '../clients/client.ts';
import { type Clients, describeClient } from '../clients/clients.ts';
import type { CommandEntry, CommandTable } from '../command-table.ts';
import type { Configuration } from '../configuration/configuration.ts';
import type { RewrittenUsers } from '../configuration/configuration-file.ts';
import type { Statistics } from '../introspection/statistics.ts';
import { readAclFile, writeAclFile } from './acl-file.ts';
import { AclLog, type Context, type Refusal } from './acl-log.ts';
import { type Denial, mayUseChannel } from './permissions.ts';
import { readUserLines } from './user-lines.ts';
import { aclOptions, type User, Users } from './users.ts';

export interface AccessHost {
  readonly world: ProcessWorld;
  readonly settings: Configuration;
  readonly commands: CommandTable;
  readonly clients: Clients;
  readonly statistics: Statistics;
  log(level: 'notice' | 'warning', text: string): void;
}

export class AccessControl {
  readonly users: Users;
  readonly log = new AclLog();
  readonly #host: AccessHost;
  #password: Binary = '';

  constructor(host: AccessHost) {
    this.#host = host;
    this.users = new Users(host.commands);
  }

  /** The rules of users that are made or reset now. */
  get options(): AclOptions {
    return { ...this.#silentOptions, deprecated: (rule) => this.#warnOfFirstArgument(rule) };
  }

  get #silentOptions(): AclOptions {
    return aclOptions(this.#host.settings.text('acl-pubsub-default') === 'allchannels');
  }

  #warnOfFirstArgument(rule: string): void {
    this.#host.log(
      'warning',
      'Deprecation warning: Allowing a first arg of an otherwise blocked command is a misuse of ACL and may get ' +
        `disabled in the future (offender: ${textOf(rule)})`,
    );
  }

  /** The configuration has changed: requirepass is another name for the default user's password. */
  configure(): void {
    const { settings } = this.#host;
    this.log.configure(settings.number('acllog-max-len'));
    const password = settings.binary('requirepass');
    if (password === this.#password) return;
    this.#password = password;
    this.users.setDefaultPassword(password);
    this.#authorize();
  }

  /** Users of the configuration, or of the ACL file; what keeps the node from starting, as lines of the log. */
  load(): readonly string[] {
    const { settings } = this.#host;
    if (settings.users.length > 0 && settings.text('aclfile') !== '') return [USERS_TWICE];
    const users = settings.text('aclfile') === '' ? this.#usersOfLines() : this.#usersOfFile();
    if (!(users instanceof Map)) return users.map(textOf);
    this.users.replaceAll(users);
    for (const [name, { enabled }] of users) {
      if (enabled || settings.text('aclfile') !== '') continue;
      this.#host.log(
        'notice',
        `The user '${textOf(name)}' is disabled (there is no 'on' modifier in the user description). Make sure this ` +
          'is not a configuration error.',
      );
    }
    return [];
  }

  #usersOfLines(): Map<Binary, AclUser> | string[] {
    return readUserLines(this.#host.settings.users, this.options, this.users.default.rules);
  }

  #usersOfFile(): Map<Binary, AclUser> | string[] {
    const users = this.#readFile();
    return typeof users === 'string' ? [`Aborting Redis startup because of ACL errors: ${users}`] : users;
  }

  #readFile(): Map<Binary, AclUser> | string {
    const { settings, world } = this.#host;
    const shown = settings.binary('aclfile');
    return readAclFile(world.disk, settings.pathOf(settings.text('aclfile')), shown, this.options);
  }

  /** What CONFIG REWRITE writes of the users. */
  get rewritten(): RewrittenUsers | undefined {
    if (this.#host.settings.text('aclfile') !== '') return undefined;
    const { commands } = this.#host;
    return {
      lines: this.users.confLines,
      ofFile: (words) => {
        const users = new Users(commands);
        users.setDefaultPassword(this.#password);
        const read = readUserLines(words, this.#silentOptions, users.default.rules);
        if (read instanceof Map) users.replaceAll(read);
        return users.confLines;
      },
    };
  }

  /** ACL LOAD: the file's users take the place of all there are; the error, with which nothing changes. */
  reload(self: Client): string | undefined {
    const users = this.#readFile();
    if (typeof users === 'string') return users;
    for (const user of this.users.replaceAll(users)) this.#endSessionsOf(user, self);
    this.#authorize();
    return undefined;
  }

  /** ACL SAVE: false when the disk did not take it. */
  save(): boolean {
    const { settings, world } = this.#host;
    try {
      writeAclFile(world.disk, settings.pathOf(settings.text('aclfile')), this.users.all);
      return true;
    } catch (error) {
      this.#host.log('warning', `Writing ACL file for ACL SAVE: ${messageOf(error)}`);
      return false;
    }
  }

  /** ACL SETUSER. Throws the error of a rule, and nothing has changed. */
  setUser(name: Binary, words: readonly Binary[], self: Client): void {
    const planned = this.users.planned(name, words, this.options);
    const user = this.users.get(name);
    if (user !== undefined) this.#endEavesdroppers(user, planned, self);
    this.users.put(name, planned);
    this.#authorize();
  }

  /** ACL DELUSER: false when there is none. */
  removeUser(name: Binary, self: Client): boolean {
    const user = this.users.remove(name);
    if (user !== undefined) this.#endSessionsOf(user, self);
    return user !== undefined;
  }

  /** Why the session must not run this, which the log has then. `shown`: who is told of as the client, for scripts. */
  denial(
    client: Client,
    entry: CommandEntry,
    args: Args,
    context: Context,
    shown = client,
  ): Denial | undefined {
    if (client.trusted) return undefined;
    const denial = client.user.denial(entry, args);
    if (denial === undefined) return undefined;
    const { reason, at } = denial;
    const object = reason === 'command' ? entry.name : args.binary(at);
    this.refused({ reason, context, object, username: client.user.name }, shown);
    return denial;
  }

  refused(refusal: Refusal, client: Client): void {
    const { clock } = this.#host.world;
    const wallMs = clock.wallMs();
    this.#host.statistics.denials[refusal.reason]++;
    const clientInfo = binaryOfText(describeClient(client, clock));
    this.log.add(refusal, clientInfo, wallMs);
  }

  #authorize(): void {
    for (const client of this.#host.clients) client.authorize();
  }

  #endSessionsOf(user: User, self: Client): void {
    for (const client of this.#host.clients) {
      if (client.user !== user) continue;
      client.logOut();
      // The own session hears the answer first.
      if (client === self) client.closeAfterReply();
      else client.close();
    }
  }

  /** When something is taken from the user: who listens to what he may listen to no more is told nothing any more. */
  #endEavesdroppers(user: User, planned: AclUser, self: Client): void {
    const selectors = [planned.root, ...planned.selectors];
    if (selectors.some(({ allChannels }) => allChannels)) return;
    const allowed = new Set(selectors.flatMap(({ channelPatterns }) => [...channelPatterns]));
    const before = [user.rules.root, ...user.rules.selectors];
    const keeps = ({ allChannels, channelPatterns }: AclSelector): boolean =>
      !allChannels && [...channelPatterns].every((pattern) => allowed.has(pattern));
    if (before.every(keeps)) return;
    const mayKeep = ({ subscriptions }: Client): boolean =>
      [...subscriptions.pattern].every((pattern) => mayUseChannel(allowed, pattern, true)) &&
      [...subscriptions.channel, ...subscriptions.shard].every((name) => mayUseChannel(allowed, name, false));
    for (const client of this.#host.clients) {
      if (client.user !== user || mayKeep(client)) continue;
      if (client === self) client.closeAfterReply();
      else client.close();
    }
  }
}

/** In Redis' words. `object`: the key or the channel, where it may be told. */
export function describeDenial(
  { reason }: Denial,
  user: User,
  { name }: CommandEntry,
  object?: Binary,
): string {
  if (reason === 'command') return `User ${user.name} has no permissions to run the '${name}' command`;
  if (object === undefined) return `No permissions to access a ${reason}`;
  return `User ${user.name} has no permissions to access the '${object}' ${reason}`;
}
