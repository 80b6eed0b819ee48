import assert from 'node:assert/strict';
import path from 'node:path';
import { it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { pathOf } from '../../language-server/conf-search.ts';

it('a URI leads to a file, or to none of this machine', () => {
  const file = path.resolve('redis-7000.conf');
  assert.equal(pathOf(pathToFileURL(file).href), file);
  assert.equal(pathOf('untitled:Untitled-1'), undefined);
  // What another system takes for a file: that of a server by name, or without a drive.
  const foreign =
    process.platform === 'win32' ? 'file:///etc/redis/users.acl' : 'file://server/redis/users.acl';
  assert.equal(pathOf(foreign), undefined);
});
