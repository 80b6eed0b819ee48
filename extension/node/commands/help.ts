/** The answer of every container's HELP. */
import type { Reply } from '../../redis/resp/reply.ts';

/** `lines`: syntax and meaning of each subcommand, in turn. */
export function replyHelp(
  reply: Reply,
  container: string,
  lines: readonly (readonly [syntax: string, meaning: string])[],
): void {
  const text = [`${container} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:`];
  for (const [syntax, meaning] of lines) text.push(syntax, `    ${meaning}`);
  text.push('HELP', '    Print this help.');
  reply.array(text.length);
  for (const line of text) reply.simple(line);
}
