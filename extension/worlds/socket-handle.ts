/**
 * The one place that touches what Node's sockets do not document. Where something of it is absent, the caller does without.
 *
 * Reading accepted sockets into one shared buffer: Node offers `onread` (no Buffer and no stream chunk per read) for
 * dialled sockets only, so an accepted one is built around its handle: at once, or in place of the socket that Node built.
 * The `data` event instead costs 20-30 % more CPU with pipelining.
 *
 * Listening at once: the documented way first loads all that looks up names and shares ports among processes (node:dns,
 * node:cluster, node:child_process, node:dgram). That takes as long as a tenth of the lab's start.
 */
import { isIPv4, type OnReadOpts, type Server, Socket } from 'node:net';

/**
 * A socket that reads through `onread` in place of `shell`, which must come from a server with `pauseOnConnect` and is
 * not to be used again. Undefined (and `shell` untouched) when this Node keeps its handles elsewhere.
 */
export function takeOver(shell: Socket, onread: OnReadOpts): Socket | undefined {
  const handle = '_handle' in shell ? shell._handle : undefined;
  if (!readsIntoBuffer(handle)) return undefined;
  // Without its handle the shell ends without closing the connection; it must end, because the server counts it and
  // would never finish closing.
  Reflect.set(shell, '_handle', null);
  shell.destroy();
  return socketAround(handle, onread);
}

/** Makes the socket of a connection that was just accepted. */
export type MakeSocket = (onread: OnReadOpts) => Socket;

/**
 * From now on `accepted` gets the connections of a server that listens, before there is a shell for them. It answers false
 * when it wants the shell.
 */
export function acceptWithoutShell(server: Server, accepted: (make: MakeSocket) => boolean): void {
  const listening = '_handle' in server ? server._handle : undefined;
  if (typeof listening !== 'object' || listening === null || !('onconnection' in listening)) return;
  const documented = listening.onconnection;
  if (typeof documented !== 'function') return;
  Reflect.set(listening, 'onconnection', (error: unknown, handle: unknown) => {
    if (!error && readsIntoBuffer(handle) && accepted((onread) => socketAround(handle, onread))) return;
    Reflect.apply(documented, listening, [error, handle]);
  });
}

function readsIntoBuffer(handle: unknown): handle is object {
  return typeof handle === 'object' && handle !== null && 'useUserBuffer' in handle;
}

function socketAround(handle: object, onread: OnReadOpts): Socket {
  // Reflect.construct: `handle` is not an option that Socket's types know for a handle like this one.
  const socket: Socket = Reflect.construct(Socket, [{ handle, onread }]);
  return socket;
}

/** Has `server` listen, shared with no other process. False (and nothing done) when it must do so the documented way. */
export function listenAtOnce(server: Server, host: string, port: number, backlog: number): boolean {
  // Of `::`, the documented way knows how to leave IPv4 to others.
  if (!isIPv4(host) || !('_listen2' in server) || typeof server._listen2 !== 'function') return false;
  server._listen2(host, port, 4, backlog);
  return true;
}
