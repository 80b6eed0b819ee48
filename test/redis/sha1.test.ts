import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import { sha1 } from '../../extension/redis/sha1.ts';

test('SHA-1 of a slice of a larger buffer is that of the standard', () => {
  const room = Buffer.from('xxabcxx');
  const digest = Buffer.from(sha1(room.subarray(2, 5)));
  assert.equal(digest.toString('hex'), 'a9993e364706816aba3e25717850c26c9cd0d89d');
});
