/**
 * Compiled code from one run for the next. A quarter of the time to six nodes that serve goes into compiling functions when
 * they are first called. Node's compile cache keeps only what is compiled when a file is loaded, which is next to nothing of
 * them; so what V8 has by the time that something serves is kept here, in that cache's folder.
 */
import { Buffer } from 'node:buffer';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire, getCompileCacheDir } from 'node:module';
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
  const module = { exports: {} };
  script.runInThisContext()(module.exports, createRequire(file), module, file, path.dirname(file));
  return module.exports;
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

/** Undefined where Node has no such folder (before version 22), or was told to use none. */
function cacheFileOf(file: string, source: Buffer): string | undefined {
  const folder = getCompileCacheDir?.();
  return folder && path.join(folder, `${path.basename(file)}-${source.length}`);
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
