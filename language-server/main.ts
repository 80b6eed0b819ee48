/** The language server as a process of its own: puts connection, machine and service together. */

import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import { globMatches } from '../extension/redis/glob.ts';
import {
  findConfFiles,
  firstDefined,
  isPortFolder,
  pathOf,
  readText,
  startFolders,
  uriOf,
} from './conf-search.ts';
import { findKeys } from './key-finder.ts';
import { isConfName } from './paths.ts';
import { type Runtime, startServer } from './server.ts';

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
    return file === undefined ? undefined : readText(file);
  },
  readInclude: (uri, included) => {
    const file = pathOf(uri);
    if (file === undefined) return undefined;
    const places = startFolders(file).map((folder) => path.resolve(folder, included));
    return firstDefined(places, /[*?[]/.test(included) ? readMatching : readText);
  },
  exists: (uri) => {
    const file = pathOf(uri);
    return file !== undefined && existsSync(file) && statSync(file).isFile();
  },
  siblingsOf: (uri) => {
    const file = pathOf(uri);
    return file === undefined ? [] : confFilesAround(file).map(uriOf);
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
    .map((name) => readText(path.join(folder, name)) ?? '')
    .join('');
}

/** Those beside it; and where each node has a folder named after its port, those in the other folders. */
function confFilesAround(file: string): string[] {
  const folder = path.dirname(file);
  const folders = isPortFolder(folder) ? list(path.dirname(folder)).filter(isPortFolder) : [folder];
  const files = folders.flatMap((name) => list(name).filter(isConfName));
  return files.slice(0, MOST_FILES);
}

function list(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).map((name) => path.join(folder, name));
}

startServer(createConnection(ProposedFeatures.all), runtime);
