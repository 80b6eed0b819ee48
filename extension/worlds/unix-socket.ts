/** The file of a Unix socket: its place, its permissions, and what the operating system has against it. */
import { chmodSync, existsSync, lstatSync, rmSync } from 'node:fs';
import type { Server } from 'node:net';
import path from 'node:path';
import type { NetworkError, UnixSocketAddress } from '../redis/world.ts';

/** `server` tells in its `error` event when it cannot. */
export function listenOnFile(
  server: Server,
  socket: UnixSocketAddress,
  backlog: number,
  ready: () => void,
): void {
  removeLeftover(socket.path);
  server.listen({ path: shortest(socket.path), backlog, exclusive: true }, ready);
  // The file is there now; nobody was accepted yet.
  if (socket.mode === 0 || !server.listening) return;
  try {
    chmodSync(socket.path, socket.mode);
  } catch {
    // A file system without permissions; redis-server goes on, too.
  }
}

/** redis-server removes whatever is there. What is no socket may be somebody's data: it stays, and is in the way. */
function removeLeftover(file: string): void {
  try {
    if (lstatSync(file).isSocket()) rmSync(file);
  } catch {
    // None there, or not ours to remove: then binding fails, and says why.
  }
}

/** The kernel takes little more than a hundred bytes, and a process may stand in the folder itself. */
function shortest(file: string): string {
  const relative = path.relative('', file);
  return relative.length < file.length ? relative : file;
}

/** libuv tells of a folder that is not there as of one that is forbidden. */
export function socketError({ path: file }: UnixSocketAddress, error: NetworkError): NetworkError {
  if (error.code !== 'EACCES' || existsSync(path.dirname(file))) return error;
  return { code: 'ENOENT', message: `listen ENOENT: no such file or directory ${file}` };
}
