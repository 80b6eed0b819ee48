/** Where the files lie that a conf file names, as far as that can be told without the server. */

import type { Settings } from '../extension/redis/config/settings.ts';

/** The folder relative names start from: `dir`, or where the file lies when it says none. As a path. */
export function folderOf(uri: string, settings: Settings): string {
  return joinPath(parentOf(pathOfUri(uri)), settings.entry('dir')?.words[1]?.text ?? '');
}

export function pathOfUri(uri: string): string {
  const path = uri.replace(/^[a-z-]+:\/\/[^/]*/i, '');
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** The URI of a path on the machine of `uri`. */
export function uriBeside(uri: string, path: string): string {
  const machine = /^[a-z-]+:\/\/[^/]*/i.exec(uri)?.[0] ?? 'file://';
  return machine + path.split('/').map(encodeURIComponent).join('/');
}

/** The names that conf files go by: `redis.conf`, `redis-7000.conf`, `valkey-node.conf`. */
export function isConfName(path: string): boolean {
  return /(?:^|[/\\])(?:redis|valkey)[^/\\]*\.conf$/.test(path);
}

export function parentOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf('/'), 0));
}

/** `path` as seen from `folder`, without `.` and `..`. */
export function joinPath(folder: string, path: string): string {
  const parts: string[] = [];
  for (const part of (path.startsWith('/') ? path : `${folder}/${path}`).split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}
