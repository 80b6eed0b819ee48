/**
 * Thousands of random commands on each family of data, the same to us and to redis-server, in both protocols.
 *
 *     DIFFERENTIAL="seeds=100 first=1 family=streams" node --test test/conformance/differential.test.ts
 *
 * tries other sequences than the usual ones, and as many of them as one likes, on families whose names begin so; `port` is where
 * redis-server is to listen.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { EncodingLimits } from '../../extension/redis/store/encoding-limits.ts';
import { SeededRandom } from '../redis/seeded-random.ts';
import { commandSource, type Family, familyNames } from './command-sequences.ts';
import { difference, type Setting, shrunk } from './differential.ts';
import { needsRedisServer, RedisServer } from './redis-server.ts';

const COMMANDS = 1000;

/** Collections stay small here, so limits must be small for them to leave their compact encodings. */
const SMALL: Partial<EncodingLimits> = {
  hashEntries: 3,
  listSize: 2,
  setIntegers: 3,
  setEntries: 3,
  sortedSetEntries: 3,
  streamBlockEntries: 4,
};
const SMALL_CONFIG = [
  ['hash-max-listpack-entries', 3],
  ['list-max-listpack-size', 2],
  ['set-max-intset-entries', 3],
  ['zset-max-listpack-entries', 3],
  ['stream-node-max-entries', 4],
] as const;

function wish(name: string): string | undefined {
  return new RegExp(`\\b${name}=(\\S+)`).exec(process.env['DIFFERENTIAL'] ?? '')?.[1];
}

const wishedFamily = wish('family') ?? '';
const seeds = Number(wish('seeds') ?? 1);
const PORT = Number(wish('port') ?? 21_200);
const first = Number(wish('first') ?? 0);

async function sequence(family: Family, seed: number, setting: Setting): Promise<void> {
  const next = commandSource(family, new SeededRandom(seed));
  const commands = Array.from({ length: COMMANDS }, next);
  if ((await difference(commands, setting)) === undefined) return;
  const few = await shrunk(commands, setting);
  const found = await difference(few, setting);
  assert.fail(`seed ${seed}: ${found}\n${few.map((argv) => argv.join(' ')).join('\n')}`);
}

describe('commands on data, ours beside those of redis-server', needsRedisServer, () => {
  let server: RedisServer;
  before(async () => {
    server = await RedisServer.start(
      PORT,
      '--notify-keyspace-events',
      'KEA',
      '--repl-diskless-sync-delay',
      0,
    );
    // What has expired goes when it is met, and not at a time of the server's own choice.
    await server.call('DEBUG', 'SET-ACTIVE-EXPIRE', 0);
  });
  after(() => server.stop());

  for (const size of ['usual', 'small'] as const) {
    describe(`with ${size} limits of the compact encodings`, () => {
      before(async () => {
        if (size === 'small')
          for (const [name, value] of SMALL_CONFIG) await server.call('CONFIG', 'SET', name, value);
      });
      for (const [n, family] of familyNames.entries()) {
        if (!family.startsWith(wishedFamily)) continue;
        for (const protocol of [2, 3] as const) {
          it(`${family}, RESP${protocol}`, async () => {
            const setting: Setting = { port: PORT, protocol, limits: size === 'small' ? SMALL : {} };
            const usual = 1000 * n + 10 * protocol + (size === 'small' ? 1 : 0);
            for (let i = 0; i < seeds; i++) await sequence(family, usual + 100_000 * (first + i), setting);
          });
        }
      }
    });
  }
});
