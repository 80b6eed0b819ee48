/**
 * Compiled code from one run for the next. A third of the time to six nodes that serve goes into compiling functions when
 * they are first called. Node's compile cache keeps only what is compiled when a file is loaded, which is next to nothing of
 * them; so what V8 has by the time that something serves is kept here: in that cache's folder where it is switched on, else
 * (in a program that uses the lab as a library, and before Node 22) in one of our own among the temporary files.
 */
import { Buffer } from 'node:buffer';
import { lstatSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import module, { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Script } from 'node:vm';

/** A bundle whose compiled code no run has kept yet. */
let unkept: { readonly script: Script; readonly source: Buffer; readonly file: string } | undefined;

/** What the CommonJS bundle in `file` exports. */
export function loadBundle(file: string): unknown {
  const source = readFileSync(file);
  const cache = cacheFileOf(file, source);
  const cachedData = cache === undefined ? undefined : compiledOf(source, cache);
  const script = new Script(`(function (exports, require, module, __filename, __dirname) {${source}\n})`, {
    filename: file,
    cachedData,
  });
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
    writeFileSync(beside, Buffer.concat([source, script.createCachedData()]), { mode: 0o600 });
    renameSync(beside, file);
  } catch {
    // A full or read-only disk: the next start is no quicker, and that is all.
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

/** V8 recognises its own version and flags, but not the source. So that stands in front. */
function compiledOf(source: Buffer, cache: string): Buffer | undefined {
  try {
    const kept = readFileSync(cache);
    return kept.subarray(0, source.length).equals(source) ? kept.subarray(source.length) : undefined;
  } catch {
    return undefined;
  }
}
