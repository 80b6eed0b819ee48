/** add-node and del-node: what would be sent, and what is refused before anything is. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Described, StandingCluster, sharing } from './standing-cluster.ts';

const THREE = sharing({ a: 5461, b: 5462, c: 5461 });
const REPLICAS = { ...THREE, d: { replicaOf: 'a' }, e: { replicaOf: 'b' } };

/** The lines that a dry run prints behind the check of the cluster. */
async function planned(cluster: StandingCluster, line: string): Promise<string[]> {
  const { status, text } = await cluster.trib(line);
  assert.equal(status, 0, text);
  assert.deepEqual(cluster.told, [], 'a dry run sends nothing');
  const lines = cluster.short(text).trimEnd().split('\n');
  return lines.slice(lines.findLastIndex((said) => /^\[OK\] All|^>>> Removing/.test(said)) + 1);
}

async function refused(nodes: Readonly<Record<string, Described>>, line: string): Promise<string> {
  const cluster = new StandingCluster(nodes);
  const { status, text } = await cluster.trib(line);
  assert.equal(status, 1, text);
  assert.deepEqual(cluster.told, []);
  return cluster.short(text).trimEnd().split('\n').at(-1) ?? '';
}

describe('add-node', () => {
  it('introduces an empty node, and waits until all know it', async () => {
    const cluster = new StandingCluster({ ...THREE, n: { alone: true } });
    assert.deepEqual(await planned(cluster, 'add-node --dry-run @n @a'), [
      '# >>> Send CLUSTER MEET to node @n to make it join the cluster.',
      '@n> CLUSTER MEET 127.0.0.1 7000',
      '# wait until every node knows it',
    ]);
    const { dryRun, plan } = JSON.parse((await cluster.trib('add-node --dry-run --json @n @a')).text);
    assert.equal(dryRun, true);
    assert.deepEqual(plan.at(-1), { wait: 'every node knows it' });
  });

  it('makes it a replica: of who is named, else of the primary with the fewest', async () => {
    const cluster = new StandingCluster({ ...REPLICAS, n: { alone: true } });
    const replicate = ['# >>> Configure node as replica of @c.', '@n> CLUSTER REPLICATE #c'];
    for (const option of ['--slave', '--replica']) {
      const lines = await planned(cluster, `add-node --dry-run ${option} @n @a`);
      assert.equal(lines[0], 'Automatically selected master @c');
      assert.deepEqual(lines.slice(-2), replicate);
    }
    const named = await planned(cluster, 'add-node --dry-run --slave --master-id #b @n @a');
    assert.ok(!named.some((said) => said.startsWith('Automatically')));
    assert.equal(named.at(-1), '@n> CLUSTER REPLICATE #b');
    const alone = await planned(cluster, 'add-node --dry-run --master-id #b @n @a');
    assert.equal(alone.at(-1), '@n> CLUSTER REPLICATE #b', 'an id says that it is to be a replica');
  });

  it('brings the functions of the cluster to a primary; a replica gets them from its own', async () => {
    const nodes = { ...THREE, a: { ...THREE['a'], functions: true }, n: { alone: true } };
    const [heading, restore] = await planned(new StandingCluster(nodes), 'add-node --dry-run @n @a');
    assert.deepEqual(
      [heading, restore],
      ['# >>> Sending the functions of @a to @n', '@n> FUNCTION RESTORE (6 bytes)'],
    );
    const replica = await planned(new StandingCluster(nodes), 'add-node --dry-run --slave @n @a');
    assert.ok(!replica.some((said) => said.includes('FUNCTION')));
    const twice = { ...nodes, n: { alone: true, functions: true } };
    assert.equal(
      await refused(twice, 'add-node @n @a'),
      '[ERR] Node @n contains functions already. Use FUNCTION FLUSH and try again.',
    );
  });

  it('refuses a primary that is none, and a node that is in no state to join, before it sends anything', async () => {
    const newcomer = { ...REPLICAS, n: { alone: true } };
    assert.equal(
      await refused(newcomer, 'add-node --master-id 1234567 @n @a'),
      '[ERR] No such master ID 1234567',
    );
    assert.equal(await refused(newcomer, 'add-node --master-id #d @n @a'), '[ERR] No such master ID #d');
    const plain = { ...THREE, n: { alone: true, plain: true } };
    assert.match(await refused(plain, 'add-node @n @a'), /Node @n is not configured as a cluster node/);
    for (const used of [{ keys: { 5: 1 } }, { slots: [[5, 5]] as const }])
      assert.match(
        await refused({ ...THREE, n: { alone: true, ...used } }, 'add-node @n @a'),
        /Node @n is not empty/,
      );
    assert.match(await refused(THREE, 'add-node @b @a'), /Node @b is not empty/);
    const open = { ...THREE, a: { ...THREE['a'], open: '[5->-b]' }, n: { alone: true } };
    assert.equal(
      await refused(open, 'add-node @n @a'),
      '*** Please fix your cluster problems before adding a node',
    );
  });
});

describe('del-node', () => {
  it('gives the replicas of who goes to the primaries with the fewest, has all others forget it, and resets it', async () => {
    const five = { ...REPLICAS, n: {}, f: { replicaOf: 'n' }, g: { replicaOf: 'n' } };
    assert.deepEqual(await planned(new StandingCluster(five), 'del-node --dry-run @a #n'), [
      '# >>> @f as replica of @c',
      '@f> CLUSTER REPLICATE #c',
      '# >>> @g as replica of @a',
      '@g> CLUSTER REPLICATE #a',
      '# >>> Sending CLUSTER FORGET messages to the cluster...',
      ...['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name) => `@${name}> CLUSTER FORGET #n`),
      '# >>> Sending CLUSTER RESET HARD to the deleted node.',
      '@n> CLUSTER RESET HARD',
    ]);
  });

  it('shuts it down instead when asked to, and takes an id in any case', async () => {
    const cluster = new StandingCluster(REPLICAS);
    const { status, text } = await cluster.trib(`del-node --shutdown --json @a ${'D'.repeat(40)}`);
    assert.equal(status, 0, text);
    assert.deepEqual(JSON.parse(text), { command: 'del-node', ok: true, id: 'd'.repeat(40), reset: true });
    assert.deepEqual(cluster.told.slice(-2), ['e> CLUSTER FORGET #d', 'd> SHUTDOWN']);
  });

  it('has a node forgotten that nobody reaches any more, when it serves nothing', async () => {
    const failed = ['n'];
    const nodes = {
      a: { slots: [[0, 8191]] as const, failed },
      b: { slots: [[8192, 16_383]] as const, failed },
      n: { unreachable: true, replicaOf: 'a' },
    };
    const cluster = new StandingCluster(nodes);
    const { status, text } = await cluster.trib('del-node --json @a #n');
    assert.equal(status, 0, text);
    assert.equal(JSON.parse(text).reset, false);
    assert.deepEqual(cluster.told, ['a> CLUSTER FORGET #n', 'b> CLUSTER FORGET #n']);
  });

  it('refuses who has slots, reached or not, and who is unknown', async () => {
    assert.match(
      await refused(THREE, 'del-node @a #b'),
      /Node @b is not empty! Reshard data away and try again/,
    );
    const lost = { ...THREE, a: { ...THREE['a'], failed: ['b'] }, b: { ...THREE['b'], unreachable: true } };
    assert.match(
      await refused(lost, 'del-node @a #b'),
      /Node #b is not empty! Reshard data away and try again/,
    );
    assert.equal(
      await refused(THREE, `del-node @a ${'f'.repeat(40)}`),
      `[ERR] No such node ID ${'f'.repeat(40)}`,
    );
  });
});
