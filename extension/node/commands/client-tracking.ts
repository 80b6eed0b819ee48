/** CLIENT TRACKING and what belongs to it: telling a session when keys change that it keeps copies of. */
import type { Binary } from '../../redis/bytes.ts';
import { long } from '../../redis/commands/arguments.ts';
import { type Command, command, LOADING, NOSCRIPT, STALE } from '../../redis/commands/command.ts';
import { NO_KEYS } from '../../redis/commands/key-spec.ts';
import { errors } from '../../redis/errors.ts';
import type { NodeCall } from '../call.ts';
import type { TrackingMode, TrackingOptions } from '../clients/tracking.ts';

const OWN = NOSCRIPT | LOADING | STALE;

export const clientTrackingCommands: readonly Command<NodeCall>[] = [
  command('client|caching', 3, OWN, NO_KEYS, caching),
  command('client|getredir', 2, OWN, NO_KEYS, getRedirection),
  command('client|tracking', -3, OWN, NO_KEYS, tracking),
  command('client|trackinginfo', 2, OWN, NO_KEYS, trackingInfo),
];

interface Request {
  readonly options: TrackingOptions;
  readonly prefixes: readonly Binary[];
}

function tracking(call: NodeCall): void {
  const { args, client, node, reply } = call;
  const request = read(call);
  if (args.is(2, 'on')) {
    checkModes(request, client.tracking);
    if (request.options.broadcast) checkPrefixes(request.prefixes, client.tracking);
    node.tracking.begin(client, request.options, request.prefixes);
  } else if (args.is(2, 'off')) {
    node.tracking.end(client);
    client.caching = false;
  } else throw errors.syntax();
  reply.ok();
}

function read(call: NodeCall): Request {
  const { args } = call;
  const prefixes: Binary[] = [];
  let redirect = 0;
  let [broadcast, optIn, optOut, noLoop] = [false, false, false, false];
  for (let i = 3; i < args.count; i++) {
    const more = i + 1 < args.count;
    if (args.is(i, 'redirect') && more) {
      if (redirect !== 0) throw errors.redirectTwice();
      redirect = readRedirection(call, ++i);
    } else if (args.is(i, 'prefix') && more) prefixes.push(args.binary(++i));
    else if (args.is(i, 'bcast')) broadcast = true;
    else if (args.is(i, 'optin')) optIn = true;
    else if (args.is(i, 'optout')) optOut = true;
    else if (args.is(i, 'noloop')) noLoop = true;
    else throw errors.syntax();
  }
  return { options: { redirect, broadcast, optIn, optOut, noLoop }, prefixes };
}

function readRedirection({ args, node }: NodeCall, i: number): number {
  const id = long(args, i);
  if (node.clients.get(id) === undefined) throw errors.redirectToNobody();
  return id;
}

/** Whether a session that tracks as `before` may go on as it now asks for. */
function checkModes({ options, prefixes }: Request, before: TrackingMode | undefined): void {
  const { broadcast, optIn, optOut } = options;
  if (!broadcast && prefixes.length > 0) throw errors.prefixWithoutBroadcast();
  if (before !== undefined && before.broadcast !== broadcast)
    throw errors.switchTracking('BCAST mode on/off');
  if (broadcast && (optIn || optOut)) throw errors.broadcastAndOpt();
  if (optIn && optOut) throw errors.optInAndOut();
  if ((optIn && before?.optOut === true) || (optOut && before?.optIn === true))
    throw errors.switchTracking('OPTIN/OPTOUT mode');
}

/** No key may have two of a session's prefixes: it would be told of twice. */
function checkPrefixes(prefixes: readonly Binary[], before: TrackingMode | undefined): void {
  for (const [i, prefix] of prefixes.entries()) {
    const known = [...(before?.prefixes ?? [])].find((other) => overlap(other, prefix));
    if (known !== undefined) throw errors.prefixesOverlap(prefix, known, 'an existing');
    const given = prefixes.slice(i + 1).find((other) => overlap(other, prefix));
    if (given !== undefined) throw errors.prefixesOverlap(prefix, given, 'another provided');
  }
}

function overlap(one: Binary, other: Binary): boolean {
  return one.startsWith(other) || other.startsWith(one);
}

function caching({ args, client, reply }: NodeCall): void {
  const mode = client.tracking;
  if (mode === undefined) throw errors.cachingWithoutTracking();
  if (args.is(2, 'yes')) {
    if (!mode.optIn) throw errors.cachingMode('YES', 'OPTIN');
  } else if (!args.is(2, 'no')) throw errors.syntax();
  else if (!mode.optOut) throw errors.cachingMode('NO', 'OPTOUT');
  client.caching = true;
  reply.ok();
}

function getRedirection({ client, reply }: NodeCall): void {
  reply.integer(client.tracking?.redirect ?? -1);
}

function trackingInfo({ client, reply }: NodeCall): void {
  const flags = flagsOf(client.tracking, client.caching);
  const prefixes = [...(client.tracking?.prefixes ?? [])].sort();
  reply.map(3);
  reply.binary('flags');
  reply.set(flags.length);
  for (const flag of flags) reply.binary(flag);
  reply.binary('redirect');
  reply.integer(client.tracking?.redirect ?? -1);
  reply.binary('prefixes');
  reply.array(prefixes.length);
  for (const prefix of prefixes) reply.binary(prefix);
}

function flagsOf(mode: TrackingMode | undefined, isCaching: boolean): string[] {
  if (mode === undefined) return ['off'];
  const flags = ['on'];
  if (mode.broadcast) flags.push('bcast');
  if (mode.optIn) flags.push('optin');
  if (mode.optIn && isCaching) flags.push('caching-yes');
  if (mode.optOut) flags.push('optout');
  if (mode.optOut && isCaching) flags.push('caching-no');
  if (mode.noLoop) flags.push('noloop');
  if (mode.broken) flags.push('broken_redirect');
  return flags;
}
