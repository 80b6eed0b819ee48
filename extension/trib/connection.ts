/** One connection to one node, through ioredis: redis-trib asks each node for itself and follows no redirects. */
import { Redis } from 'ioredis';
import { TribError } from './transcript.ts';

export interface NodeAddress {
  readonly host: string;
  readonly port: number;
}

export interface Credentials {
  readonly username?: string;
  readonly password?: string;
}

/** What a node answers. Bulk strings stay bytes: keys are not text. */
export type Answer = Buffer | string | number | null | readonly Answer[];

export interface NodeConnection {
  readonly address: NodeAddress;
  /** Rejects with the node's own error text. */
  call(command: string, ...args: readonly (string | number | Buffer)[]): Promise<Answer>;
  close(): void;
}

export type Dial = (address: NodeAddress) => Promise<NodeConnection>;

/** Long enough for a node on another continent, short enough to wait for at a prompt. */
const CONNECT_TIMEOUT_MS = 5000;

export function dialer(credentials: Credentials = {}): Dial {
  return async (address) => {
    const redis = new Redis({
      ...address,
      ...credentials,
      lazyConnect: true,
      connectTimeout: CONNECT_TIMEOUT_MS,
      enableReadyCheck: false,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      retryStrategy: () => null,
    });
    // ioredis rejects connect() with "Connection is closed."; the true cause comes as an event before.
    let cause: Error | undefined;
    redis.on('error', (error: Error) => {
      cause = error;
    });
    try {
      await redis.connect();
    } catch (error) {
      redis.disconnect();
      const reason = cause ?? (error instanceof Error ? error : new Error(String(error)));
      throw new TribError(`[ERR] Sorry, can't connect to node ${addressText(address)}: ${reason.message}`);
    }
    return {
      address,
      call: async (command, ...args) => asAnswer(await redis.callBuffer(command, [...args])),
      close: () => redis.disconnect(),
    };
  };
}

export function addressText({ host, port }: NodeAddress): string {
  return `${host}:${port}`;
}

/** `host:port`, IPv6 hosts included; redis-trib's words when it is neither. */
export function parseAddress(text: string): NodeAddress {
  const colon = text.lastIndexOf(':');
  const port = Number(text.slice(colon + 1));
  const host = text.slice(0, Math.max(colon, 0)).replace(/^\[(.*)\]$/, '$1');
  if (!host || !Number.isInteger(port) || port < 1 || port > 65535) {
    throw new TribError(`Invalid IP or Port (given as ${text}) - use IP:Port format`);
  }
  return { host, port };
}

function asAnswer(value: unknown): Answer {
  if (value === null || value === undefined) return null;
  if (Buffer.isBuffer(value) || typeof value === 'string' || typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) return value.map(asAnswer);
  return String(value);
}

export function textOf(answer: Answer): string {
  if (answer === null) return '';
  return Buffer.isBuffer(answer) ? answer.toString() : String(answer);
}

export function listOf(answer: Answer): readonly Answer[] {
  return Array.isArray(answer) ? answer : [];
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
