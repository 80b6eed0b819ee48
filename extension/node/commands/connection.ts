/** The session itself: greeting, logging in, choosing a database and a protocol. */

import type { Binary } from '../../redis/bytes.ts';
import { long } from '../../redis/commands/arguments.ts';
import {
  ALLOW_BUSY,
  type Command,
  command,
  FAST,
  LOADING,
  NO_AUTH,
  NOSCRIPT,
  STALE,
} from '../../redis/commands/command.ts';
import { NO_KEYS } from '../../redis/commands/key-spec.ts';
import { errors } from '../../redis/errors.ts';
import { DEFAULT_USER } from '../acl/users.ts';
import type { NodeCall } from '../call.ts';
import { VERSION } from '../version.ts';
import { leaveTransaction } from './transactions.ts';

const ALWAYS = NOSCRIPT | LOADING | STALE | FAST | NO_AUTH | ALLOW_BUSY;

export const connectionCommands: readonly Command<NodeCall>[] = [
  command('asking', 1, FAST, NO_KEYS, asking),
  command('auth', -2, ALWAYS, NO_KEYS, auth),
  command('echo', 2, LOADING | STALE | FAST, NO_KEYS, echo),
  command('hello', -1, ALWAYS, NO_KEYS, hello),
  command('ping', -1, FAST, NO_KEYS, ping),
  command('quit', -1, ALWAYS, NO_KEYS, quit),
  command('readonly', 1, LOADING | STALE | FAST, NO_KEYS, readOnly),
  command('readwrite', 1, LOADING | STALE | FAST, NO_KEYS, readWrite),
  command('reset', 1, ALWAYS, NO_KEYS, reset),
  command('select', 2, LOADING | STALE | FAST, NO_KEYS, select),
];

function ping({ args, reply, client }: NodeCall): void {
  if (args.count > 2) throw errors.wrongArity('ping');
  if (client.protocol === 2 && client.subscriptions.any) {
    // There a session reads messages, and this has the form of one.
    reply.array(2);
    reply.binary('pong');
    reply.binary(args.count === 2 ? args.binary(1) : '');
  } else if (args.count === 2) reply.bulk(args.bytes, args.starts[1], args.ends[1]);
  else reply.simple('PONG');
}

function echo({ args, reply }: NodeCall): void {
  reply.bulk(args.bytes, args.starts[1], args.ends[1]);
}

function quit({ reply, client }: NodeCall): void {
  reply.ok();
  client.closeAfterReply();
}

function reset(call: NodeCall): void {
  const { node, client, reply } = call;
  if (client.isReplica || client.isPrimary) throw errors.onlyNormalReset();
  leaveTransaction(call);
  node.pubsub.forget(client);
  node.monitors.delete(client);
  node.tracking.end(client);
  client.reset();
  reply.simple('RESET');
}

function auth(call: NodeCall): void {
  const { args, node, reply } = call;
  if (args.count > 3) throw errors.syntax();
  call.redact(1, 2);
  const old = args.count === 2;
  if (old && node.acl.users.default.rules.noPassword) throw errors.noPasswordSet();
  logIn(call, old ? DEFAULT_USER : args.binary(1), args.binary(args.count - 1));
  reply.ok();
}

function logIn({ args, client, mayPark, node }: NodeCall, username: Binary, password: Binary): void {
  const user = node.acl.users.logIn(username, password);
  if (user === undefined) {
    const context = mayPark ? 'toplevel' : 'multi';
    node.acl.refused({ reason: 'auth', context, object: args.binary(0), username }, client);
    throw errors.wrongPassword();
  }
  client.logIn(user);
}

function hello(call: NodeCall): void {
  const { args, node, reply, client } = call;
  let protocol: 2 | 3 | undefined;
  if (args.count > 1) {
    const version = long(args, 1, errors.protocolNotInteger);
    if (version !== 2 && version !== 3) throw errors.unsupportedProtocol();
    protocol = version;
  }
  const options = readHelloOptions(call);
  if (options.password !== undefined) logIn(call, options.user, options.password);
  if (!client.authenticated) throw errors.helloNeedsAuth();
  if (options.name !== undefined) client.name = options.name;
  if (protocol !== undefined) client.speak(protocol);
  const mode = node.cluster === undefined ? 'standalone' : 'cluster';
  reply.map(7);
  reply.binary('server');
  reply.binary('redis');
  reply.binary('version');
  reply.binary(VERSION);
  reply.binary('proto');
  reply.integer(client.protocol);
  reply.binary('id');
  reply.integer(client.id);
  reply.binary('mode');
  reply.binary(mode);
  reply.binary('role');
  reply.binary(node.replication.role === 'replica' ? 'replica' : 'master');
  reply.binary('modules');
  reply.array(0);
}

interface HelloOptions {
  readonly user: Binary;
  readonly password: Binary | undefined;
  readonly name: Binary | undefined;
}

function readHelloOptions(call: NodeCall): HelloOptions {
  const { args } = call;
  let user = '';
  let password: Binary | undefined;
  let name: Binary | undefined;
  for (let i = 2; i < args.count; i++) {
    const more = args.count - 1 - i;
    if (args.is(i, 'auth') && more >= 2) {
      call.redact(i + 1, i + 2);
      user = args.binary(i + 1);
      password = args.binary(i + 2);
      i += 2;
    } else if (args.is(i, 'setname') && more >= 1) {
      name = checkedClientName(args.binary(++i));
    } else throw errors.helloOption(args.binary(i));
  }
  return { user, password, name };
}

/** A name that keeps the lines of CLIENT LIST readable. */
export function checkedClientName(name: Binary): Binary {
  if (!/^[!-~]*$/.test(name)) throw errors.clientAttribute('Client names');
  return name;
}

function select({ args, node, client, reply }: NodeCall): void {
  const index = long(args, 1);
  if (node.cluster !== undefined && index !== 0) throw errors.notInCluster('SELECT');
  if (index < 0 || index >= node.databases.length) throw errors.databaseOutOfRange();
  client.database = index;
  reply.ok();
}

function asking({ node, client, reply }: NodeCall): void {
  if (node.cluster === undefined) throw errors.clusterDisabled();
  client.asking = true;
  reply.ok();
}

function readOnly({ node, client, reply }: NodeCall): void {
  if (node.cluster === undefined) throw errors.clusterDisabled();
  client.readonlyMode = true;
  reply.ok();
}

function readWrite({ node, client, reply }: NodeCall): void {
  if (node.cluster === undefined) throw errors.clusterDisabled();
  client.readonlyMode = false;
  reply.ok();
}
