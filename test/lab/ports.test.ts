import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:net';
import { afterEach, test } from 'node:test';
import { HIGHEST_SAFE_BASE, probePorts } from '../../extension/lab/ports.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

function take(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
    servers.push(server);
  });
}

const probe = (basePort: number) => probePorts({ host: '127.0.0.1', basePort, nodes: 6 });

test('a free base is free', async () => {
  assert.deepEqual(await probe(21_620), { free: true, taken: [], suggestion: undefined });
});

test('a client port or a bus port in use is told, with a base that is free on both ranges', async () => {
  await take(21_622);
  await take(31_625);
  await take(31_720);
  const { free, taken, suggestion } = await probe(21_620);
  assert.equal(free, false);
  assert.deepEqual(taken, [21_622, 31_625]);
  assert.ok(suggestion !== undefined);
  assert.notEqual(suggestion, 21_720);
  assert.equal((await probe(suggestion)).free, true);
});

test('no base is offered whose bus ports stand among those of outgoing connections', async () => {
  await take(22_760);
  const { suggestion } = await probe(22_760);
  assert.ok(suggestion !== undefined && suggestion + 5 <= HIGHEST_SAFE_BASE, `${suggestion}`);
});

test('ports that no lab can have are told from taken ones', async () => {
  await assert.rejects(probe(55_531), /^Error: Redis port number too high \(55536\)\./);
  await assert.rejects(probe(65_000), /Your Redis port number must be 55535 or less/);
  for (const none of [-5, 0, 70_000, 7000.5, Number.NaN]) await assert.rejects(probe(none), /is no port/);
});
