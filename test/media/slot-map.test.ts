import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Range, Shard } from '../../media/board/messages.ts';
import { stretches } from '../../media/board/slot-map.ts';

function shard(epoch: number, ...ranges: readonly Range[]): Shard {
  return { name: '', detail: '', served: true, claims: [{ epoch, ranges }] };
}

function drawn(...shards: readonly Shard[]): string[] {
  return stretches(shards).map(({ first, last, shard: place }) => `${first}-${last} ${place ?? 'nobody'}`);
}

test('three shards are three stretches', () => {
  assert.deepEqual(drawn(shard(1, [0, 5460]), shard(2, [5461, 10922]), shard(3, [10923, 16383])), [
    '0-5460 0',
    '5461-10922 1',
    '10923-16383 2',
  ]);
});

test('what was moved stands where it belongs, and gaps are nobody’s', () => {
  assert.deepEqual(drawn(shard(1, [0, 99], [200, 299]), shard(2, [100, 199])), [
    '0-99 0',
    '100-199 1',
    '200-299 0',
    '300-16383 nobody',
  ]);
});

test('of two claims the one with the higher epoch counts, whoever comes first', () => {
  const old = shard(1, [0, 16383]);
  const young = shard(7, [0, 5460]);
  assert.deepEqual(drawn(old, young), ['0-5460 1', '5461-16383 0']);
  assert.deepEqual(drawn(young, old), ['0-5460 0', '5461-16383 1']);
});

test('nothing at all is one stretch of nobody', () => {
  assert.deepEqual(stretches([]), [{ first: 0, last: 16383, shard: undefined, served: false }]);
});
