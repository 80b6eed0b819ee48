/** A connection that gives replies as the bytes they came in, so that two servers can be compared to the byte. */
import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { encodeCommand } from '../../extension/redis/resp/encode-command.ts';

interface Waiting {
  resolve(reply: Buffer): void;
  reject(error: Error): void;
}

export class RawConnection {
  readonly #socket: Socket;
  #bytes = Buffer.alloc(0);
  readonly #waiting: Waiting[] = [];
  #skip = 0;
  #closed = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (bytes) => {
      this.#bytes = Buffer.concat([this.#bytes, bytes]);
      this.#deliver();
    });
    socket.on('close', () => {
      this.#closed = true;
      this.#deliver();
    });
    // What went wrong is followed by the end.
    socket.on('error', () => {});
  }

  static async open(port: number): Promise<RawConnection> {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true });
    await once(socket, 'connect');
    return new RawConnection(socket);
  }

  /** Sends a command and waits for the next reply. */
  send(...argv: readonly (string | number)[]): Promise<Buffer> {
    const reply = this.next();
    this.#socket.write(encodeCommand(argv.map(String)).bytes);
    return reply;
  }

  /** The next reply, or push, or command of a replication stream. */
  next(): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#deliver();
    });
  }

  /** Becomes a replica: asks for everything, passes over the RDB, and from then on `next` gives the stream's commands. */
  async follow(): Promise<void> {
    this.#socket.write(encodeCommand(['SYNC']).bytes);
    // While it saves, the server sends empty lines; then the RDB as a bulk string without the closing CR LF.
    for (;;) {
      const end = this.#bytes.indexOf('\n');
      const line = this.#bytes.subarray(0, Math.max(0, end)).toString('latin1').trim();
      if (end >= 0) this.#bytes = this.#bytes.subarray(end + 1);
      if (line.startsWith('$')) {
        this.#skip = Number(line.slice(1));
        break;
      }
      if (end < 0) await once(this.#socket, 'data');
    }
    while (this.#bytes.length < this.#skip) await once(this.#socket, 'data');
    this.#bytes = this.#bytes.subarray(this.#skip);
  }

  close(): void {
    this.#socket.destroy();
  }

  #deliver(): void {
    while (this.#waiting.length > 0) {
      const end = replyEnd(this.#bytes, 0);
      if (end < 0) break;
      const reply = this.#bytes.subarray(0, end);
      this.#bytes = this.#bytes.subarray(end);
      this.#waiting.shift()?.resolve(reply);
    }
    if (!this.#closed) return;
    for (const { reject } of this.#waiting.splice(0)) {
      reject(new Error('the server has closed the connection'));
    }
  }
}

/** Where the reply that starts at `at` ends; -1 when it is not complete. */
function replyEnd(bytes: Buffer, at: number): number {
  const lineEnd = bytes.indexOf('\r\n', at);
  if (lineEnd < 0) return -1;
  const type = String.fromCharCode(bytes[at]);
  const size = Number(bytes.subarray(at + 1, lineEnd).toString('latin1'));
  let end = lineEnd + 2;
  if ('$=!'.includes(type)) {
    if (size >= 0) end += size + 2;
    return end <= bytes.length ? end : -1;
  }
  if ('*~%>|'.includes(type)) {
    const items = type === '%' || type === '|' ? 2 * size : size;
    for (let n = 0; n < items; n++) {
      end = replyEnd(bytes, end);
      if (end < 0) return -1;
    }
  }
  return end;
}
