/** All sessions of a node, by id, in the order in which they came. */
import { type Binary, textOf } from '../../redis/bytes.ts';
import type { Clock, Connection } from '../../redis/world.ts';
import type { Client } from './client.ts';

export type ClientType = 'normal' | 'master' | 'replica' | 'pubsub';

export class Clients {
  readonly #byId = new Map<number, Client>();
  #lastId = 0;

  nextId(): number {
    return ++this.#lastId;
  }

  add(client: Client): void {
    this.#byId.set(client.id, client);
  }

  remove(client: Client): void {
    this.#byId.delete(client.id);
  }

  get(id: number): Client | undefined {
    return this.#byId.get(id);
  }

  get size(): number {
    return this.#byId.size;
  }

  /** Closing a session while going through them is fine. */
  [Symbol.iterator](): IterableIterator<Client> {
    return this.#byId.values();
  }
}

export function clientType(client: Client): ClientType {
  if (client.isPrimary) return 'master';
  if (client.isReplica) return 'replica';
  return client.subscriptions.any ? 'pubsub' : 'normal';
}

export function readClientType(word: Binary): ClientType | undefined {
  const lower = word.toLowerCase();
  if (lower === 'slave') return 'replica';
  return lower === 'normal' || lower === 'master' || lower === 'replica' || lower === 'pubsub'
    ? lower
    : undefined;
}

export function peerName({ connection }: Client): string {
  return socketName(connection) ?? addressText(connection.remote);
}

export function localName({ connection }: Client): string {
  return socketName(connection) ?? addressText(connection.local);
}

function socketName({ unixSocket }: Connection): string | undefined {
  return unixSocket === undefined ? undefined : `${unixSocket}:0`;
}

/** MONITOR's word for where a command came from. */
export function sourceName(client: Client): string {
  const { unixSocket } = client.connection;
  return unixSocket === undefined ? peerName(client) : `unix:${unixSocket}`;
}

/** `127.0.0.1:7000`, `[::1]:7000`; what has no port is no address but a name. */
export function addressText({ host, port }: { readonly host: string; readonly port: number }): string {
  if (port < 0) return host;
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function flagLetters(client: Client): string {
  let flags = '';
  if (client.isMonitor) flags += 'O';
  else if (client.isReplica) flags += 'S';
  if (client.isPrimary) flags += 'M';
  if (client.subscriptions.any) flags += 'P';
  if (client.transaction.open) flags += 'x';
  if (client.parked || client.hasPostponed) flags += 'b';
  if (client.tracking !== undefined) flags += 't';
  if (client.tracking?.broken === true) flags += 'R';
  if (client.tracking?.broadcast === true) flags += 'B';
  if (client.watchedChanged) flags += 'd';
  if (client.closing) flags += 'c';
  if (client.connection.unixSocket !== undefined) flags += 'U';
  if (client.readonlyMode) flags += 'r';
  if (client.noEvict) flags += 'e';
  if (client.noTouch) flags += 'T';
  return flags === '' ? 'N' : flags;
}

/** The line of CLIENT LIST and CLIENT INFO, with the fields of 7.2 in their order. `executing`: its command is running. */
export function describeClient(client: Client, clock: Clock, executing = false): string {
  const { transaction, subscriptions, decoder, output } = client;
  const { replies } = output;
  const pending = output.bytes;
  const fields: readonly (readonly [name: string, value: string | number])[] = [
    ['id', client.id],
    ['addr', peerName(client)],
    ['laddr', localName(client)],
    // A process of its own has a descriptor for each socket; nodes that share one have none to show.
    ['fd', -1],
    ['name', textOf(client.name)],
    ['age', Math.floor((clock.wallMs() - client.createdAtMs) / 1000)],
    ['idle', Math.floor((clock.monotonicMs() - client.lastActiveMs) / 1000)],
    ['flags', flagLetters(client)],
    ['db', client.database],
    ['sub', subscriptions.channel.size],
    ['psub', subscriptions.pattern.size],
    ['ssub', subscriptions.shard.size],
    ['multi', transaction.open ? transaction.queue.length : -1],
    ['qbuf', executing ? decoder.bytesFromCommand : decoder.heldBytes],
    ['qbuf-free', decoder.spareBytes],
    ['argv-mem', executing ? decoder.args.rawEnd - decoder.args.rawStart : decoder.argumentBytes],
    ['multi-mem', transaction.queuedBytes],
    ['rbs', replies.size],
    ['rbp', replies.peak],
    ['obl', replies.length],
    ['oll', pending > 0 ? 1 : 0],
    ['omem', pending],
    ['tot-mem', clientBytes(client) + (executing ? decoder.bytesBeside(decoder.args) : 0)],
    ['events', pending > 0 ? 'rw' : 'r'],
    ['cmd', client.lastCommand?.name ?? 'NULL'],
    ['user', client.isPrimary ? '(superuser)' : textOf(client.user.name)],
    ['redir', client.tracking?.redirect ?? -1],
    ['resp', client.protocol],
    ['lib-name', textOf(client.libraryName)],
    ['lib-ver', textOf(client.libraryVersion)],
  ];
  return fields.map(([name, value]) => `${name}=${value}`).join(' ');
}

/** The objects of an idle session, measured once over a thousand of them. */
const IDLE_CLIENT_BYTES = 3000;

/** An entry of a Set or a Map with its short key, and one more in a table of the node: measured, too. */
const ENTRY_BYTES = 150;

/** What a session holds: its input, its output, its transaction, and what it wants to hear of. */
export function clientBytes(client: Client): number {
  const { decoder, output, transaction, watched, subscriptions, tracking } = client;
  const entries = watched.length + subscriptions.size + (tracking?.prefixes.size ?? 0);
  const buffers = decoder.bufferBytes + output.replies.size + transaction.queuedBytes + output.bytes;
  return IDLE_CLIENT_BYTES + buffers + entries * ENTRY_BYTES;
}
