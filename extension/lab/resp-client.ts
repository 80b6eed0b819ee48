/** A client connection of the lab to one of its nodes: over TCP, as any other client. */
import { Buffer } from 'node:buffer';
import { connect, type Socket } from 'node:net';
import { type Binary, binaryOfText, textOf } from '../redis/bytes.ts';
import { errorOf } from '../redis/caught.ts';
import { encodeCommand } from '../redis/resp/encode-command.ts';
import { ReplyDecoder, type RespValue } from '../redis/resp/reply-decoder.ts';
import { LabError, quote } from './message.ts';

interface Waiting {
  resolve(reply: RespValue): void;
  reject(error: Error): void;
}

/** Replies of all connections arrive here, one at a time: a decoder copies what it keeps. */
const READ_BUFFER = Buffer.allocUnsafeSlow(16 * 1024);

export class RespClient {
  readonly #socket: Socket;
  readonly #waiting: Waiting[] = [];
  readonly #decoder = new ReplyDecoder((reply) => this.#waiting.shift()?.resolve(reply));
  #ended: Error | undefined;

  private constructor(host: string, port: number) {
    const callback = (count: number, bytes: Uint8Array): boolean => this.#heard(bytes, count);
    this.#socket = connect({ host, port, noDelay: true, onread: { buffer: READ_BUFFER, callback } });
    this.#socket.on('error', (error) => this.#end(error));
    this.#socket.on('close', () => this.#end(new LabError('The node closed the connection.')));
  }

  /** Connects and, where the node asks for it, authenticates. */
  static async open(host: string, port: number, password: string): Promise<RespClient> {
    const client = new RespClient(host, port);
    await new Promise<void>((resolve, reject) => {
      client.#socket.once('connect', resolve).once('error', reject);
    });
    if (password !== '') await client.call('AUTH', password);
    return client;
  }

  /** Sends at once; replies come in the order of the calls. An error reply is a value like any other. */
  send(...argv: (string | number)[]): Promise<RespValue> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#socket.write(encodeCommand(argv.map((argument) => binaryOfText(String(argument)))).bytes);
    });
  }

  /** The same, but an error reply rejects. Resolves to the text of the reply ('' when it is none). */
  async call(...argv: (string | number)[]): Promise<string> {
    const reply = await this.send(...argv);
    if (reply.type === 'error') throw LabError.of(quote(textOf(reply.value)));
    return textOf(stringOf(reply));
  }

  close(): void {
    this.#socket.destroy();
  }

  /** Goes on reading. */
  #heard(bytes: Uint8Array, count: number): true {
    try {
      this.#decoder.feed(bytes, 0, count);
    } catch (error) {
      this.#socket.destroy(errorOf(error));
    }
    return true;
  }

  #end(error: Error): void {
    this.#ended ??= error;
    for (const waiting of this.#waiting.splice(0)) waiting.reject(this.#ended);
  }
}

function stringOf(reply: RespValue): Binary {
  return 'value' in reply && typeof reply.value === 'string' ? reply.value : '';
}
