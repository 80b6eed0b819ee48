/**
 * A reshard whose end comes early: redis-trib, the source or the target is killed at a moment that a seed draws, as by
 * SIGKILL, or the source or the target says nothing any more, as after SIGSTOP. Afterwards `fix` ends with all slots covered and all keys present.
 *
 * The nodes keep what they acknowledged on the disk (`appendfsync always`), and come back from there. Where a source does
 * not come back its replica has all keys, too. A target's replica need not have those that have just arrived: the source
 * deletes what the target, not its replica, acknowledged. That is Redis Cluster's asynchronous replication, which no
 * client can mend.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Access, type Dial, dialer } from '../../extension/trib/connection.ts';
import { SeededRandom } from '../../extension/worlds/seeded-random.ts';
import { CheckingClient } from '../trib/checking-client.ts';
import { type Told, trib } from '../trib/transcripts.ts';
import { until } from '../until.ts';
import { needsRedisServer } from './redis-server.ts';
import { type Kind, TribCluster } from './trib-cluster.ts';

const KINDS: readonly (readonly [Kind, number])[] = [
  ['redis-servers', 22_250],
  ['nodes of ours', 22_260],
];
const CLI = path.join(import.meta.dirname, '../../extension/cli.ts');
const range = (first: number, count: number) => Array.from({ length: count }, (_, i) => first + i);

const SLOTS = range(0, 200);
const KEYS_PER_SLOT = 4;
/** A reshard of them sends some 240 commands until it begins to move, and 1,600 in all. */
const MOMENTS = [240, 1550] as const;
/** So many MIGRATEs it takes at least, of three keys at most: the source has half the keys or more. */
const MIGRATIONS = (SLOTS.length / 2) * Math.ceil(KEYS_PER_SLOT / 3) - 10;
/** Of each process. */
const KILLS = 3;

interface Blow {
  /** How many commands are sent before. */
  readonly after: number;
  /** Those that count; all when undefined. */
  readonly command?: string;
  readonly strike: () => Promise<void> | void;
  readonly replyLimitMs?: number;
}

/** Strikes while the next command is on its way. */
function struck({ after: commands, command, strike, ...limit }: Blow): (access: Access) => Dial {
  let left = commands;
  return (access) => async (address) => {
    const connection = await dialer({ ...access, ...limit })(address);
    return {
      ...connection,
      call: async (...words) => {
        const reply = connection.call(...words);
        if ((command ?? words[0]) === words[0] && left-- === 0)
          await Promise.all([strike(), reply.catch(() => undefined)]);
        return reply;
      },
    };
  };
}

/** The command line as a process, killed when it has told of so many slots. */
async function killedProcess(argv: readonly string[], slots: number): Promise<Told> {
  const child = spawn(process.execPath, [CLI, 'trib', ...argv]);
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += chunk;
    if ((text.match(/^Moving slot/gm)?.length ?? 0) >= slots) child.kill('SIGKILL');
  });
  const [code, signal] = await once(child, 'close');
  assert.equal(signal, 'SIGKILL', `it ended with ${code} before: ${text}`);
  return { status: 1, text, progress: [] };
}

class Story {
  readonly cluster: TribCluster;
  readonly random: SeededRandom;
  readonly seed: number;

  constructor(kind: Kind, base: number) {
    this.cluster = new TribCluster(kind, base, () => ({ appendonly: 'yes', appendfsync: 'always' }));
    this.seed = base;
    this.random = new SeededRandom(base);
  }

  async begin(): Promise<void> {
    const { cluster } = this;
    await cluster.start();
    const addresses = range(0, 6).map((i) => cluster.address(i));
    const created = await trib(['create', '--replicas', '1', '--yes', ...addresses]);
    assert.equal(created.status, 0, created.text);
    const client = new CheckingClient(cluster.base);
    await client.load(SLOTS, KEYS_PER_SLOT);
    client.close();
  }

  async everybody(...argv: readonly (string | number)[]): Promise<void> {
    await Promise.all(range(0, 6).map((i) => this.cluster.call(i, ...argv)));
  }

  moment(least: number, most: number): number {
    return Math.floor(this.random.between(least, most));
  }

  /** From the one of two primaries that has more of the keys to the other. */
  async reshard(): Promise<{ argv: string[]; source: number; target: number }> {
    const { cluster } = this;
    const [first, last] = await Promise.all([0, 2].map((i) => cluster.call(i, 'DBSIZE')));
    const [source, target] = Number(first) >= Number(last) ? [0, 2] : [2, 0];
    const words = ['--from', await cluster.id(source), '--to', await cluster.id(target)];
    const how = ['--slots', String(SLOTS.length), '--pipeline', '3', '--yes'];
    return { argv: ['reshard', ...words, ...how, cluster.address(1)], source, target };
  }

  /** All is as it was, but for who has which slot. */
  async mended(moment: string, { status, text }: Told): Promise<void> {
    const { cluster } = this;
    assert.notEqual(status, 0, `${moment}: it was through before\n${text}`);
    const asked = cluster.address(1);
    const fixed = await trib(['fix', '--yes', asked]);
    assert.equal(fixed.status, 0, `${moment}:\n${text}\n${fixed.text}`);
    await cluster.redisCliAgrees(1);
    const client = new CheckingClient(cluster.base + 1);
    client.expect(SLOTS, KEYS_PER_SLOT);
    assert.deepEqual(await client.lost(), [], `${moment}:\n${fixed.text}`);
    client.close();
  }

  /** These nodes serve all slots, and the replicas among them have what their primaries have. */
  async serves(nodes: readonly number[]): Promise<void> {
    const seen = new Map<number, string>();
    const well = async (i: number) => {
      const cluster = await this.cluster.call(i, 'CLUSTER', 'INFO');
      const replication = await this.cluster.call(i, 'INFO', 'replication');
      seen.set(i, `${cluster}\n${replication}`);
      return cluster.includes('cluster_state:ok') && !replication.includes('master_link_status:down');
    };
    const allAreWell = async () => (await Promise.all(nodes.map(well))).every(Boolean);
    await until(allAreWell, 'all serve', () => [...seen].flat().join('\n'));
  }
}

describe('a reshard that is killed', { ...needsRedisServer, concurrency: KINDS.length }, () => {
  for (const [kind, base] of KINDS) {
    describe(`on ${kind}`, { concurrency: 1 }, () => {
      const story = new Story(kind, base);
      const { cluster } = story;
      before(() => story.begin());
      after(() => cluster.stop());

      it('redis-trib itself: the slots that were open are closed, wherever their keys are', async () => {
        for (let kill = 0; kill < KILLS; kill++) {
          const slots = story.moment(1, SLOTS.length - 20);
          const { argv } = await story.reshard();
          await story.mended(`seed ${story.seed}, after ${slots} slots`, await killedProcess(argv, slots));
        }
      });

      for (const victim of ['source', 'target'] as const) {
        it(`the ${victim}, which comes back with what it had`, async () => {
          for (let kill = 0; kill < KILLS; kill++) {
            const commands = story.moment(...MOMENTS);
            const { argv, [victim]: who } = await story.reshard();
            const told = await trib(argv, {
              dialWith: struck({ after: commands, strike: () => cluster.kill(who) }),
            });
            await cluster.restart(who);
            await story.serves(range(0, 6));
            await story.mended(`seed ${story.seed}, after ${commands} commands`, told);
          }
        });
      }

      for (const victim of ['source', 'target'] as const) {
        it(`the ${victim}, which says nothing for a while`, async () => {
          // Nobody takes over from it meanwhile.
          await story.everybody('CONFIG', 'SET', 'cluster-node-timeout', 60_000);
          const commands = story.moment(...MOMENTS);
          const { argv, [victim]: who } = await story.reshard();
          const told = await trib([...argv, '--timeout', '200'], {
            dialWith: struck({ after: commands, strike: () => cluster.pause(who), replyLimitMs: 1000 }),
          });
          cluster.resume(who);
          const named = new RegExp(`${cluster.address(who)} did not reply.*: nothing came for 1 s|: IOERR`);
          assert.match(told.text, named);
          assert.match(told.text, /^\*\*\* Cut short, with slots [-\d, ]+ open: .*Run fix/m);
          await story.everybody('CONFIG', 'SET', 'cluster-node-timeout', 5000);
          await story.serves(range(0, 6));
          await story.mended(`seed ${story.seed}, after ${commands} commands`, told);
        });
      }

      it('the source, whose replica takes over: keys are on both sides, and nobody alive is moving them', async () => {
        const migrations = story.moment(1, MIGRATIONS);
        const { argv, source, target } = await story.reshard();
        const told = await trib(argv, {
          dialWith: struck({ after: migrations, command: 'MIGRATE', strike: () => cluster.kill(source) }),
        });
        await until(
          async () => /^role:master/m.test(await cluster.call(source + 3, 'INFO', 'replication')),
          'the replica is elected',
        );
        // The target takes the dead node for the owner of the slots that it is importing, and so for down, until it is told.
        await story.serves(range(0, 6).filter((i) => i !== source && i !== target));
        await story.mended(`seed ${story.seed}, after ${migrations} migrations`, told);
      });
    });
  }
});
