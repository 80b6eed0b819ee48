/** What once went wrong in a simulated run, told again as shortly as it can be. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Checkers } from './checkers.ts';
import { Claims } from './claims.ts';
import { Cluster } from './cluster.ts';
import { type Host, PORT } from './host.ts';
import { Operator } from './operator.ts';
import { run } from './script.ts';
import { itemsOf, type Reply } from './session.ts';

/** Sends a command as an operator and waits for the answer. */
function ask(cluster: Cluster, host: Host, ...argv: readonly (string | number)[]): Reply {
  let answer: Reply | undefined;
  run(
    (function* () {
      answer = yield* cluster.ask(host, ...argv);
    })(),
  );
  cluster.until(() => answer !== undefined, 5000);
  assert.ok(answer);
  return answer;
}

function replicaOf(cluster: Cluster, primary: Host): Host {
  const [replica] = cluster.replicasOf(primary);
  assert.ok(replica);
  return replica;
}

describe('a replica', () => {
  it('that was reset is sent everything anew, for its data is gone', () => {
    const cluster = Cluster.of({ seed: 1, nodes: 6 });
    const primary = cluster.ownerOf(0);
    const replica = replicaOf(cluster, primary);
    // The key `{1bz}` is in slot 0.
    ask(cluster, primary, 'SADD', '{1bz}', 'member');
    cluster.pass(100);
    run(new Operator(cluster).reset(replica, false));
    cluster.until(() => replica.isPrimary, 1000);
    cluster.until(() => replica.primaryId === primary.id && cluster.settled, 10_000);
    ask(cluster, replica, 'READONLY');
    assert.deepEqual(itemsOf(ask(cluster, replica, 'SMEMBERS', '{1bz}')), ['member']);
  });

  it('that is restarted has loaded its data as one: its history is still that of its primary', () => {
    const cluster = Cluster.of({ seed: 4, nodes: 6, conf: ['repl-diskless-sync-delay 0'] });
    const primary = cluster.ownerOf(0);
    const replica = replicaOf(cluster, primary);
    const history = () =>
      /master_replid:\w+/.exec(JSON.stringify(ask(cluster, replica, 'INFO', 'replication')))?.[0];
    ask(cluster, primary, 'SADD', '{1bz}', 'member');
    cluster.pass(1500);
    ask(cluster, replica, 'SAVE');
    const before = history();
    cluster.kill(primary);
    cluster.kill(replica);
    cluster.restart(replica);
    cluster.until(() => replica.ready, 1000);
    assert.ok(before !== undefined);
    assert.equal(history(), before);
  });

  it('does not take over from a restarted primary whose data it has not got yet', () => {
    const cluster = Cluster.of({ seed: 2, nodes: 6, conf: ['repl-diskless-sync-delay 2'] });
    const primary = cluster.ownerOf(0);
    const replica = replicaOf(cluster, primary);
    cluster.kill(replica);
    cluster.pass(1000);
    cluster.kill(primary);
    cluster.restart(primary);
    cluster.until(() => primary.ready && primary.cluster.stateOk, 10_000);
    ask(cluster, primary, 'SADD', '{1bz}', 'member');
    // Nobody listens, so the primary counts nothing: its offset is 0, and so is the empty replica's.
    assert.equal(primary.node?.replication.offset, 0);
    cluster.restart(replica);
    cluster.until(() => replica.ready, 1000);
    cluster.command(replica, 'CLUSTER', 'FAILOVER');
    cluster.until(() => cluster.ownerOf(0) === replica, 10_000);
    assert.deepEqual(itemsOf(ask(cluster, replica, 'SMEMBERS', '{1bz}')), ['member']);
  });

  it('is sent expired keys too: their end is in the stream that comes behind', () => {
    const cluster = Cluster.of({ seed: 3, nodes: 6, conf: ['repl-diskless-sync-delay 0'] });
    const primary = cluster.ownerOf(0);
    const replica = replicaOf(cluster, primary);
    ask(cluster, primary, 'SET', '{1bz}', 'v', 'PX', 1500);
    cluster.kill(replica);
    // A pause keeps the data as it is, expired keys included.
    ask(cluster, primary, 'CLIENT', 'PAUSE', 3000, 'WRITE');
    cluster.pass(1700);
    cluster.restart(replica);
    cluster.until(() => replica.node?.replication.linkUp === true, 1300);
    assert.equal(replica.node?.databases[0].size, 1);
    cluster.until(() => replica.node?.databases[0].size === 0, 3000);
  });

  it('that has not heard its primary for too long is not elected, though nobody cut its connection', () => {
    // The limit is cluster-replica-validity-factor (10) timeouts and repl-ping-replica-period (10 s): 20 s here.
    const cluster = Cluster.of({ seed: 5, nodes: 6, nodeTimeout: 1000 });
    const primary = cluster.ownerOf(0);
    const replica = replicaOf(cluster, primary);
    cluster.partition([replica]);
    cluster.pass(40_000);
    assert.equal(replica.node?.replication.linkUp, true);
    // What the primary took meanwhile the replica does not have.
    cluster.kill(primary, 'power');
    cluster.heal();
    cluster.pass(10_000);
    assert.ok(replica.cluster.peer(replica.primaryId ?? '')?.failed);
    assert.equal(cluster.claimant(0), undefined);
    cluster.restart(primary);
    cluster.until(() => cluster.settled, 20_000);
  });
});

describe('an election', () => {
  it('is not won by votes for the last one that come late', () => {
    const cluster = Cluster.of({ seed: 7, nodes: 6 });
    new Checkers(cluster, new Claims());
    const primary = cluster.ownerOf(0);
    const replica = replicaOf(cluster, primary);
    const voters = cluster.primaries.filter((host) => host !== primary);
    let attempts = 0;
    cluster.spectators.push({
      event: (host, event) => {
        if (host === replica && event.type === 'election' && event.step === 'started') attempts++;
      },
    });
    cluster.kill(primary);
    cluster.until(() => attempts === 1, 10_000);
    // The request goes through, the votes do not.
    cluster.cut(voters, [replica]);
    cluster.until(() => attempts === 2, 20_000);
    cluster.heal();
    // Whoever wins without a majority of that epoch's votes is found out.
    cluster.until(() => cluster.claimant(0) === replica, 20_000);
  });
});

describe('a node that came back with nothing', () => {
  it('does not lend its new epoch to the node that was there before, which owned slots', () => {
    const cluster = Cluster.of({ seed: 9, nodes: 6 });
    const gone = cluster.ownerOf(0);
    const heir = replicaOf(cluster, gone);
    const elsewhere = cluster.ownerOf(16_383);
    const observer = replicaOf(cluster, elsewhere);
    cluster.kill(observer);
    cluster.kill(gone, 'disk');
    cluster.until(() => cluster.claimant(0) === heir, 20_000);
    ask(cluster, heir, 'SADD', '{1bz}', 'member');
    // It becomes a replica of the primary with the highest epoch. For the observer that address owns slot 0.
    cluster.restart(gone);
    cluster.until(() => gone.ready, 1000);
    // Our connection was one to its last process.
    assert.equal(ask(cluster, gone, 'PING').type, 'lost');
    ask(cluster, gone, 'CLUSTER', 'MEET', elsewhere.ip, PORT);
    cluster.until(() => heir.cluster.peer(gone.id) !== undefined, 10_000);
    ask(cluster, elsewhere, 'CLUSTER', 'BUMPEPOCH');
    ask(cluster, gone, 'CLUSTER', 'REPLICATE', elsewhere.id);
    cluster.pass(1000);
    cluster.restart(observer);
    cluster.until(() => observer.ready, 1000);
    cluster.pass(3000);
    assert.equal(cluster.claimant(0), heir);
    assert.deepEqual(itemsOf(ask(cluster, heir, 'SMEMBERS', '{1bz}')), ['member']);
  });
});

describe('a cluster that is made', () => {
  it('takes no more messages a pair of nodes when it is larger', () => {
    const perPair = (nodes: number): number => {
      const cluster = Cluster.of({ seed: 8, nodes });
      const sent = cluster.hosts.flatMap((host) => [...host.cluster.bus.sent.values()]);
      return sent.reduce((sum, count) => sum + count, 0) / ((nodes * (nodes - 1)) / 2);
    };
    // If everybody told everybody of everybody else, it would be twice as many.
    assert.ok(perPair(50) < 1.3 * perPair(25));
  });
});

describe('CLUSTER FORGET', () => {
  it('is over after a minute, however often the node is met in between', () => {
    const cluster = Cluster.of({ seed: 6, nodes: 6 });
    const [met, ...others] = cluster.hosts;
    run(new Operator(cluster).forget(met.id, met));
    for (let second = 0; second < 62; second += 2) {
      cluster.pass(2000);
      for (const host of others) {
        if (host.cluster.peer(met.id) === undefined) cluster.command(host, 'CLUSTER', 'MEET', met.ip, PORT);
      }
    }
    cluster.pass(2000);
    for (const host of others) assert.ok(host.cluster.peer(met.id), `${host.name} knows it again`);
    // Nobody tells anybody to forget it any more.
    cluster.pass(10_000);
    for (const host of others) assert.ok(host.cluster.peer(met.id), `${host.name} still knows it`);
  });
});

describe('nodes.conf', () => {
  it('can be read again after the clock was set back to the beginning of time', () => {
    const cluster = Cluster.of({ seed: 4, nodes: 6 });
    const [host] = cluster.hosts;
    cluster.simulation.jumpClock(host.ip, -(host.node?.world.clock.wallMs() ?? 0));
    cluster.pass(500);
    ask(cluster, host, 'CLUSTER', 'SAVECONFIG');
    cluster.kill(host);
    cluster.restart(host);
    cluster.until(() => cluster.settled, 20_000);
  });
});
