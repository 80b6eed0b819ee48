import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Args } from '../../../extension/redis/resp/args.ts';

it('a command made here may have more arguments than JavaScript takes', () => {
  const words = Array.from({ length: 300_000 }, (_, i) => String(i));
  const args = Args.from(words);
  assert.equal(args.count, words.length);
  assert.equal(args.binary(299_999), '299999');
});
