import assert from 'node:assert/strict';
import { it } from 'node:test';
import { type Binary, binaryOf, bytesOf } from '../../../extension/redis/bytes.ts';
import { type Fate, OwnExpiry } from '../../../extension/redis/store/own-expiry.ts';

it('keys that a replica has to remove itself are looked at in turn, until their time comes or is taken from them', () => {
  const own = new OwnExpiry();
  for (const key of ['long', 'gone', 'kept', 'later']) own.add(binaryOf(bytesOf(key)));
  const looks: Binary[] = [];
  const expire = (fates: Record<string, Fate>, limit: number) => {
    looks.length = 0;
    return own.expireSome(limit, (key) => {
      looks.push(key);
      return fates[key] ?? 'waits';
    });
  };
  assert.equal(expire({ gone: 'removed', kept: 'stays' }, 3), 1);
  assert.deepEqual(looks, ['long', 'gone', 'kept']);
  assert.equal(own.size, 2);
  // Who waits is behind the others now; and nobody is asked twice at once.
  assert.equal(expire({}, 10), 0);
  assert.deepEqual(looks, ['later', 'long']);
  assert.equal(expire({ later: 'removed', long: 'removed' }, 1), 1);
  assert.deepEqual(looks, ['later']);
  own.clear();
  assert.equal(own.size, 0);
});
