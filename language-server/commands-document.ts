/** `.redis` files: one command a line as redis-cli reads it, `#` begins a comment line. */

import { encodeText } from '../extension/redis/config/encoded-text.ts';
import { splitWords, type Unbalanced, type Word } from '../extension/redis/config/split-args.ts';
import { keySlotOf } from '../extension/redis/slots.ts';

/** Which arguments of a command are keys: indices into `argv`, whose first word is the command. */
export type KeyFinder = (argv: readonly string[]) => readonly number[];

export interface CommandLine {
  /** Counted from 0. */
  readonly line: number;
  readonly words: readonly Word[];
  readonly error?: Unbalanced;
}

/** The commands of a file; blank lines and comments have none. */
export function* readCommands(text: string): Iterable<CommandLine> {
  for (const [line, content] of text.split(/\r\n|\n|\r/).entries()) {
    const command = readCommand(content, line);
    if (command !== undefined) yield command;
  }
}

export function readCommand(content: string, line: number): CommandLine | undefined {
  if (/^\s*(?:#|$)/.test(content)) return undefined;
  const split = splitWords(content, 'utf-8');
  return split.ok ? { line, words: split.words } : { line, words: split.words, error: split.error };
}

/** The words of a command that are keys. */
export function keysOf({ words }: CommandLine, findKeys: KeyFinder): Word[] {
  const positions = findKeys(words.map(({ text }) => text));
  return positions.flatMap((position) => words[position] ?? []);
}

/** The slot of a key as it is sent: text as UTF-8, `\xHH` as that byte. */
export function slotOfWord({ text }: Pick<Word, 'text'>): number {
  return keySlotOf(encodeText(text));
}
