/** ACL, as far as users go here: who there is, and who one is. */
import { long } from '../../redis/commands/arguments.ts';
import { ADMIN, type Command, command, LOADING, NOSCRIPT, STALE } from '../../redis/commands/command.ts';
import { NO_KEYS } from '../../redis/commands/key-spec.ts';
import { CATEGORIES, categories } from '../../redis/commands/traits.ts';
import { errors } from '../../redis/errors.ts';
import type { NodeCall } from '../call.ts';
import { replyHelp } from './help.ts';

const ABOUT_ALL = ADMIN | NOSCRIPT | LOADING | STALE;
const ABOUT_ONESELF = NOSCRIPT | LOADING | STALE;

export const aclCommands: readonly Command<NodeCall>[] = [
  command('acl', -2, 0, NO_KEYS, help),
  command('acl|cat', -2, ABOUT_ONESELF, NO_KEYS, cat),
  command('acl|genpass', -2, ABOUT_ONESELF, NO_KEYS, generatePassword),
  command('acl|getuser', 3, ABOUT_ALL, NO_KEYS, getUser),
  command('acl|help', 2, LOADING | STALE, NO_KEYS, help),
  command('acl|list', 2, ABOUT_ALL, NO_KEYS, list),
  command('acl|users', 2, ABOUT_ALL, NO_KEYS, names),
  command('acl|whoami', 2, ABOUT_ONESELF, NO_KEYS, whoAmI),
];

function whoAmI({ client, reply }: NodeCall): void {
  reply.binary(client.user);
}

function names({ node, reply }: NodeCall): void {
  reply.array(node.users.byName.size);
  for (const name of node.users.byName.keys()) reply.binary(name);
}

function list({ node, reply }: NodeCall): void {
  reply.array(node.users.byName.size);
  for (const user of node.users.byName.values()) reply.binary(user.describe());
}

function getUser({ args, node, reply }: NodeCall): void {
  const user = node.users.byName.get(args.binary(2));
  if (user === undefined) {
    reply.null();
    return;
  }
  const flags = [user.enabled ? 'on' : 'off', ...(user.noPassword ? ['nopass'] : []), 'sanitize-payload'];
  const all = user.enabled && !user.isLimited;
  reply.map(6);
  reply.binary('flags');
  reply.set(flags.length);
  for (const flag of flags) reply.binary(flag);
  reply.binary('passwords');
  reply.array(user.hashes.size);
  for (const hash of user.hashes) reply.binary(hash);
  reply.binary('commands');
  reply.binary(all ? '+@all' : '-@all');
  reply.binary('keys');
  reply.binary(all ? '~*' : '');
  reply.binary('channels');
  reply.binary(all ? '&*' : '');
  reply.binary('selectors');
  reply.array(0);
}

function cat({ args, node, reply }: NodeCall): void {
  if (args.count > 3) throw errors.unknownSubcommandOrArguments(args.binary(1), 'ACL');
  const category = args.count === 3 ? args.binary(2).toLowerCase() : undefined;
  if (category !== undefined && !CATEGORIES.includes(category)) throw errors.unknownCategory(args.binary(2));
  const shown = category === undefined ? CATEGORIES : commandsOf(node.commands, category);
  reply.array(shown.length);
  for (const name of shown) reply.binary(name);
}

function commandsOf(table: NodeCall['node']['commands'], category: string): string[] {
  return [...table.all()]
    .filter(({ row, group, isContainer }) =>
      categories(row.name, group, row.flags, isContainer).includes(`@${category}`),
    )
    .map(({ row }) => row.name);
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
    ['GENPASS [<bits>]', 'A password that nobody guesses, of 256 bits or as many as asked for.'],
    ['GETUSER <username>', 'What is known of a user.'],
    ['LIST', 'All users as lines of a configuration file.'],
    ['USERS', 'The names of all users.'],
    ['WHOAMI', 'The user of this connection.'],
  ]);
}
