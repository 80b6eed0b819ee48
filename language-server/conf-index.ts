/** The conf files of the workspace and around open files, and which of them belong to one deployment. */

import { TextDocument } from 'vscode-languageserver-textdocument';
import { globMatches } from '../extension/redis/glob.ts';
import { parentOf, pathOfUri } from './paths.ts';
import { CONF_LANGUAGE } from './protocol.ts';

/** More files than this are no deployment of one cluster: open ones are compared, and the first of the others by name. */
const MOST_FILES = 64;

export class ConfIndex {
  private readonly files = new Map<string, TextDocument>();
  private readonly deployments = new Map<string, Set<string>>();
  private patterns: readonly string[] = [];

  /** The files of each pattern are a deployment; files of none, those of one folder, or of folders named after ports. */
  configure(patterns: readonly string[]): void {
    this.patterns = patterns;
    this.deployments.clear();
    for (const uri of this.files.keys()) this.enrol(uri);
  }

  has(uri: string): boolean {
    return this.files.has(uri);
  }

  /** As it lies on disk. */
  set(uri: string, text: string): void {
    const known = this.files.get(uri);
    if (known?.getText() === text) return;
    this.files.set(uri, TextDocument.create(uri, CONF_LANGUAGE, (known?.version ?? 0) + 1, text));
    this.enrol(uri);
  }

  delete(uri: string): void {
    this.files.delete(uri);
    const name = this.deploymentOf(uri);
    const members = this.deployments.get(name);
    members?.delete(uri);
    if (members?.size === 0) this.deployments.delete(name);
  }

  get(uri: string): TextDocument | undefined {
    return this.files.get(uri);
  }

  /** A setting says that these files belong together. */
  isNamed(deployment: string): boolean {
    return this.patterns.includes(deployment);
  }

  names(): Iterable<string> {
    return this.deployments.keys();
  }

  /** The URIs of a deployment, of which those that somebody has open are never left out. */
  members(name: string, isOpen: (uri: string) => boolean = () => false): readonly string[] {
    const all = [...(this.deployments.get(name) ?? [])].sort();
    if (all.length <= MOST_FILES) return all;
    const open = all.filter(isOpen);
    return [
      ...open,
      ...all.filter((uri) => !open.includes(uri)).slice(0, Math.max(0, MOST_FILES - open.length)),
    ];
  }

  /** A file without a folder, such as one that was never saved, is one of its own. */
  deploymentOf(uri: string): string {
    if (!/^[a-z][\w+.-]*:\/\//i.test(uri)) return uri;
    const path = pathOfUri(uri);
    const pattern = this.patterns.find((candidate) => fits(candidate, path));
    if (pattern !== undefined) return pattern;
    const folder = parentOf(path);
    const name = folder.slice(folder.lastIndexOf('/') + 1);
    // One folder a node, named after its port: `7000/redis-7000.conf`.
    return /^\d{1,5}$/.test(name) ? `${parentOf(folder)}/*/` : `${folder}/`;
  }

  private enrol(uri: string): void {
    const name = this.deploymentOf(uri);
    const members = this.deployments.get(name);
    if (members) members.add(uri);
    else this.deployments.set(name, new Set([uri]));
  }
}

/** A pattern speaks of the end of a path, or of all of it. */
function fits(pattern: string, path: string): boolean {
  return globMatches(pattern.startsWith('/') ? pattern : `*/${pattern}`, path);
}
