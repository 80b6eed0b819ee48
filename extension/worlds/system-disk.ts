/** Files of one node, synchronously; only `sync` takes its time. */
import {
  close,
  closeSync,
  constants,
  type Dirent,
  existsSync,
  fdatasync,
  fstatSync,
  fsync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { errorOf } from '../redis/caught.ts';
import type { Disk, DiskFile, DiskLock } from '../redis/world.ts';
import { isCode } from './error-code.ts';
import { acquireLock } from './file-lock.ts';
import type { Gate } from './gate.ts';
import { renameOver } from './rename-over.ts';

/**
 * Makes a folder and those above it that are missing. Throws the system's error where that can't be: Node's own recursive
 * mkdir never returns when a system says ENOENT below a folder that is there, as /proc and automounters do.
 */
export function makeFolders(path: string): void {
  if (existsSync(path)) return;
  const above = dirname(path);
  if (above !== path) makeFolders(above);
  try {
    mkdirSync(path);
  } catch (error) {
    // Somebody else was quicker.
    if (!isCode(error, 'EEXIST')) throw error;
  }
}

export class SystemDisk implements Disk {
  readonly #gate: Gate;
  readonly #files = new Set<SystemFile>();
  readonly #locks = new Set<DiskLock>();

  constructor(gate: Gate) {
    this.#gate = gate;
  }

  read(path: string): Uint8Array | undefined {
    try {
      return readFileSync(path);
    } catch (error) {
      if (isCode(error, 'ENOENT')) return undefined;
      throw error;
    }
  }

  replace(path: string, bytes: Uint8Array, sync = true): void {
    // The process id keeps two programs that (wrongly) share a folder from mixing their halves.
    const beside = `${path}.tmp-${process.pid}`;
    try {
      const fd = openSync(beside, 'w');
      try {
        writeAll(fd, bytes);
        if (sync) fsyncSync(fd);
      } finally {
        closeSync(fd);
      }
      renameOver(beside, path);
    } catch (error) {
      rmSync(beside, { force: true });
      throw error;
    }
    if (sync) syncFolder(dirname(path));
  }

  sync(path: string, done: (error?: Error) => void): void {
    let file: DiskFile | undefined;
    let failure: Error | undefined;
    try {
      // On Windows nothing could be renamed over it while it were open.
      if (process.platform === 'win32') syncNow(path);
      else file = this.open(path, 'append');
    } catch (error) {
      failure = errorOf(error);
    }
    if (file === undefined) {
      setImmediate(() => this.#gate.pass(() => done(failure)));
      return;
    }
    file.sync((error) => {
      file.close();
      done(error);
    });
  }

  open(path: string, mode: 'read' | 'append' | 'create'): DiskFile {
    const file = new SystemFile(openFile(path, mode), this.#gate, () => this.#files.delete(file));
    this.#files.add(file);
    return file;
  }

  rename(from: string, to: string, lasts?: (error?: Error) => void): void {
    freeingLater(to, () => renameOver(from, to));
    if (lasts === undefined) syncFolder(dirname(to));
    else syncFolderLater(dirname(to), (error) => this.#gate.pass(() => lasts(error)));
  }

  remove(path: string): void {
    freeingLater(path, () => rmSync(path, { force: true, recursive: true }));
  }

  exists(path: string): boolean {
    return existsSync(path);
  }

  list(folder: string): string[] {
    try {
      const entries = readdirSync(folder, { withFileTypes: true });
      return entries.flatMap((entry) => (isFile(folder, entry) ? [entry.name] : [])).sort();
    } catch (error) {
      if (isCode(error, 'ENOENT')) return [];
      throw error;
    }
  }

  makeFolder(path: string): void {
    makeFolders(path);
  }

  lock(path: string): DiskLock | undefined {
    const held = acquireLock(path);
    if (held === undefined) return undefined;
    const lock: DiskLock = {
      release: () => {
        if (this.#locks.delete(lock)) held.release();
      },
    };
    this.#locks.add(lock);
    return lock;
  }

  /** The end of the node: files closed, locks given back. */
  closeAll(): void {
    for (const file of this.#files) file.close();
    for (const lock of this.#locks) lock.release();
  }
}

class SystemFile implements DiskFile {
  readonly #fd: number;
  readonly #gate: Gate;
  readonly #closed: () => void;
  #size: number;
  #open = true;
  #syncing = 0;

  constructor(fd: number, gate: Gate, closed: () => void) {
    this.#fd = fd;
    this.#gate = gate;
    this.#closed = closed;
    this.#size = fstatSync(fd).size;
  }

  get size(): number {
    return this.#size;
  }

  read(into: Uint8Array, position: number): number {
    let count = 0;
    while (count < into.length) {
      const got = readSync(this.#fd, into, count, into.length - count, position + count);
      if (got === 0) break;
      count += got;
    }
    return count;
  }

  append(bytes: Uint8Array): void {
    writeAll(this.#fd, bytes, this.#size);
    this.#size += bytes.length;
  }

  sync(done: (error?: Error) => void): void {
    this.#syncing++;
    fdatasync(this.#fd, (error) => {
      this.#syncing--;
      if (!this.#open && this.#syncing === 0) closeSync(this.#fd);
      this.#gate.pass(() => done(error ?? undefined));
    });
  }

  syncNow(): void {
    fsyncSync(this.#fd);
  }

  truncate(size: number): void {
    ftruncateSync(this.#fd, size);
    this.#size = size;
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#closed();
    // The descriptor's number must not be given to another file while a sync on it is under way.
    if (this.#syncing === 0) closeSync(this.#fd);
  }
}

/** Also by way of a link: certificates in a folder often are links. */
function isFile(folder: string, entry: Dirent): boolean {
  if (!entry.isSymbolicLink()) return entry.isFile();
  return statSync(join(folder, entry.name), { throwIfNoEntry: false })?.isFile() === true;
}

function openFile(path: string, mode: 'read' | 'append' | 'create'): number {
  // Not 'a': Windows would forbid truncate. SystemFile appends at the end by itself.
  if (mode === 'append') return openSync(path, constants.O_RDWR | constants.O_CREAT);
  return openSync(path, mode === 'read' ? 'r' : 'w+');
}

function writeAll(fd: number, bytes: Uint8Array, position = 0): void {
  for (let start = 0; start < bytes.length; ) {
    start += writeSync(fd, bytes, start, bytes.length - start, position + start);
  }
}

/**
 * Does what takes a file's name away. Its room is given back when nobody has it open any more, which for a large file
 * takes long: that happens in the background.
 */
function freeingLater(path: string, unname: () => void): void {
  let fd: number | undefined;
  try {
    // On Windows an open file keeps its name.
    if (process.platform !== 'win32') fd = openSync(path, 'r');
  } catch {
    // There is none, or none of ours to open: then it is freed at once.
  }
  try {
    unname();
  } finally {
    if (fd !== undefined) close(fd, () => {});
  }
}

function syncNow(path: string): void {
  const fd = openSync(path, 'r+');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function syncFolderLater(folder: string, done: (error?: Error) => void): void {
  if (process.platform === 'win32') {
    setImmediate(done);
    return;
  }
  const fd = openSync(folder, 'r');
  fsync(fd, (error) => {
    closeSync(fd);
    done(error === null || isUnsupported(error) ? undefined : error);
  });
}

/** Makes a rename last through a power cut. Windows can't open folders; NTFS journals renames by itself. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } catch (error) {
    if (!isUnsupported(error)) throw error;
  } finally {
    closeSync(fd);
  }
}

/** Some file systems, mostly those of a network or of a machine around this one, have no fsync for folders. */
function isUnsupported(error: unknown): boolean {
  return isCode(error, 'EINVAL', 'EBADF');
}
