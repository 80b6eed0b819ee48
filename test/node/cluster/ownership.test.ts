import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { IN_FLIGHT } from '../../../extension/node/cluster/constants.ts';
import type { PingBody } from '../../../extension/node/cluster/message.ts';
import type { SlotRange } from '../../../extension/redis/slots.ts';
import { type Member, peerOf, say, TestCluster } from './simulated-cluster.ts';

const PONG: PingBody = { type: 'pong', gossip: [], extensions: {} };

/** `claimant` says to `member` that it has this slot, too. */
function claim(
  cluster: TestCluster,
  claimant: Member,
  member: Member,
  slot: number,
  configEpoch: number,
): void {
  const slots = Uint8Array.from(claimant.node.view.self.slots.bytes);
  slots[slot >> 3] |= 1 << (slot & 7);
  say(cluster, claimant, member, PONG, { configEpoch, slots });
}

function ownerOf(slot: number, member: Member): string | undefined {
  const owner = member.node.view.slots.owner(slot);
  return owner === undefined ? undefined : member.node.view.nodes.get(owner.id)?.ip;
}

/** A command on one member, and the news of it. */
function told(cluster: TestCluster, member: Member, command: 'add' | 'delete', slots: SlotRange): void {
  member.run((node) => node.slots[command]([slots]));
  cluster.simulation.runFor(50);
}

describe('a claim to a slot that another primary has', () => {
  it('is believed by a higher config epoch, and not by the same', () => {
    const cluster = TestCluster.create(1, 4, 0);
    const [owner, , claimant, witness] = cluster.members;
    const { configEpoch } = peerOf(witness, owner);
    claim(cluster, claimant, witness, 0, configEpoch);
    assert.equal(ownerOf(0, witness), owner.ip);
    claim(cluster, claimant, witness, 0, configEpoch + 1);
    assert.equal(ownerOf(0, witness), claimant.ip);
  });

  it('is remembered by who believed it, though it dies a moment later', () => {
    const cluster = TestCluster.create(1, 4, 0);
    const [, , claimant, witness] = cluster.members;
    // The epoch is known before, and nothing else of the claim is news.
    say(cluster, claimant, witness, PONG, { configEpoch: 9 });
    cluster.simulation.runFor(1000);
    claim(cluster, claimant, witness, 0, 9);
    cluster.simulation.runFor(200);
    cluster.crash(witness);
    assert.equal(ownerOf(0, cluster.restart(witness)), claimant.ip);
  });

  it('by an old epoch is answered with the owner, so that a primary that was away gives its slots up', () => {
    const cluster = TestCluster.create(1, 4, 0);
    const [old, heir, third, fourth] = cluster.members;
    cluster.partition([old], [heir, third, fourth]);
    heir.run((node) => {
      node.bumpEpoch();
      for (const slot of [0, 1]) node.view.assign(slot, node.view.self);
      node.view.effects.broadcast();
    });
    cluster.simulation.runFor(2 * IN_FLIGHT);
    // One of the two it gives up again: that one nobody may hand on as the heir's.
    told(cluster, heir, 'delete', [1, 1]);
    cluster.heal();
    // The heir itself stays out of reach: it is the others who know better.
    cluster.partition([old], [heir]);
    cluster.simulation.runUntil(() => ownerOf(0, old) === heir.ip, 15_000);
    cluster.simulation.runFor(1000);
    assert.deepEqual(old.slots, [[1, 4095]]);
    assert.equal(ownerOf(1, third), old.ip);
    assert.match(third.logs.join('\n'), /has old slots configuration, sending an UPDATE message about/);
    assert.equal(peerOf(old, heir).configEpoch, heir.node.view.self.configEpoch);
  });

  it('by a new epoch is not answered, even where it is not believed', () => {
    const cluster = TestCluster.create(1, 4, 0);
    const [owner, , claimant, importer] = cluster.members;
    importer.run((node) => node.slots.importing(0, peerOf(importer, owner)));
    claim(cluster, claimant, importer, 0, 9);
    assert.equal(ownerOf(0, importer), owner.ip);
    assert.doesNotMatch(importer.logs.join('\n'), /old slots configuration/);
  });
});

describe('a claim to a slot that is nobody’s', () => {
  it('is believed whatever its epoch, and remembered', () => {
    const cluster = TestCluster.create(1, 3, 0);
    const [claimant, second, third] = cluster.members;
    for (const member of cluster.members) member.run((node) => node.slots.delete([[866, 866]]));
    cluster.simulation.runFor(1000);
    claim(cluster, claimant, third, 866, 0);
    assert.equal(ownerOf(866, third), claimant.ip);
    assert.equal(ownerOf(866, second), undefined);
    cluster.simulation.runFor(200);
    cluster.crash(third);
    assert.equal(ownerOf(866, cluster.restart(third)), claimant.ip);
  });

  it('is believed while other slots are imported', () => {
    const cluster = TestCluster.create(1, 3, 0);
    const [claimant, second, third] = cluster.members;
    for (const member of cluster.members) member.run((node) => node.slots.delete([[866, 866]]));
    cluster.simulation.runFor(1000);
    third.run((node) => node.slots.importing(5461, peerOf(third, second)));
    claim(cluster, claimant, third, 866, 0);
    assert.equal(ownerOf(866, third), claimant.ip);
  });
});

describe('a slot that its owner no longer claims', () => {
  /** The third of three primaries, which has the highest epoch, gave up its last slot. */
  function givenUp() {
    const cluster = TestCluster.create(1, 3, 0);
    const [first, second, owner] = cluster.members;
    const slot = 16_383;
    cluster.simulation.runFor(2 * IN_FLIGHT);
    told(cluster, owner, 'delete', [slot, slot]);
    return { cluster, first, second, owner, slot };
  }

  it('stays with it until somebody else claims it, by whatever epoch', () => {
    const { cluster, first, second, owner, slot } = givenUp();
    assert.equal(ownerOf(slot, second), owner.ip);
    assert.ok(second.node.view.slots.isClaimable(slot));
    assert.ok(second.node.stateOk);
    first.run((node) => node.slots.delete([[slot, slot]]));
    told(cluster, first, 'add', [slot, slot]);
    assert.equal(ownerOf(slot, second), first.ip);
    assert.ok(!second.node.view.slots.isClaimable(slot));
  });

  it('is not told of as its: who claims it by an old epoch is not corrected', () => {
    const { cluster, first, second, owner, slot } = givenUp();
    second.run((node) => node.slots.importing(slot, peerOf(second, owner)));
    claim(cluster, first, second, slot, 1);
    assert.doesNotMatch(second.logs.join('\n'), /old slots configuration/);
    claim(cluster, first, second, slot - 1, 1);
    assert.match(second.logs.join('\n'), /old slots configuration/);
  });

  it('is its alone again once it claims it again', () => {
    const { cluster, second, owner, slot } = givenUp();
    told(cluster, owner, 'add', [slot, slot]);
    assert.equal(ownerOf(slot, second), owner.ip);
    assert.ok(!second.node.view.slots.isClaimable(slot));
  });

  it('is its as before when what it said is older than the slot', () => {
    const cluster = TestCluster.create(1, 3, 0);
    const [, second, owner] = cluster.members;
    const before = Uint8Array.from(owner.node.view.self.slots.bytes);
    for (const member of cluster.members) member.run((node) => node.slots.delete([[0, 0]]));
    cluster.simulation.runFor(2 * IN_FLIGHT);
    told(cluster, owner, 'add', [0, 0]);
    assert.equal(ownerOf(0, second), owner.ip);
    // A pong that was sent before and took another way.
    say(cluster, owner, second, PONG, { slots: before });
    assert.ok(!second.node.view.slots.isClaimable(0));
  });
});

describe('a primary that lost its last slots', () => {
  const SETTINGS = { 'cluster-allow-replica-migration': 'no', 'cluster-node-timeout': '2000' };

  it('without replica migration stays one when others share them', () => {
    const cluster = TestCluster.create(1, 3, 0, SETTINGS);
    const [emptied, ...heirs] = cluster.members;
    for (const member of cluster.members) member.run((node) => node.slots.delete([[2, 5460]]));
    heirs.forEach((heir, slot) => {
      heir.run((node) => {
        node.bumpEpoch();
        node.view.assign(slot, node.view.self);
        node.view.effects.broadcast();
      });
      cluster.simulation.runFor(100);
    });
    assert.deepEqual(emptied.slots, []);
    assert.equal(emptied.following, undefined);
  });

  it('without replica migration follows who took all of them, and nothing else: its own replica', () => {
    const cluster = TestCluster.create(1, 3, 3, SETTINGS);
    const [dead, , , heir] = cluster.members;
    cluster.crash(dead);
    cluster.simulation.runUntil(() => !heir.node.isReplica, 10_000);
    const back = cluster.restart(dead);
    cluster.settle(5000);
    assert.equal(back.following?.host, heir.ip);
  });
});

describe('a replica of a replica', () => {
  it('follows the one on top as soon as anybody’s slots change', () => {
    const cluster = TestCluster.create(1, 3, 0);
    const top = cluster.members[0];
    const [middle, low] = [cluster.add(), cluster.add()];
    top.run((node) => {
      for (const { ip } of [middle, low]) node.membership.meet(ip, 7000);
    });
    cluster.simulation.runUntil(
      () => [middle, low].every(({ node }) => node.view.nodes.size === 5) && middle.node.stateOk,
      10_000,
    );
    low.run((node) => node.replicate(peerOf(low, middle)));
    cluster.simulation.runFor(100);
    middle.run((node) => node.replicate(peerOf(middle, top)));
    cluster.simulation.runFor(100);
    const [, second] = cluster.members;
    told(cluster, second, 'delete', [5461, 5461]);
    assert.equal(low.following?.host, top.ip);
  });
});
