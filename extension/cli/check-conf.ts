/** `redis-cluster-lab check-conf`: the editor's diagnostics on the command line. */
import { readFileSync } from 'node:fs';
import { checkConf } from '../../language-server/check-conf.ts';
import { expandPath } from '../lab/expand-path.ts';
import { flushed } from './flushed.ts';

export async function runCheckConf(argv: readonly string[]): Promise<number> {
  const code = checkConf(argv, {
    out: (line) => process.stdout.write(`${line}\n`),
    error: (line) => process.stderr.write(`${line}\n`),
    expand: expandPath,
    readFile: (path) => {
      try {
        return readFileSync(path);
      } catch {
        return undefined;
      }
    },
  });
  await flushed();
  return code;
}
