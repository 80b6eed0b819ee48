/** Fills a server over one connection, as quickly as it takes it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Commands written at a time. */
const BATCH = 10_000;

/** Sends `count` commands, which `commandOf` gives as words. */
export async function filling(
  port: number,
  count: number,
  commandOf: (i: number) => readonly string[],
): Promise<void> {
  const pipe = spawn('redis-cli', ['-p', String(port), '--pipe'], { stdio: ['pipe', 'ignore', 'inherit'] });
  for (let from = 0; from < count; from += BATCH) {
    let batch = '';
    for (let i = from; i < Math.min(from + BATCH, count); i++) batch += encoded(commandOf(i));
    if (!pipe.stdin.write(batch)) await once(pipe.stdin, 'drain');
  }
  pipe.stdin.end();
  await once(pipe, 'exit');
}

/** A key of 11 bytes to a value of 16. */
export function smallSet(key: string): readonly string[] {
  return ['SET', key, '0123456789abcdef'];
}

export function smallKey(i: number): string {
  return `key:${String(i).padStart(7, '0')}`;
}

function encoded(words: readonly string[]): string {
  let text = `*${words.length}\r\n`;
  for (const word of words) text += `$${word.length}\r\n${word}\r\n`;
  return text;
}
