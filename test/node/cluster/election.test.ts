import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Member, peerOf, say, TestCluster } from './simulated-cluster.ts';

const FAST = { 'cluster-node-timeout': '2000' };

/** What a replica did so far to be elected. */
function steps(member: Member): string[] {
  return member.events.flatMap((event) => (event.type === 'election' ? [event.step] : []));
}

/** How long it takes until it did this, for the so-manieth time. */
function timeUntil(cluster: TestCluster, member: Member, step: string, times = 1): number {
  return cluster.simulation.runUntil(
    () => steps(member).filter((done) => done === step).length === times,
    60_000,
  );
}

describe('a primary asked for its vote', () => {
  /** `candidate` asks in this epoch. What the voter said to it, without the name. */
  function answer(
    cluster: TestCluster,
    candidate: Member,
    voter: Member,
    currentEpoch: number,
    changes: { readonly forceAck?: boolean; readonly configEpoch?: number; readonly slots?: Uint8Array } = {},
  ): string | undefined {
    const before = voter.logs.length;
    say(cluster, candidate, voter, { type: 'auth-req' }, { currentEpoch, ...changes });
    const line = voter.logs.slice(before).find((text) => text.startsWith('Failover auth'));
    return line?.replace(/ to \w+ \(\)/, '');
  }

  it('gives none while it thinks that the candidate’s primary is well, unless the candidate insists', () => {
    const cluster = TestCluster.create(1, 3, 3, FAST);
    const [, voter, , candidate] = cluster.members;
    assert.equal(answer(cluster, candidate, voter, 7), 'Failover auth denied: its master is up');
    assert.equal(voter.node.view.lastVoteEpoch, 0);
    assert.equal(
      answer(cluster, candidate, voter, 7, { forceAck: true }),
      'Failover auth granted for epoch 7',
    );
    assert.equal(voter.node.view.lastVoteEpoch, 7);
  });

  it('gives one an epoch, and to replicas of one primary one in two node timeouts', () => {
    const cluster = TestCluster.create(1, 3, 6, FAST);
    const [, voter, , one, ofAnother, , two] = cluster.members;
    const insists = { forceAck: true };
    assert.match(`${answer(cluster, one, voter, 10, insists)}`, /granted for epoch 10/);
    assert.match(`${answer(cluster, two, voter, 10, insists)}`, /denied: already voted for epoch 10/);
    assert.match(`${answer(cluster, two, voter, 9, insists)}`, /denied: reqEpoch \(9\) < curEpoch\(10\)/);
    assert.match(
      `${answer(cluster, two, voter, 11, insists)}`,
      /denied: can't vote about this master before \d+ mill/,
    );
    assert.match(`${answer(cluster, ofAnother, voter, 12, insists)}`, /granted for epoch 12/);
    cluster.simulation.runFor(3600);
    assert.match(
      `${answer(cluster, two, voter, 13, insists)}`,
      /denied: can't vote about this master before/,
    );
    cluster.simulation.runFor(400);
    assert.match(`${answer(cluster, two, voter, 14, insists)}`, /granted for epoch 14/);
  });

  it('gives none to who wants a slot that somebody has by a newer epoch than it knows of', () => {
    const cluster = TestCluster.create(1, 3, 3, FAST);
    const [primary, voter, , candidate] = cluster.members;
    peerOf(voter, primary).configEpoch = 5;
    const outdated = { forceAck: true, configEpoch: 4 };
    assert.match(
      `${answer(cluster, candidate, voter, 7, outdated)}`,
      /denied: slot 0 epoch \(5\) > reqEpoch \(4\)/,
    );
    // A slot of nobody is no reason.
    voter.node.view.release(0);
    const slots = new Uint8Array(2048);
    slots[0] = 1;
    assert.match(`${answer(cluster, candidate, voter, 7, { ...outdated, slots })}`, /granted for epoch 7/);
  });

  it('is one with slots: others have none to give', () => {
    const cluster = TestCluster.create(1, 3, 3, FAST);
    const [, , , candidate, replica] = cluster.members;
    assert.equal(answer(cluster, candidate, replica, 7, { forceAck: true }), undefined);
    assert.equal(replica.node.view.lastVoteEpoch, 0);
  });

  it('gives none in the epoch in which it was elected itself', () => {
    const cluster = TestCluster.create(1, 3, 6, FAST);
    const [dead, second] = cluster.members;
    cluster.crash(dead);
    const candidates = [cluster.members[3], cluster.members[6]];
    cluster.simulation.runUntil(() => candidates.some(({ node }) => !node.isReplica), 15_000);
    const [heir] = candidates.filter(({ node }) => !node.isReplica);
    const { configEpoch } = heir.node.view.self;
    const other = cluster.members[4];
    assert.equal(other.following?.host, second.ip);
    assert.equal(
      answer(cluster, other, heir, configEpoch, { forceAck: true }),
      `Failover auth denied: already voted for epoch ${configEpoch}`,
    );
  });

  it('gives none in an epoch that had begun when it was elected: who it replaced may have given that vote', () => {
    const cluster = TestCluster.create(1, 3, 3, FAST);
    const [dead, , , heir, other] = cluster.members;
    cluster.crash(dead);
    timeUntil(cluster, heir, 'requested');
    // As any message may tell it.
    const begun = ++heir.node.view.currentEpoch;
    timeUntil(cluster, heir, 'won');
    assert.equal(heir.node.view.self.configEpoch, begun - 1);
    const insists = { forceAck: true };
    assert.equal(
      answer(cluster, other, heir, begun, insists),
      `Failover auth denied: already voted for epoch ${begun}`,
    );
    assert.equal(
      answer(cluster, other, heir, begun + 1, insists),
      `Failover auth granted for epoch ${begun + 1}`,
    );
  });
});

describe('a replica that gets no votes', () => {
  for (const [timeout, votesAwaited] of [
    ['2000', 4000],
    ['600', 2000],
  ] as const) {
    it(`gives up after two node timeouts, two seconds at least, and tries again after as long (${timeout})`, () => {
      const cluster = TestCluster.create(1, 3, 3, { 'cluster-node-timeout': timeout });
      const [dead, second, third, heir] = cluster.members;
      cluster.crash(dead);
      timeUntil(cluster, heir, 'started');
      cluster.partition([heir], [second, third]);
      timeUntil(cluster, heir, 'requested');
      const lostAfter = timeUntil(cluster, heir, 'lost');
      assert.ok(lostAfter > votesAwaited - 100 && lostAfter < votesAwaited + 200, `${lostAfter}`);
      const againAfter = timeUntil(cluster, heir, 'started', 2);
      assert.ok(againAfter > votesAwaited - 200 && againAfter < votesAwaited + 200, `${againAfter}`);
      // Votes for the first attempt were under way all the time, and come now: they are of the past.
      cluster.heal();
      timeUntil(cluster, heir, 'requested', 2);
      cluster.settle(30_000);
      assert.ok(!heir.node.isReplica);
      assert.ok(heir.node.view.self.configEpoch >= 8);
    });
  }

  it('says what it waits for, and how many it has', () => {
    const cluster = TestCluster.create(1, 3, 3, FAST);
    const [dead, second, third, heir] = cluster.members;
    cluster.crash(dead);
    timeUntil(cluster, heir, 'started');
    cluster.partition([heir], [second, third]);
    cluster.simulation.runFor(20_000);
    const told = heir.logs.filter((text) => text.startsWith('Currently unable to failover:'));
    assert.deepEqual([...new Set(told)].sort(), [
      'Currently unable to failover: Failover attempt expired.',
      'Currently unable to failover: Waiting for votes, but majority still not reached.',
      'Currently unable to failover: Waiting the delay before I can start a new failover.',
    ]);
    assert.ok(heir.logs.includes('Needed quorum: 2. Number of votes received so far: 0'));
  });
});

describe('a replica whose data is old', () => {
  /** Its link to the primary broke so long before the primary was called failed; the bus did not. */
  function standsAfter(silence: number): Member {
    const cluster = TestCluster.create(1, 3, 3, { ...FAST, 'cluster-replica-validity-factor': '1' });
    const [dead, , , replica] = cluster.members;
    cluster.simulation.runFor(1000);
    replica.following = { host: '10.9.9.9', port: 7000 };
    cluster.simulation.runFor(silence);
    cluster.crash(dead);
    cluster.simulation.runFor(60_000);
    return replica;
  }

  it('stands for election while it may: 10 s, a node timeout for the factor, and one for the FAIL', () => {
    // From the crash to the request of votes it takes up to 3.3 s and 1 s.
    assert.ok(!standsAfter(9500).node.isReplica);
    const { node, logs } = standsAfter(14_100);
    assert.ok(node.isReplica);
    // In the first seven seconds it keeps quiet about it, and then says it every ten.
    const said = logs.filter((text) => text.includes('Disconnected from master for longer than allowed'));
    assert.ok(said.length === 5 || said.length === 6, `${said.length} times`);
  });
});

describe('a replica that learns of one with more data while it waits', () => {
  it('lets it go first: a second for each', () => {
    const cluster = TestCluster.create(1, 3, 6, FAST);
    const [dead, , , behind, , , ahead] = cluster.members;
    cluster.crash(dead);
    timeUntil(cluster, behind, 'started');
    // Its words without its deeds: it would stand for election itself.
    cluster.crash(ahead);
    const tell = (replicationOffset: number): void =>
      say(cluster, ahead, behind, { type: 'pong', gossip: [], extensions: {} }, { replicationOffset });
    tell(0);
    assert.doesNotMatch(behind.logs.join('\n'), /Replica rank updated/);
    tell(100);
    assert.ok(behind.logs.includes('Replica rank updated to #1, added 1000 milliseconds of delay.'));
    tell(200);
    assert.equal(behind.logs.filter((text) => text.startsWith('Replica rank updated')).length, 1);
    const waited = timeUntil(cluster, behind, 'requested');
    assert.ok(waited > 1000 && waited < 2000, `${waited}`);
  });
});
