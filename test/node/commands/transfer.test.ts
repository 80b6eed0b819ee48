/** DUMP and RESTORE on a whole node; the payloads themselves are held against redis-server's. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { field, SimulatedNode } from '../simulated-node.ts';

test('RESTORE counts what sanitize-dump-payload wants checked', () => {
  const client = SimulatedNode.started().client();
  const counted = () => field(client.call('INFO', 'stats'), 'dump_payload_sanitizations');
  client.call('RPUSH', 'k', 'a', 'b');
  const payload = String(client.call('DUMP', 'k'));
  // Every character is a byte.
  const words = ['RESTORE', 'k', '0', payload, 'REPLACE'].map((word) => `$${word.length}\r\n${word}\r\n`);
  const restore = () => {
    client.sendRaw(`*5\r\n${words.join('')}`);
    assert.equal(client.next(), 'OK');
  };
  restore();
  assert.equal(counted(), '0');
  client.call('CONFIG', 'SET', 'sanitize-dump-payload', 'clients');
  restore();
  assert.equal(counted(), '1');
});
