/** Scripts answer as redis-server's do, to the byte, in both protocols. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { OurServer } from './our-server.ts';
import { needsRedisServer, RedisServer } from './redis-server.ts';
import { samples } from './script-samples.ts';

const OURS = 21_480;
const THEIRS = 21_481;

describe('scripts', needsRedisServer, () => {
  let ours: OurServer;
  let theirs: RedisServer;
  before(async () => {
    [ours, theirs] = await Promise.all([OurServer.start(OURS), RedisServer.start(THEIRS)]);
  });
  after(async () => {
    await Promise.all([ours.stop(), theirs.stop()]);
  });

  for (const protocol of [2, 3]) {
    it(`answer the same in RESP${protocol}`, async () => {
      const clients = [ours.client, theirs.client];
      await Promise.all(clients.map((client) => client.reply('HELLO', protocol)));
      for (const { script, keys = [], args = [] } of samples) {
        const [mine, real] = await Promise.all(
          clients.map(async (client) => {
            await client.reply('FLUSHALL');
            return client.reply('EVAL', script, keys.length, ...keys, ...args);
          }),
        );
        assert.deepEqual(mine, real, script);
      }
    });
  }

  it('exchange libraries by way of FUNCTION DUMP', async () => {
    const library =
      "#!lua name=shared\nredis.register_function{function_name='echo', callback=function(keys, args) return args end, " +
      "flags={'no-writes'}, description='gives back'}";
    for (const server of [ours, theirs]) await server.client.reply('FUNCTION', 'FLUSH');
    await theirs.call('FUNCTION', 'LOAD', library);
    const dump = await theirs.client.reply('FUNCTION', 'DUMP');
    assert.equal(dump.type, 'bulk');
    await ours.call('FUNCTION', 'RESTORE', dump.type === 'bulk' ? dump.value : '');
    assert.deepEqual(
      await ours.client.reply('FUNCTION', 'LIST', 'WITHCODE'),
      await theirs.client.reply('FUNCTION', 'LIST', 'WITHCODE'),
    );
    const back = await ours.client.reply('FUNCTION', 'DUMP');
    await theirs.call('FUNCTION', 'RESTORE', back.type === 'bulk' ? back.value : '', 'REPLACE');
    assert.equal(await theirs.call('FCALL', 'echo', 0, 'there', 'and back'), 'there\nand back');
    assert.equal(await ours.call('FCALL_RO', 'ECHO', 0, 'here'), 'here');
  });
});
