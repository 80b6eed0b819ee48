import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { it } from 'node:test';
import { expandPath } from '../../extension/lab/expand-path.ts';

it('a pattern names files in its order, those of many folders too, and no hidden ones', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'expand-path-'));
  const files = ['a/2.conf', 'a/1.conf', 'a/.3.conf', 'b/1.conf', 'b/1.txt', 'c/[x].conf'];
  for (const file of files) {
    mkdirSync(path.join(folder, path.dirname(file)), { recursive: true });
    writeFileSync(path.join(folder, file), '');
  }
  const found = (pattern: string) =>
    expandPath(path.join(folder, pattern)).map((file) =>
      path.relative(folder, file).replaceAll(path.sep, '/'),
    );
  assert.deepEqual(found('a/*.conf'), ['a/1.conf', 'a/2.conf']);
  assert.deepEqual(found('?/1.*'), ['a/1.conf', 'b/1.conf', 'b/1.txt']);
  assert.deepEqual(found('a/.*.conf'), ['a/.3.conf']);
  assert.deepEqual(found('nowhere/*.conf'), []);
  rmSync(folder, { recursive: true });
});
