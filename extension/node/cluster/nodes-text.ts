/** CLUSTER NODES, line by line; nodes.conf is made of the same lines with a little more in them. */
import { formatRange } from '../../redis/slots.ts';
import { FAIL, HANDSHAKE, MYSELF, NOADDR, NOFAILOVER, PFAIL, PRIMARY, REPLICA } from './message.ts';
import type { Peer } from './peer.ts';
import { clientPort, type View } from './view.ts';

/** In the order the words are told. */
export const FLAG_WORDS: readonly (readonly [flag: number, word: string])[] = [
  [MYSELF, 'myself'],
  [PRIMARY, 'master'],
  [REPLICA, 'slave'],
  [PFAIL, 'fail?'],
  [FAIL, 'fail'],
  [HANDSHAKE, 'handshake'],
  [NOADDR, 'noaddr'],
  [NOFAILOVER, 'nofailover'],
];

export function flagWords(flags: number): string {
  const words = FLAG_WORDS.filter(([flag]) => flags & flag).map(([, word]) => word);
  return words.length === 0 ? 'noflags' : words.join(',');
}

/** All nodes, those in handshake included. Each line ends in a line feed. */
export function nodesText(view: View, encrypted = false): string {
  return view.nodes.all.map((peer) => `${nodeLine(view, peer, encrypted)}\n`).join('');
}

/** `encrypted`: as a client that speaks TLS is to see it. */
export function nodeLine(view: View, peer: Peer, encrypted = false): string {
  const address = `${peer.ip}:${clientPort(peer, encrypted)}@${peer.busPort}`;
  return describe(view, peer, peer.hostname === '' ? address : `${address},${peer.hostname}`);
}

/** For nodes.conf: what clients are not told goes behind the host name. */
export function storedLine(view: View, peer: Peer): string {
  const extras = [`tls-port=${peer.tlsPort}`];
  if (peer.nodename !== '') extras.push(`nodename=${peer.nodename}`);
  // A replica may have told of another shard than its primary did, and a primary that became a replica may have had some
  // itself, which nobody hears of any more. redis-server 7.2 refuses a file in which the two are not of one shard.
  extras.push(`shard-id=${peer.shardPrimary.shardId}`);
  return describe(view, peer, `${peer.ip}:${peer.port}@${peer.busPort},${peer.hostname},${extras.join(',')}`);
}

function describe(view: View, peer: Peer, address: string): string {
  const epochOf = peer.isReplica && peer.primary !== undefined ? peer.primary : peer;
  const linked = peer.link?.isConnected === true || peer.isMyself;
  return [
    peer.id,
    address,
    flagWords(peer.flags),
    peer.primary?.id ?? '-',
    view.wallTime(peer.pingSentAt),
    view.wallTime(peer.pongReceivedAt),
    epochOf.configEpoch,
    linked ? 'connected' : 'disconnected',
    ...peer.slots.ranges().map(formatRange),
    ...(peer.isMyself ? openSlots(view) : []),
  ].join(' ');
}

/** `[93->-<target>]` and `[93-<-<source>]`, by slot. */
function openSlots({ slots }: View): string[] {
  const open = [...slots.migratingTo.keys(), ...slots.importingFrom.keys()];
  return [...new Set(open)]
    .sort((a, b) => a - b)
    .map((slot) => {
      const target = slots.migratingTo.get(slot);
      return target ? `[${slot}->-${target.id}]` : `[${slot}-<-${slots.importingFrom.get(slot)?.id}]`;
    });
}
