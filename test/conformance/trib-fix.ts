/** Clusters broken on purpose, for fix to repair: the story that trib.test.ts tells of every kind of cluster. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { trib } from '../trib/transcripts.ts';
import { until } from '../until.ts';
import type { TribCluster } from './trib-cluster.ts';

interface Case {
  readonly name: string;
  /** A slot of the first primary, another one for each case. */
  readonly slot: number;
  /** Only a look into every slot of every node finds it. */
  readonly hidden?: boolean;
  readonly breaks: (cluster: TribCluster, slot: number) => Promise<void>;
  /** Names of the keys that must be there afterwards. */
  readonly keys: readonly string[];
}

async function open(cluster: TribCluster, i: number, slot: number, how: string, peer: number): Promise<void> {
  await cluster.call(i, 'CLUSTER', 'SETSLOT', slot, how, await cluster.id(peer));
}

/** The first primary no longer owns it, nor does it believe that anybody does. */
async function abandon(cluster: TribCluster, slot: number): Promise<void> {
  for (const i of [0, 1, 2]) await cluster.call(i, 'CLUSTER', 'DELSLOTS', slot);
}

const CASES: readonly Case[] = [
  {
    name: 'migrating at its owner, importing nowhere',
    slot: 100,
    keys: ['a'],
    breaks: async (cluster, slot) => {
      await cluster.put(0, slot, ['a']);
      await open(cluster, 0, slot, 'MIGRATING', 1);
    },
  },
  {
    name: 'importing at another node without keys',
    slot: 101,
    keys: ['a'],
    breaks: async (cluster, slot) => {
      await cluster.put(0, slot, ['a']);
      await open(cluster, 1, slot, 'IMPORTING', 0);
    },
  },
  {
    name: 'importing at another node with keys',
    slot: 102,
    keys: ['a', 'b', 'c'],
    breaks: async (cluster, slot) => {
      await cluster.put(0, slot, ['a']);
      await open(cluster, 1, slot, 'IMPORTING', 0);
      await cluster.put(1, slot, ['b', 'c']);
    },
  },
  {
    name: 'half moved, keys on both sides',
    slot: 103,
    keys: ['a', 'b', 'c'],
    breaks: async (cluster, slot) => {
      await cluster.put(0, slot, ['a']);
      await open(cluster, 1, slot, 'IMPORTING', 0);
      await open(cluster, 0, slot, 'MIGRATING', 1);
      await cluster.put(1, slot, ['b', 'c']);
    },
  },
  {
    name: 'half moved, the same key on both sides',
    slot: 104,
    keys: ['a', 'b'],
    breaks: async (cluster, slot) => {
      await cluster.put(0, slot, ['a', 'b']);
      await open(cluster, 1, slot, 'IMPORTING', 0);
      await open(cluster, 0, slot, 'MIGRATING', 1);
      await cluster.put(1, slot, ['a']);
    },
  },
  {
    name: 'migrating to one node, importing at another',
    slot: 105,
    keys: ['a', 'b'],
    breaks: async (cluster, slot) => {
      await cluster.put(0, slot, ['a']);
      await open(cluster, 2, slot, 'IMPORTING', 0);
      await cluster.put(2, slot, ['b']);
      await open(cluster, 0, slot, 'MIGRATING', 1);
    },
  },
  {
    name: 'migrating, and importing at two nodes with keys',
    slot: 106,
    keys: ['a', 'b', 'c'],
    breaks: async (cluster, slot) => {
      await cluster.put(0, slot, ['a']);
      await open(cluster, 1, slot, 'IMPORTING', 0);
      await open(cluster, 2, slot, 'IMPORTING', 0);
      await open(cluster, 0, slot, 'MIGRATING', 1);
      await cluster.put(1, slot, ['b']);
      await cluster.put(2, slot, ['c']);
    },
  },
  {
    name: 'nobody owns it, keys where it is importing',
    slot: 107,
    keys: ['a', 'b'],
    breaks: async (cluster, slot) => {
      await open(cluster, 1, slot, 'IMPORTING', 0);
      await cluster.put(1, slot, ['a', 'b']);
      await abandon(cluster, slot);
    },
  },
  {
    name: 'uncovered, no keys',
    slot: 108,
    keys: [],
    breaks: abandon,
  },
  {
    name: 'uncovered, one node has keys',
    slot: 109,
    keys: ['a'],
    breaks: async (cluster, slot) => {
      await cluster.putAstray(2, slot, ['a']);
      await abandon(cluster, slot);
    },
  },
  {
    name: 'uncovered, several nodes have keys',
    slot: 110,
    keys: ['a', 'b', 'c', 'd'],
    breaks: async (cluster, slot) => {
      await cluster.put(0, slot, ['a']);
      await cluster.putAstray(1, slot, ['b', 'c']);
      await cluster.putAstray(2, slot, ['d']);
      await abandon(cluster, slot);
    },
  },
  {
    name: 'covered and closed, and yet another node has keys',
    slot: 111,
    hidden: true,
    keys: ['a', 'b'],
    breaks: async (cluster, slot) => {
      await cluster.put(0, slot, ['a']);
      await cluster.putAstray(1, slot, ['b']);
    },
  },
];

export function tellFix(cluster: TribCluster): void {
  for (const { name, slot, breaks, keys, hidden } of CASES) {
    it(`fix repairs a slot: ${name}`, async () => {
      await breaks(cluster, slot);
      const words = [...(hidden ? ['--search-multiple-owners'] : []), cluster.seed];
      const checked = await trib(['check', ...words]);
      assert.equal(checked.status, 1, checked.text);
      const { status, text } = await trib(['fix', '--yes', ...words]);
      assert.equal(status, 0, text);
      if (keys.length > 0) assert.deepEqual(await cluster.names(slot), keys);
      await cluster.redisCliAgrees();
    });
  }

  it('fix covers several slots whose keys are on several nodes: all are covered before keys move', async () => {
    const slots = [115, 116, 117];
    for (const slot of slots) {
      await cluster.put(0, slot, ['a']);
      await cluster.putAstray(1, slot, ['b', 'c']);
    }
    for (const slot of slots) await abandon(cluster, slot);
    const { status, text } = await trib(['fix', '--yes', '--timeout', '1000', cluster.seed]);
    assert.equal(status, 0, text);
    for (const slot of slots) assert.deepEqual(await cluster.names(slot), ['a', 'b', 'c']);
    await cluster.redisCliAgrees();
  });

  it('fix settles who owns a slot that two nodes claim', async () => {
    const slot = 112;
    await cluster.put(0, slot, ['a']);
    await cluster.call(1, 'CLUSTER', 'DELSLOTS', slot);
    await cluster.call(1, 'CLUSTER', 'ADDSLOTS', slot);
    const { status, text } = await trib(['fix', '--yes', cluster.seed]);
    assert.equal(status, 0, text);
    await cluster.redisCliAgrees();
  });

  it('fix leaves alone what differs on both sides, until it is told to replace', async () => {
    const slot = 113;
    await cluster.put(0, slot, ['a']);
    await open(cluster, 1, slot, 'IMPORTING', 0);
    await open(cluster, 0, slot, 'MIGRATING', 1);
    await cluster.put(1, slot, ['a']);
    const key = await cluster.call(0, 'CLUSTER', 'GETKEYSINSLOT', slot, 1);
    await cluster.call(1, 'ASKING');
    await cluster.call(1, 'SET', key, 'another value');
    const refused = await trib(['fix', '--yes', cluster.seed]);
    assert.equal(refused.status, 1);
    assert.match(
      refused.text,
      /Found 1 key\(s\) in both source node and target node having different values/,
    );
    const { status, text } = await trib(['fix', '--yes', '--replace', cluster.seed]);
    assert.equal(status, 0, text);
    assert.equal(await cluster.call(1, 'GET', key), 'a');
    await cluster.redisCliAgrees();
  });

  // Since 7.2 the others hear of a FORGET and refuse the node for a minute: with us the same takes that long.
  if (cluster.kind === 'redis-servers') tellForgotten(cluster);

  it('fix asks before it covers slots, and takes no for an answer', async () => {
    const slot = 114;
    await abandon(cluster, slot);
    const declined = await trib(['fix', cluster.seed], { answers: ['no'] });
    assert.equal(declined.status, 1);
    assert.match(declined.text, /The following uncovered slots have no keys across the cluster:\n114\n/);
    const shown = await trib(['fix', '--dry-run', cluster.seed]);
    assert.match(shown.text, /> CLUSTER ADDSLOTS 114\n/);
    assert.equal((await trib(['fix', cluster.seed], { answers: ['yes'] })).status, 0);
    await until(
      async () => (await cluster.call(0, 'CLUSTER', 'INFO')).includes('state:ok'),
      'covered everywhere',
    );
    await cluster.redisCliAgrees();
  });
}

function tellForgotten(cluster: TribCluster): void {
  it('fix introduces a node which others have forgotten', async () => {
    const [forgotten, forgetful] = [2, 1];
    const id = await cluster.id(forgotten);
    await cluster.call(forgetful, 'CLUSTER', 'FORGET', id);
    const checked = await trib(['check', cluster.seed]);
    assert.equal(checked.status, 1, checked.text);
    const { status, text } = await trib(['fix', '--yes', cluster.seed]);
    assert.equal(status, 0, text);
    assert.match(await cluster.call(forgetful, 'CLUSTER', 'NODES'), new RegExp(id));
    await cluster.redisCliAgrees();
  });
}
