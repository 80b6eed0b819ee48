/** One connection to a server: commands out, replies in, in order. */
import net from 'node:net';
import { TLSSocket } from 'node:tls';
import { getSystemErrorMap } from 'node:util';
import type { Binary } from '../redis/bytes.ts';
import { messageOf } from '../redis/caught.ts';
import { encodeCommand } from '../redis/resp/encode-command.ts';
import { ReplyDecoder, type RespValue } from '../redis/resp/reply-decoder.ts';

export interface SessionListener {
  onReply(reply: RespValue): void;
  /** Once, however it ended; not after `close()`. */
  onClose(reason: string): void;
}

/** A socket on its way to a server: over TLS, or to another address than the one that nodes tell. */
export type OpenSocket = (host: string, port: number) => net.Socket;

/** A server that is there answers at once on a local network; this is for one that never will. */
const CONNECT_TIMEOUT_MS = 10_000;

export class Session {
  readonly #socket: net.Socket;
  #listener: SessionListener | undefined;

  private constructor(socket: net.Socket, listener: SessionListener) {
    this.#socket = socket;
    this.#listener = listener;
    const decoder = new ReplyDecoder((reply) => this.#listener?.onReply(reply));
    socket.on('data', (bytes) => {
      try {
        decoder.feed(bytes);
      } catch (error) {
        this.#end(`Protocol error, ${messageOf(error)}`);
      }
    });
    socket.on('error', (error) => this.#end(describeSocketError(error)));
    socket.on('close', () => this.#end('Server closed the connection'));
  }

  /** Rejects with an Error in the operating system's words: `Connection refused`. */
  static open(
    host: string,
    port: number,
    listener: SessionListener,
    openSocket: OpenSocket = (toHost, toPort) => net.connect({ host: toHost, port: toPort }),
  ): Promise<Session> {
    return new Promise((resolve, reject) => {
      const socket = openSocket(host, port).setNoDelay(true);
      const fail = (reason: string): void => {
        socket.destroy();
        reject(new Error(reason));
      };
      const onError = (error: Error): void => fail(describeSocketError(error));
      const onTimeout = (): void => fail('Connection timed out');
      socket.setTimeout(CONNECT_TIMEOUT_MS, onTimeout);
      socket.once('error', onError);
      socket.once(socket instanceof TLSSocket ? 'secureConnect' : 'connect', () => {
        socket.setTimeout(0);
        socket.off('error', onError);
        socket.off('timeout', onTimeout);
        socket.setKeepAlive(true);
        resolve(new Session(socket, listener));
      });
    });
  }

  send(argv: readonly Binary[]): void {
    this.#socket.write(encodeCommand(argv).bytes);
  }

  /** Ends it without a word to the listener. */
  close(): void {
    this.#listener = undefined;
    this.#socket.destroy();
  }

  #end(reason: string): void {
    const listener = this.#listener;
    this.close();
    listener?.onClose(reason);
  }
}

/** `connect ECONNREFUSED 127.0.0.1:7000` -> `Connection refused`. */
function describeSocketError(error: Error): string {
  const code = 'code' in error ? error.code : undefined;
  for (const [name, message] of getSystemErrorMap().values()) {
    if (name === code) return message.charAt(0).toUpperCase() + message.slice(1);
  }
  return error.message;
}
