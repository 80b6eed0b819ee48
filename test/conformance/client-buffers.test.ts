/**
 * What CLIENT LIST says of a session's buffers, of ours and of redis-server's: how large they are at first, how they grow
 * with what is sent, and that they shrink again. To the byte they are not the same, for what an allocator rounds up to
 * is its own business.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { until } from '../until.ts';
import { OurServer } from './our-server.ts';
import { needsRedisServer, RedisServer } from './redis-server.ts';

const OURS = 21_595;
const THEIRS = 21_596;
const KIB = 1024;

type Field = 'qbuf' | 'qbuf-free' | 'rbs' | 'tot-mem';

describe('the buffers of a session', needsRedisServer, () => {
  const servers: (OurServer | RedisServer)[] = [];
  before(async () => {
    servers.push(await OurServer.start(OURS, 'hz 100'), await RedisServer.start(THEIRS, '--hz', 100));
  });
  after(async () => {
    for (const server of servers) await server.stop();
  });

  for (const [who, index] of [
    ['ours', 0],
    ['redis-server', 1],
  ] as const) {
    it(`are as large as what is sent and got: ${who}`, async () => {
      const server = servers[index];
      assert.ok(server);
      const session = await Session.open(server);
      assert.ok((await session.input()) >= 16 * KIB && (await session.input()) < 32 * KIB);
      assert.ok((await session.field('tot-mem')) >= (await session.input()));

      await server.call('DEBUG', 'REPLYBUFFER', 'PEAK-RESET-TIME', 100);
      await until(async () => (await session.field('rbs')) < 2 * KIB);
      await server.call('SET', 'large', 'x'.repeat(32 * KIB));
      await server.call('DEBUG', 'REPLYBUFFER', 'PEAK-RESET-TIME', 'never');
      await until(async () => {
        session.write('GET large\r\n');
        return (await session.field('rbs')) >= 16 * KIB;
      });
      await server.call('DEBUG', 'REPLYBUFFER', 'PEAK-RESET-TIME', 'reset');

      session.write('*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1000000\r\n');
      await until(async () => (await session.input()) >= 1_000_000);
      session.write(`${'x'.repeat(1_000_000)}\r\n`);
      await until(async () => (await server.call('STRLEN', 'a')) === '1000000');
      // While it goes on with less, the room it has follows.
      await until(async () => {
        session.write('PING\r\n');
        return (await session.input()) < 32 * KIB;
      });
      session.close();
    });
  }
});

class Session {
  readonly #socket: Socket;
  readonly #server: OurServer | RedisServer;

  private constructor(socket: Socket, server: OurServer | RedisServer) {
    this.#socket = socket;
    this.#server = server;
    socket.resume();
  }

  static async open(server: OurServer | RedisServer): Promise<Session> {
    const socket = connect({ host: '127.0.0.1', port: server.port, noDelay: true });
    await once(socket, 'connect');
    const session = new Session(socket, server);
    session.write('CLIENT SETNAME watched\r\n');
    await until(async () => (await session.#line()) !== undefined);
    return session;
  }

  write(text: string): void {
    this.#socket.write(text);
  }

  close(): void {
    this.#socket.destroy();
  }

  /** The whole buffer for what it sends. */
  async input(): Promise<number> {
    return (await this.field('qbuf')) + (await this.field('qbuf-free'));
  }

  async field(name: Field): Promise<number> {
    return Number(new RegExp(` ${name}=([0-9]+)`).exec((await this.#line()) ?? '')?.[1]);
  }

  async #line(): Promise<string | undefined> {
    const lines = (await this.#server.call('CLIENT', 'LIST')).split('\n');
    return lines.find((line) => line.includes('name=watched'));
  }
}
