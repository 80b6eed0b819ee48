/** What the conf files of a lab lead to, as its nodes find it. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import { textOf } from '../redis/bytes.ts';
import type { Surroundings } from '../redis/config/parse-conf.ts';
import { expandPath, isPattern } from './expand-path.ts';

/** Relative paths start from the lab's folder, as if all nodes were started there. */
export function surroundingsOf(folder: string): Surroundings {
  let current = resolve(folder);
  const pathOf = (path: string) => (isAbsolute(textOf(path)) ? textOf(path) : resolve(current, textOf(path)));
  return {
    changeDirectory: (path) => {
      const target = pathOf(path);
      if (!existsSync(target)) return 'No such file or directory';
      if (!statSync(target).isDirectory()) return 'Not a directory';
      current = target;
      return undefined;
    },
    readInclude: (path) => {
      const named = pathOf(path);
      try {
        const files = isPattern(path) ? expandPath(named) : [named];
        return { text: files.map((file) => readFileSync(file, 'latin1')).join('') };
      } catch {
        return { error: 'No such file or directory' };
      }
    },
  };
}
