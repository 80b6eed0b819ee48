/** The language server as a process of its own: puts connection, machine and service together. */

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import { findKeys } from './key-finder.ts';
import { type Runtime, startServer } from './server.ts';

/** A conf file that is larger than this and that nobody has open is left alone. */
const MOST_BYTES = 1 << 20;
/** More files than this are no set-up of one cluster. */
const MOST_FILES = 64;

const runtime: Runtime = {
  findKeys,
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
    if (file === undefined || /[*?[]/.test(included)) return undefined;
    return read(path.resolve(path.dirname(file), included));
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
  const files = folders.flatMap((name) =>
    list(name).filter((entry) => /[/\\](?:redis|valkey)[^/\\]*\.conf$/.test(entry)),
  );
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
