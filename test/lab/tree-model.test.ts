import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { quote } from '../../extension/lab/message.ts';
import type { LabSnapshot, NodeSnapshot } from '../../extension/lab/protocol.ts';
import { changedItems, formatBytes, TreeModel, type TreeNode } from '../../extension/lab/tree-model.ts';
import type { SlotRange } from '../../extension/redis/slots.ts';

const RANGES: readonly SlotRange[] = [
  [0, 5460],
  [5461, 10922],
  [10923, 16383],
];

/** Texts stay English; places are filled in as VS Code does. */
const translate = (message: string, ...args: (string | number)[]): string =>
  message.replace(/\{(\d)\}/g, (_, place) => String(args[Number(place)]));

function node(port: number, more: Partial<NodeSnapshot> = {}): NodeSnapshot {
  const primary = port < 7003;
  const range = RANGES[port - 7000];
  return {
    port,
    busPort: port + 10000,
    host: '127.0.0.1',
    id: `id-of-${port}`,
    process: 'running',
    error: undefined,
    role: primary ? 'primary' : 'replica',
    primaryId: primary ? undefined : `id-of-${port - 3}`,
    health: 'ok',
    clusterOk: true,
    outside: false,
    slots: primary && range ? [range] : [],
    keys: 0,
    usedBytes: 2048,
    clients: 1,
    commandsProcessed: 0,
    replicationOffset: 14,
    lagBytes: primary ? undefined : 0,
    primaryLinkUp: primary ? undefined : true,
    cutOff: false,
    delayMs: 0,
    configEpoch: port - 6999,
    ...more,
  };
}

function snapshot(
  changes: Readonly<Record<number, Partial<NodeSnapshot>>> = {},
  more: Partial<LabSnapshot> = {},
): LabSnapshot {
  return {
    state: 'ready',
    options: {
      basePort: 7000,
      nodes: 6,
      replicasPerPrimary: 1,
      folder: '/lab',
      host: '127.0.0.1',
      directives: {},
    },
    clusterState: 'ok',
    slotsCovered: 16384,
    currentEpoch: 6,
    startedInMs: 93.4,
    error: undefined,
    nodes: [7000, 7001, 7002, 7003, 7004, 7005].map((port) => node(port, changes[port])),
    ...more,
  };
}

/** The tree as one sees it. */
function outline(roots: readonly TreeNode[], depth = 0): string[] {
  return roots.flatMap((item) => [
    `${'  '.repeat(depth)}${item.label} | ${item.description}`,
    ...outline(item.children, depth + 1),
  ]);
}

/** The dead node is still told with the slots it had. */
const FAILED_OVER = {
  7000: { process: 'killed', health: 'fail', clusterOk: false },
  7003: { role: 'primary', primaryId: undefined, slots: [[0, 5460]], configEpoch: 7 },
} as const;

describe('the tree of a healthy lab', () => {
  it('goes from the cluster over shards and nodes to what they hold', () => {
    const lines = outline(
      new TreeModel(translate).build(snapshot({ 7000: { keys: 3 }, 7003: { lagBytes: 120 } })),
    );
    assert.deepEqual(lines.slice(0, 9), [
      'Cluster: ok | 16384/16384 slots',
      '  Shard 1 | 0-5460',
      '    7000 | primary · 3 keys',
      '      Slots | 0-5460 (5461)',
      '      Keys | 3 (2.0 KB)',
      '      Replication offset | 14',
      '    7003 | replica · 120 bytes behind',
      '      Keys | 0 (2.0 KB)',
      '      Replication | 120 bytes behind',
    ]);
    assert.equal(lines.filter((line) => /^ {2}Shard/.test(line)).length, 3);
  });

  it('names everything once', () => {
    const ids: string[] = [];
    const visit = (item: TreeNode): void => {
      ids.push(item.id);
      item.children.forEach(visit);
    };
    new TreeModel(translate).build(snapshot()).forEach(visit);
    assert.equal(new Set(ids).size, ids.length);
  });

  it('has nothing to show before the lab was started', () => {
    assert.deepEqual(new TreeModel(translate).build(snapshot({}, { state: 'stopped', nodes: [] })), []);
  });

  it('says in words what icons and colours say', () => {
    const states: readonly (readonly [Partial<NodeSnapshot>, string, string])[] = [
      [{ process: 'paused' }, 'primary · paused', 'debug-pause'],
      [{ process: 'killed', health: 'fail' }, 'primary · killed (FAIL)', 'error'],
      [{ process: 'stopped' }, 'primary · stopped', 'circle-slash'],
      [{ process: 'failed', error: quote('bad conf') }, 'primary · failed: bad conf', 'error'],
      [{ health: 'fail' }, 'primary · unreachable (FAIL)', 'error'],
      [{ health: 'pfail' }, 'primary · suspected (PFAIL)', 'warning'],
      [{ clusterOk: false }, 'primary · says cluster_state:fail', 'warning'],
      [{ cutOff: true }, 'primary · cut off', 'debug-disconnect'],
      [{ delayMs: 50 }, 'primary · 0 keys · 50 ms slower', 'database'],
      [{ keys: 1 }, 'primary · 1 key', 'database'],
    ];
    for (const [state, description, icon] of states) {
      const shown = new TreeModel(translate).build(snapshot({ 7001: state }))[0]?.children[1]?.children[0];
      assert.equal(shown?.description, description);
      assert.equal(shown?.icon.id, icon);
    }
  });

  it('does not say of each node what is true of all', () => {
    const down = { clusterOk: false };
    const all = { 7000: down, 7001: down, 7002: down, 7003: down, 7004: down, 7005: down };
    const [cluster] = new TreeModel(translate).build(snapshot(all, { clusterState: 'fail' }));
    assert.equal(cluster?.label, 'Cluster: fail');
    assert.equal(cluster?.children[1]?.children[0]?.description, 'primary · 0 keys');
  });

  it('numbers shards by their slots, whichever node is the primary, and keeps the numbers when slots move', () => {
    const since = (primary: number, replica: number, slots: readonly SlotRange[]) => ({
      [primary]: { role: 'primary', primaryId: undefined, slots } as const,
      [replica]: { role: 'replica', primaryId: `id-of-${primary}`, slots: [] } as const,
    });
    const first = since(7003, 7000, [[0, 5460]]);
    const model = new TreeModel(translate);
    const shards = (changes: Parameters<typeof snapshot>[0], state: LabSnapshot['state'] = 'ready') =>
      (model.build(snapshot(changes, { state }))[0]?.children ?? []).map(
        ({ label, description, children }) => `${label}: ${description}: ${children[0]?.label}`,
      );
    const unknown = { process: 'starting', role: 'primary', primaryId: undefined, slots: [] } as const;
    shards(Object.fromEntries([0, 1, 2, 3, 4, 5].map((at) => [7000 + at, unknown])), 'starting');
    assert.deepEqual(shards(first), [
      'Shard 1: 0-5460: 7003',
      'Shard 2: 5461-10922: 7001',
      'Shard 3: 10923-16383: 7002',
    ]);
    const more: readonly SlotRange[] = [[0, 99], ...RANGES.slice(2)];
    assert.deepEqual(shards({ ...since(7003, 7000, [[100, 5460]]), 7002: { slots: more } }), [
      'Shard 1: 100-5460: 7003',
      'Shard 2: 5461-10922: 7001',
      'Shard 3: 0-99, 10923-16383: 7002',
    ]);
  });

  it('puts nodes into shards once one has slots', () => {
    const alone = { process: 'stopped', role: 'primary', primaryId: undefined, slots: [] } as const;
    const all = Object.fromEntries([0, 1, 2, 3, 4, 5].map((at) => [7000 + at, alone]));
    const [cluster] = new TreeModel(translate).build(snapshot(all, { state: 'failed' }));
    assert.deepEqual(
      cluster?.children.map(({ label }) => label),
      [0, 1, 2, 3, 4, 5].map((at) => `${7000 + at}`),
    );
  });

  it('tells menus what a node is and does', () => {
    const shard = new TreeModel(translate).build(snapshot({ 7003: { process: 'paused' } }))[0]?.children[0];
    assert.deepEqual(
      shard?.children.map((item) => item.context),
      ['node;primary;running', 'node;replica;paused'],
    );
  });
});

describe('a failover', () => {
  it('leaves the dead primary in the shard it was in, behind its successor', () => {
    const model = new TreeModel(translate);
    model.build(snapshot());
    const [cluster] = model.build(snapshot(FAILED_OVER));
    const [shard] = cluster?.children ?? [];
    assert.equal(shard?.id, 'shard:7000');
    assert.deepEqual(
      shard?.children.map((item) => item.id),
      ['node:7003', 'node:7000'],
    );
    assert.equal(shard?.description, '0-5460');
  });

  it('keeps the shard as it is when the old primary comes back as a replica', () => {
    const model = new TreeModel(translate);
    model.build(snapshot());
    model.build(snapshot(FAILED_OVER));
    const [cluster] = model.build(
      snapshot({
        ...FAILED_OVER,
        7000: { role: 'replica', primaryId: 'id-of-7003', slots: [], lagBytes: 0 },
      }),
    );
    assert.deepEqual(
      cluster?.children.map((item) => item.id),
      ['shard:7000', 'shard:7001', 'shard:7002'],
    );
  });

  it('shows slots that nobody serves', () => {
    const [cluster] = new TreeModel(translate).build(
      snapshot({ 7000: { process: 'killed' } }, { clusterState: 'fail', slotsCovered: 10923 }),
    );
    assert.equal(cluster?.label, 'Cluster: fail');
    assert.equal(cluster?.children[0]?.description, '0-5460 · not served');
  });
});

describe('a node that was removed', () => {
  it('stands behind the shards, and in one of them again when it was added', () => {
    const model = new TreeModel(translate);
    model.build(snapshot());
    const removed = { role: 'primary', primaryId: undefined, outside: true, clusterOk: false } as const;
    const shards = (changes: Parameters<typeof snapshot>[0]) =>
      (model.build(snapshot(changes))[0]?.children ?? []).map(
        ({ label, children }) => `${label}: ${children.map(({ id }) => id).join(' ')}`,
      );
    assert.deepEqual(shards({ 7003: removed }), [
      'Shard 1: node:7000',
      'Shard 2: node:7001 node:7004',
      'Shard 3: node:7002 node:7005',
      'Outside the cluster: node:7003',
    ]);
    assert.deepEqual(shards({ 7003: { primaryId: 'id-of-7001' } }), [
      'Shard 1: node:7000',
      'Shard 2: node:7001 node:7003 node:7004',
      'Shard 3: node:7002 node:7005',
    ]);
  });
});

describe('what changed', () => {
  const model = new TreeModel(translate);
  const before = model.build(snapshot());
  const changes = (next: LabSnapshot): readonly string[] | 'all' =>
    changedItems(before, new TreeModel(translate).build(next));

  it('is nothing when nothing did', () => {
    assert.deepEqual(changes(snapshot()), []);
  });

  it('is one node when its keys did', () => {
    assert.deepEqual(changes(snapshot({ 7001: { keys: 5 } })), ['node:7001']);
  });

  it('is the shard when its nodes did', () => {
    assert.deepEqual(changedItems(before, model.build(snapshot(FAILED_OVER))), ['shard:7000']);
  });

  it('is the cluster, and with it all, when its state did', () => {
    assert.deepEqual(changes(snapshot({ 7001: { keys: 5 } }, { clusterState: 'fail' })), ['cluster']);
  });

  it('is all when the lab starts or ends', () => {
    assert.equal(changedItems([], before), 'all');
    assert.equal(changedItems(before, []), 'all');
  });
});

describe('sizes', () => {
  it('are written for people', () => {
    assert.deepEqual([0, 1023, 1024, 1536 * 1024].map(formatBytes), ['0 B', '1023 B', '1.0 KB', '1.5 MB']);
  });
});
