import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { findConfFiles, pathOf, uriOf } from '../../language-server/conf-search.ts';

it('a URI leads to a file, or to none of this machine', () => {
  const file = path.resolve('redis-7000.conf');
  assert.equal(pathOf(pathToFileURL(file).href), file);
  assert.equal(pathOf('untitled:Untitled-1'), undefined);
  // What another system takes for a file: that of a server by name, or without a drive.
  const foreign =
    process.platform === 'win32' ? 'file:///etc/redis/users.acl' : 'file://server/redis/users.acl';
  assert.equal(pathOf(foreign), undefined);
});

// A file that is open has the URI the editor gave it. Were the same file found under another one, it would clash with itself.
it('files are found under the URIs that the editor has for them', async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'conf-search-'));
  mkdirSync(path.join(folder, 'a+b (copy) @home'));
  writeFileSync(path.join(folder, 'a+b (copy) @home', 'redis-7000.conf'), 'port 7000\n');
  const found: string[] = [];
  await findConfFiles([uriOf(folder)], (uris) => found.push(...uris));
  rmSync(folder, { recursive: true });
  assert.equal(found.length, 1);
  assert.ok(found[0]?.endsWith('/a%2Bb%20%28copy%29%20%40home/redis-7000.conf'), found[0]);
  // Relative to each other, because the editor writes the letter of a drive small.
  assert.equal(
    path.relative(pathOf(found[0] ?? '') ?? '', path.join(folder, 'a+b (copy) @home', 'redis-7000.conf')),
    '',
  );
});

if (process.platform === 'win32') {
  it('a drive is written as the editor writes it', () => {
    assert.equal(uriOf('C:\\lab\\redis.conf'), 'file:///c%3A/lab/redis.conf');
  });
}
