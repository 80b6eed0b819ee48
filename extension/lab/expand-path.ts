/** File names with `*`, `?` and `[…]`, as `include` takes them. Sorted; hidden files only when the pattern says so. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { globMatches } from '../redis/glob.ts';

/** A backslash is a separator on Windows alone; elsewhere it takes a letter of a pattern literally. */
const SEPARATOR = path.sep === '/' ? /\// : /[\\/]/;

export function isPattern(name: string): boolean {
  return /[*?[]/.test(name);
}

export function expandPath(pattern: string): string[] {
  const { root } = path.parse(pattern);
  let found = [root === '' ? '.' : root];
  for (const part of pattern.slice(root.length).split(SEPARATOR).filter(Boolean)) {
    found = found.flatMap((folder) => (isPattern(part) ? matching(folder, part) : [path.join(folder, part)]));
  }
  return found;
}

function matching(folder: string, part: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => (part.startsWith('.') || !name.startsWith('.')) && globMatches(part, name))
      .sort()
      .map((name) => path.join(folder, name));
  } catch {
    return [];
  }
}
