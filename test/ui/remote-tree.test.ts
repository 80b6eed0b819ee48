import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Translate } from '../../extension/lab/message.ts';
import type { TreeNode } from '../../extension/lab/tree-model.ts';
import { type ClusterPicture, NOTHING_YET, type PicturedNode } from '../../extension/trib/cluster-picture.ts';
import type { ClusterProfile } from '../../extension/trib/profile.ts';
import { remoteTree } from '../../extension/ui/remote-tree.ts';

const english: Translate = (text, ...parts) =>
  text.replace(/\{(\d)\}/g, (_, at) => String(parts[Number(at)]));

const profile: ClusterProfile = {
  ...{ id: 'p', name: 'staging', seeds: ['10.0.0.1:6379'], username: '', tls: undefined, hostMap: '' },
  allowsChanges: false,
};

/** On the usual port, as most clusters are: only the host tells nodes apart. */
function node(host: number, more: Partial<PicturedNode> = {}): PicturedNode {
  return {
    ...{ id: `id${host}`, address: { host: `10.0.0.${host}`, port: 6379 }, role: 'primary' },
    ...{
      primaryId: undefined,
      health: 'ok',
      unreachable: undefined,
      clusterOk: true,
      slots: [],
      openSlots: [],
    },
    ...{ keys: 0, usedBytes: 2048, clients: 1, configEpoch: 1, replicationOffset: 10, lagBytes: undefined },
    ...{ primaryLinkUp: undefined, version: 'redis 7.0.15' },
    ...more,
  };
}

function replica(host: number, of: number, more: Partial<PicturedNode> = {}): PicturedNode {
  return node(host, { role: 'replica', primaryId: `id${of}`, lagBytes: 0, primaryLinkUp: true, ...more });
}

function picture(nodes: readonly PicturedNode[], more: Partial<ClusterPicture> = {}): ClusterPicture {
  return { ...NOTHING_YET, state: 'connected', clusterState: 'ok', slotsCovered: 16384, nodes, ...more };
}

function rows(tree: TreeNode, depth = 0): string[] {
  const own = `${'  '.repeat(depth)}${tree.label}: ${tree.description}`;
  return [own, ...(depth < 2 ? tree.children.flatMap((child) => rows(child, depth + 1)) : [])];
}

describe('the tree of a cluster elsewhere', () => {
  it('shows shards where they always were, nodes of one port apart, and what one may do', () => {
    const nodes = [
      replica(1, 3, { lagBytes: 20 }),
      node(2, { slots: [[0, 8191]], keys: 7 }),
      node(3, { slots: [[8192, 16383]], keys: 1 }),
      replica(4, 2),
    ];
    assert.deepEqual(rows(remoteTree(profile, picture(nodes), english)), [
      'staging: ok · read-only · 16384/16384 slots',
      '  Shard 1: 8192-16383',
      '    10.0.0.3:6379: primary · 1 key',
      '    10.0.0.1:6379: replica · 20 bytes behind',
      '  Shard 2: 0-8191',
      '    10.0.0.2:6379: primary · 7 keys',
      '    10.0.0.4:6379: replica · in sync',
    ]);
    const writable = remoteTree({ ...profile, allowsChanges: true }, picture(nodes), english);
    assert.equal(writable.context, 'remote;connected;writable');
    assert.match(writable.description, /ok · changes allowed/);
    assert.deepEqual(writable.children[0]?.children[1]?.remote, { cluster: 'p', node: 'id1' });
  });

  it('tells what is the matter with a node, and why it can not be reached', () => {
    const refused = 'connect ECONNREFUSED 10.0.0.1:6379';
    const nodes = [
      node(1, { slots: [[0, 99]], health: 'fail', unreachable: refused }),
      node(2, { slots: [[100, 200]], unreachable: '10.0.0.2:6379: no answer within 5 s' }),
      node(3, { slots: [[201, 300]], openSlots: [250, 251] }),
      replica(4, 3, { primaryLinkUp: false }),
      replica(5, 3, { health: 'pfail' }),
      node(6, { clusterOk: false }),
      replica(7, 99),
    ];
    const tree = remoteTree(profile, picture(nodes, { clusterState: 'fail', slotsCovered: 100 }), english);
    assert.deepEqual(rows(tree), [
      'staging: fail · read-only · 100/16384 slots',
      '  Shard 1: 0-99 · not served',
      '    10.0.0.1:6379: primary · unreachable (FAIL)',
      '  Shard 2: 100-200 · not served',
      '    10.0.0.2:6379: primary · cannot be reached',
      '  Shard 3: 201-300',
      '    10.0.0.3:6379: primary · 2 open slots',
      '    10.0.0.4:6379: replica · not linked to its primary',
      '    10.0.0.5:6379: replica · suspected (PFAIL)',
      '  Shard 4: no slots',
      '    10.0.0.6:6379: primary · says cluster_state:fail',
      '  Shard 5: no slots',
      '    10.0.0.7:6379: replica · in sync',
    ]);
    assert.match(
      tree.children[0]?.children[0]?.tooltip ?? '',
      /Cause \| connect ECONNREFUSED 10\.0\.0\.1:6379/,
    );
    assert.equal(tree.children[0]?.children[0]?.context, 'member;primary;unreachable');
    assert.equal(tree.children[2]?.children[0]?.context, 'member;primary;reachable');
  });

  it('keeps what was seen last when the connection is lost, and says why', () => {
    const lost = picture([node(1)], { state: 'lost', cause: 'NOAUTH Authentication required.' });
    const tree = remoteTree(profile, lost, english);
    assert.equal(tree.description, 'connection lost · read-only');
    assert.equal(tree.children.length, 1);
    assert.match(tree.tooltip, /NOAUTH Authentication required/);
  });

  it('is one row while there is no connection', () => {
    assert.deepEqual(rows(remoteTree(profile, undefined, english)), ['staging: not connected · read-only']);
    assert.deepEqual(rows(remoteTree(profile, NOTHING_YET, english)), ['staging: connecting… · read-only']);
  });
});
