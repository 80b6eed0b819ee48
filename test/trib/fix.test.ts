/** fix: what it finds, in which order it mends it, and what it leaves alone. The repair of one slot: repair-slot.test.ts. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Described, StandingCluster, sharing } from './standing-cluster.ts';

const THREE = sharing({ a: 1000, b: 7000, c: 8384 });

/** The plan that a dry run prints behind the check, which sends nothing. */
async function planned(
  nodes: Readonly<Record<string, Described>>,
  words = '',
): Promise<{ status: number; lines: string[] }> {
  const cluster = new StandingCluster(nodes);
  const { status, text } = await cluster.trib(`fix --dry-run ${words}`.trim().concat(' @a'));
  assert.deepEqual(cluster.told, []);
  const lines = cluster.short(text).trimEnd().split('\n');
  return {
    status,
    lines: lines.slice(lines.findLastIndex((said) => /slots (covered|are covered)/.test(said)) + 1),
  };
}

describe('fix', () => {
  it('has nothing to do where nothing is wrong, and says for machines that all is whole', async () => {
    assert.deepEqual(await planned(THREE), { status: 0, lines: [] });
    const cluster = new StandingCluster(THREE);
    const { status, text } = await cluster.trib('fix --json @b');
    const report = JSON.parse(text);
    assert.deepEqual([status, report.ok, report.whole, report.repairs], [0, true, true, 0]);
    assert.deepEqual(report.uncovered, []);
  });

  it('gives a slot that nobody serves to the smallest primary, kind by kind as it is agreed to', async () => {
    const holes: Record<string, Described> = {
      a: { slots: [[4, 999]], keys: { 1: 1, 2: 1 } },
      b: { slots: [[1000, 7999]], keys: { 2: 2 } },
      c: { slots: [[8000, 16_383]] },
    };
    const cluster = new StandingCluster(holes);
    const asked = await cluster.trib('fix @a', {
      answers: ['no', 'yes', 'no', 'no', 'no', 'no', 'no', 'no', 'no'],
    });
    const kinds = asked.text.match(/^The following uncovered slots .*:\n.*$/gm);
    assert.deepEqual(kinds?.slice(0, 3), [
      'The following uncovered slots have no keys across the cluster:\n0,3',
      'The following uncovered slots have keys in just one node:\n1',
      'The following uncovered slots have keys in multiple nodes:\n2',
    ]);
    assert.deepEqual(cluster.told.slice(0, 4), [
      'a> MULTI',
      'a> CLUSTER ADDSLOTS 1',
      'a> CLUSTER BUMPEPOCH',
      'a> EXEC',
    ]);
    assert.equal(asked.status, 1, 'the rest is still uncovered');
    const { lines } = await planned(holes);
    assert.deepEqual(
      lines.filter((said) => said.startsWith('#')),
      [
        '# >>> Covering slots 0,3 with @a',
        '# >>> Covering slots 1 with @a',
        '# >>> Fixing slot 2: owned by no node, keys in @a, @b; migrating in no node, importing in no node; @b gets it',
        '# >>> Moving the keys of slot 2 to @b',
      ],
    );
  });

  it('finishes a move that was cut short, and closes what is open without one, in the order of the slots', async () => {
    const open: Record<string, Described> = {
      a: { ...THREE['a'], open: '[7->-b]' },
      b: { ...THREE['b'], open: '[7-<-a] [5-<-a]' },
      c: THREE['c'] ?? {},
    };
    const { lines } = await planned(open);
    assert.deepEqual(
      lines.filter((said) => said.startsWith('#')),
      [
        '# >>> Fixing slot 5: owned by @a, keys in no node; migrating in no node, importing in @b; @a gets it',
        '# >>> Fixing open slot 7: finishing its move from @a to @b',
      ],
    );
    assert.deepEqual(
      lines.filter((said) => said.includes(' SETSLOT 5 ')),
      ['b> CLUSTER SETSLOT 5 STABLE', 'b> CLUSTER SETSLOT 5 NODE #a', 'c> CLUSTER SETSLOT 5 NODE #a'].map(
        (said) => `@${said}`,
      ),
    );
    assert.ok(!lines.some((said) => said.includes('BUMPEPOCH')), 'whose it is was never in doubt');
  });

  it('settles whose a slot is that two claim', async () => {
    const two: Record<string, Described> = {
      a: { ...THREE['a'], epoch: 1 },
      b: { slots: [[999, 7999]], epoch: 2 },
      c: THREE['c'] ?? {},
    };
    const { lines } = await planned(two);
    assert.match(lines[0] ?? '', /Fixing slot 999: owned by @a, @b, .*; @b gets it$/);
  });

  it('finds keys of a slot on a node that does not own it when it is asked to search', async () => {
    const stray = { ...THREE, c: { ...THREE['c'], keys: { 5: 3 } } };
    assert.deepEqual(await planned(stray), { status: 0, lines: [] });
    const { lines } = await planned(stray, '--search-multiple-owners');
    assert.ok(lines.includes('[WARNING] Slot 5 has 2 owners:'));
    assert.ok(lines.some((said) => /^@c> MIGRATE .* \(slot 5: 3 keys\)$/.test(said)));
  });

  it('makes those believed whom somebody misbelieves, by a higher epoch', async () => {
    const misled = { ...THREE, c: { ...THREE['c'], believes: { a: [[0, 998]] as const } } };
    assert.deepEqual((await planned(misled)).lines, [
      '# >>> Not everybody believes what @a owns: giving it a higher epoch',
      '@a> CLUSTER BUMPEPOCH',
    ]);
  });

  it('introduces nodes to each other before it looks at slots', async () => {
    const strangers: Record<string, Described> = {
      a: { ...THREE['a'], open: '[5->-b]' },
      b: { ...THREE['b'], forgot: ['c'] },
      c: THREE['c'] ?? {},
    };
    assert.deepEqual((await planned(strangers)).lines, [
      '# >>> Introducing nodes to others which have forgotten them: @c to @b',
      '@b> CLUSTER MEET 127.0.0.1 7002',
      '# wait until every node knows every other',
    ]);
  });
});

describe('fix', () => {
  const holes: Record<string, Described> = {
    a: { slots: [[1, 1000]] },
    b: { slots: [[1001, 16_382]], keys: { 0: 1 } },
  };

  it('looks again after what it mended, and gives up on what stays broken after three rounds', async () => {
    const cluster = new StandingCluster(holes);
    const { status, text } = await cluster.trib('fix --yes --json @a');
    const { repairs, whole, uncovered } = JSON.parse(text);
    assert.deepEqual(
      [status, repairs, whole, uncovered],
      [
        1,
        6,
        false,
        [
          [0, 0],
          [16_383, 16_383],
        ],
      ],
    );
    assert.equal(cluster.told.filter((line) => line.endsWith('> MULTI')).length, 6);
  });

  it('may be cancelled between two repairs', async () => {
    const cluster = new StandingCluster(holes);
    const { status, text } = await cluster.trib('fix --yes @a', {
      cancelWhen: ({ slots }) => slots.done === 1,
    });
    assert.equal(status, 1);
    assert.match(text, /\*\*\* Cancelled between two repairs: run fix again to go on\n$/);
    assert.deepEqual(
      cluster.told.filter((line) => line.includes('ADDSLOTS')),
      ['a> CLUSTER ADDSLOTS 16383'],
    );
  });

  it('searches for keys on others once, and is content when they are gone', async () => {
    const cluster = new StandingCluster({ ...THREE, c: { ...THREE['c'], keys: { 5: 3 } } });
    const { status, text } = await cluster.trib('fix --yes --search-multiple-owners @a');
    assert.equal(status, 0, text);
    assert.equal(text.match(/Check for multiple slot owners/g)?.length, 1);
    assert.equal(text.match(/Check slots coverage/g)?.length, 2);
  });

  it('tells machines the plan, and that there is none', async () => {
    const dry = async (nodes: Record<string, Described>) =>
      JSON.parse((await new StandingCluster(nodes).trib('fix --dry-run --json @a')).text);
    const { ok, dryRun, plan } = await dry(holes);
    assert.deepEqual([ok, dryRun, plan.length], [true, true, 8]);
    const { dryRun: needless, whole } = await dry(THREE);
    assert.deepEqual([needless, whole], [undefined, true]);
  });
});

describe('fix with a primary that cannot be reached', () => {
  const failed = ['c'];
  const lost: Record<string, Described> = {
    a: { ...THREE['a'], failed },
    b: { ...THREE['b'], failed },
    c: { ...THREE['c'], unreachable: true },
  };

  it('leaves its slots alone: they may be served to others', async () => {
    const cluster = new StandingCluster(lost);
    const { status, text } = await cluster.trib('fix --yes @a');
    assert.equal(status, 1);
    assert.match(cluster.short(text), /\*\*\* 1 master\(s\) can't be reached: #c\n/);
    assert.match(text, /If they are gone for good use --fix-with-unreachable-masters\.\n$/);
    assert.deepEqual(cluster.told, []);
  });

  it('gives them to the others when it is told that it is gone', async () => {
    const { status, lines } = await planned(lost, '--fix-with-unreachable-masters');
    assert.equal(status, 0);
    assert.ok(lines.some((said) => said.startsWith('@a> CLUSTER ADDSLOTS 8000 ')));
    assert.ok(
      lines.some((said) => said.startsWith('@a> CLUSTER DELSLOTS 8000 ')),
      'it believes them to be c’s',
    );
  });
});
