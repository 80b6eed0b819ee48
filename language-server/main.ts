/** The language server as a process of its own: puts connection, machine and service together. */

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import { globMatches } from '../extension/redis/glob.ts';
import { findKeys } from './key-finder.ts';
import { isConfName } from './paths.ts';
import { type Runtime, startServer } from './server.ts';

/** A conf file that is larger than this and that nobody has open is left alone. */
const MOST_BYTES = 1 << 20;
/** More files than this are no set-up of one cluster. */
const MOST_FILES = 64;

const runtime: Runtime = {
  findKeys,
  findConfFiles,
  after: (milliseconds, action) => {
    const timer = setTimeout(action, milliseconds);
    return () => clearTimeout(timer);
  },
  readFile: (uri) => {
    const file = pathOf(uri);
    return file === undefined ? undefined : read(file);
  },
  readInclude: (uri, included) => {
    const file = pathOf(uri);
    if (file === undefined) return undefined;
    const whole = path.resolve(path.dirname(file), included);
    return /[*?[]/.test(included) ? readMatching(whole) : read(whole);
  },
  exists: (uri) => {
    const file = pathOf(uri);
    return file !== undefined && existsSync(file) && statSync(file).isFile();
  },
  siblingsOf: (uri) => {
    const file = pathOf(uri);
    return file === undefined ? [] : confFilesAround(file).map((sibling) => pathToFileURL(sibling).href);
  },
};

/** Of all files whose last part matches; a pattern of folders may mean files that are elsewhere. */
function readMatching(pattern: string): string | undefined {
  const folder = path.dirname(pattern);
  if (/[*?[]/.test(folder) || !existsSync(folder)) return undefined;
  const names = readdirSync(folder).filter(
    (name) => !name.startsWith('.') && globMatches(path.basename(pattern), name),
  );
  return names
    .sort()
    .map((name) => read(path.join(folder, name)) ?? '')
    .join('');
}

/** Folders whose conf files are those of a program, not of the workspace. */
const PASSED_OVER: ReadonlySet<string> = new Set(['node_modules', 'dist', 'build', 'target', 'vendor']);
/** A workspace of more is told about the first ones. */
const MOST_IN_WORKSPACE = 5000;
/** Told at a time: reading them takes a few milliseconds. */
const AT_ONCE = 50;

async function findConfFiles(
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
      if (entry.isFile() && isConfName(whole)) files.push(pathToFileURL(whole).href);
      if (entry.isDirectory() && !entry.name.startsWith('.') && !PASSED_OVER.has(entry.name))
        waiting.push(whole);
    }
    for (let at = 0; at < files.length && left > 0; at += AT_ONCE, left -= AT_ONCE) {
      found(files.slice(at, at + AT_ONCE));
      await setImmediate();
    }
  }
}

function pathOf(uri: string): string | undefined {
  return uri.startsWith('file:') ? fileURLToPath(uri) : undefined;
}

function read(file: string): string | undefined {
  try {
    return statSync(file).size <= MOST_BYTES ? readFileSync(file, 'utf8') : undefined;
  } catch {
    return undefined;
  }
}

/** Those beside it; and where each node has a folder named after its port, those in the other folders. */
function confFilesAround(file: string): string[] {
  const folder = path.dirname(file);
  const folders = isNumber(path.basename(folder))
    ? list(path.dirname(folder)).filter((name) => isNumber(path.basename(name)))
    : [folder];
  const files = folders.flatMap((name) => list(name).filter(isConfName));
  return files.slice(0, MOST_FILES);
}

function isNumber(name: string): boolean {
  return /^\d{1,5}$/.test(name);
}

function list(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).map((name) => path.join(folder, name));
}

startServer(createConnection(ProposedFeatures.all), runtime);
