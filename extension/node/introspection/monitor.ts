/** MONITOR: every executed command as a line of text. */
import { type Binary, bytesOf } from '../../redis/bytes.ts';
import { quoteArg } from '../../redis/config/split-args.ts';
import type { Args } from '../../redis/resp/args.ts';

/** `+1700000000.123456 [0 127.0.0.1:50000] "set" "k" "v"` with its line end. */
export function monitorLine(args: Args, wallMs: number, database: number, peer: string): Uint8Array {
  const seconds = Math.floor(wallMs / 1000);
  const micros = String((wallMs % 1000) * 1000).padStart(6, '0');
  const words: Binary[] = args.binaries().map(quoteArg);
  return bytesOf(`+${seconds}.${micros} [${database} ${peer}] ${words.join(' ')}\r\n`);
}
