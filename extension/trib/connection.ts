/** One connection to one node, through ioredis: redis-trib asks each node for itself and follows no redirects. */
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import net, { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import tls, { type ConnectionOptions } from 'node:tls';
import { Redis } from 'ioredis';
import { messageOf } from '../redis/caught.ts';
import { NodeError } from './node-error.ts';
import { Silence } from './silence.ts';
import { TribError } from './transcript.ts';

export interface NodeAddress {
  readonly host: string;
  readonly port: number;
}

export interface Credentials {
  readonly username?: string;
  readonly password?: string;
}

/** How the nodes of a cluster are reached. */
export interface Access {
  readonly credentials?: Credentials;
  readonly tls?: ConnectionOptions;
  /** Announced `host:port` or `host` -> the one to dial instead: nodes behind address translation. */
  readonly hostMap?: ReadonlyMap<string, string>;
  /** How long a node may say nothing while it is waited for. */
  readonly replyLimitMs?: number;
}

export type Argument = string | number | Buffer;

/** What a node answers. Bulk strings stay bytes: keys are not text. */
export type Answer = Buffer | string | number | null | readonly Answer[];

export interface NodeConnection {
  readonly address: NodeAddress;
  /** What MIGRATE has to show to the other node: nodes of one cluster share their users. */
  readonly credentials: Credentials;
  /**
   * Rejects with a NodeError: the node's own error text, or why it did not reply. Calls which are not waited for go out one
   * after the other, pipelined.
   */
  call(command: string, ...args: readonly Argument[]): Promise<Answer>;
  close(): void;
}

export type Dial = (address: NodeAddress) => Promise<NodeConnection>;

/** Long enough for a node on another continent, short enough to wait for at a prompt. */
const CONNECT_TIMEOUT_MS = 5000;

/**
 * A node that runs a script says BUSY after five seconds; one whose process is stopped, or whose machine is gone behind
 * something that still accepts, never says anything.
 */
const GREETING_TIMEOUT_MS = 10_000;

/**
 * Once it has greeted. A server does one thing at a time: another client's MIGRATE to a node that is gone keeps it a minute
 * (redis-trib's own timeout), a command on millions of keys some seconds.
 */
const REPLY_LIMIT_MS = 70_000;

export function dialer(access: Access = {}): Dial {
  const { credentials = {}, tls: secure, hostMap, replyLimitMs = REPLY_LIMIT_MS } = access;
  return async (address) => {
    const redis = new Redis({
      ...reached(address, hostMap),
      ...credentials,
      ...(secure && { tls: secure }),
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
      await greeted(redis.connect());
    } catch (error) {
      redis.disconnect();
      throw new TribError(
        `[ERR] Sorry, can't connect to node ${addressText(address)}: ${whyNot(cause ?? error, secure)}`,
      );
    }
    const silence = new Silence(replyLimitMs, (seconds) => {
      cause = new Error(`nothing came for ${seconds} s: its process may be stopped, or the way to it cut`);
      redis.disconnect();
    });
    return {
      address,
      credentials,
      call: async (command, ...args) => {
        silence.asked(ownLimitOf(command, args));
        try {
          return asAnswer(await redis.callBuffer(command, [...args]));
        } catch (error) {
          // What ioredis read as an error, not what became of the connection.
          const replied = error instanceof Error && error.name === 'ReplyError';
          const text = replied ? error.message : causeOf(cause ?? error, secure);
          throw new NodeError(text, addressText(address), [command, ...args], replied);
        } finally {
          silence.answered();
        }
      },
      close: () => redis.disconnect(),
    };
  };
}

/** MIGRATE says itself how long its node may wait for another one: host, port, key, database, milliseconds. */
function ownLimitOf(command: string, args: readonly Argument[]): number {
  return command === 'MIGRATE' ? Number(args[4]) || 0 : 0;
}

/** Rejects when the node is connected to, and says nothing. */
async function greeted(connected: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    const why = `it does not answer within ${GREETING_TIMEOUT_MS / 1000} s: its process may be stopped`;
    timer = setTimeout(() => reject(new Error(why)), GREETING_TIMEOUT_MS);
  });
  try {
    await Promise.race([connected, silence]);
  } finally {
    clearTimeout(timer);
  }
}

/** The connection went, and nobody said why: the system's words, and ioredis'. */
const CUT = /ECONNRESET|EPIPE|Connection is closed/;

/** Why there is no connection, for somebody who may have to reach the node otherwise. */
function whyNot(error: unknown, secure: ConnectionOptions | undefined): string {
  const cause = causeOf(error, secure);
  // ioredis begins with HELLO, and what HELLO is told is about HELLO.
  if (cause.startsWith('NOAUTH')) return 'NOAUTH Authentication required.';
  if (secure === undefined && CUT.test(cause)) return `${cause}: the node may speak TLS only`;
  // A node without TLS takes the greeting for a command that is not whole yet, and waits for the rest.
  if (secure && cause.includes('ETIMEDOUT')) return `${cause}: it is out of reach, or does not speak TLS`;
  return cause;
}

/** Why a connection failed. */
function causeOf(error: unknown, secure: ConnectionOptions | undefined): string {
  // OpenSSL's messages begin with the thread and end with the line of its source; what they are about stands apart.
  if (error instanceof Error && 'library' in error && 'reason' in error) return String(error.reason);
  // With TLS 1.3 a client without a certificate is refused when it has begun to talk: the alert may be lost with the rest.
  const mayWantCertificate = secure !== undefined && secure.cert === undefined && CUT.test(messageOf(error));
  if (!mayWantCertificate) return messageOf(error);
  return `${messageOf(error).replace(/\.$/, '')}: the node may demand a client certificate`;
}

/** A connection as bytes, for what is no reply: the image that a full sync sends. */
export type OpenStream = (address: NodeAddress) => Promise<Duplex>;

/** A socket that is about to connect. */
export function openSocket(address: NodeAddress, { tls: secure, hostMap }: Access): net.Socket {
  const target = reached(address, hostMap);
  return secure ? tls.connect({ ...target, ...secure }) : net.connect(target);
}

export function streamOpener(access: Access = {}): OpenStream {
  return async (address) => {
    const socket = openSocket(address, access);
    const limit = access.replyLimitMs ?? REPLY_LIMIT_MS;
    socket.setTimeout(limit, () => {
      // Else it is we who do not read.
      if (socket.readableLength === 0) socket.destroy(new Error(`nothing came for ${limit / 1000} s`));
    });
    await once(socket, access.tls ? 'secureConnect' : 'connect');
    const { username, password } = access.credentials ?? {};
    if (password === undefined) return socket;
    const words = ['AUTH', ...(username === undefined ? [] : [username]), password];
    socket.write(
      `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`,
    );
    const [reply] = await once(socket, 'data');
    if (!String(reply).startsWith('+'))
      throw new TribError(`[ERR] ${addressText(address)}: ${String(reply).trim()}`);
    // Reading goes on when somebody wants the rest.
    socket.pause();
    return socket;
  };
}

function reached(address: NodeAddress, hostMap: ReadonlyMap<string, string> | undefined): NodeAddress {
  const whole = hostMap?.get(addressText(address));
  if (whole !== undefined) return parseAddress(whole);
  return { ...address, host: hostMap?.get(address.host) ?? address.host };
}

/** CLUSTER MEET takes addresses only, no names. */
export async function ipOf(host: string): Promise<string> {
  return isIP(host) ? host : (await lookup(host)).address;
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

/** The keys in an answer: bulk strings, which stay bytes. */
export function buffersOf(answer: Answer): Buffer[] {
  return listOf(answer).filter((item) => Buffer.isBuffer(item));
}
