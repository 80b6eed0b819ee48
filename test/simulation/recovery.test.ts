/** The operator who looks after a cluster when the faults are over. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Claims } from './claims.ts';
import { Cluster, OPERATOR_IP } from './cluster.ts';
import { Ledger } from './ledger.ts';
import { Operator } from './operator.ts';
import { Recovery } from './recovery.ts';

describe('the way back to order', () => {
  it('is not over before a command has arrived that was sent into a cut', () => {
    const cluster = Cluster.of({ seed: 1, nodes: 6 });
    const [replica] = cluster.replicasOf(cluster.ownerOf(0));
    assert.ok(replica);
    cluster.pass(100);
    // A first command opens the connection; the next one meets the cut.
    cluster.command(replica, 'PING');
    cluster.pass(100);
    cluster.simulation.partition(OPERATOR_IP, replica.ip);
    cluster.command(replica, 'CLUSTER', 'RESET', 'HARD');
    cluster.pass(100);
    const ledger = new Ledger(cluster, new Claims(), false);
    const recovery = new Recovery(cluster, new Operator(cluster, ledger), ledger);
    cluster.heal();
    recovery.await();
    assert.ok(cluster.settled, 'it is back in the cluster, with another id');
    cluster.pass(1000);
    assert.ok(cluster.settled, 'and that lasts');
  });
});
