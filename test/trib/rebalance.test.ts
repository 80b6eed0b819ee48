import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { planRebalance } from '../../extension/trib/rebalance.ts';
import { StandingCluster, sharing } from './standing-cluster.ts';

const nodes = (...slots: number[]) => slots.map((count, i) => ({ node: i, weight: 1, slots: count }));

function slotsAfter(weighted: ReturnType<typeof nodes>, threshold = 2): number[] {
  const slots = weighted.map((entry) => entry.slots);
  for (const { source, target, count } of planRebalance(weighted, threshold)) {
    slots[source] = (slots[source] ?? 0) - count;
    slots[target] = (slots[target] ?? 0) + count;
  }
  return slots;
}

describe('the plan of rebalance', () => {
  it('leaves a cluster alone whose nodes are within the threshold', () => {
    assert.deepEqual(planRebalance(nodes(5461, 5462, 5461), 2), []);
    assert.deepEqual(planRebalance(nodes(5500, 5442, 5442), 2), []);
  });

  it('fills an empty primary from all others', () => {
    assert.deepEqual(slotsAfter(nodes(5461, 5462, 5461, 0)), [4096, 4096, 4096, 4096]);
  });

  it('respects weights, and empties a node of weight 0', () => {
    const weighted = nodes(4096, 4096, 4096, 4096).map((entry, i) => ({ ...entry, weight: i === 3 ? 0 : 1 }));
    assert.equal(slotsAfter(weighted)[3], 0);
  });

  it('always ends: what is given equals what is taken, for any shape', () => {
    for (let primaries = 3; primaries < 40; primaries++) {
      const slots = Array.from({ length: primaries }, (_, i) => (i * 977) % 1500);
      const total = slots.reduce((a, b) => a + b, 0);
      const result = slotsAfter(nodes(...slots), 0);
      assert.equal(
        result.reduce((a, b) => a + b, 0),
        total,
      );
      assert.ok(Math.max(...result) - Math.min(...result) <= 1, `${primaries}: ${result}`);
    }
  });
});

const THREE = sharing({ a: 1000, b: 5384, c: 10_000 });

/** How many slots go from whom to whom, in the order in which they are told. */
function transfersIn(cluster: StandingCluster, text: string): string[] {
  return cluster.short(text).match(/^Moving \d+ slots from @\w to @\w$/gm) ?? [];
}

describe('rebalance', () => {
  it('simulates: tells each transfer with its bar, and sends nothing', async () => {
    const cluster = new StandingCluster(THREE);
    const { status, text } = await cluster.trib('rebalance --simulate @b');
    assert.equal(status, 0, text);
    assert.deepEqual(cluster.told, []);
    const lines = cluster.short(text).trimEnd().split('\n');
    assert.deepEqual(lines.slice(-5), [
      '>>> Rebalancing across 3 nodes. Total weight = 3.00',
      ...[
        'Moving 4461 slots from @c to @a',
        '#'.repeat(4461),
        'Moving 78 slots from @c to @b',
        '#'.repeat(78),
      ],
    ]);
    const report = JSON.parse((await cluster.trib('rebalance --simulate --json @b')).text);
    assert.deepEqual([report.simulated, report.transfers.length], [true, 2]);
    assert.deepEqual(report.transfers[1], { from: 'c'.repeat(40), to: 'b'.repeat(40), slots: 78 });
  });

  it('says how many slots each has too many when it is asked to be verbose', async () => {
    const cluster = new StandingCluster(THREE);
    const { text } = await cluster.trib('rebalance --simulate --verbose @a');
    assert.deepEqual(cluster.short(text).match(/^@\w balance is .*$/gm), [
      '@a balance is -4462 slots',
      '@b balance is -77 slots',
      '@c balance is 4539 slots',
    ]);
  });

  it('leaves empty primaries out, until it is told to use them', async () => {
    const four = { ...THREE, d: {} };
    const cluster = new StandingCluster(four);
    const without = await cluster.trib('rebalance --simulate @a');
    assert.ok(!transfersIn(cluster, without.text).some((line) => line.endsWith('@d')));
    const used = await cluster.trib('rebalance --simulate --use-empty-masters @a');
    assert.ok(transfersIn(cluster, used.text).includes('Moving 4096 slots from @c to @d'), used.text);
  });

  it('takes weights by the beginnings of ids, in any of the ways to write several', async () => {
    for (const words of ['--weight #a=2 --weight c=1', '--weight #a=2 c=1', '--weight #a=2,c=1']) {
      const cluster = new StandingCluster(THREE);
      const { status, text } = await cluster.trib(`rebalance --simulate ${words} @a`);
      assert.equal(status, 0, text);
      assert.match(text, /Total weight = 4\.00/);
      assert.deepEqual(transfersIn(cluster, text), [
        'Moving 5904 slots from @c to @a',
        'Moving 1288 slots from @b to @a',
      ]);
    }
  });

  it('refuses weights of nobody, of a replica, and none that are weights; nobody may be left', async () => {
    const nodes = { ...THREE, d: { replicaOf: 'a' } };
    for (const [weight, why] of [
      ['z=1', /\*\*\* No such master node z\n$/],
      ['d=1', /\*\*\* No such master node d\n$/],
      ['=1', /\*\*\* No such master node \n$/],
      ['a=-1', /\*\*\* Invalid weight a=-1\n$/],
      ['a=', /\*\*\* Invalid weight a=\n$/],
      ['a=x', /\*\*\* Invalid weight a=x\n$/],
      ['a=0 b=0 c=0', /\*\*\* All weights are 0: nobody is left to hold the slots\n$/],
    ] as const) {
      const cluster = new StandingCluster(nodes);
      const { status, text } = await cluster.trib(`rebalance --weight ${weight} @b`);
      assert.equal(status, 1, weight);
      assert.match(text, why);
      assert.deepEqual(cluster.told, []);
    }
  });

  it('moves nothing within the threshold, and nothing in a cluster that is not whole', async () => {
    const near = sharing({ a: 5400, b: 5500, c: 5484 });
    const { status, text } = await new StandingCluster(near).trib('rebalance @a');
    assert.equal(status, 0);
    assert.match(text, /\*\*\* No rebalancing needed! All nodes are within the 2\.00% threshold\.\n$/);
    const strict = new StandingCluster(near);
    const { text: told } = await strict.trib('rebalance --simulate --threshold 1 @a');
    assert.deepEqual(transfersIn(strict, told), [
      'Moving 39 slots from @b to @a',
      'Moving 23 slots from @c to @a',
    ]);
    const open = new StandingCluster({ ...THREE, a: { ...THREE['a'], open: '[5->-b]' } });
    const refused = await open.trib('rebalance @a');
    assert.match(refused.text, /\*\*\* Please fix your cluster problems before rebalancing\n$/);
    assert.deepEqual(open.told, []);
  });

  it('moves each slot once, the lowest of the giver, and tells of a transfer when it is complete', async () => {
    const cluster = new StandingCluster(sharing({ a: 5440, b: 5440, c: 5504 }));
    const { status, text } = await cluster.trib('rebalance --threshold 0 @a');
    assert.equal(status, 0, text);
    const opened = cluster.told.flatMap(
      (line) => /^c> CLUSTER SETSLOT (\d+) MIGRATING #(\w)$/.exec(line)?.slice(1) ?? [],
    );
    const slots = opened.filter((_, i) => i % 2 === 0).map(Number);
    assert.deepEqual(
      slots.toSorted((x, y) => x - y),
      Array.from({ length: 43 }, (_, i) => 10_880 + i),
    );
    assert.deepEqual(transfersIn(cluster, text).toSorted(), [
      'Moving 21 slots from @c to @b',
      'Moving 22 slots from @c to @a',
    ]);
  });

  it('says what it did, and how to go on when it is cancelled', async () => {
    const shares = sharing({ a: 5440, b: 5440, c: 5504 });
    const done = JSON.parse(
      (await new StandingCluster(shares).trib('rebalance --threshold 0 --json @a')).text,
    );
    assert.deepEqual([done.ok, done.done, done.keys, done.transfers.length], [true, 43, 0, 2]);
    const dry = JSON.parse(
      (await new StandingCluster(shares).trib('rebalance --threshold 0 --dry-run --json @a')).text,
    );
    assert.deepEqual([dry.dryRun, dry.transfers.length, dry.done], [true, 2, undefined]);
    assert.equal(dry.plan.filter(({ moveKeys }: { moveKeys?: unknown }) => moveKeys).length, 43);
    const cluster = new StandingCluster(shares);
    const cancelWhen = ({ slots }: { slots: { done: number } }) => slots.done > 0;
    const { status, text } = await cluster.trib('rebalance --threshold 0 @a', { cancelWhen });
    const closed = cluster.told.filter(
      (line) => /^[ab]> .* NODE #[ab]$/.test(line) && line[0] === line.at(-1),
    );
    assert.equal(status, 1);
    assert.ok(closed.length > 0 && closed.length < 43);
    const words = `*** Cancelled: ${closed.length} of 43 slots moved, none is left open. Run rebalance again to go on.\n`;
    assert.ok(text.endsWith(words), text.slice(-200));
  });
});
