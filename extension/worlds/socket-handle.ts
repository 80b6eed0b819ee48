/**
 * What Node does not document about sockets, in one place, with a way around it where it is absent.
 *
 * Reading accepted sockets into one shared buffer: Node offers `onread` (no Buffer and no stream chunk per read) for
 * dialled sockets only, so an accepted one is rebuilt around its own handle. Otherwise there is the `data` event, which
 * costs 20-30 % more CPU with pipelining.
 *
 * Writing without the stream: a small write that the kernel takes at once goes to the socket's descriptor. Otherwise
 * there is `socket.write`, whose buffers, requests and ticks cost more than the system call itself.
 */
import { type OnReadOpts, Socket } from 'node:net';

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

/** The descriptor of a connected socket; -1 where there is none (Windows). It is valid until the socket is destroyed. */
export function descriptorOf(socket: Socket): number {
  const handle = '_handle' in socket ? socket._handle : undefined;
  if (typeof handle !== 'object' || handle === null || !('fd' in handle)) return -1;
  return typeof handle.fd === 'number' ? handle.fd : -1;
}
