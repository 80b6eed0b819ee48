/** Commands to RESP: `*<count>` and a bulk string for each argument, as every client sends them. */
import { Buffer } from 'node:buffer';
import { type Binary, binaryOf, bytesOf } from '../bytes.ts';

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

/** Beyond this the way through a string would hold large arguments several times over. */
const STRING_LIMIT = 64 * 1024;

/** The same without the places of the arguments: one string and one call into native code, several times as fast. */
export function commandBytes(argv: readonly (Binary | Uint8Array)[]): Uint8Array {
  let text = `*${argv.length}\r\n`;
  for (const argument of argv) {
    if (argument.length > STRING_LIMIT) return encodeCommand(argv).bytes;
    const word = typeof argument === 'string' ? argument : binaryOf(argument);
    text += `$${word.length}\r\n${word}\r\n`;
  }
  return bytesOf(text);
}

function encodedSize(argv: readonly (Binary | Uint8Array)[]): number {
  // Mark, digits, CR LF; for an argument the same, its bytes, and CR LF again.
  let size = 3 + String(argv.length).length;
  for (const { length } of argv) size += 5 + String(length).length + length;
  return size;
}
