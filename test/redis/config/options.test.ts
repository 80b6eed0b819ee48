import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linesOfOptions } from '../../../extension/redis/config/options.ts';
import { splitArgs } from '../../../extension/redis/config/split-args.ts';

function lines(...args: string[]): (string[] | undefined)[] {
  const text = linesOfOptions(args);
  return text === '' ? [] : text.split('\n').map((line) => splitArgs(line));
}

test('options become lines', () => {
  assert.deepEqual(lines(), []);
  assert.deepEqual(lines('--port', '7000', '--save', '900', '1'), [
    ['port', '7000'],
    ['save', '900', '1'],
  ]);
  assert.deepEqual(lines('--port 7000', '--requirepass', 'a "b" c'), [
    ['port', '7000'],
    ['requirepass', 'a "b" c'],
  ]);
});

test('a value may look like an option', () => {
  assert.deepEqual(lines('--requirepass', '--secret', '--port', '1'), [
    ['requirepass', '--secret'],
    ['port', '1'],
  ]);
});

test('--save may stand without a value', () => {
  assert.deepEqual(lines('--save', '--port', '1'), [
    ['save', ''],
    ['port', '1'],
  ]);
  assert.deepEqual(lines('--port', '1', '--save'), [
    ['port', '1'],
    ['save', ''],
  ]);
  assert.deepEqual(lines('--save', ''), [['save', '']]);
});
