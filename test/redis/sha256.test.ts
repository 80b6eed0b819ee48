import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import { sha256 } from '../../extension/redis/sha256.ts';

test('SHA-256 of a slice of a larger buffer is that of the standard', () => {
  const room = Buffer.from('xxabcxx');
  assert.equal(
    sha256(room.subarray(2, 5)),
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  );
});
