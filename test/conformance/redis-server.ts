/** Debian's redis-server as a test's counterpart, and a client of a few lines that speaks bytes to it or to us. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { encodeCommand } from '../../extension/redis/resp/encode-command.ts';
import { ReplyDecoder, type RespValue } from '../../extension/redis/resp/reply-decoder.ts';

const present = spawnSync('redis-server', ['--version']).status === 0;

/**
 * Options for tests that need a real server: skipped with this line where there is none; where CI is set they run,
 * and fail.
 */
export const needsRedisServer =
  present || process.env['CI'] ? {} : { skip: 'redis-server is not installed: nothing to compare with' };

const CLOSED: RespValue = { type: 'error', value: 'CLOSED' };

export class RespClient {
  readonly #socket: Socket;
  readonly #waiting: ((reply: RespValue) => void)[] = [];
  #lost = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    const decoder = new ReplyDecoder((reply) => this.#waiting.shift()?.(reply));
    socket.on('data', (bytes) => decoder.feed(bytes));
    const lost = () => {
      this.#lost = true;
      for (const answer of this.#waiting.splice(0)) answer(CLOSED);
    };
    socket.on('close', lost);
    socket.on('error', lost);
  }

  /** To a port of this machine, or to a Unix socket. */
  static async connect(to: number | string): Promise<RespClient> {
    const socket =
      typeof to === 'string'
        ? connect({ path: to })
        : connect({ host: '127.0.0.1', port: to, noDelay: true });
    await once(socket, 'connect');
    return new RespClient(socket);
  }

  /** The reply, errors included; the error `CLOSED` when there is no connection any more. */
  reply(...argv: readonly (string | number | Uint8Array)[]): Promise<RespValue> {
    if (this.#lost) return Promise.resolve(CLOSED);
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      const binary = argv.map((argument) => (typeof argument === 'number' ? String(argument) : argument));
      this.#socket.write(encodeCommand(binary).bytes);
    });
  }

  /** The reply as text: strings as they are, arrays joined by lines, nothing as ''. Throws what is an error. */
  async call(...argv: readonly (string | number | Uint8Array)[]): Promise<string> {
    const reply = await this.reply(...argv);
    if (reply.type === 'error') throw new Error(reply.value);
    return flat(reply);
  }

  close(): void {
    this.#socket.destroy();
  }
}

function flat(reply: RespValue): string {
  if ('items' in reply) return reply.items.map(flat).join('\n');
  if ('entries' in reply)
    return reply.entries.map(([key, value]) => `${flat(key)} ${flat(value)}`).join('\n');
  return 'value' in reply ? String(reply.value) : '';
}

export class RedisServer {
  readonly port: number;
  readonly folder: string;
  readonly client: RespClient;
  readonly #process: ChildProcess;

  private constructor(port: number, folder: string, child: ChildProcess, client: RespClient) {
    this.port = port;
    this.folder = folder;
    this.#process = child;
    this.client = client;
  }

  /** A server without persistence in a folder of its own, unless `options` (`--name value …`) say otherwise. */
  static async start(port: number, ...options: readonly (string | number)[]): Promise<RedisServer> {
    return RedisServer.startIn(mkdtempSync(path.join(os.tmpdir(), 'redis-server-')), port, ...options);
  }

  static async startIn(
    folder: string,
    port: number,
    ...options: readonly (string | number)[]
  ): Promise<RedisServer> {
    const defaults = ['--port', port, '--dir', folder, '--save', '', '--enable-debug-command', 'yes'];
    // A group of its own, with what it forks: a child that outlived it would keep the port.
    const child = spawn('redis-server', [...defaults, ...options].map(String), {
      stdio: 'ignore',
      detached: true,
    });
    for (;;) {
      if (child.exitCode !== null) throw new Error(`redis-server on port ${port} ended at once`);
      try {
        const client = await RespClient.connect(port);
        if ((await client.reply('PING')).type === 'simple')
          return new RedisServer(port, folder, child, client);
        client.close();
      } catch {
        // Not open yet.
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  call(...argv: readonly (string | number | Uint8Array)[]): Promise<string> {
    return this.client.call(...argv);
  }

  /** SIGKILL, to what it forked as well. Its files stay. */
  async kill(): Promise<void> {
    this.client.close();
    const { pid, exitCode, signalCode } = this.#process;
    if (pid !== undefined && exitCode === null && signalCode === null) {
      process.kill(-pid, 'SIGKILL');
      await once(this.#process, 'exit');
    }
  }

  /** SIGSTOP: its connections stay, and nothing comes. */
  pause(): void {
    if (this.#process.pid !== undefined) process.kill(-this.#process.pid, 'SIGSTOP');
  }

  resume(): void {
    if (this.#process.pid !== undefined) process.kill(-this.#process.pid, 'SIGCONT');
  }

  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
