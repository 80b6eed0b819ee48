import assert from 'node:assert/strict';
import { test } from 'node:test';
import { directives } from '../../../extension/redis/config/directives.ts';
import { meanings } from '../../../extension/redis/config/meanings.ts';
import { meaningsZhCn } from '../../../extension/redis/config/meanings.zh-cn.ts';

test('every directive has a meaning in every language, and nothing else has', () => {
  const names = directives.map(({ name }) => name).sort();
  assert.deepEqual(Object.keys(meanings).sort(), names);
  assert.deepEqual(Object.keys(meaningsZhCn).sort(), names);
});

test('meanings are sentences', () => {
  for (const [name, text] of Object.entries(meanings)) assert.match(text, /^[A-Z].*[.)]$/, name);
  for (const [name, text] of Object.entries(meaningsZhCn)) assert.match(text, /。$/, name);
});
