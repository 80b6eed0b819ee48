import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FAIL, type GossipEntry, PFAIL } from '../../../extension/node/cluster/message.ts';
import { type Member, peerOf, say, TestCluster } from './simulated-cluster.ts';

const FAST = { 'cluster-node-timeout': '2000' };

function stateOf(other: Member, member: Member): 'ok' | 'pfail' | 'fail' {
  const peer = peerOf(member, other);
  return peer.failed ? 'fail' : peer.possiblyFailed ? 'pfail' : 'ok';
}

/** What CLUSTER COUNT-FAILURE-REPORTS says. */
function reports(other: Member, member: Member): number {
  return member.node.failure.reports(peerOf(member, other));
}

/** What `teller` says to `member` of `other`, which answered it at this time (seconds since the Unix epoch). */
function tell(
  cluster: TestCluster,
  teller: Member,
  member: Member,
  other: Member,
  state: 'ok' | 'pfail' | 'fail',
  pongReceived = 0,
): void {
  const { id, ip, port, tlsPort, busPort, flags: known } = peerOf(member, other);
  const flags = (known & ~(PFAIL | FAIL)) | (state === 'ok' ? 0 : state === 'pfail' ? PFAIL : FAIL);
  const entry: GossipEntry = { id, ip, port, tlsPort, busPort, flags, pingSent: 0, pongReceived };
  say(cluster, teller, member, { type: 'pong', gossip: [entry], extensions: {} });
}

/** How a node's opinion of another changed. */
function opinions(other: Member, { events }: Member): string[] {
  return events.flatMap((event) =>
    event.type === 'failure' && event.peerId === other.id ? [event.state] : [],
  );
}

describe('a node that is silent', () => {
  /** Five primaries, of which only the witness is left: it has its own opinion, and hears what the dead are made to say. */
  function alone() {
    const cluster = TestCluster.create(1, 5, 2, FAST);
    const [witness, second, third, fourth, silent, replica] = cluster.members;
    for (const member of cluster.members) if (member !== witness) cluster.crash(member);
    cluster.simulation.runUntil(() => stateOf(silent, witness) === 'pfail', 5000);
    return { cluster, witness, second, third, fourth, silent, replica };
  }

  it('has failed when a majority of the primaries with slots says so', () => {
    const { cluster, witness, second, third, silent } = alone();
    tell(cluster, second, witness, silent, 'pfail');
    tell(cluster, second, witness, silent, 'pfail');
    assert.equal(stateOf(silent, witness), 'pfail');
    assert.equal(reports(silent, witness), 1);
    tell(cluster, third, witness, silent, 'fail');
    assert.equal(stateOf(silent, witness), 'fail');
    assert.deepEqual(opinions(silent, witness), ['pfail', 'fail']);
    const said = witness.logs.filter((text) => text.includes(silent.id) && !text.startsWith('Handshake'));
    assert.deepEqual(
      said.map((text) => text.replaceAll(/\w{40}( \(\))?/g, '<node>')),
      [
        '*** NODE <node> possibly failing',
        'Node <node> reported node <node> as not reachable.',
        'Node <node> reported node <node> as not reachable.',
        'Marking node <node> as failing (quorum reached).',
      ],
    );
    cluster.simulation.runFor(200);
    cluster.crash(witness);
    assert.equal(stateOf(silent, cluster.restart(witness)), 'fail', 'and it is remembered');
  });

  it('has not for what replicas and primaries without slots say', () => {
    const { cluster, witness, second, third, fourth, silent, replica } = alone();
    tell(cluster, replica, witness, silent, 'pfail');
    assert.equal(reports(silent, witness), 0);
    // The third's slots are the second's now, as far as is known here.
    for (const slot of [...peerOf(witness, third).slots]) {
      witness.node.view.assign(slot, peerOf(witness, second));
    }
    const { configEpoch } = third.node.view.self;
    peerOf(witness, second).configEpoch = configEpoch + 100;
    tell(cluster, third, witness, silent, 'pfail');
    assert.equal(reports(silent, witness), 1, 'it is a primary');
    assert.equal(witness.node.view.quorum, 3);
    tell(cluster, fourth, witness, silent, 'pfail');
    assert.equal(stateOf(silent, witness), 'pfail', 'but has no say');
  });

  it('has not when those who say so take it back', () => {
    const { cluster, witness, second, third, silent } = alone();
    tell(cluster, second, witness, silent, 'pfail');
    tell(cluster, second, witness, silent, 'ok');
    assert.equal(reports(silent, witness), 0);
    assert.match(witness.logs.join('\n'), /reported node \w+ \(\) is back online\./);
    tell(cluster, third, witness, silent, 'pfail');
    assert.equal(stateOf(silent, witness), 'pfail');
  });

  it('is said to have failed for two node timeouts: then that is of the past', () => {
    const { cluster, witness, second, third, fourth, silent } = alone();
    tell(cluster, second, witness, silent, 'pfail');
    cluster.simulation.runFor(3700);
    assert.equal(reports(silent, witness), 1);
    cluster.simulation.runFor(400);
    assert.equal(reports(silent, witness), 0);
    tell(cluster, third, witness, silent, 'pfail');
    assert.equal(stateOf(silent, witness), 'pfail');
    assert.equal(reports(silent, witness), 1);
    tell(cluster, fourth, witness, silent, 'pfail');
    assert.equal(stateOf(silent, witness), 'fail');
  });

  it('is looked for where somebody reaches it', () => {
    const { cluster, witness, second, silent } = alone();
    const { id, ip, tlsPort, busPort, flags } = peerOf(witness, silent);
    const address = { id, ip, port: 7100, tlsPort, busPort };
    const entry = { ...address, flags: flags & ~PFAIL, pingSent: 0, pongReceived: 0 };
    say(cluster, second, witness, { type: 'pong', gossip: [entry], extensions: {} });
    assert.equal(peerOf(witness, silent).port, 7100);
  });

  it('has failed as soon as it is missed here, when the others have said so before', () => {
    const cluster = TestCluster.create(1, 3, 0, FAST);
    const [witness, second, silent] = cluster.members;
    cluster.crash(second);
    cluster.crash(silent);
    cluster.simulation.runFor(1000);
    tell(cluster, second, witness, silent, 'pfail');
    assert.equal(stateOf(silent, witness), 'ok');
    cluster.simulation.runUntil(() => stateOf(silent, witness) !== 'ok', 5000);
    assert.equal(stateOf(silent, witness), 'fail');
  });

  it('is told of by voters at once, not with the next ping', () => {
    const cluster = TestCluster.create(1, 5, 0, FAST);
    const [first, , , , silent] = cluster.members;
    cluster.crash(silent);
    cluster.simulation.runUntil(() => stateOf(silent, first) === 'fail', 5000);
    const others = cluster.alive;
    cluster.simulation.runFor(20);
    for (const member of others) assert.equal(stateOf(silent, member), 'fail');
  });
});

describe('a node that nobody here has doubted', () => {
  it('is taken to be well again by the very words that said so before', () => {
    const cluster = TestCluster.create(1, 3, 0);
    const [witness, second, other] = cluster.members;
    cluster.simulation.runFor(1000);
    cluster.crash(second);
    cluster.crash(other);
    const { view } = witness.node;
    const seen = Math.floor(view.wallTime(peerOf(witness, other).pongReceivedAt) / 1000);
    tell(cluster, second, witness, other, 'ok', seen);
    tell(cluster, second, witness, other, 'pfail', seen);
    assert.equal(reports(other, witness), 1);
    tell(cluster, second, witness, other, 'ok', seen);
    assert.equal(reports(other, witness), 0);
  });
});

describe('FAIL, told by one who had the majority', () => {
  it('is believed at once, and remembered', () => {
    const cluster = TestCluster.create(1, 3, 3);
    const [first, second, dead] = cluster.members;
    cluster.simulation.runFor(1000);
    cluster.crash(dead);
    say(cluster, second, first, { type: 'fail', about: dead.id });
    assert.equal(stateOf(dead, first), 'fail');
    assert.equal(first.node.stateOk, false);
    assert.deepEqual(opinions(dead, first), ['fail']);
    // Once is enough.
    say(cluster, second, first, { type: 'fail', about: dead.id });
    assert.equal(first.logs.filter((text) => text.startsWith('FAIL message received')).length, 1);
    cluster.simulation.runFor(200);
    cluster.crash(first);
    assert.equal(stateOf(dead, cluster.restart(first)), 'fail');
  });

  it('of its primary makes a replica stand for election', () => {
    const cluster = TestCluster.create(1, 3, 3);
    const [dead, second, , replica] = cluster.members;
    cluster.crash(dead);
    say(cluster, second, replica, { type: 'fail', about: dead.id });
    assert.ok(replica.logs.some((text) => text.startsWith('Start of election delayed for')));
  });

  it('about this node itself, or by a stranger, changes nothing', () => {
    const cluster = TestCluster.create(1, 3, 0);
    const [first, second, third] = cluster.members;
    say(cluster, second, first, { type: 'fail', about: first.id });
    assert.equal(first.node.view.self.failed, false);
    say(cluster, second, first, { type: 'fail', about: third.id }, { sender: 'a'.repeat(40) });
    assert.equal(stateOf(third, first), 'ok');
    assert.ok(
      first.logs.includes(`Ignoring FAIL message from unknown node ${'a'.repeat(40)} about ${third.id}`),
    );
    say(cluster, second, first, { type: 'fail', about: 'b'.repeat(40) });
    assert.ok(first.node.stateOk);
  });
});

describe('a failed node that answers again', () => {
  it('is well at once as a replica, and that is remembered', () => {
    const cluster = TestCluster.create(1, 3, 3, FAST);
    const [first, , , replica] = cluster.members;
    cluster.crash(replica);
    cluster.simulation.runUntil(() => stateOf(replica, first) === 'fail', 10_000);
    cluster.simulation.runFor(1000);
    cluster.restart(replica);
    assert.ok(cluster.simulation.runUntil(() => stateOf(replica, first) === 'ok', 5000) < 1000);
    assert.match(first.logs.join('\n'), /Clear FAIL state for node \w+ \(\):replica is reachable again\./);
    assert.deepEqual(opinions(replica, first), ['pfail', 'fail', 'ok']);
    cluster.simulation.runFor(200);
    cluster.crash(first);
    assert.equal(stateOf(replica, cluster.restart(first)), 'ok');
  });

  it('is well at once as a primary without slots', () => {
    const cluster = TestCluster.create(1, 3, 0, FAST);
    const [first] = cluster.members;
    const empty = cluster.add();
    first.run((node) => node.membership.meet(empty.ip, 7000));
    cluster.simulation.runUntil(() => cluster.settled(), 5000);
    cluster.crash(empty);
    cluster.simulation.runUntil(() => stateOf(empty, first) === 'fail', 10_000);
    cluster.restart(empty);
    assert.ok(cluster.simulation.runUntil(() => stateOf(empty, first) === 'ok', 5000) < 1000);
    assert.match(first.logs.join('\n'), /:master without slots is reachable again\./);
  });

  it('before it failed for all is well at once, and the cluster with it', () => {
    const cluster = TestCluster.create(1, 3, 0, FAST);
    const [first, second, third] = cluster.members;
    cluster.partition([first], [second]);
    cluster.simulation.runUntil(() => stateOf(second, first) === 'pfail', 5000);
    assert.equal(first.node.view.nodes.suspects.size, 1);
    cluster.heal();
    cluster.simulation.runUntil(() => stateOf(second, first) === 'ok', 5000);
    assert.equal(first.node.view.nodes.suspects.size, 0);
    assert.deepEqual(opinions(second, first), ['pfail', 'ok']);
    cluster.simulation.runUntil(() => reports(second, third) === 0, 5000);
  });
});
