import assert from 'node:assert/strict';
import { test } from 'node:test';
import { missing } from '../../extension/lab/readiness.ts';
import { type NodeView, snapshotOf, stoppedSnapshot } from '../../extension/lab/snapshots.ts';
import { idOf, peer, SIX, views } from './node-status.ts';

const snapshot = (nodes: readonly NodeView[]) =>
  snapshotOf({
    state: 'ready',
    options: stoppedSnapshot().options,
    startedInMs: 40,
    error: undefined,
    nodes,
  });

/** How 7000's peers are seen when it is in `state` for the nodes on `ports`. */
function seenAs(state: 'pfail' | 'fail', ports: readonly number[]) {
  const peers = (of: number) =>
    SIX.filter(({ port }) => port !== of).map(({ port, role }) =>
      peer(port, role, port === 7000 ? state : 'ok'),
    );
  return Object.fromEntries(ports.map((port) => [port, { peers: peers(port) }]));
}

test('a healthy cluster', () => {
  const { clusterState, slotsCovered, currentEpoch, nodes } = snapshot(views());
  assert.deepEqual([clusterState, slotsCovered, currentEpoch], ['ok', 16384, 6]);
  assert.deepEqual(
    nodes.map(({ port, role, health, lagBytes }) => [port, role, health, lagBytes]),
    [
      [7000, 'primary', 'ok', undefined],
      [7001, 'primary', 'ok', undefined],
      [7002, 'primary', 'ok', undefined],
      [7003, 'replica', 'ok', 0],
      [7004, 'replica', 'ok', 0],
      [7005, 'replica', 'ok', 0],
    ],
  );
  assert.equal(nodes[3]?.primaryId, idOf(7000));
});

test('health is what most of the others see', () => {
  const health = (ports: readonly number[], state: 'pfail' | 'fail') =>
    snapshot(views(seenAs(state, ports), { 7000: 'killed' })).nodes[0]?.health;
  assert.equal(health([7001, 7002], 'pfail'), 'ok');
  assert.equal(health([7001, 7002, 7003], 'pfail'), 'pfail');
  assert.equal(health([7001, 7002, 7003, 7004, 7005], 'fail'), 'fail');
});

test('one node that says fail is enough, and none that runs is unknown', () => {
  assert.equal(snapshot(views({ 7004: { clusterOk: false } })).clusterState, 'fail');
  const all = Object.fromEntries(SIX.map(({ port }) => [port, 'killed' as const]));
  const dead = snapshot(views({}, all));
  assert.deepEqual([dead.clusterState, dead.slotsCovered], ['unknown', 0]);
  assert.equal(dead.nodes[0]?.health, 'unknown');
  assert.equal(dead.nodes[0]?.clusterOk, false);
});

test('a node that forgot all others is outside, and what it says does not count', () => {
  const lone = { peers: [], slots: [], clusterOk: false };
  const { clusterState, nodes } = snapshot(views({ 7005: lone }));
  assert.equal(clusterState, 'ok');
  assert.deepEqual(
    nodes.filter(({ outside }) => outside).map(({ port }) => port),
    [7005],
  );
  assert.equal(
    snapshot(views({ 7000: { ...lone, slots: [[0, 5460]] } })).clusterState,
    'fail',
    'its slots do',
  );
  const nobody = Object.fromEntries(SIX.map(({ port }) => [port, lone]));
  assert.equal(snapshot(views(nobody)).clusterState, 'fail');
  assert.ok(snapshot(views(nobody)).nodes.every(({ outside }) => !outside));
});

test('slots of a dead primary are not covered, its replica’s lag is unknown', () => {
  const { slotsCovered, nodes } = snapshot(views({}, { 7000: 'killed' }));
  assert.equal(slotsCovered, 16384 - 5461);
  assert.equal(nodes[3]?.lagBytes, undefined);
  assert.equal(snapshot(views({ 7003: { replicationOffset: 60 } })).nodes[3]?.lagBytes, 40);
});

test('ready is when nothing is missing', () => {
  assert.equal(missing(views()), undefined);
  assert.match(missing(views({}, { 7002: 'failed' }))?.text ?? '', /7002 does not run/);
  assert.match(missing(views({ 7001: { clusterOk: false } }))?.text ?? '', /7001 says cluster_state:fail/);
  assert.match(
    missing(views({ 7005: { primaryLinkUp: false } }))?.text ?? '',
    /7005 has no link to its primary/,
  );
  assert.match(missing(views({ 7000: { peers: [] } }))?.text ?? '', /7000 does not know/);
  const takesReplicaForPrimary = { peers: SIX.slice(1).map(({ port }) => peer(port)) };
  assert.match(missing(views({ 7000: takesReplicaForPrimary }))?.text ?? '', /7000 takes 7003 for a primary/);
});
