/** What is said when there is no connection, or it ends before its answer came. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { it } from 'node:test';
import tls from 'node:tls';
import { dialer, type NodeAddress } from '../../extension/trib/connection.ts';

const file = (name: string) =>
  readFileSync(path.join(import.meta.dirname, '../conformance/conf-files/tls', name));

async function listening(server: net.Server): Promise<NodeAddress> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(typeof address === 'object' && address);
  return { host: '127.0.0.1', port: address.port };
}

it('a node that hangs up on plain words may speak TLS only', async () => {
  const server = tls.createServer({ cert: file('redis.crt'), key: file('redis.key') });
  await assert.rejects(dialer()(await listening(server)), /: the node may speak TLS only$/);
  server.close();
});

it('a node that is connected to and says nothing is not waited for any longer than ten seconds', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const server = net.createServer();
  const greeted = new Promise<void>((resolve) => {
    server.on('connection', (socket) => socket.once('data', () => resolve()));
  });
  const refused = assert.rejects(
    dialer()(await listening(server)),
    /: it does not answer within 10 s: its process may be stopped$/,
  );
  await greeted;
  t.mock.timers.tick(10_000);
  await refused;
  server.close();
});

it('a node that goes when it is asked may have wanted a certificate', async () => {
  // With TLS 1.3 a client hears of it behind its first words only, or of nothing but the end.
  const server = tls.createServer({ cert: file('redis.crt'), key: file('redis.key') }, (socket) => {
    socket.on('data', (bytes) => {
      const text = bytes.toString();
      if (/PING/i.test(text)) socket.destroy();
      else for (const _ of text.matchAll(/^\*\d/gm)) socket.write('+OK\r\n');
    });
  });
  const connection = await dialer({ tls: { rejectUnauthorized: false } })(await listening(server));
  await assert.rejects(connection.call('PING'), /: the node may demand a client certificate$/);
  connection.close();
  server.close();
});

/** Takes connections and what is sent, and replies to greetings only, unless `tells` says otherwise. */
async function mute(
  tells = (_words: string): string => '',
): Promise<{ server: net.Server; at: NodeAddress }> {
  const server = net.createServer((socket) => {
    socket.on('data', (bytes) => {
      const words = bytes.toString();
      for (const _ of words.matchAll(/CLIENT|INFO|HELLO/gi)) socket.write('+OK\r\n');
      socket.write(tells(words));
    });
  });
  return { server, at: await listening(server) };
}

it('a node that stops in the middle of its work is not waited for much longer than a minute', async (t) => {
  const { server, at } = await mute();
  const connection = await dialer()(at);
  t.mock.timers.enable({ apis: ['setInterval'] });
  const refused = assert.rejects(connection.call('CLUSTER', 'NODES'), {
    message: 'nothing came for 70 s: its process may be stopped, or the way to it cut',
    line: `[ERR] Node 127.0.0.1:${at.port} did not reply to CLUSTER NODES: nothing came for 70 s: its process may be stopped, or the way to it cut`,
  });
  t.mock.timers.tick(70_000);
  await refused;
  server.close();
});

it('MIGRATE has the time beside that which it may wait for the other node', async (t) => {
  const { server, at } = await mute();
  const connection = await dialer()(at);
  t.mock.timers.enable({ apis: ['setInterval'] });
  const refused = assert.rejects(connection.call('MIGRATE', 'h', 1, '', 0, 60_000, 'KEYS', 'k'), /for 130 s/);
  t.mock.timers.tick(130_000);
  await refused;
  server.close();
});

it('who slept meanwhile has not waited', async () => {
  const { server, at } = await mute((words) => (words.includes('DBSIZE') ? ':7\r\n' : ''));
  const connection = await dialer({ replyLimitMs: 300 })(at);
  const reply = connection.call('DBSIZE');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 400);
  assert.equal(await reply, 7);
  connection.close();
  server.close();
});

it('a node that refuses is named with what it was asked, without keys and passwords', async () => {
  const { server, at } = await mute((words) => (words.includes('NOTHING') ? '-NOPERM no\r\n' : ''));
  const connection = await dialer()(at);
  const call = connection.call('CONFIG', 'SET', 'nothing', Buffer.from('x'), 1, 'secret', 'NOTHING');
  await assert.rejects(call, {
    message: 'NOPERM no',
    line: `[ERR] Node 127.0.0.1:${at.port} replied to CONFIG SET nothing 1: NOPERM no`,
  });
  connection.close();
  server.close();
});
