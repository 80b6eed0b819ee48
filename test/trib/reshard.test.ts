/** reshard: how many slots come from whom, what is asked, and what is refused before anything is sent. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { StandingCluster, sharing } from './standing-cluster.ts';

const THREE = sharing({ a: 1000, b: 2000, c: 13_384 });

/** How many slots of each node the plan moves, and the first of them. */
async function planned(
  words: string,
  shares = THREE,
): Promise<Record<string, [count: number, first: number]>> {
  const cluster = new StandingCluster(shares);
  const { text } = await cluster.trib(`reshard --dry-run ${words} @a`);
  const moves: Record<string, [number, number]> = {};
  for (const [, slot = '', source = ''] of cluster
    .short(text)
    .matchAll(/^ {4}Moving slot (\d+) from #(\w)$/gm))
    moves[source] = [(moves[source]?.[0] ?? 0) + 1, moves[source]?.[1] ?? Number(slot)];
  assert.deepEqual(cluster.told, [], 'a dry run sends nothing');
  return moves;
}

describe('reshard takes', () => {
  it('from each source in proportion to what it has, its lowest slots, and from the biggest what is left over', async () => {
    assert.deepEqual(await planned('--from all --to #c --slots 10'), { b: [7, 1000], a: [3, 0] });
    assert.deepEqual(await planned('--from #a,#b --to #c --slots 300'), { b: [200, 1000], a: [100, 0] });
    assert.deepEqual(await planned('--from #b --to #c --slots 1'), { b: [1, 1000] });
  });

  it('as many as asked, also when no share of theirs is a whole number', async () => {
    const four = sharing({ a: 4096, b: 4096, c: 4096, d: 4096 });
    assert.deepEqual(await planned('--from #a,#b,#c --to #d --slots 11', four), {
      a: [4, 0],
      b: [4, 4096],
      c: [3, 8192],
    });
    assert.deepEqual(await planned('--from #a,#b --to #c --slots 2999'), { b: [2000, 1000], a: [999, 0] });
  });

  it('what there is, when more is asked than the sources have', async () => {
    assert.deepEqual(await planned('--from #a,#b --to #c --slots 4000'), { b: [2000, 1000], a: [1000, 0] });
  });

  it('from all who have slots, but the target, when one of the names is all', async () => {
    const four = sharing({ a: 0, b: 2000, c: 13_384, d: 1000 });
    assert.deepEqual(await planned('--from #c,all --to #c --slots 30', four), {
      b: [20, 0],
      d: [10, 15_384],
    });
  });

  it('up to all slots there are', async () => {
    const two = sharing({ a: 0, b: 16_384 });
    assert.deepEqual(await planned('--from #b --to #a --slots 16384', two), { b: [16_384, 0] });
  });
});

describe('reshard sends', () => {
  it('what moves a slot and its keys: opened at both ends, emptied, closed at the target first, told to the rest', async () => {
    const cluster = new StandingCluster({ ...THREE, a: { ...THREE['a'], keys: { 0: 2 } } });
    const told = await cluster.trib('reshard --from #a --to #b --slots 1 --yes @c');
    assert.equal(told.status, 0, told.text);
    assert.deepEqual(cluster.told, [
      'b> CLUSTER SETSLOT 0 IMPORTING #a',
      'a> CLUSTER SETSLOT 0 MIGRATING #b',
      'a> MIGRATE 127.0.0.1 7001  0 60000 KEYS a1 a2',
      'b> CLUSTER SETSLOT 0 NODE #b',
      'a> CLUSTER SETSLOT 0 NODE #b',
      'c> CLUSTER SETSLOT 0 NODE #b',
    ]);
    assert.match(cluster.short(told.text), /^Moving slot 0 from @a to @b: \.\.$/m);
  });

  it('tells machines the plan, and how much was done', async () => {
    const cluster = new StandingCluster({ ...THREE, a: { ...THREE['a'], keys: { 0: 2 } } });
    const words = '--json --from #a --to #b --slots 2 @a';
    const dry = JSON.parse((await cluster.trib(`reshard --dry-run ${words}`)).text);
    assert.equal(dry.dryRun, true);
    assert.deepEqual(dry.plan[0].command.slice(0, 4), ['CLUSTER', 'SETSLOT', '0', 'IMPORTING']);
    assert.deepEqual(
      dry.plan.flatMap(({ moveKeys }: { moveKeys?: unknown }) => moveKeys ?? []),
      [
        { slot: 0, keys: 2, to: cluster.address('b') },
        { slot: 1, keys: 0, to: cluster.address('b') },
      ],
    );
    const { done, keys, ok } = JSON.parse((await cluster.trib(`reshard --yes ${words}`)).text);
    assert.deepEqual([ok, done, keys], [true, 2, 2]);
  });
});

describe('reshard asks', () => {
  it('again for what cannot be, and takes each source once', async () => {
    const cluster = new StandingCluster({ ...THREE, d: { replicaOf: 'c' } });
    const { status, text } = await cluster.trib('reshard @a', {
      answers: ['0', '16385', '1.5', 'ten', '30', '#d', ' #c ', '#b', '#d', '#c', '#b', '#a', 'done', 'yes'],
    });
    assert.equal(status, 0, text);
    assert.equal(text.match(/How many slots do you want to move \(from 1 to 16384\)\?/g)?.length, 5);
    assert.equal(text.match(/What is the receiving node ID\?/g)?.length, 2);
    assert.equal(text.match(/The specified node is not known or not a master, please retry\./g)?.length, 2);
    assert.equal(text.match(/It is not possible to use the target node as source node\./g)?.length, 1);
    assert.deepEqual(
      text.match(/Source node #\d/g),
      [1, 2, 2, 2, 2, 3].map((n) => `Source node #${n}`),
    );
    assert.equal(cluster.told.filter((line) => /MIGRATING/.test(line)).length, 30);
  });

  it('for all, which needs no done', async () => {
    const cluster = new StandingCluster(THREE);
    const { status, text } = await cluster.trib('reshard @a', { answers: ['3', '#c', 'all', 'yes'] });
    assert.equal(status, 0, text);
    assert.match(
      cluster.short(text),
      /Ready to move 3 slots\.\n {2}Source nodes:\n {4}M: #a @a\n[\s\S]* {4}M: #b @b\n/,
    );
    assert.match(cluster.short(text), / {2}Destination node:\n {4}M: #c @c\n/);
  });

  it('whether to go on, and sends nothing without a yes', async () => {
    for (const answer of ['no', 'y', '']) {
      const cluster = new StandingCluster(THREE);
      const asked = await cluster.trib('reshard --from #a --to #b --slots 1 @a', { answers: [answer] });
      assert.equal(asked.status, 1, answer);
      assert.match(asked.text, /Do you want to proceed with the proposed reshard plan \(yes\/no\)\?/);
      assert.deepEqual(cluster.told, []);
    }
    const none = await new StandingCluster(THREE).trib('reshard --to #b --slots 1 @a', { answers: ['done'] });
    assert.match(none.text, /\*\*\* No source nodes given, operation aborted\n$/);
  });
});

describe('reshard that is cancelled', () => {
  it('leaves no slot open, and says how to go on with the rest', async () => {
    const cluster = new StandingCluster({ ...THREE, a: { ...THREE['a'], keys: { 0: 1 } } });
    const cancelWhen = ({ slots }: { slots: { done: number } }) => slots.done > 0;
    const words = 'reshard --from #a,#b --to #c --slots 90 --yes @a';
    const { status, text } = await cluster.trib(words, { cancelWhen });
    assert.equal(status, 1);
    const opened = cluster.told.filter(
      (line) => line.endsWith('IMPORTING #a') || line.endsWith('IMPORTING #b'),
    );
    const closed = cluster.told.filter((line) => /^c> .* NODE #c$/.test(line));
    assert.ok(opened.length > 0 && opened.length < 90);
    assert.equal(closed.length, opened.length);
    assert.match(
      cluster.short(text),
      new RegExp(`\\*\\*\\* Cancelled: ${opened.length} of 90 slots moved, none is left open\\.\n`),
    );
    const rest = 90 - opened.length;
    assert.match(
      cluster.short(text),
      new RegExp(`To go on: reshard --from #b,#a --to #c --slots ${rest}\n$`),
    );
  });
});

describe('reshard refuses, and sends nothing', () => {
  const four = { ...THREE, d: { replicaOf: 'c' } };
  const cases: [words: string, why: RegExp][] = [
    ['--from #a --to #b --slots 0', /^\[ERR\] Invalid number of slots: 0$/m],
    ['--from #a --to #b --slots 16385', /^\[ERR\] Invalid number of slots: 16385$/m],
    ['--from #a --to #b --slots 1.5', /^\[ERR\] Invalid number of slots: 1\.5$/m],
    ['--from #a --to #e --slots 1', /The specified node is not known or not a master/],
    ['--from #a --to #d --slots 1', /The specified node is not known or not a master/],
    ['--from #e --to #b --slots 1', /The specified node is not known or not a master/],
    ['--from #a,#d --to #b --slots 1', /The specified node is not known or not a master/],
    ['--from #a,#b --to #b --slots 1', /Target node is also listed among the source nodes!/],
  ];
  for (const [words, why] of cases)
    it(words, async () => {
      const cluster = new StandingCluster(four);
      const { status, text } = await cluster.trib(`reshard ${words} --yes @a`);
      assert.equal(status, 1, text);
      assert.match(text, why);
      assert.deepEqual(cluster.told, []);
    });

  it('a cluster with a slot that is open', async () => {
    const cluster = new StandingCluster({ ...THREE, a: { ...THREE['a'], open: '[5->-b]' } });
    const { status, text } = await cluster.trib('reshard --from #a --to #b --slots 1 --yes @a');
    assert.equal(status, 1);
    assert.match(text, /\*\*\* Please fix your cluster problems before resharding\n$/);
    assert.deepEqual(cluster.told, []);
  });
});
