/** Fills a server with small keys over one connection, as quickly as it takes them. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

const BATCH = 10_000;

/** Sets `count` keys, which `keyOf` names in 11 bytes, to values of 16 bytes. */
export async function filling(port: number, count: number, keyOf: (i: number) => string): Promise<void> {
  const pipe = spawn('redis-cli', ['-p', String(port), '--pipe'], { stdio: ['pipe', 'ignore', 'inherit'] });
  for (let i = 0; i < count; i += BATCH) {
    let batch = '';
    for (let k = i; k < i + BATCH; k++) {
      batch += `*3\r\n$3\r\nSET\r\n$11\r\n${keyOf(k)}\r\n$16\r\n0123456789abcdef\r\n`;
    }
    if (!pipe.stdin.write(batch)) await once(pipe.stdin, 'drain');
  }
  pipe.stdin.end();
  await once(pipe, 'exit');
}
