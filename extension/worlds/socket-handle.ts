/**
 * Reading accepted sockets into one shared buffer. Node offers `onread` (no Buffer and no stream chunk per read) for
 * dialled sockets only, so an accepted one is rebuilt around its own handle. This is the one place that touches what
 * Node does not document; where it is absent the caller falls back to the `data` event, which costs 20-30 % more CPU
 * with pipelining.
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
