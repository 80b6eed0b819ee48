import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Member, peerOf, share, TestCluster } from './simulated-cluster.ts';

const SEEDS = [1, 2, 3, 4, 5];
const FAST = { 'cluster-node-timeout': '2000' };

function sees(member: Member, other: Member): 'ok' | 'pfail' | 'fail' {
  const peer = peerOf(member, other);
  return peer.failed ? 'fail' : peer.possiblyFailed ? 'pfail' : 'ok';
}

describe('a primary dies', () => {
  for (const seed of SEEDS) {
    it(`its replica takes its slots, within Redis' times (seed ${seed})`, () => {
      const cluster = TestCluster.create(seed, 3, 3, FAST);
      const [dead, second, third, heir] = cluster.members;
      const { simulation } = cluster;
      cluster.crash(dead);

      const failedAfter = simulation.runUntil(() => sees(heir, dead) === 'fail', 5000);
      // A ping that was under way when it died, or the next one half a timeout later, must be a timeout old.
      assert.ok(failedAfter >= 1800 && failedAfter <= 3300, `FAIL after ${failedAfter}`);
      const electedAfter = simulation.runUntil(() => !heir.node.isReplica, 2000);
      assert.ok(electedAfter >= 500 && electedAfter <= 1010, `elected after ${electedAfter}`);
      const knownAfter = simulation.runUntil(() => cluster.settled(), 1000);
      assert.ok(knownAfter < 20, `known after ${knownAfter}`);

      assert.deepEqual(heir.slots, [[0, 5460]]);
      assert.equal(heir.node.view.self.configEpoch, 7);
      for (const member of [second, third]) assert.equal(member.node.view.lastVoteEpoch, 7);
      const steps = heir.events.flatMap((event) => (event.type === 'election' ? [event.step] : []));
      assert.deepEqual(steps, ['started', 'requested', 'won']);
    });
  }

  it('and comes back as a replica of its heir, before it took a single write', () => {
    const cluster = TestCluster.create(1, 3, 3, FAST);
    const [dead, , , heir] = cluster.members;
    cluster.crash(dead);
    cluster.simulation.runUntil(() => !heir.node.isReplica, 10_000);
    const back = cluster.restart(dead);
    assert.equal(back.id, dead.id);
    assert.ok(!back.node.isReplica, 'it still believes what it knew');
    cluster.simulation.runUntil(() => {
      assert.ok(!back.node.serves(0));
      return back.node.isReplica;
    }, 2000);
    cluster.settle(5000);
    assert.equal(back.following?.host, heir.ip);
  });

  it('of two replicas the one with more data is elected', () => {
    for (const seed of SEEDS) {
      const cluster = TestCluster.create(seed, 3, 6, FAST);
      const dead = cluster.members[0];
      const [ahead, behind] = [cluster.members[6], cluster.members[3]];
      dead.offset = 1000;
      cluster.simulation.runFor(100);
      cluster.crash(dead);
      behind.offset = 900;
      cluster.simulation.runUntil(() => !ahead.node.isReplica || !behind.node.isReplica, 10_000);
      assert.ok(!ahead.node.isReplica, `seed ${seed}`);
      cluster.settle(5000);
      assert.equal(behind.following?.host, ahead.ip);
    }
  });

  it('without a majority of primaries nobody is called failed, and nobody elected', () => {
    const cluster = TestCluster.create(1, 3, 3, FAST);
    const [first, second, survivor, ...replicas] = cluster.members;
    cluster.crash(first);
    cluster.crash(second);
    cluster.simulation.runUntil(() => !survivor.node.stateOk, 10_000);
    cluster.simulation.runFor(60_000);
    for (const member of [survivor, ...replicas]) {
      assert.equal(sees(member, first), 'pfail');
      assert.equal(member.node.stateOk, false);
    }
    assert.ok(replicas.every(({ node }) => node.isReplica));
  });

  it('a replica that lost its primary too long ago does not stand for election', () => {
    const cluster = TestCluster.create(1, 3, 3, { ...FAST, 'cluster-replica-validity-factor': '1' });
    const [dead, , , replica] = cluster.members;
    // The link to the primary is down, the bus is not: 10 s (repl-ping-replica-period) + 1 x 2 s + 2 s are forgiven.
    cluster.simulation.runFor(1000);
    replica.following = { host: '10.9.9.9', port: 7000 };
    cluster.simulation.runFor(20_000);
    cluster.crash(dead);
    cluster.simulation.runFor(60_000);
    assert.ok(replica.node.isReplica);
    assert.match(replica.logs.join('\n'), /Disconnected from master for longer than allowed/);
  });

  it('a replica told not to fail over does not', () => {
    const cluster = TestCluster.create(1, 3, 3, FAST);
    const [dead, , , replica] = cluster.members;
    replica.configure({ 'cluster-replica-no-failover': 'yes' });
    cluster.crash(dead);
    cluster.simulation.runFor(30_000);
    assert.ok(replica.node.isReplica);
  });

  it('comes back without having been replaced: its FAIL is undone after two timeouts', () => {
    const cluster = TestCluster.create(1, 3, 0, FAST);
    const [dead, second] = cluster.members;
    cluster.crash(dead);
    cluster.simulation.runUntil(() => sees(second, dead) === 'fail', 10_000);
    const back = cluster.restart(dead);
    const took = cluster.simulation.runUntil(() => sees(second, dead) === 'ok', 20_000);
    assert.ok(took > 4000, `only ${took} ms`);
    cluster.settle(5000);
    assert.match(
      second.logs.join('\n'),
      /is reachable again and nobody is serving its slots after some time/,
    );
    assert.ok(back.node.serves(0));
  });
});

describe('a network partition', () => {
  for (const seed of SEEDS) {
    it(`the minority stops, the majority goes on, and after it all agree (seed ${seed})`, () => {
      const cluster = TestCluster.create(seed, 3, 3, FAST);
      const [alone, , , heir] = cluster.members;
      const others = cluster.members.slice(1);
      cluster.partition([alone], others);
      cluster.simulation.runUntil(() => !alone.node.stateOk, 6000);
      assert.ok(!alone.node.serves(0));
      cluster.simulation.runUntil(
        () => others.every(({ node }) => node.stateOk) && !heir.node.isReplica,
        10_000,
      );
      cluster.heal();
      cluster.settle(10_000);
      assert.ok(alone.node.isReplica);
      assert.equal(alone.following?.host, heir.ip);
    });
  }

  it('a primary back from the minority waits a node timeout before it takes queries', () => {
    const cluster = TestCluster.create(3, 3, 0, FAST);
    const [alone, ...others] = cluster.members;
    cluster.partition([alone], others);
    cluster.simulation.runUntil(() => !alone.node.stateOk, 6000);
    cluster.heal();
    const reached = cluster.simulation.runUntil(
      () => others.every((other) => sees(alone, other) === 'ok'),
      5000,
    );
    const waited = cluster.simulation.runUntil(() => alone.node.stateOk, 10_000);
    assert.ok(waited > 1500 && waited < 2500, `${reached} then ${waited}`);
  });

  it('of one direction only is found out too', () => {
    const cluster = TestCluster.create(1, 3, 3, FAST);
    const [mute, ...others] = cluster.members;
    // What it says is not heard; what others say it hears.
    cluster.simulation.cut(
      mute.ip,
      others.map(({ ip }) => ip),
    );
    cluster.simulation.runUntil(() => others.every((other) => sees(other, mute) === 'fail'), 10_000);
  });
});

describe('a node that stood still', () => {
  it('for less than a timeout is not missed, and accuses nobody', () => {
    const cluster = TestCluster.create(1, 3, 3, FAST);
    const [paused, ...others] = cluster.members;
    cluster.simulation.runFor(5000);
    cluster.simulation.pause(paused.ip);
    cluster.simulation.runFor(1500);
    cluster.simulation.resume(paused.ip);
    cluster.simulation.runFor(3000);
    const failures = cluster.members.flatMap(({ events }) => events.filter(({ type }) => type === 'failure'));
    assert.deepEqual(failures, []);
    assert.ok(others.every(({ node }) => node.stateOk));
  });

  it('for longer finds itself replaced, and accuses nobody either', () => {
    const cluster = TestCluster.create(1, 3, 3, FAST);
    const [paused, , , heir] = cluster.members;
    cluster.simulation.pause(paused.ip);
    cluster.simulation.runUntil(() => !heir.node.isReplica, 10_000);
    cluster.simulation.resume(paused.ip);
    cluster.simulation.runUntil(() => paused.node.isReplica, 1000);
    cluster.settle(5000);
    assert.deepEqual(
      paused.events.filter(({ type }) => type === 'failure'),
      [],
    );
  });
});

describe('votes', () => {
  it('two primaries that die at once are both replaced, in epochs of their own', () => {
    for (const seed of SEEDS) {
      const cluster = TestCluster.create(seed, 5, 5, FAST);
      const [one, two, , , , heirOne, heirTwo] = cluster.members;
      cluster.crash(one);
      cluster.crash(two);
      cluster.simulation.runUntil(() => !heirOne.node.isReplica && !heirTwo.node.isReplica, 60_000);
      cluster.settle(5000);
      assert.notEqual(heirOne.node.view.self.configEpoch, heirTwo.node.view.self.configEpoch);
    }
  });

  it('given in an epoch survive the voter: after a crash and power loss it does not vote in it again', () => {
    const cluster = TestCluster.create(2, 3, 3, FAST);
    const [dead, voter, , heir] = cluster.members;
    cluster.crash(dead);
    cluster.simulation.runUntil(() => voter.node.view.lastVoteEpoch > 0, 10_000);
    const epoch = voter.node.view.lastVoteEpoch;
    cluster.crash(voter, 'power');
    const back = cluster.restart(voter);
    assert.equal(back.node.view.lastVoteEpoch, epoch);
    cluster.simulation.runUntil(() => !heir.node.isReplica, 60_000);
  });
});

describe('a spare replica', () => {
  it('moves to a primary that lost its own', () => {
    const cluster = TestCluster.create(1, 3, 4, FAST);
    const [first, second, , , orphaned] = cluster.members;
    assert.equal(orphaned.following?.host, second.ip);
    cluster.crash(orphaned);
    const spares = [cluster.members[3], cluster.members[6]];
    assert.ok(spares.every(({ following }) => following?.host === first.ip));
    const took = cluster.simulation.runUntil(
      () => spares.some(({ following }) => following?.host === second.ip),
      30_000,
    );
    assert.ok(took > 5000, `${took}`);
    cluster.settle(5000);
    assert.equal(spares.filter(({ following }) => following?.host === first.ip).length, 1);
  });

  it('comes from the primary that has most of them', () => {
    for (const seed of SEEDS) {
      const cluster = TestCluster.create(seed, 3, 7, FAST);
      const [first, second] = cluster.members;
      const followersOf = ({ ip }: Member): Member[] =>
        cluster.alive.filter(({ following }) => following?.host === ip);
      const spares = followersOf(first);
      assert.equal(spares.length, 3);
      for (const replica of followersOf(second)) cluster.crash(replica);
      cluster.simulation.runUntil(() => followersOf(second).length > 0, 60_000);
      assert.equal(followersOf(first).length, 2, `seed ${seed}`);
      // All see the same, and agree without a word: the one with the smallest id.
      const [moved] = followersOf(second);
      assert.equal(
        moved.id,
        spares.map(({ id }) => id).reduce((one, other) => (one < other ? one : other)),
      );
    }
  });

  it('waits anew when the other’s own replica was back in between', () => {
    const cluster = TestCluster.create(1, 3, 4, FAST);
    const [first, second, , spare, own] = cluster.members;
    const followers = (): number =>
      cluster.alive.filter(({ following }) => following?.host === second.ip).length;
    cluster.crash(own);
    cluster.simulation.runUntil(() => sees(spare, own) === 'fail', 10_000);
    cluster.simulation.runFor(3000);
    const back = cluster.restart(own);
    cluster.simulation.runUntil(() => sees(spare, back) === 'ok', 5000);
    cluster.simulation.runFor(5000);
    assert.equal(followers(), 1);
    cluster.crash(back);
    cluster.simulation.runUntil(() => sees(spare, back) === 'fail', 10_000);
    const took = cluster.simulation.runUntil(() => followers() > 0, 10_000);
    assert.ok(took > 4900, `${took}`);
    assert.equal(cluster.alive.filter(({ following }) => following?.host === first.ip).length, 1);
  });

  it('does not go where that would leave fewer behind than it is told to', () => {
    const cluster = TestCluster.create(1, 3, 4, { ...FAST, 'cluster-migration-barrier': '2' });
    const [first] = cluster.members;
    cluster.crash(cluster.members[4]);
    cluster.simulation.runFor(30_000);
    assert.equal(cluster.members.filter(({ following }) => following?.host === first.ip).length, 2);
  });

  it('does not leave a failed primary, for it may be needed there', () => {
    const cluster = TestCluster.create(1, 3, 6, {
      ...FAST,
      'cluster-require-full-coverage': 'no',
      'cluster-replica-no-failover': 'yes',
    });
    const [first, second, third] = cluster.members;
    const replicasOf = ({ ip }: Member): Member[] =>
      cluster.alive.filter(({ following }) => following?.host === ip);
    for (const one of [first, ...replicasOf(second)]) cluster.crash(one);
    cluster.simulation.runUntil(() => replicasOf(second).length > 0, 60_000);
    assert.equal(replicasOf(first).length, 2);
    assert.equal(replicasOf(third).length, 1);
  });

  it('stays where it is when told to', () => {
    const cluster = TestCluster.create(1, 3, 4, { ...FAST, 'cluster-allow-replica-migration': 'no' });
    cluster.crash(cluster.members[4]);
    cluster.simulation.runFor(30_000);
    const first = cluster.members[0].ip;
    assert.equal(cluster.members.filter(({ following }) => following?.host === first).length, 2);
  });
});

describe('without full coverage', () => {
  it('the rest is served when the settings say so', () => {
    const cluster = TestCluster.create(1, 3, 0, { ...FAST, 'cluster-require-full-coverage': 'no' });
    const [dead, second, third] = cluster.members;
    cluster.crash(dead);
    cluster.simulation.runUntil(() => sees(second, dead) === 'fail', 10_000);
    cluster.simulation.runFor(1000);
    assert.ok(second.node.serves(share(1, 3)[0]) && third.node.serves(share(2, 3)[0]));
  });

  it('nothing is served by default', () => {
    const cluster = TestCluster.create(1, 3, 0, FAST);
    const [dead, second] = cluster.members;
    cluster.crash(dead);
    cluster.simulation.runUntil(() => !second.node.stateOk, 10_000);
    assert.ok(!second.node.serves(share(1, 3)[0]));
  });
});
