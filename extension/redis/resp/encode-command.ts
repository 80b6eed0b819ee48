/** Commands to RESP: `*<count>` and a bulk string for each argument, as every client sends them. */
import { Buffer } from 'node:buffer';
import type { Binary } from '../bytes.ts';

export interface EncodedCommand {
  readonly bytes: Buffer;
  /** Argument i is `bytes[starts[i], ends[i])`. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

export function encodeCommand(argv: readonly (Binary | Uint8Array)[]): EncodedCommand {
  const starts = new Int32Array(argv.length);
  const ends = new Int32Array(argv.length);
  const bytes = Buffer.allocUnsafeSlow(encodedSize(argv));
  let at = bytes.write(`*${argv.length}\r\n`, 0, 'latin1');
  for (const [i, argument] of argv.entries()) {
    at += bytes.write(`$${argument.length}\r\n`, at, 'latin1');
    starts[i] = at;
    if (typeof argument === 'string') bytes.write(argument, at, 'latin1');
    else bytes.set(argument, at);
    at += argument.length;
    ends[i] = at;
    at += bytes.write('\r\n', at, 'latin1');
  }
  return { bytes, starts, ends };
}

function encodedSize(argv: readonly (Binary | Uint8Array)[]): number {
  // Mark, digits, CR LF; for an argument the same, its bytes, and CR LF again.
  let size = 3 + String(argv.length).length;
  for (const { length } of argv) size += 5 + String(length).length + length;
  return size;
}
