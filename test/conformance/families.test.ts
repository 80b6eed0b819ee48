/**
 * Thousands of random commands on each family of data, the same to us and to redis-server: every reply to the byte, in
 * both protocols, every keyspace event, and what replicas are told.
 */
import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { after, before, describe, it } from 'node:test';
import type { Binary } from '../../extension/redis/bytes.ts';
import { allCommands } from '../../extension/redis/commands/index.ts';
import { defaultEncodingLimits, type EncodingLimits } from '../../extension/redis/store/encoding-limits.ts';
import { readable, StoreSession } from '../redis/commands/store-session.ts';
import { SeededRandom } from '../redis/seeded-random.ts';
import { commandSource, familyNames } from './command-sequences.ts';
import { mayDiffer } from './differences.ts';
import { RawConnection } from './raw-connection.ts';
import { needsRedisServer, RedisServer } from './redis-server.ts';

const PORT = 21_200;
const COMMANDS = 1000;

/** Everything a command did, in words. */
interface Outcome {
  readonly argv: readonly Binary[];
  readonly reply: Buffer;
  readonly events: readonly string[];
  readonly replicated: readonly string[];
}

interface Results {
  readonly outcomes: readonly Outcome[];
  /** How many changes `save` has counted. */
  readonly changes: number;
}

/** Collections stay small here, so limits must be small for them to leave their compact encodings. */
const SMALL: Partial<EncodingLimits> = {
  hashEntries: 3,
  listSize: 2,
  setIntegers: 3,
  setEntries: 3,
  sortedSetEntries: 3,
};
const SMALL_CONFIG = [
  ['hash-max-listpack-entries', 3],
  ['list-max-listpack-size', 2],
  ['set-max-intset-entries', 3],
  ['zset-max-listpack-entries', 3],
] as const;

/** Keys that hold a string from the start: the wrong kind for every family here. */
const STRINGS = ['wrong', 'text'];

function ourOutcomes(commands: readonly Binary[][], protocol: 2 | 3, limits: EncodingLimits): Results {
  const session = new StoreSession([allCommands], { limits, databases: 16 });
  session.reply.protocol = protocol;
  for (const key of STRINGS) session.db.setStringBytes(Buffer.from(key), Buffer.from('string'));
  let changes = 0;
  const outcomes = commands.map((argv) => {
    const reply = session.raw(...argv);
    changes += session.changes;
    return {
      argv,
      reply,
      events: session.events.map((event) => event.join(' ')),
      replicated: session.replicated.map((command) => spelled(`[${command.join(' ')}]`)),
    };
  });
  return { outcomes, changes };
}

/** Command names in capitals, as both sides write them in either way. */
function spelled(command: string): string {
  return command.replace(/^\[\S+/, (name) => name.toUpperCase());
}

/** Sends all commands at once; a PUBLISH behind each marks where its events and effects end. */
async function theirOutcomes(commands: readonly Binary[][], protocol: 2 | 3): Promise<Results> {
  const [main, subscriber, replica] = await Promise.all([
    RawConnection.open(PORT),
    RawConnection.open(PORT),
    RawConnection.open(PORT),
  ]);
  await main.send('FLUSHALL');
  await main.send('HELLO', protocol);
  for (const key of STRINGS) await main.send('SET', key, 'string');
  await subscriber.send('PSUBSCRIBE', '__keyevent@0__:*');
  await replica.follow();
  const before = await changesCounted(main);
  const replies = commands.map((argv) => {
    const reply = main.send(...argv);
    void main.send('PUBLISH', '__keyevent@0__:mark', '-');
    return reply;
  });
  const outcomes: Outcome[] = [];
  for (const [i, argv] of commands.entries()) {
    outcomes.push({
      argv,
      reply: await replies[i],
      events: await eventsToMark(subscriber),
      replicated: await effectsToMark(replica),
    });
  }
  const changes = (await changesCounted(main)) - before;
  for (const connection of [main, subscriber, replica]) connection.close();
  return { outcomes, changes };
}

async function changesCounted(connection: RawConnection): Promise<number> {
  const info = (await connection.send('INFO', 'persistence')).toString();
  return Number(/rdb_changes_since_last_save:(\d+)/.exec(info)?.[1]);
}

async function eventsToMark(subscriber: RawConnection): Promise<string[]> {
  const events: string[] = [];
  for (;;) {
    const message = readable((await subscriber.next()).toString('latin1'));
    const [, event = '', key = ''] = /^\[pmessage \S+ __keyevent@0__:(\S+) (.*)\]$/s.exec(message) ?? [];
    if (event === 'mark') return events;
    events.push(`${event} ${key}`);
  }
}

async function effectsToMark(replica: RawConnection): Promise<string[]> {
  const effects: string[] = [];
  for (;;) {
    const command = spelled(readable((await replica.next()).toString('latin1')));
    if (command.startsWith('[PUBLISH')) return effects;
    if (!/^\[(SELECT|MULTI|EXEC|PING)\b/.test(command)) effects.push(command);
  }
}

/** Replies whose order is nobody's promise. */
const UNORDERED =
  /^(KEYS|SCAN|HGETALL|HKEYS|HVALS|SMEMBERS|SINTER|SUNION|SDIFF|SPOP|[HSZ]SCAN|HRANDFIELD|[SZ]RANDMEMBER)$/;

/**
 * 7.2 prints the shortest text of a double, 7.0 seventeen digits: compared as numbers. Sines and cosines of V8 and of
 * the C library may differ in the last bit, which stored distances show.
 */
function withNumbersRead(reply: string): string {
  return reply.replace(/,?-?\d+\.?\d*(?:e[+-]?\d+)?/g, (number) =>
    Number(number.replace(',', '')).toPrecision(13),
  );
}

function comparable({ argv, reply }: Outcome): string {
  const text = readable(reply.toString('latin1'));
  const [name = ''] = argv;
  // Without their order the words of a reply and its first line, which has its type and length, remain.
  const words = text
    .replace(/[[\]{}~%]/g, ' ')
    .split(' ')
    .sort();
  const [firstLine = ''] = reply.toString('latin1').split('\r\n');
  const fair = UNORDERED.test(name) ? `${firstLine} ${words.join(' ')}` : text;
  return name.startsWith('Z') ? withNumbersRead(fair) : fair;
}

function compare(ours: readonly Outcome[], theirs: readonly Outcome[]): void {
  for (const [i, our] of ours.entries()) {
    const their = theirs[i];
    const label = `command ${i}: ${our.argv.join(' ')}`;
    if (!mayDiffer(our.argv, 'reply') && !our.reply.equals(their.reply)) {
      assert.equal(comparable(our), comparable(their), label);
    }
    if (!mayDiffer(our.argv, 'events')) assert.deepEqual(our.events, their.events, `events of ${label}`);
    if (!mayDiffer(our.argv, 'replication')) {
      assert.deepEqual(our.replicated, their.replicated, `replication of ${label}`);
    }
  }
}

describe('commands on collections, ours beside those of redis-server', needsRedisServer, () => {
  let server: RedisServer;
  before(async () => {
    server = await RedisServer.start(PORT, '--notify-keyspace-events', 'KEA');
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
        for (const protocol of [2, 3] as const) {
          it(`${family}, RESP${protocol}`, async () => {
            const random = new SeededRandom(1000 * n + 10 * protocol + (size === 'small' ? 1 : 0));
            const next = commandSource(family, random);
            const commands = Array.from({ length: COMMANDS }, next);
            const limits = { ...defaultEncodingLimits(), ...(size === 'small' ? SMALL : {}) };
            const ours = ourOutcomes(commands, protocol, limits);
            const theirs = await theirOutcomes(commands, protocol);
            compare(ours.outcomes, theirs.outcomes);
            // Where replication may differ, so may what counts as a change.
            if (!commands.some((argv) => mayDiffer(argv, 'replication'))) {
              assert.equal(ours.changes, theirs.changes, 'changes');
            }
          });
        }
      }
    });
  }
});
