/**
 * Compiled code from one run for the next. A third of the time to six nodes that serve goes into compiling functions when
 * they are first called. Node's compile cache keeps only what is compiled when a file is loaded, which is next to nothing of
 * them; so what V8 has by the time that something serves is kept here: in that cache's folder where it is switched on, else
 * (in a program that uses the lab as a library, and before Node 22) in one of our own among the temporary files.
 */
import { Buffer } from 'node:buffer';
import {
  closeSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import module, { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Script } from 'node:vm';

/** What Node, too, puts around a module's source. */
const HEAD = Buffer.from('(function (exports, require, module, __filename, __dirname) {');
const TAIL = Buffer.from('\n})');

/** Bytes of the kept source that are compared at a time: room that is used again need not be fetched from the system. */
const COMPARED_BYTES = 32 * 1024;

/** A bundle whose compiled code no run has kept yet. */
let unkept: { readonly script: Script; readonly source: Buffer; readonly file: string } | undefined;

/** What the CommonJS bundle in `file` exports. */
export function loadBundle(file: string): unknown {
  const source = wrapped(file);
  const cache = cacheFileOf(file, source);
  const cachedData = cache === undefined ? undefined : compiledOf(source, cache);
  const script = new Script(source.toString('latin1'), { filename: file, cachedData });
  const rejected = cachedData === undefined || script.cachedDataRejected === true;
  if (cache !== undefined && rejected) unkept = { script, source, file: cache };
  const loaded = { exports: {} };
  script.runInThisContext()(loaded.exports, createRequire(file), loaded, file, path.dirname(file));
  return loaded.exports;
}

/** To be called once all that a start needs has run. Of no effect when it came from an earlier run. */
export function keepCompiled(): void {
  if (unkept === undefined) return;
  const { script, source, file } = unkept;
  unkept = undefined;
  const beside = `${file}.${process.pid}`;
  try {
    writeFileSync(beside, Buffer.concat([script.createCachedData(), source]), { mode: 0o600 });
    renameSync(beside, file);
  } catch {
    // A full or read-only disk: the next start is no quicker, and that is all.
  }
}

/** The source as a function, put together as bytes: a string that is joined would be copied once more. */
function wrapped(file: string): Buffer {
  const descriptor = openSync(file, 'r');
  try {
    const { size } = fstatSync(descriptor);
    const source = Buffer.allocUnsafeSlow(HEAD.length + size + TAIL.length);
    HEAD.copy(source);
    readWhole(descriptor, source.subarray(HEAD.length, HEAD.length + size), 0);
    TAIL.copy(source, HEAD.length + size);
    return source;
  } finally {
    closeSync(descriptor);
  }
}

/** Undefined where there is no folder to keep it in. */
function cacheFileOf(file: string, source: Buffer): string | undefined {
  // Not in Node 20.
  const folder = module.getCompileCacheDir?.() ?? ownFolder();
  return folder && path.join(folder, `${path.basename(file)}-${source.length}`);
}

/** Undefined when the user wants none, or when others could put code there that would run as ours. */
function ownFolder(): string | undefined {
  if (process.env['NODE_DISABLE_COMPILE_CACHE'] !== undefined) return undefined;
  const user = process.getuid?.();
  const top = path.join(tmpdir(), `redis-cluster-lab-code-${user ?? 'cache'}`);
  const folder = path.join(top, `${process.versions.v8}-${process.arch}`);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const { mode, uid } = lstatSync(top);
    // On Windows the temporary files are one user's.
    if (user !== undefined && (uid !== user || (mode & 0o077) !== 0)) return undefined;
    return folder;
  } catch {
    return undefined;
  }
}

/**
 * V8 recognises its own version and flags, but not the source. So that is kept with it: at the end, since V8 copies what it
 * gets when that does not start at a multiple of eight bytes.
 */
function compiledOf(source: Buffer, cache: string): Buffer | undefined {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(cache, 'r');
    const length = fstatSync(descriptor).size - source.length;
    if (length <= 0 || !isKept(source, descriptor, length)) return undefined;
    const compiled = Buffer.allocUnsafeSlow(length);
    readWhole(descriptor, compiled, 0);
    return compiled;
  } catch {
    return undefined;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** Whether the file holds the source from the byte `from` on. */
function isKept(source: Buffer, descriptor: number, from: number): boolean {
  const part = Buffer.allocUnsafe(COMPARED_BYTES);
  for (let at = 0; at < source.length; at += COMPARED_BYTES) {
    const compared = source.subarray(at, at + COMPARED_BYTES);
    const kept = part.subarray(0, compared.length);
    readWhole(descriptor, kept, from + at);
    if (!kept.equals(compared)) return false;
  }
  return true;
}

/** @throws when the file ends before */
function readWhole(descriptor: number, into: Buffer, from: number): void {
  for (let at = 0; at < into.length; ) {
    const read = readSync(descriptor, into, at, into.length - at, from + at);
    if (read === 0) throw new RangeError('the file is shorter than it was');
    at += read;
  }
}
