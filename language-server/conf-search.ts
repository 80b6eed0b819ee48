/** Conf files on the disk: finding and reading them. */

import { readFileSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { URI } from 'vscode-uri';
import { isConfName } from './paths.ts';

/** A conf file that is larger than this and that nobody has open is left alone. */
const MOST_BYTES = 1 << 20;
/** Folders whose conf files are those of a program, not of the workspace. */
const PASSED_OVER: ReadonlySet<string> = new Set(['node_modules', 'dist', 'build', 'target', 'vendor']);
/** A workspace of more is told about the first ones. */
const MOST_IN_WORKSPACE = 5000;
/** Told at a time: reading them takes a few milliseconds. */
const AT_ONCE = 50;

/** Tells the conf files under folders, some at a time; in between whoever waits has a turn. */
export async function findConfFiles(
  folders: readonly string[],
  found: (uris: readonly string[]) => void,
): Promise<void> {
  const waiting = folders.flatMap((uri) => pathOf(uri) ?? []);
  let left = MOST_IN_WORKSPACE;
  for (let folder = waiting.pop(); folder !== undefined && left > 0; folder = waiting.pop()) {
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
    const files: string[] = [];
    for (const entry of entries) {
      const whole = path.join(folder, entry.name);
      if (entry.isFile() && isConfName(whole)) files.push(uriOf(whole));
      if (entry.isDirectory() && !entry.name.startsWith('.') && !PASSED_OVER.has(entry.name))
        waiting.push(whole);
    }
    for (let at = 0; at < files.length && left > 0; at += AT_ONCE, left -= AT_ONCE) {
      found(files.slice(at, at + AT_ONCE));
      await setImmediate();
    }
  }
}

/**
 * Where the server that a file is for is started, and its relative paths begin, as far as anybody knows: beside the file; or,
 * where each node has a folder named after its port, above, as for `redis-server 7000/redis-7000.conf`.
 */
export function startFolders(file: string): readonly string[] {
  const beside = path.dirname(file);
  return isPortFolder(beside) ? [beside, path.dirname(beside)] : [beside];
}

export function isPortFolder(folder: string): boolean {
  return /^\d{1,5}$/.test(path.basename(folder));
}

export function firstDefined<Place, Found>(
  places: readonly Place[],
  look: (place: Place) => Found | undefined,
): Found | undefined {
  for (const place of places) {
    const found = look(place);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Undefined for what lies on no disk of this machine, such as `/etc/redis/users.acl` on Windows. */
export function pathOf(uri: string): string | undefined {
  try {
    return uri.startsWith('file:') ? fileURLToPath(uri) : undefined;
  } catch {
    return undefined;
  }
}

/** As the editor writes it, which differs from Node's way: `file:///c%3A/lab/redis.conf`. Files are told apart by it. */
export function uriOf(file: string): string {
  return URI.file(file).toString();
}

/** Undefined: it cannot be read, or it is no conf file by its size. */
export function readText(file: string): string | undefined {
  try {
    return statSync(file).size <= MOST_BYTES ? readFileSync(file, 'utf8') : undefined;
  } catch {
    return undefined;
  }
}
