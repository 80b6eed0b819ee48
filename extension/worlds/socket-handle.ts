/**
 * The one place that touches what Node's sockets do not document. Where something of it is absent, the caller does without.
 *
 * Reading accepted sockets into one shared buffer: Node offers `onread` (no Buffer and no stream chunk per read) for
 * dialled sockets only, so an accepted one is rebuilt around its own handle. The `data` event instead costs 20-30 % more
 * CPU with pipelining.
 *
 * Listening at once: the documented way first loads all that looks up names and shares ports among processes (node:dns,
 * node:cluster, node:child_process, node:dgram), which takes longer than to start six nodes.
 */
import { isIPv4, type OnReadOpts, type Server, Socket } from 'node:net';

/**
 * A socket that reads through `onread` in place of `shell`, which must come from a server with `pauseOnConnect` and is
 * not to be used again. Undefined (and `shell` untouched) when this Node keeps its handles elsewhere.
 */
export function takeOver(shell: Socket, onread: OnReadOpts): Socket | undefined {
  if (!('_handle' in shell)) return undefined;
  const handle = shell._handle;
  if (typeof handle !== 'object' || handle === null || !('useUserBuffer' in handle)) return undefined;
  // Without its handle the shell ends without closing the connection; it must end, because the server counts it and
  // would never finish closing.
  Reflect.set(shell, '_handle', null);
  shell.destroy();
  // Reflect.construct: `handle` is not an option that Socket's types know for a handle like this one.
  const socket: unknown = Reflect.construct(Socket, [{ handle, onread }]);
  return socket instanceof Socket ? socket : undefined;
}

/** Has `server` listen, shared with no other process. False (and nothing done) when it must do so the documented way. */
export function listenAtOnce(server: Server, host: string, port: number, backlog: number): boolean {
  // Of `::`, the documented way knows how to leave IPv4 to others.
  if (!isIPv4(host) || !('_listen2' in server) || typeof server._listen2 !== 'function') return false;
  server._listen2(host, port, 4, backlog);
  return true;
}
