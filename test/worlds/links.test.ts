/** Disturbed ways between two nodes, over real sockets. */
import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { Connection } from '../../extension/redis/world.ts';
import { Links } from '../../extension/worlds/links.ts';
import { TcpWorld } from '../../extension/worlds/tcp.ts';
import { until } from '../until.ts';

/** The other node: what it got, and who is connected. */
let peer: Server;
let got = '';
const accepted: Socket[] = [];
let links: Links;
let world: TcpWorld;
let told: string[] = [];

beforeEach(async () => {
  got = '';
  told = [];
  accepted.length = 0;
  links = new Links();
  world = new TcpWorld({ links });
  peer = createServer((socket) => {
    accepted.push(socket);
    socket.on('data', (bytes) => {
      got += bytes;
    });
    socket.on('error', () => undefined);
  }).listen(0, '127.0.0.1');
  await once(peer, 'listening');
});
afterEach(() => {
  world.destroyAll();
  for (const socket of accepted) socket.destroy();
  peer.close();
});

function peerPort(): number {
  const address = peer.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function dial(): Connection {
  return world.network.connect(
    { host: '127.0.0.1', port: peerPort() },
    {
      connected: () => told.push('connected'),
      data: (bytes, start, end) => told.push(Buffer.from(bytes.subarray(start, end)).toString()),
      closed: () => told.push('closed'),
    },
  );
}

/** Enough turns of the loop for anything on its way to arrive. */
async function aWhile(): Promise<void> {
  const other = new TcpWorld();
  const probe = once(peer, 'connection');
  other.network.connect({ host: '127.0.0.1', port: peerPort() }, { connected() {}, data() {}, closed() {} });
  await probe;
  other.destroyAll();
  for (let i = 0; i < 50; i++) await turn();
}

test('a way that is whole hands everything through', async () => {
  const connection = dial();
  connection.write(Buffer.from('ping'));
  await until(() => got === 'ping');
  accepted[0]?.write('pong');
  await until(() => told.includes('pong'));
  assert.deepEqual(told, ['connected', 'pong']);
});

test('into a cut nothing goes and from it nothing comes, until it heals', async () => {
  const connection = dial();
  await until(() => accepted.length === 1 && told.includes('connected'));
  links.set(peerPort(), { cut: true, delayMs: 0 });
  assert.equal(connection.write(Buffer.from('ping')), true);
  assert.equal(connection.pendingBytes, 4);
  accepted[0]?.end('pong');
  await aWhile();
  assert.deepEqual([got, told], ['', ['connected']]);
  links.set(peerPort(), { cut: false, delayMs: 0 });
  await until(() => told.includes('closed') && got === 'ping');
  assert.deepEqual(told, ['connected', 'pong', 'closed']);
});

test('what waits is a copy: whoever wrote it may write over it', async () => {
  const connection = dial();
  await until(() => accepted.length === 1 && told.includes('connected'));
  links.set(peerPort(), { cut: true, delayMs: 0 });
  const bytes = Buffer.from('ping');
  assert.equal(connection.write(bytes), true);
  bytes.fill('x');
  links.set(peerPort(), { cut: false, delayMs: 0 });
  await until(() => got !== '');
  assert.equal(got, 'ping');
});

test('what comes on a slow way is a copy: the next read writes over what the socket read', async () => {
  dial();
  await until(() => accepted.length === 1 && told.includes('connected'));
  links.set(peerPort(), { cut: false, delayMs: 100 });
  accepted[0]?.write('ping');
  await aWhile();
  accepted[0]?.write('pong');
  await until(() => told.join('').length === 'connectedpingpong'.length);
  assert.equal(told.join(''), 'connectedpingpong');
});

test('a dial into a cut succeeds once it heals', async () => {
  links.set(peerPort(), { cut: true, delayMs: 0 });
  const connection = dial();
  connection.write(Buffer.from('hello'));
  await aWhile();
  assert.deepEqual([accepted.length - 1, told], [0, []]);
  links.set(peerPort(), { cut: false, delayMs: 0 });
  await until(() => got === 'hello' && told.includes('connected'));
});

test('a dial that was given up meanwhile never happens', async () => {
  links.set(peerPort(), { cut: true, delayMs: 0 });
  dial().destroy();
  links.set(peerPort(), { cut: false, delayMs: 0 });
  await aWhile();
  // The one connection is aWhile's own.
  assert.deepEqual([accepted.length, told], [1, []]);
});

test('the other end of a cut learns only afterwards that a connection is gone', async () => {
  const connection = dial();
  await until(() => accepted.length === 1 && told.includes('connected'));
  let closed = false;
  accepted[0]?.on('close', () => {
    closed = true;
  });
  links.set(peerPort(), { cut: true, delayMs: 0 });
  connection.destroy();
  await aWhile();
  assert.equal(closed, false);
  links.set(peerPort(), { cut: false, delayMs: 0 });
  await until(() => closed);
  assert.deepEqual(told, ['connected']);
});

test('a longer way keeps the order of what is on it', async () => {
  const connection = dial();
  await until(() => accepted.length === 1 && told.includes('connected'));
  links.set(peerPort(), { cut: false, delayMs: 30 });
  const sentAt = performance.now();
  connection.write(Buffer.from('one '));
  connection.write(Buffer.from('two '));
  // What is on the long way arrives first, also when the way is short again.
  links.set(peerPort(), { cut: false, delayMs: 0 });
  connection.write(Buffer.from('three'));
  await until(() => got === 'one two three');
  assert.ok(performance.now() - sentAt >= 29);
});

test('a node that is killed leaves nothing on its ways', async () => {
  const connection = dial();
  await until(() => accepted.length === 1);
  links.set(peerPort(), { cut: true, delayMs: 0 });
  connection.write(Buffer.from('last words'));
  world.destroyAll();
  links.set(peerPort(), { cut: false, delayMs: 0 });
  await aWhile();
  assert.equal(got, '');
});
