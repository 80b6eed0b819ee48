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
