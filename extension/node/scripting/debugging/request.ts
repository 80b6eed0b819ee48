/** What the debugging client sends: one command at a time, as an array of bulk strings. */
import type { Binary } from '../../../redis/bytes.ts';

/** Of arguments, and of bytes in each (ldbReplParseCommand). */
const MOST = 1024;

/** A whole command; `more`: the rest of it has not come yet; `bad`: none of the kind. */
export function readRequest(input: Binary): readonly Binary[] | 'more' | 'bad' {
  const start = input.indexOf('*');
  if (start < 0) return 'bad';
  const head = lineAt(input, start + 1);
  if (head === undefined) return 'more';
  const count = Number.parseInt(head.text, 10);
  if (!(count > 0 && count <= MOST)) return 'bad';
  const words: Binary[] = [];
  let { next } = head;
  while (words.length < count) {
    if (next >= input.length) return 'more';
    if (input.charAt(next) !== '$') return 'bad';
    const line = lineAt(input, next + 1);
    if (line === undefined) return 'more';
    const size = Number.parseInt(line.text, 10);
    if (!(size > 0 && size <= MOST)) return 'bad';
    const end = line.next + size;
    if (end + 2 > input.length) return 'more';
    if (!input.startsWith('\r\n', end)) return 'bad';
    words.push(input.slice(line.next, end));
    next = end + 2;
  }
  return words;
}

function lineAt(input: Binary, start: number): { readonly text: Binary; readonly next: number } | undefined {
  const end = input.indexOf('\r\n', start);
  return end < 0 ? undefined : { text: input.slice(start, end), next: end + 2 };
}
