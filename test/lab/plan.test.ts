import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planNodes } from '../../extension/lab/plan.ts';

const plan = (basePort: number, nodes: number, replicasPerPrimary: number) =>
  planNodes({ basePort, nodes, replicasPerPrimary });

test('six nodes: the first three hold the slots, the others replicate them in turn', () => {
  assert.deepEqual(
    plan(7000, 6, 1).map(({ port, busPort, slots, primaryPort }) => [port, busPort, slots ?? primaryPort]),
    [
      [7000, 17000, [0, 5460]],
      [7001, 17001, [5461, 10922]],
      [7002, 17002, [10923, 16383]],
      [7003, 17003, 7000],
      [7004, 17004, 7001],
      [7005, 17005, 7002],
    ],
  );
});

test('any number: left-over nodes become extra replicas', () => {
  const followed = (nodes: number, replicas: number) =>
    plan(1, nodes, replicas).flatMap(({ primaryPort }) => primaryPort ?? []);
  assert.deepEqual(followed(3, 0), []);
  assert.deepEqual(followed(9, 2), [1, 2, 3, 1, 2, 3]);
  assert.deepEqual(followed(8, 1), [1, 2, 3, 4]);
  assert.deepEqual(followed(7, 1), [1, 2, 3, 1]);
});

test('what cannot be a cluster is refused', () => {
  assert.throws(() => plan(7000, 5, 1), /at least 3 primaries.*5 nodes and 1 replicas.*at least 6 nodes/);
  assert.throws(() => plan(7000, 2, 0), /at least 3 nodes/);
  assert.throws(() => plan(7000, 101, 1), /3 to 100 nodes/);
  assert.throws(() => plan(7000, 6.5, 1), /6\.5/);
  assert.throws(() => plan(0, 6, 1), /0 is no port/);
  assert.throws(() => plan(70_000, 6, 1), /70000 is no port/);
});

test('nodes that are left as they are found may be few, and have no roles', () => {
  const found = planNodes({ basePort: 7000, nodes: 2, replicasPerPrimary: 0, asFound: true });
  assert.deepEqual(
    found.map(({ port, slots, primaryPort }) => [port, slots, primaryPort]),
    [
      [7000, undefined, undefined],
      [7001, undefined, undefined],
    ],
  );
  const none = { basePort: 7000, nodes: 0, replicasPerPrimary: 0, asFound: true };
  assert.throws(() => planNodes(none), /not 0\./);
});

test("a port whose bus port does not exist is refused in Redis' words", () => {
  assert.equal(plan(55_530, 6, 1).at(-1)?.busPort, 65_535);
  assert.throws(
    () => plan(55_531, 6, 1),
    /Redis port number too high.*Your Redis port number must be 55535 or less\./,
  );
});
