import assert from 'node:assert/strict';
import { test } from 'node:test';
import { catalogue } from '../../extension/node/commands/index.ts';
import { binaryOfText } from '../../extension/redis/bytes.ts';
import { keyPositions } from '../../extension/redis/commands/key-positions.ts';
import { Args } from '../../extension/redis/resp/args.ts';
import { findKeys } from '../../language-server/key-finder.ts';

test('keys are where the command table says', () => {
  assert.deepEqual(findKeys(['GET', 'a']), [1]);
  assert.deepEqual(findKeys(['mset', 'a', '1', 'b', '2']), [1, 3]);
  assert.deepEqual(findKeys(['DEL', 'a', '键', 'c']), [1, 2, 3]);
  assert.deepEqual(findKeys(['ZUNIONSTORE', 'd', '2', 'a', 'b', 'WEIGHTS', '1', '2']).toSorted(), [1, 3, 4]);
  assert.deepEqual(findKeys(['OBJECT', 'ENCODING', 'a']), [2]);
});

test('keys of commands that the node keeps', () => {
  assert.deepEqual(findKeys(['EVAL', 'return 1', '2', 'a', 'b', 'c']), [3, 4]);
  assert.deepEqual(findKeys(['BLPOP', 'a', 'b', '0']), [1, 2]);
  assert.deepEqual(findKeys(['BLMOVE', 'a', 'b', 'LEFT', 'RIGHT', '0']), [1, 2]);
  assert.deepEqual(findKeys(['XREAD', 'COUNT', '1', 'STREAMS', 'a', 'b', '0', '0']), [4, 5]);
  assert.deepEqual(findKeys(['MEMORY', 'USAGE', 'a']), [2]);
  // The group, too, may be called as the word behind which the keys are.
  assert.deepEqual(findKeys(['XREADGROUP', 'GROUP', 'STREAMS', 'c', 'STREAMS', 'a', '>']), [5]);
});

test('commands of streams that the node keeps are those that wait; the rows of the others are the table’s', () => {
  const calls = [
    'XADD s * f v',
    'XLEN s',
    'XRANGE s - +',
    'XACK s g 1-1',
    'XAUTOCLAIM s g c 0 0',
    'XSETID s 1-1',
  ];
  for (const call of calls) assert.deepEqual(findKeys(call.split(' ')), [1], call);
  for (const call of ['XINFO STREAM s', 'XINFO GROUPS s', 'XGROUP CREATE s g $', 'XGROUP DELCONSUMER s g c'])
    assert.deepEqual(findKeys(call.split(' ')), [2], call);
});

test('keys are where a node looks for them, of every command', () => {
  // Counts that are right, and the words that keys stand behind.
  const tails = [
    'a 2 b 2 c d',
    '2 a b c',
    'STREAMS a b',
    'h 1  0 5 COPY AUTH KEYS KEYS {a}1 {a}2',
    'h 1 a 0 5',
  ];
  for (const { row } of catalogue.rows) {
    for (const tail of tails) {
      const argv = [...row.name.split('|'), ...tail.split(' ')];
      const sought = keyPositions(row.keys, Args.of(...argv.map(binaryOfText))) ?? [];
      assert.deepEqual(new Set(findKeys(argv)), new Set(sought.map(({ at }) => at)), argv.join(' '));
    }
  }
});

test('no keys where there are none, or not yet', () => {
  for (const argv of [[], [''], ['PING'], ['frobnicate', 'a'], ['GET'], ['ZUNIONSTORE', 'd', 'x', 'a']]) {
    assert.deepEqual(findKeys(argv), [], argv.join(' '));
  }
});
