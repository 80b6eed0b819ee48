/** Requests that are no requests, sent to redis-server and given to our decoder: both say the same, or both wait. */
import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { binaryOf } from '../../extension/redis/bytes.ts';
import { ReplyWriter } from '../../extension/redis/resp/reply-writer.ts';
import { RequestDecoder } from '../../extension/redis/resp/request-decoder.ts';
import { needsRedisServer, RedisServer } from './redis-server.ts';

const PORT = 21_102;

/** What the server says to `input` before it closes the connection or answers PING; what it says at all when it waits. */
async function theirs(input: Buffer): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port: PORT });
  await once(socket, 'connect');
  const chunks: Buffer[] = [];
  socket.on('data', (bytes: Buffer) => {
    chunks.push(bytes);
    if (Buffer.concat(chunks).includes('PONG')) socket.end();
  });
  // A server that closes with input unread resets the connection: what it said has arrived by then.
  socket.on('error', () => undefined);
  socket.write(input);
  // A server that waits for the rest of a command says nothing until the connection ends.
  const patience = setTimeout(() => socket.end(), 200);
  await once(socket, 'close');
  clearTimeout(patience);
  return Buffer.concat(chunks)
    .toString('latin1')
    .replace(/-ERR unknown command [^\r]*\r\n/g, UNKNOWN);
}

const UNKNOWN = '-unknown\r\n';

/** What we say: commands as the server answers PING and ECHO, then the error. */
function ours(input: Buffer): string {
  const decoder = new RequestDecoder({ maxBulkBytes: 2 ** 29, maxHeldBytes: 2 ** 30 });
  const reply = new ReplyWriter();
  decoder.feed(input, 0, input.length);
  while (decoder.next()) {
    const [name = '', text = ''] = decoder.args.binaries();
    if (/^ping$/i.test(name)) reply.simple('PONG');
    else if (/^echo$/i.test(name)) reply.binary(text);
    else reply.raw(Buffer.from(UNKNOWN));
  }
  if (decoder.error !== undefined) reply.error(decoder.error);
  return binaryOf(reply.take());
}

const LONG = 'x'.repeat(70_000);

describe('what is not quite a request', needsRedisServer, () => {
  let server: RedisServer;
  before(async () => {
    server = await RedisServer.start(PORT);
  });
  after(() => server.stop());

  for (const input of [
    '\r\n\r\n',
    '*0\r\n',
    '*-5\r\n',
    '*1\r\n$4\r\nPING\r\n',
    '*1\r\n$4\r\nPINGxx',
    '*2\r\n$4\r\nECHO\r\n$0\r\n\r\n',
    'ECHO "a\\x41\\n"\r\n',
    "echo 'it\\'s'\n",
    'ECHO "a"b\r\n',
    "ECHO 'a\r\n",
    '*\r\n',
    '*x\r\n',
    '*1x\r\n',
    '*+1\r\n',
    '*01\r\n',
    '* 1\r\n',
    '*2147483648\r\n',
    '*99999999999999999999\r\n',
    '*1\r\nPING\r\n',
    '*1\r\n\r\n',
    '*1\r\n:4\r\nPING\r\n',
    '*1\r\n$\r\n',
    '*1\r\n$-1\r\n',
    '*1\r\n$04\r\nPING\r\n',
    '*1\r\n$4x\r\nPING\r\n',
    '*1\r\n$536870913\r\n',
    '*2\r\n$4\r\nECHO\r\n$5\r\nabc',
    '$4\r',
    LONG,
    `*${LONG}`,
    `*1\r\n$${'1'.repeat(70_000)}`,
    `\0${LONG}\r\n`,
    `*\0${LONG}\r\n`,
    `*1\r\n$\0${LONG}\r\n`,
  ]) {
    it(JSON.stringify(input.slice(0, 40)), async () => {
      // A line that is too long must not end: when it does, it depends on the pieces it comes in what is wrong with it.
      const bytes = Buffer.from(input.length < LONG.length ? `${input}\r\nPING\r\n` : input, 'latin1');
      assert.equal(ours(bytes), await theirs(bytes));
    });
  }
});
