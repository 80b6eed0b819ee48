import assert from 'node:assert/strict';
import { it } from 'node:test';
import { measureScale } from './scale.ts';

it('the figures of a large cluster come as they are known, those of a small one at once', () => {
  const lines: string[] = [];
  measureScale(6, (line) => lines.push(line));
  const [title, made, bus, failed, replaced, cost] = lines;
  assert.match(title, /^6 nodes, cluster-node-timeout 15 s$/);
  assert.match(made, /replicas in sync: after 0\.\d\d s$/);
  const [, pings] = /(\d+\.\d) pings a second/.exec(bus) ?? [];
  // One a second to one at random, and now and then another one.
  assert.ok(Number(pings) >= 0.9 && Number(pings) < 2, bus);
  const [failedAfter, replacedAfter] = [failed, replaced].map((line) =>
    Number(/after (\d+\.\d) s$/.exec(line)?.[1]),
  );
  assert.ok(failedAfter >= 15 && failedAfter <= replacedAfter && replacedAfter < 20, `${failed} ${replaced}`);
  assert.match(cost, /MiB at most\)$/);
});
