import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RouteRequest } from '../../../extension/node/cluster/contract.ts';
import { type Member, peerOf, put, share, TestCluster } from './simulated-cluster.ts';

/** A request for one key that is here, unless said otherwise. */
function ask(member: Member, slot: number, changes: Partial<RouteRequest> = {}): string | undefined {
  const error = member.node.route({
    slot,
    write: true,
    readonlySession: false,
    asking: false,
    multipleKeys: false,
    keyCount: 1,
    missingKeys: () => 0,
    command: 'set',
    shardChannel: false,
    encrypted: false,
    waiting: false,
    ...changes,
  });
  return error?.message;
}

describe('routing', () => {
  const cluster = TestCluster.create(1, 3, 3);
  const [first, second, , replica] = cluster.members;

  it('a slot of its own is served, and the hot path knows it', () => {
    assert.equal(ask(first, 0), undefined);
    assert.equal(first.node.serves(0), true);
    assert.equal(first.node.serves(5461), false);
  });

  it('no keys: anywhere', () => assert.equal(ask(first, -1), undefined));

  it('a slot of another node: MOVED to it', () => {
    assert.equal(ask(first, 5461), 'MOVED 5461 10.0.0.2:7000');
    assert.equal(ask(second, 5461), undefined);
  });

  it('a replica serves reads of its primary to those who said READONLY', () => {
    assert.equal(ask(replica, 0), 'MOVED 0 10.0.0.1:7000');
    assert.equal(ask(replica, 0, { write: false }), 'MOVED 0 10.0.0.1:7000');
    assert.equal(ask(replica, 0, { write: false, readonlySession: true }), undefined);
    assert.equal(ask(replica, 0, { readonlySession: true }), 'MOVED 0 10.0.0.1:7000');
    assert.equal(ask(replica, 5461, { write: false, readonlySession: true }), 'MOVED 5461 10.0.0.2:7000');
    assert.equal(ask(replica, 0, { write: false, shardChannel: true }), undefined);
  });

  it('the endpoint is told as the settings want it', () => {
    const { values } = first.settings;
    values['cluster-preferred-endpoint-type'] = 'hostname';
    assert.equal(ask(first, 5461), 'MOVED 5461 ?:7000');
    peerOf(first, second).hostname = 'two.example';
    assert.equal(ask(first, 5461), 'MOVED 5461 two.example:7000');
    values['cluster-preferred-endpoint-type'] = 'unknown-endpoint';
    assert.equal(ask(first, 5461), 'MOVED 5461 :7000');
    values['cluster-preferred-endpoint-type'] = 'ip';
  });

  it('when the cluster is down nothing with keys is served, unless reads are allowed', () => {
    first.node.view.ok = false;
    const { values } = first.settings;
    assert.equal(first.node.serves(0), false);
    assert.equal(ask(first, 0), 'CLUSTERDOWN The cluster is down');
    assert.equal(ask(first, -1), undefined);
    assert.equal(ask(first, 0, { shardChannel: true }), undefined);
    values['cluster-allow-pubsubshard-when-down'] = 'no';
    assert.equal(ask(first, 0, { shardChannel: true }), 'CLUSTERDOWN The cluster is down');
    values['cluster-allow-reads-when-down'] = 'yes';
    assert.equal(ask(first, 0), 'CLUSTERDOWN The cluster is down and only accepts read commands');
    assert.equal(ask(first, 0, { write: false }), undefined);
    first.node.view.ok = true;
  });

  it('a slot of nobody is not served', () => {
    const alone = new TestCluster(1).add();
    assert.equal(ask(alone, 0), 'CLUSTERDOWN Hash slot not served');
  });
});

describe('a slot on the move', () => {
  function moving(): { cluster: TestCluster; source: Member; target: Member; slot: number } {
    const cluster = TestCluster.create(1, 3, 0);
    const [source, target] = cluster.members;
    const slot = put(source, 'hello');
    assert.equal(slot, 866);
    target.run((node) => node.slots.importing(slot, peerOf(target, source)));
    source.run((node) => node.slots.migrating(slot, peerOf(source, target)));
    return { cluster, source, target, slot };
  }

  it('the source serves what it has, and sends on what is gone', () => {
    const { source, slot } = moving();
    assert.equal(source.node.serves(slot), false, 'the keys must be looked at');
    assert.equal(ask(source, slot), undefined);
    assert.equal(ask(source, slot, { missingKeys: () => 1 }), 'ASK 866 10.0.0.2:7000');
    const several = { multipleKeys: true, keyCount: 2 };
    assert.equal(
      ask(source, slot, { ...several, missingKeys: () => 1 }),
      'TRYAGAIN Multiple keys request during rehashing of slot',
    );
    assert.equal(ask(source, slot, { ...several, missingKeys: () => 2 }), 'ASK 866 10.0.0.2:7000');
    assert.equal(ask(source, slot, { command: 'migrate', missingKeys: () => 1 }), undefined);
    assert.equal(ask(source, slot, { shardChannel: true, missingKeys: () => 1 }), undefined);
  });

  it('the target serves those who were sent', () => {
    const { target, slot } = moving();
    assert.equal(ask(target, slot), 'MOVED 866 10.0.0.1:7000');
    assert.equal(ask(target, slot, { asking: true, missingKeys: () => 1 }), undefined);
    const several = { asking: true, multipleKeys: true, keyCount: 2 };
    assert.equal(
      ask(target, slot, { ...several, missingKeys: () => 1 }),
      'TRYAGAIN Multiple keys request during rehashing of slot',
    );
    assert.equal(ask(target, slot, { ...several, missingKeys: () => 0 }), undefined);
  });

  it('ends with a new epoch of the target, which all believe at once', () => {
    const { cluster, source, target, slot } = moving();
    assert.throws(
      () => source.node.slots.bind(slot, peerOf(source, target)),
      /Can't assign hashslot 866 to a different node while I still hold keys for this hash slot/,
    );
    source.dropSlot(slot);
    target.run((node) => node.slots.bind(slot, node.view.self));
    assert.equal(target.node.view.self.configEpoch, 4);
    source.run((node) => node.slots.bind(slot, peerOf(source, target)));
    assert.ok(cluster.settle(1000) < 10);
    assert.equal(ask(cluster.members[2], slot), 'MOVED 866 10.0.0.2:7000');
    assert.equal(source.node.view.slots.isOpen(slot), false);
    assert.deepEqual(source.lost, [slot]);
  });

  it('the target of a slot is told by nobody but the one who moves it', () => {
    const { cluster, source, target, slot } = moving();
    // The third node takes the slot for itself under a higher epoch, as after a failover.
    const third = cluster.members[2];
    third.run((node) => {
      node.view.currentEpoch = 10;
      node.bumpEpoch();
      node.view.assign(slot, node.view.self);
      node.view.effects.broadcast();
    });
    cluster.simulation.runFor(20);
    assert.equal(source.node.view.slots.owner(slot)?.id, third.id);
    assert.equal(target.node.view.slots.owner(slot)?.id, source.id);
  });

  it('STABLE leaves all as it was', () => {
    const { source, target, slot } = moving();
    for (const member of [source, target]) member.run((node) => node.slots.stable(slot));
    assert.equal(source.node.serves(slot), true);
    assert.equal(ask(target, slot, { asking: true }), 'MOVED 866 10.0.0.1:7000');
  });

  it('a primary whose last slot moved away becomes a replica, and so do its replicas', () => {
    const cluster = TestCluster.create(1, 3, 3);
    const [emptied, heir, third, orphan] = cluster.members;
    emptied.run((node) => node.slots.importing(16_383, peerOf(emptied, third)));
    heir.run((node) => {
      const [first, last] = share(0, 3);
      for (let slot = first; slot <= last; slot++) {
        node.slots.importing(slot, peerOf(heir, emptied));
        node.slots.bind(slot, node.view.self);
      }
    });
    cluster.settle(5000);
    assert.ok(emptied.node.isReplica);
    assert.equal(emptied.following?.host, heir.ip);
    assert.equal(orphan.following?.host, heir.ip);
    assert.ok(!emptied.node.view.slots.isOpen(16_383), 'a replica imports nothing');
  });

  it('keys of a slot that went to another node go too, unless the node became its replica', () => {
    const cluster = TestCluster.create(1, 3, 0);
    const [loser, winner] = cluster.members;
    const slot = put(loser, 'hello');
    const kept = put(loser, 'a'.repeat(3));
    winner.run((node) => {
      node.bumpEpoch();
      node.view.assign(slot, node.view.self);
      node.view.effects.broadcast();
    });
    cluster.simulation.runFor(20);
    assert.equal(loser.keyspace.countInSlot(slot), 0);
    assert.equal(loser.keyspace.countInSlot(kept), 1);
  });
});

describe('a slot that its owner stopped to claim', () => {
  it('is its again for who is told so by SETSLOT NODE', () => {
    const cluster = TestCluster.create(1, 3, 0);
    const [first, second] = cluster.members;
    const { slots } = first.node.view;
    const [slot] = second.slots[0];
    slots.unclaimed.add(slot);
    first.run((node) => node.slots.bind(slot, peerOf(first, second)));
    assert.equal(slots.isClaimable(slot), false);
  });
});

describe('data that does not fit nodes.conf', () => {
  it('keys of a slot of nobody make it ours, keys of another node are shown as imported', () => {
    const cluster = TestCluster.create(1, 3, 0);
    const [first, second] = cluster.members;
    cluster.members.forEach((member) => {
      member.run((node) => node.view.release(866));
    });
    put(first, 'hello');
    const foreign = put(first, 'c');
    first.run((node) => node.slots.adoptStrayKeys());
    assert.equal(first.node.view.slots.owner(866), first.node.view.self);
    assert.equal(first.node.view.slots.importingFrom.get(foreign), peerOf(first, second));
    cluster.simulation.runUntil(() => second.node.view.slots.owner(866)?.id === first.id, 100);
  });
});

describe('ADDSLOTS and its like', () => {
  it('refuse what is not so, and then change nothing', () => {
    const alone = new TestCluster(1).add();
    alone.run((node) => node.slots.add([[1, 3]]));
    assert.throws(
      () =>
        alone.node.slots.add([
          [4, 4],
          [3, 3],
        ]),
      /Slot 3 is already busy/,
    );
    assert.throws(
      () =>
        alone.node.slots.add([
          [5, 5],
          [5, 5],
        ]),
      /Slot 5 specified multiple times/,
    );
    assert.throws(
      () =>
        alone.node.slots.delete([
          [1, 1],
          [9, 9],
        ]),
      /Slot 9 is already unassigned/,
    );
    assert.deepEqual(alone.slots, [[1, 3]]);
    alone.run((node) => node.slots.delete([[2, 2]]));
    assert.deepEqual(alone.slots, [
      [1, 1],
      [3, 3],
    ]);
    put(alone, 'hello');
    assert.throws(() => alone.node.slots.flush(), /DB must be empty to perform CLUSTER FLUSHSLOTS/);
    alone.keyspace.clear();
    alone.run((node) => node.slots.flush());
    assert.deepEqual(alone.slots, []);
  });

  it('alone with all slots a fresh node is ok at once', () => {
    const alone = new TestCluster(1).add();
    alone.run((node) => node.slots.add([share(0, 1)]));
    assert.equal(alone.node.stateOk, true);
    alone.run((node) => node.slots.delete([[7, 7]]));
    assert.equal(alone.node.stateOk, false);
    alone.run((node) => node.slots.add([[7, 7]]));
    assert.equal(alone.node.stateOk, true, 'a fresh node has nothing to wait for');
  });

  it('a config epoch is set by hand on a fresh node only', () => {
    const cluster = new TestCluster(1);
    const alone = cluster.add();
    assert.throws(() => alone.node.setConfigEpoch(-1), /Invalid config epoch specified: -1/);
    alone.run((node) => node.setConfigEpoch(5));
    assert.equal(alone.node.view.currentEpoch, 5);
    assert.throws(() => alone.node.setConfigEpoch(6), /already non-zero/);
    const joined = TestCluster.create(1, 3, 0).members[0];
    assert.throws(() => joined.node.setConfigEpoch(6), /does not know any other node/);
  });

  it('a replica cannot be replicated, nor a node itself, nor by one with slots', () => {
    const cluster = TestCluster.create(1, 3, 3);
    const [primary, second, , replica] = cluster.members;
    assert.throws(() => replica.node.replicate(replica.node.view.self), /Can't replicate myself/);
    assert.throws(
      () => replica.node.replicate(peerOf(replica, cluster.members[4])),
      /only replicate a master/,
    );
    assert.throws(
      () => primary.node.replicate(peerOf(primary, second)),
      /must be empty and without assigned/,
    );
    replica.run((node) => node.replicate(peerOf(replica, second)));
    cluster.settle(1000);
    assert.equal(replica.following?.host, second.ip);
  });
});
