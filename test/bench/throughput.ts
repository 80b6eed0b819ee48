/**
 * Requests per second and CPU per request of one primary with a linked replica, ours and redis-server's in turn, so
 * that a machine whose speed drifts treats both alike. The keys share a tag: one client library talks to one node.
 */
import { execFileSync } from 'node:child_process';
import { sha1 } from '../../extension/redis/sha1.ts';
import { cpuSeconds, median, redisCli, type Server, startPair } from './servers.ts';

interface Load {
  readonly name: string;
  readonly pipeline: number;
  readonly requests: number;
  readonly command: readonly string[];
  /** How many different numbers stand for __rand_int__: keys, or members of one key. */
  readonly range: number;
}

const value = (bytes: number) => 'x'.repeat(bytes);
const KEY = '{bench}:__rand_int__';
const SCRIPT = "return redis.call('get', KEYS[1])";
const SHA = Buffer.from(sha1(Buffer.from(SCRIPT))).toString('hex');
const KEYS = 100_000;
const MEMBERS = 1000;
const MEMBER = 'element:__rand_int__';
const COMMANDS: readonly [name: string, range: number, ...command: string[]][] = [
  ['SET d3', KEYS, 'SET', KEY, value(3)],
  ['GET d3', KEYS, 'GET', KEY],
  ['SET d1024', KEYS, 'SET', KEY, value(1024)],
  ['GET d1024', KEYS, 'GET', KEY],
  ['EVALSHA', KEYS, 'EVALSHA', SHA, '1', KEY],
  ['INCR', MEMBERS, 'INCR', '{bench}counter:__rand_int__'],
  ['LPUSH', MEMBERS, 'LPUSH', '{bench}list', value(3)],
  ['HSET', MEMBERS, 'HSET', '{bench}hash', MEMBER, value(3)],
  ['SADD', MEMBERS, 'SADD', '{bench}set', MEMBER],
  ['ZADD 1k', MEMBERS, 'ZADD', '{bench}small', '0', MEMBER],
  ['ZADD 100k', KEYS, 'ZADD', '{bench}large', '__rand_int__', MEMBER],
];
const LOADS: readonly Load[] = [1, 16].flatMap((pipeline) =>
  COMMANDS.map(([name, range, ...command]) => {
    // A second or so: shorter, and what a busy moment of the machine adds is a tenth of it.
    const requests = pipeline === 1 ? 100_000 : 1_200_000;
    return { name, pipeline, requests, range, command };
  }),
);

interface Measure {
  /** Requests per second. */
  readonly rps: number;
  /** Microseconds of CPU of the server process per request. */
  readonly cpu: number;
}

const ROUNDS = 3;

export async function throughput(): Promise<void> {
  const ours = await startPair('ours', 19100);
  const redis = await startPair('redis', 19110);
  for (const { primary } of [ours, redis]) redisCli(primary.port, 'SCRIPT', 'LOAD', SCRIPT);
  console.log('\none primary with a linked replica, redis-benchmark -c 50; ours / redis-server');
  console.log('load        -P    rps ours   rps redis   ratio   µs CPU ours  redis   ratio');
  try {
    for (const load of LOADS) {
      const rounds: { ours: Measure; redis: Measure }[] = [];
      measure(ours.primary, load);
      measure(redis.primary, load);
      for (let i = 0; i < ROUNDS; i++) {
        rounds.push({ ours: measure(ours.primary, load), redis: measure(redis.primary, load) });
      }
      print(load, rounds);
    }
  } finally {
    for (const { primary, replica } of [ours, redis]) {
      await replica.stop();
      await primary.stop();
    }
  }
}

function measure(server: Server, { pipeline, requests, command, range }: Load): Measure {
  const before = cpuSeconds(server.pid);
  const args = [
    '-p',
    server.port,
    '-c',
    50,
    '-n',
    requests,
    '-r',
    range,
    '-P',
    pipeline,
    '--csv',
    ...command,
  ];
  // redis-benchmark waits for ever for a server that died: a minute is far more than any load takes.
  const output = execFileSync('timeout', ['60', 'redis-benchmark', ...args.map(String)], {
    encoding: 'utf8',
  });
  const rps = Number(output.trim().split('\n').at(-1)?.split('","')[1]?.replaceAll('"', ''));
  return { rps, cpu: ((cpuSeconds(server.pid) - before) * 1e6) / requests };
}

function print({ name, pipeline }: Load, rounds: readonly { ours: Measure; redis: Measure }[]): void {
  const of = (pick: (round: { ours: Measure; redis: Measure }) => number) => median(rounds.map(pick));
  const columns = [
    name.padEnd(10),
    String(pipeline).padStart(3),
    of(({ ours }) => ours.rps)
      .toFixed(0)
      .padStart(11),
    of(({ redis }) => redis.rps)
      .toFixed(0)
      .padStart(11),
    of(({ ours, redis }) => ours.rps / redis.rps)
      .toFixed(2)
      .padStart(7),
    of(({ ours }) => ours.cpu)
      .toFixed(2)
      .padStart(12),
    of(({ redis }) => redis.cpu)
      .toFixed(2)
      .padStart(7),
    of(({ ours, redis }) => ours.cpu / redis.cpu)
      .toFixed(2)
      .padStart(7),
  ];
  console.log(columns.join(' '));
}
