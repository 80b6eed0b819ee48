/** Links from the files a conf file names to those files, where they are there. */

import type { DocumentLink } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { ConfEntry } from '../../extension/redis/config/parse-conf.ts';
import { type ConfDocument, spanOf } from '../parser.ts';
import { folderOf, joinPath, parentOf, pathOfUri, uriBeside } from '../paths.ts';
import { rangeOf } from './diagnostics.ts';

/** Whether there is a file at a URI. */
export type Exists = (uri: string) => boolean;

/** More than anybody clicks. */
const MOST = 1000;

export function linksOf(document: ConfDocument, text: TextDocument, exists: Exists): DocumentLink[] {
  const links: DocumentLink[] = [];
  for (const entry of document.conf.entries) {
    if (entry.source || !namesFile(entry)) continue;
    const written = entry.words[1]?.text ?? '';
    const target = candidates(document, entry.name, written).find(exists);
    if (target === undefined) continue;
    if (links.push({ range: rangeOf(spanOf(entry, 0), document, text), target }) >= MOST) break;
  }
  return links;
}

function namesFile({ directive, words }: ConfEntry): boolean {
  // A pattern names many; what is no text has no URI.
  if (words[1] === undefined || words[1].text === '' || /[*?[\]\0]|\p{Surrogate}/u.test(words[1].text))
    return false;
  const kind = directive?.kind;
  return (
    kind === 'path-file' ||
    kind === 'glob-path' ||
    kind === 'module' ||
    kind === 'basename' ||
    directive?.name === 'cluster-config-file'
  );
}

/** Relative to `dir`, as the running server sees it, and to where the file lies. */
function candidates(document: ConfDocument, name: string, written: string): string[] {
  const { uri, settings } = document;
  const folders = [folderOf(uri, settings), parentOf(pathOfUri(uri)), parentOf(parentOf(pathOfUri(uri)))];
  const appendOnly =
    name === 'appendfilename' ? `${settings.text('appenddirname')}/${written}.manifest` : written;
  const paths = folders.map((folder) => joinPath(folder, appendOnly));
  return [...new Set(paths)].map((path) => uriBeside(uri, path));
}
