/** What programs import is built around index.ts, whose declarations it has: the two must not part. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as declared from '../../extension/lab/index.ts';
import * as library from '../../extension/lab/library.ts';

test('the library offers what its declarations say', () => {
  assert.deepEqual(Object.keys(library).sort(), Object.keys(declared).sort());
  assert.ok(library.InThreadLab.prototype instanceof declared.InThreadLab);
});
