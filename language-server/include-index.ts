/**
 * Which files are parts of others: what an `include` names is no server of its own. It listens nowhere, and what it leaves
 * out stands elsewhere.
 */

import { globMatches } from '../extension/redis/glob.ts';
import type { ConfDocument } from './parser.ts';
import { joinPath, parentOf, pathOfUri } from './paths.ts';

/** Directives that name files which are read with the conf file. */
const READ_FROM = ['include', 'aclfile'];

export class IncludeIndex {
  /** By URI, the paths that a file may mean, patterns among them. */
  private readonly included = new Map<string, readonly string[]>();
  /** By path, who names it; patterns stand for themselves. */
  private readonly includers = new Map<string, Set<string>>();
  private readonly patterns = new Set<string>();
  /** Paths and patterns which somebody has begun, or has stopped, to name. */
  private changed = new Set<string>();

  set(document: ConfDocument): void {
    const { uri } = document;
    const now = placesOf(document);
    if (now.length === 0 && !this.included.has(uri)) return;
    this.remove(uri, now);
    this.included.set(uri, now);
    for (const path of now) {
      const known = this.includers.get(path);
      if (known) known.add(uri);
      else {
        this.includers.set(path, new Set([uri]));
        if (isPattern(path)) this.patterns.add(path);
        this.changed.add(path);
      }
    }
  }

  delete(uri: string): void {
    this.remove(uri, []);
    this.included.delete(uri);
  }

  /** The URIs of the files that this one is a part of. */
  includersOf(uri: string): readonly string[] {
    if (this.includers.size === 0) return [];
    const path = pathOfUri(uri);
    const named = [path, ...[...this.patterns].filter((pattern) => fits(pattern, path))];
    const all = named.flatMap((name) => [...(this.includers.get(name) ?? [])]);
    return [...new Set(all)].filter((includer) => includer !== uri).sort();
  }

  /** Says for a URI whether it became, or ceased to be, a part of another file since this was last asked. */
  takeChanged(): (uri: string) => boolean {
    const changed = [...this.changed];
    this.changed = new Set();
    return (uri) => {
      const path = pathOfUri(uri);
      return changed.some((name) => name === path || fits(name, path));
    };
  }

  private remove(uri: string, but: readonly string[]): void {
    for (const path of this.included.get(uri) ?? []) {
      const known = this.includers.get(path);
      if (but.includes(path) || !known?.delete(uri) || known.size > 0) continue;
      this.includers.delete(path);
      this.patterns.delete(path);
      this.changed.add(path);
    }
  }
}

/** Whether a conf file says that it reads a file of this name: an ACL file as well. */
export function readsFileOf({ conf }: ConfDocument, uri: string): boolean {
  const name = nameOf(pathOfUri(uri));
  return conf.entries.some(({ name: directive, words }) => {
    if (!READ_FROM.includes(directive)) return false;
    const named = nameOf(words[1]?.text ?? '');
    return named === name || (isPattern(named) && globMatches(named, name));
  });
}

/** Beside the file; or, where each node has a folder named after its port, above: the server is started there. */
function placesOf({ uri, conf }: ConfDocument): string[] {
  const beside = parentOf(pathOfUri(uri));
  const folders = /^\d{1,5}$/.test(nameOf(beside)) ? [beside, parentOf(beside)] : [beside];
  const named = conf.entries
    .filter(({ name }) => name === 'include')
    .map(({ words }) => words[1]?.text ?? '');
  return [...new Set(named.flatMap((path) => folders.map((folder) => joinPath(folder, path))))];
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function isPattern(path: string): boolean {
  return /[*?[]/.test(path);
}

/** Of the last part of a path: a pattern of folders may mean anything. */
function fits(pattern: string, path: string): boolean {
  return (
    isPattern(pattern) && parentOf(pattern) === parentOf(path) && globMatches(nameOf(pattern), nameOf(path))
  );
}
