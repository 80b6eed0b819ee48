/** Turns command-line options (`--port 7000 --save 900 1`) into the lines they stand for. */

import { lowerAscii } from './ascii.ts';
import { quoteArg, splitArgs } from './split-args.ts';

/** The configuration text to append to the file; '' without options. */
export function linesOfOptions(args: readonly string[]): string {
  let text = '';
  // An option that has no value yet takes the next word, even one that looks like an option.
  let complete = true;
  for (const [at, arg] of args.entries()) {
    if (!complete || !arg.startsWith('--')) {
      text += `${quoteArg(arg)} `;
      complete = true;
      continue;
    }
    text += `${text === '' ? '' : '\n'}${arg.slice(2)} `;
    // `"--port 7000"` in one word brings its value along.
    complete = (splitArgs(arg)?.length ?? 0) !== 1;
    if (complete) continue;
    const last = at === args.length - 1;
    if (!last && !(args[at + 1] ?? '').startsWith('--')) continue;
    const option = lowerAscii(arg);
    if (option === '--save') text += '""';
    complete = option === '--save' || option === '--sentinel';
  }
  return text;
}
