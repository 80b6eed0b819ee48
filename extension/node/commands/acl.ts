/** ACL: users, what they may do and what they were refused. */
import { long } from '../../redis/commands/arguments.ts';
import { ADMIN, type Command, command, LOADING, NOSCRIPT, STALE } from '../../redis/commands/command.ts';
import { NO_KEYS } from '../../redis/commands/key-spec.ts';
import { type AclSelector, CATEGORIES } from '../../redis/config/acl-selector.ts';
import { errors } from '../../redis/errors.ts';
import { Args } from '../../redis/resp/args.ts';
import type { Reply } from '../../redis/resp/reply.ts';
import { describeDenial } from '../acl/access-control.ts';
import type { AclLogEntry } from '../acl/acl-log.ts';
import { DEFAULT_USER } from '../acl/users.ts';
import type { NodeCall, NodeServices } from '../call.ts';
import { replyHelp } from './help.ts';

const ABOUT_ALL = ADMIN | NOSCRIPT | LOADING | STALE;
const ABOUT_ONESELF = NOSCRIPT | LOADING | STALE;

export const aclCommands: readonly Command<NodeCall>[] = [
  command('acl', -2, 0, NO_KEYS, help),
  command('acl|cat', -2, ABOUT_ONESELF, NO_KEYS, cat),
  command('acl|deluser', -3, ABOUT_ALL, NO_KEYS, deleteUsers),
  command('acl|dryrun', -4, ABOUT_ALL, NO_KEYS, dryRun),
  command('acl|genpass', -2, ABOUT_ONESELF, NO_KEYS, generatePassword),
  command('acl|getuser', 3, ABOUT_ALL, NO_KEYS, getUser),
  command('acl|help', 2, LOADING | STALE, NO_KEYS, help),
  command('acl|list', 2, ABOUT_ALL, NO_KEYS, list),
  command('acl|load', 2, ABOUT_ALL, NO_KEYS, load),
  command('acl|log', -2, ABOUT_ALL, NO_KEYS, log),
  command('acl|save', 2, ABOUT_ALL, NO_KEYS, save),
  command('acl|setuser', -3, ABOUT_ALL, NO_KEYS, setUser),
  command('acl|users', 2, ABOUT_ALL, NO_KEYS, names),
  command('acl|whoami', 2, ABOUT_ONESELF, NO_KEYS, whoAmI),
];

// Users.

function whoAmI({ client, reply }: NodeCall): void {
  reply.binary(client.user.name);
}

function names({ node, reply }: NodeCall): void {
  const { all } = node.acl.users;
  reply.array(all.length);
  for (const { name } of all) reply.binary(name);
}

function list({ node, reply }: NodeCall): void {
  const { all } = node.acl.users;
  reply.array(all.length);
  for (const { line } of all) reply.binary(line);
}

function getUser({ args, node, reply }: NodeCall): void {
  const user = node.acl.users.get(args.binary(2));
  if (user === undefined) {
    reply.null();
    return;
  }
  const { flags, passwords, root, selectors } = user.rules;
  reply.map(6);
  reply.binary('flags');
  reply.set(flags.length);
  for (const flag of flags) reply.binary(flag);
  reply.binary('passwords');
  reply.array(passwords.size);
  for (const hash of passwords) reply.binary(hash);
  replySelector(reply, root);
  reply.binary('selectors');
  reply.array(selectors.length);
  for (const selector of selectors) {
    reply.map(3);
    replySelector(reply, selector);
  }
}

/** Three fields of a map. */
function replySelector(reply: Reply, { commands, keys, channels }: AclSelector): void {
  reply.binary('commands');
  reply.binary(commands);
  reply.binary('keys');
  reply.binary(keys);
  reply.binary('channels');
  reply.binary(channels);
}

function setUser(call: NodeCall): void {
  const { args, client, node, reply } = call;
  call.redact(2, args.count - 1);
  node.acl.setUser(args.binary(2), args.binaries(3), client);
  reply.ok();
}

function deleteUsers({ args, client, node, reply }: NodeCall): void {
  const users = args.binaries(2);
  if (users.includes(DEFAULT_USER)) throw errors.defaultUserStays();
  reply.integer(users.filter((name) => node.acl.removeUser(name, client)).length);
}

function dryRun({ args, node, reply }: NodeCall): void {
  const user = node.acl.users.get(args.binary(2));
  if (user === undefined) throw errors.userNotFound(args.binary(2));
  const inner = Args.from(args.binaries(3));
  const entry = node.commands.find(inner);
  if (entry === undefined) throw errors.commandNotFound(args.binary(3));
  if (!entry.accepts(inner.count)) throw errors.wrongArity(entry.name);
  const denial = user.denial(entry, inner);
  if (denial === undefined) reply.ok();
  else reply.binary(describeDenial(denial, user, entry, inner.binary(denial.at)));
}

// The file.

function requireFile({ settings }: NodeServices): void {
  if (settings.text('aclfile') === '') throw errors.noAclFile();
}

function load({ client, node, reply }: NodeCall): void {
  requireFile(node);
  const wrong = node.acl.reload(client);
  if (wrong !== undefined) throw errors.aclFile(wrong);
  reply.ok();
}

function save({ node, reply }: NodeCall): void {
  requireFile(node);
  if (!node.acl.save()) throw errors.aclSaveFailed();
  reply.ok();
}

// The log.

const SHOWN_ENTRIES = 10;

function log({ args, node, now, reply }: NodeCall): void {
  if (args.count > 3) throw errors.unknownSubcommandOrArguments(args.binary(1), 'ACL');
  if (args.count === 3 && args.is(2, 'reset')) {
    node.acl.log.reset();
    reply.ok();
    return;
  }
  const count = args.count === 3 ? Math.max(0, long(args, 2)) : SHOWN_ENTRIES;
  const shown = node.acl.log.entries.slice(0, count);
  reply.array(shown.length);
  for (const entry of shown) replyEntry(reply, entry, now);
}

function replyEntry(reply: Reply, entry: AclLogEntry, now: number): void {
  reply.map(10);
  reply.binary('count');
  reply.integer(entry.count);
  reply.binary('reason');
  reply.binary(entry.reason);
  reply.binary('context');
  reply.binary(entry.context);
  reply.binary('object');
  reply.binary(entry.object);
  reply.binary('username');
  reply.binary(entry.username);
  reply.binary('age-seconds');
  // A command that came in the same packet counts from when that came.
  reply.double(Math.max(0, now - entry.updatedAtMs) / 1000);
  reply.binary('client-info');
  reply.binary(entry.clientInfo);
  reply.binary('entry-id');
  reply.integer(entry.id);
  reply.binary('timestamp-created');
  reply.integer(entry.createdAtMs);
  reply.binary('timestamp-last-updated');
  reply.integer(entry.updatedAtMs);
}

// What can be asked without being anybody.

function cat({ args, node, reply }: NodeCall): void {
  if (args.count > 3) throw errors.unknownSubcommandOrArguments(args.binary(1), 'ACL');
  const category = args.count === 3 ? args.binary(2).toLowerCase() : undefined;
  if (category !== undefined && !CATEGORIES.includes(category)) {
    throw errors.unknownCategory(args.binary(2).slice(0, 128));
  }
  const shown = category === undefined ? CATEGORIES : commandsOf(node, category);
  reply.array(shown.length);
  for (const name of shown) reply.binary(name);
}

function commandsOf({ commands }: NodeServices, category: string): string[] {
  return [...commands.byRow.values()]
    .filter(({ categories }) => categories.includes(category))
    .map(({ name }) => name);
}

/** Four bits to a hex digit. */
function generatePassword({ args, random, reply }: NodeCall): void {
  if (args.count > 3) throw errors.unknownSubcommandOrArguments(args.binary(1), 'ACL');
  const bits = args.count === 3 ? long(args, 2) : 256;
  if (bits <= 0 || bits > 4096) throw errors.passwordBits();
  const digits = Math.ceil(bits / 4);
  reply.binary(Array.from(random.bytes(digits), (byte) => (byte & 0xf).toString(16)).join(''));
}

function help({ reply }: NodeCall): void {
  replyHelp(reply, 'ACL', [
    ['CAT [<category>]', 'The categories of commands, or the commands of one.'],
    ['DELUSER <username> [<username> ...]', 'Removes users, and ends their sessions.'],
    ['DRYRUN <username> <command> [<arg> ...]', 'Whether a user may run a command, without running it.'],
    ['GENPASS [<bits>]', 'A password that nobody guesses, of 256 bits or as many as asked for.'],
    ['GETUSER <username>', 'What is known of a user.'],
    ['LIST', 'All users as lines of a configuration file.'],
    ['LOAD', 'Takes the users of the ACL file instead of those there are.'],
    ['LOG [<count> | RESET]', 'Who was refused what last, or forgets it.'],
    ['SAVE', 'Writes the users into the ACL file.'],
    ['SETUSER <username> <rule> [<rule> ...]', 'Makes a user, or changes what one may do.'],
    ['USERS', 'The names of all users.'],
    ['WHOAMI', 'The user of this connection.'],
  ]);
}
