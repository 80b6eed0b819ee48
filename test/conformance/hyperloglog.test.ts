/** One HyperLogLog grows from nothing to dense, here and in redis-server, and stays the same to the byte. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { hyperLogLogs } from '../../extension/redis/commands/hyperloglog.ts';
import { strings } from '../../extension/redis/commands/strings.ts';
import { StoreSession } from '../redis/commands/store-session.ts';
import { SeededRandom } from '../redis/seeded-random.ts';
import { RawConnection } from './raw-connection.ts';
import { needsRedisServer, RedisServer } from './redis-server.ts';

const PORT = 21_201;

describe('a HyperLogLog beside that of redis-server', needsRedisServer, () => {
  let server: RedisServer;
  let theirs: RawConnection;
  before(async () => {
    server = await RedisServer.start(PORT);
    theirs = await RawConnection.open(PORT);
  });
  after(async () => {
    theirs.close();
    await server.stop();
  });

  it('has the same bytes and the same estimate at every size', async () => {
    const ours = new StoreSession([hyperLogLogs, strings]);
    const random = new SeededRandom(21);
    const encodings = new Set<string>();
    for (let batch = 0; batch < 60; batch++) {
      // Batches grow, so that the end is some ten thousand elements; of all lengths, so that every tail is hashed.
      const elements = Array.from({ length: 2 + batch * 8 }, () =>
        'element'.slice(0, random.below(8)).concat(String(random.below(1e9))),
      );
      for (const argv of [
        ['PFADD', 'h', ...elements],
        ['GET', 'h'],
        ['PFCOUNT', 'h'],
        ['GET', 'h'],
        ['PFDEBUG', 'ENCODING', 'h'],
      ]) {
        const reply = ours.raw(...argv);
        assert.deepEqual(
          reply,
          await theirs.send(...argv),
          `${argv.slice(0, 3).join(' ')} in batch ${batch}`,
        );
        if (argv[0] === 'PFDEBUG') encodings.add(reply.toString());
      }
    }
    assert.deepEqual([...encodings], ['+sparse\r\n', '+dense\r\n']);
  });
});
