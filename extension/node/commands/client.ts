/** CLIENT: what is known of the sessions, and what can be done to them. */
import { long } from '../../redis/commands/arguments.ts';
import {
  ADMIN,
  BLOCKING,
  type Command,
  command,
  LOADING,
  NOSCRIPT,
  STALE,
} from '../../redis/commands/command.ts';
import { NO_KEYS } from '../../redis/commands/key-spec.ts';
import { errors } from '../../redis/errors.ts';
import type { NodeCall, NodeServices } from '../call.ts';
import type { Client } from '../clients/client.ts';
import {
  type ClientType,
  clientType,
  describeClient,
  localName,
  peerName,
  readClientType,
} from '../clients/clients.ts';
import { checkedClientName } from './connection.ts';
import { replyHelp } from './help.ts';

const OWN = NOSCRIPT | LOADING | STALE;
const OTHERS = ADMIN | NOSCRIPT | LOADING | STALE;

export const clientCommands: readonly Command<NodeCall>[] = [
  command('client', -2, 0, NO_KEYS, help),
  command('client|getname', 2, OWN, NO_KEYS, getName),
  command('client|help', 2, LOADING | STALE, NO_KEYS, help),
  command('client|id', 2, OWN, NO_KEYS, id),
  command('client|info', 2, OWN, NO_KEYS, info),
  command('client|kill', -3, OTHERS, NO_KEYS, kill),
  command('client|list', -2, OTHERS, NO_KEYS, list),
  command('client|no-evict', 3, OTHERS, NO_KEYS, noEvict),
  command('client|no-touch', 3, OWN, NO_KEYS, noTouch),
  command('client|pause', -3, OTHERS, NO_KEYS, pause),
  command('client|reply', 3, OWN, NO_KEYS, setReply),
  command('client|setinfo', 4, OWN, NO_KEYS, setInfo),
  command('client|setname', 3, OWN, NO_KEYS, setName),
  command('client|unblock', -3, OTHERS, NO_KEYS, unblock),
  command('client|unpause', 2, OTHERS, NO_KEYS, unpause),
];

/** All there are; our primary's is one of them while its link is up. */
function sessions({ clients, fromPrimary, replication }: NodeServices): Client[] {
  return replication.linkUp ? [...clients, fromPrimary.client] : [...clients];
}

function id({ client, reply }: NodeCall): void {
  reply.integer(client.id);
}

function getName({ client, reply }: NodeCall): void {
  if (client.name === '') reply.null();
  else reply.binary(client.name);
}

function setName({ args, client, reply }: NodeCall): void {
  client.name = checkedClientName(args.binary(2));
  reply.ok();
}

function setInfo({ args, client, reply }: NodeCall): void {
  const value = args.binary(3);
  if (!args.is(2, 'lib-name') && !args.is(2, 'lib-ver')) throw errors.unrecognizedOption(args.binary(2));
  if (!/^[!-~]*$/.test(value)) throw errors.clientAttribute(args.binary(2));
  if (args.is(2, 'lib-name')) client.libraryName = value;
  else client.libraryVersion = value;
  reply.ok();
}

function line({ node, client: self }: NodeCall, client: Client): string {
  return `${describeClient(client, node.world.clock, client === self)}\n`;
}

function info(call: NodeCall): void {
  call.reply.verbatim(line(call, call.client), 'txt');
}

function list(call: NodeCall): void {
  const { args, node, reply } = call;
  let shown: Client[];
  if (args.count === 4 && args.is(2, 'type')) {
    const type = typeAt(call, 3);
    shown = sessions(node).filter((client) => clientType(client) === type);
  } else if (args.count > 3 && args.is(2, 'id')) {
    shown = [];
    for (let i = 3; i < args.count; i++) {
      const found = node.clients.get(long(args, i, errors.invalidClientId));
      if (found !== undefined) shown.push(found);
    }
  } else if (args.count !== 2) throw errors.syntax();
  else shown = sessions(node);
  reply.verbatim(shown.map((client) => line(call, client)).join(''), 'txt');
}

function typeAt({ args }: NodeCall, i: number): ClientType {
  const type = readClientType(args.binary(i));
  if (type === undefined) throw errors.unknownClientType(args.binary(i));
  return type;
}

function kill(call: NodeCall): void {
  const { args, node, client, reply } = call;
  // The old form names an address and may end the session that says it.
  const old = args.count === 3;
  const matches = old ? addressMatcher(args.binary(2)) : readKillFilter(call);
  let killed = 0;
  for (const one of sessions(node)) {
    if (!matches(one)) continue;
    killed++;
    // The own session hears the answer first.
    if (one === client) one.closeAfterReply();
    else one.close();
  }
  if (!old) reply.integer(killed);
  else if (killed === 0) throw errors.noSuchClient();
  else reply.ok();
}

type Matcher = (client: Client) => boolean;

function addressMatcher(address: string): Matcher {
  return (client) => peerName(client) === address;
}

function readKillFilter(call: NodeCall): Matcher {
  const { args, client: self } = call;
  const filters: Matcher[] = [];
  let skipsSelf = true;
  for (let i = 2; i < args.count; i += 2) {
    if (i + 1 >= args.count) throw errors.syntax();
    const value = args.binary(i + 1);
    if (args.is(i, 'id')) {
      const wanted = long(args, i + 1, () => errors.notPositive('client-id'));
      if (wanted < 1) throw errors.notPositive('client-id');
      filters.push((client) => client.id === wanted);
    } else if (args.is(i, 'type')) {
      const type = typeAt(call, i + 1);
      filters.push((client) => clientType(client) === type);
    } else if (args.is(i, 'addr')) filters.push(addressMatcher(value));
    else if (args.is(i, 'laddr')) filters.push((client) => localName(client) === value);
    else if (args.is(i, 'user')) {
      const user = call.node.acl.users.get(value);
      if (user === undefined) throw errors.noSuchUser(value);
      filters.push((client) => client.user === user);
    } else if (args.is(i, 'skipme')) skipsSelf = yesOrNo(call, i + 1, 'yes', 'no');
    else throw errors.syntax();
  }
  return (client) => !(skipsSelf && client === self) && filters.every((filter) => filter(client));
}

function yesOrNo({ args }: NodeCall, i: number, yes: string, no: string): boolean {
  if (args.is(i, yes)) return true;
  if (args.is(i, no)) return false;
  throw errors.syntax();
}

function noEvict(call: NodeCall): void {
  call.client.noEvict = yesOrNo(call, 2, 'on', 'off');
  call.reply.ok();
}

function noTouch(call: NodeCall): void {
  call.client.noTouch = yesOrNo(call, 2, 'on', 'off');
  call.reply.ok();
}

function setReply({ args, client, reply }: NodeCall): void {
  if (args.is(2, 'on')) {
    client.replyMode = 'on';
    reply.ok();
  } else if (args.is(2, 'off')) client.replyMode = 'off';
  else if (!args.is(2, 'skip')) throw errors.syntax();
  else if (client.replyMode !== 'off') client.replyMode = 'skip-next';
}

function pause({ args, node, reply }: NodeCall): void {
  if (args.count > 4) throw errors.syntax();
  let kind: 'all' | 'write' = 'all';
  if (args.count === 4) {
    if (args.is(3, 'write')) kind = 'write';
    else if (!args.is(3, 'all')) throw errors.pauseMode();
  }
  const ms = long(args, 2, errors.timeoutNotInteger);
  if (ms < 0) throw errors.timeoutNegative();
  node.pauses.begin('client', kind, node.world.clock.monotonicMs() + ms);
  reply.ok();
}

function unpause({ node, reply }: NodeCall): void {
  node.pauses.end('client');
  reply.ok();
}

/** They wait for others without being flagged as BLOCKING. */
const WAITING_FOR_REPLICAS = new Set(['wait', 'waitaof']);

/** By its own wish: MIGRATE, SHUTDOWN and a script in the middle stand still, too, and will be answered. */
function waitsForLong({ lastCommand }: Client): boolean {
  if (lastCommand === undefined) return false;
  return (lastCommand.flags & BLOCKING) !== 0 || WAITING_FOR_REPLICAS.has(lastCommand.row.name);
}

function unblock({ args, node, reply }: NodeCall): void {
  let withError = false;
  if (args.count > 4) throw errors.syntax();
  if (args.count === 4) {
    withError = args.is(3, 'error');
    if (!withError && !args.is(3, 'timeout')) throw errors.unblockReason();
  }
  const target = node.clients.get(long(args, 2));
  if (target?.parked !== true || !waitsForLong(target)) {
    reply.integer(0);
    return;
  }
  if (!withError) target.endParking();
  else if (!node.blockedKeys.end(target, errors.unblocked())) {
    target.resume((late) => late.error(errors.unblocked()));
  }
  reply.integer(1);
}

function help({ reply }: NodeCall): void {
  replyHelp(reply, 'CLIENT', [
    ['CACHING (YES|NO)', 'Whether the next command is tracked, in OPTIN and OPTOUT mode.'],
    ['GETNAME', 'The name of this connection.'],
    ['GETREDIR', 'The id of the connection that invalidations go to, -1 for none.'],
    ['ID', 'The id of this connection.'],
    ['INFO', 'This connection in one line.'],
    ['KILL <ip:port>', 'Closes the connection from that address.'],
    [
      'KILL <option> <value> [<option> <value> [...]]',
      'Closes connections that fit all of ADDR, LADDR, ID, TYPE and USER; with SKIPME no this one too.',
    ],
    ['LIST [TYPE (NORMAL|MASTER|REPLICA|PUBSUB)] [ID <id> [...]]', 'Connections, one line each.'],
    ['NO-EVICT (ON|OFF)', 'Keeps this connection open when clients take too much memory.'],
    ['NO-TOUCH (ON|OFF)', 'What this connection reads does not count as used.'],
    ['PAUSE <timeout> [WRITE|ALL]', 'Lets all commands, or those that write, wait for so many milliseconds.'],
    ['REPLY (ON|OFF|SKIP)', 'Whether this connection gets replies.'],
    ['SETINFO <option> <value>', 'Tells LIB-NAME and LIB-VER, the name and version of the client library.'],
    ['SETNAME <name>', 'Names this connection.'],
    [
      'TRACKING (ON|OFF) [REDIRECT <id>] [BCAST] [PREFIX <prefix> [...]] [OPTIN] [OPTOUT] [NOLOOP]',
      'Whether this connection is told when keys change that it has read, or that have a prefix.',
    ],
    ['TRACKINGINFO', 'How keys read by this connection are tracked.'],
    ['UNBLOCK <clientid> [TIMEOUT|ERROR]', 'Ends the waiting of a blocked client.'],
    ['UNPAUSE', 'Ends the pause of clients.'],
  ]);
}
