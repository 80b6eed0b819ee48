/**
 * Random commands over three connections, the same to a whole node of ours and to redis-server: transactions, scripts,
 * databases, protocols. Every reply to the byte, in the end the same data, and the same counts of calls and errors.
 *
 *     DIFFERENTIAL="seeds=100 first=1 family=scripts" node --test test/conformance/sessions-differential.test.ts
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Binary } from '../../extension/redis/bytes.ts';
import { SeededRandom } from '../redis/seeded-random.ts';
import { type SessionFamily, sessionFamilies, templateSource } from './command-sequences.ts';
import { mayDiffer } from './differences.ts';
import { OurServer } from './our-server.ts';
import { RawConnection } from './raw-connection.ts';
import { needsRedisServer, RedisServer } from './redis-server.ts';

const OURS = 21_396;
const THEIRS = 21_397;
const SESSIONS = 3;
const COMMANDS = 400;

function wish(name: string): string | undefined {
  return new RegExp(`\\b${name}=(\\S+)`).exec(process.env['DIFFERENTIAL'] ?? '')?.[1];
}

const seeds = Number(wish('seeds') ?? 1);
const first = Number(wish('first') ?? 0);
const wishedFamily = wish('family') ?? '';

interface Step {
  readonly session: number;
  readonly argv: readonly Binary[];
}

/** Commands of one template go to one session, one after the other. */
function stepsOf(family: SessionFamily, seed: number): Step[] {
  const random = new SeededRandom(seed);
  const next = templateSource(family, random);
  const steps: Step[] = [];
  while (steps.length < COMMANDS) {
    const session = random.below(SESSIONS);
    for (const argv of next()) steps.push({ session, argv });
  }
  return steps;
}

interface Outcome {
  readonly replies: readonly string[];
  readonly digest: string;
  /** Of each command: calls, rejected and failed ones; and of each kind of error how many there were. */
  readonly counts: readonly string[];
}

async function outcomeOf(port: number, steps: readonly Step[]): Promise<Outcome> {
  const connections = await Promise.all(Array.from({ length: SESSIONS }, () => RawConnection.open(port)));
  const observer = await RawConnection.open(port);
  for (const argv of [['FLUSHALL'], ['SCRIPT', 'FLUSH'], ['FUNCTION', 'FLUSH'], ['CONFIG', 'RESETSTAT']]) {
    await observer.send(...argv);
  }
  const replies: string[] = [];
  for (const { session, argv } of steps) {
    const reply = await connections[session]?.send(...argv);
    replies.push(comparable(reply?.toString('latin1') ?? ''));
  }
  for (const connection of connections) connection.close();
  const digest = (await observer.send('DEBUG', 'DIGEST')).toString();
  const counts: string[] = [];
  for (const section of ['commandstats', 'errorstats']) {
    const text = (await observer.send('INFO', section)).toString();
    counts.push(
      ...text
        .split('\r\n')
        .filter((line) => /^(cmdstat|errorstat)_/.test(line))
        .map(withoutTimes),
    );
  }
  observer.close();
  return { replies, digest, counts: counts.sort() };
}

/** HELLO tells who is asked. */
function comparable(reply: string): string {
  if (!reply.includes('redis\r\n')) return reply;
  return reply
    .replace(/7\.\d+\.\d+/g, '')
    .replace(/:\d+/g, '')
    .replace(/\$\d/g, '$');
}

function withoutTimes(line: string): string {
  return line.replace(/,usec=\d+,usec_per_call=[\d.]+/, '');
}

/** Where the two differ first; undefined: nowhere. */
async function difference(steps: readonly Step[]): Promise<string | undefined> {
  const [ours, theirs] = [await outcomeOf(OURS, steps), await outcomeOf(THEIRS, steps)];
  for (const [i, { session, argv }] of steps.entries()) {
    if (ours.replies[i] === theirs.replies[i] || mayDiffer(argv, 'reply')) continue;
    return `reply to ${session}> ${argv.join(' ')}:\n  here  ${ours.replies[i]}\n  there ${theirs.replies[i]}`;
  }
  if (ours.digest !== theirs.digest) return 'the data';
  const here = ours.counts.filter((line) => !theirs.counts.includes(line));
  const there = theirs.counts.filter((line) => !ours.counts.includes(line));
  return here.length + there.length === 0 ? undefined : `counts:\n  here  ${here}\n  there ${there}`;
}

/** As few of the steps as still show a difference. */
async function shrunk(steps: readonly Step[]): Promise<readonly Step[]> {
  let best = steps;
  for (let part = best.length >> 1; part >= 1; part >>= 1) {
    for (let from = best.length - part; from >= 0; from -= part) {
      const fewer = [...best.slice(0, from), ...best.slice(from + part)];
      if ((await difference(fewer)) !== undefined) best = fewer;
    }
  }
  return best;
}

describe('sessions, ours beside those of redis-server', needsRedisServer, () => {
  let ours: OurServer;
  let theirs: RedisServer;
  before(async () => {
    ours = await OurServer.start(OURS);
    theirs = await RedisServer.start(THEIRS);
    for (const server of [ours, theirs]) await server.call('DEBUG', 'SET-ACTIVE-EXPIRE', 0);
  });
  after(async () => {
    await ours.stop();
    await theirs.stop();
  });

  for (const [n, family] of sessionFamilies.entries()) {
    if (!family.startsWith(wishedFamily)) continue;
    it(family, async () => {
      for (let i = 0; i < seeds; i++) {
        const seed = n + 1000 * (first + i);
        const steps = stepsOf(family, seed);
        if ((await difference(steps)) === undefined) continue;
        const few = await shrunk(steps);
        const lines = few.map(({ session, argv }) => `${session}> ${argv.join(' ')}`);
        assert.fail(`seed ${seed}: ${await difference(few)}\n${lines.join('\n')}`);
      }
    });
  }
});
