/**
 * An exclusive lock as a file that names its owner. Node has no flock(2), so death must be found out otherwise: a
 * lock whose owner does not live any more is taken over.
 *
 * The file holds `pid thread started`: `thread` is the worker thread (0 is the main one), `started` the moment the
 * process began where the system tells it (Linux), for a process id may have been given to another process meanwhile.
 */
import {
  existsSync,
  linkSync,
  readdirSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { threadId } from 'node:worker_threads';
import type { DiskLock } from '../redis/world.ts';
import { isCode } from './error-code.ts';

/** Held by this thread: a file alone could not tell two nodes of one thread apart. */
const held = new Set<string>();

/** When the process with this id began, by whatever measure; empty where that is not known. */
type StartOf = (pid: number) => string;

/** Undefined when a living owner has it. `path` is the lock file itself. */
export function acquireLock(path: string, startOf: StartOf = startByProc): DiskLock | undefined {
  const file = resolve(path);
  if (held.has(file)) return undefined;
  const me = ownerOf(threadId, startOf);
  if (!create(file, me) && !takeOverFromDead(file, me, startOf)) return undefined;
  held.add(file);
  return {
    release: () => {
      if (held.delete(file) && ownerIn(file) === me) removeIfThere(file);
    },
  };
}

/**
 * Removes the locks in `folder` that a worker thread of this process left behind. Its process lives, so nobody else
 * could tell that the owner is gone.
 */
export function releaseLocksOfThread(
  folder: string,
  deadThread: number,
  startOf: StartOf = startByProc,
): void {
  const owner = ownerOf(deadThread, startOf);
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    if (!name.endsWith('.lock')) continue;
    const file = join(folder, name);
    if (ownerIn(file) === owner) removeIfThere(file);
  }
}

/** What a lock of a thread of this process says. */
function ownerOf(thread: number, startOf: StartOf): string {
  return `${process.pid} ${thread} ${startOf(process.pid)}`.trim();
}

/** A link appears together with its content; a file made in place could be read while it is still empty. */
function create(file: string, me: string): boolean {
  const beside = `${file}-${process.pid}-${threadId}`;
  writeFileSync(beside, me);
  try {
    linkSync(beside, file);
    return true;
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false;
    // File systems without links (FAT, some network shares).
    if (isCode(error, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS')) return createInPlace(file, me);
    throw error;
  } finally {
    removeIfThere(beside);
  }
}

function createInPlace(file: string, me: string): boolean {
  try {
    writeFileSync(file, me, { flag: 'wx' });
    return true;
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false;
    throw error;
  }
}

function takeOverFromDead(file: string, me: string, startOf: StartOf): boolean {
  const owner = ownerIn(file);
  if (owner !== undefined && isAlive(owner, startOf)) return false;
  // Moved aside first: if somebody else was quicker, it is their fresh lock that comes along, and goes back.
  const aside = `${file}-${process.pid}-${threadId}-dead`;
  try {
    renameSync(file, aside);
  } catch {
    // Already gone: whoever creates it now has it.
  }
  if (ownerIn(aside) !== owner) {
    linkSync(aside, file);
    removeIfThere(aside);
    return false;
  }
  removeIfThere(aside);
  return create(file, me);
}

/** `rmSync` would do; but what it loads to remove whole trees costs a start two milliseconds. */
function removeIfThere(file: string): void {
  try {
    unlinkSync(file);
  } catch (error) {
    if (!isCode(error, 'ENOENT')) throw error;
  }
}

function ownerIn(file: string): string | undefined {
  try {
    return readFileSync(file, 'latin1').trim();
  } catch {
    return undefined;
  }
}

function isAlive(owner: string, startOf: StartOf): boolean {
  const [pid = 0, thread] = owner.split(' ').map(Number);
  const started = owner.split(' ')[2] ?? '';
  // The same thread would have found itself in `held`: this is a leftover of an earlier process with our id.
  if (pid === process.pid && thread === threadId) return false;
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it lives, but belongs to another user.
    if (!isCode(error, 'EPERM')) return false;
  }
  return startOf(pid) === started;
}

/** Of this process. */
let ownStart: string | undefined;

/** Field 22 of /proc/PID/stat (proc(5)): clock ticks after boot. Only Linux has it. */
function startByProc(pid: number): string {
  if (pid !== process.pid) return readStart(pid);
  ownStart ??= readStart(pid);
  return ownStart;
}

function readStart(pid: number): string {
  if (process.platform !== 'linux') return '';
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // Field 2 is the name in brackets and may itself hold blanks and brackets.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}
