import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AclLog, type Refusal } from '../../../extension/node/acl/acl-log.ts';

const get: Refusal = { reason: 'command', context: 'toplevel', object: 'get', username: 'ann' };

describe('the log of refusals', () => {
  it('counts what is the same within a minute, and puts it in front', () => {
    const log = new AclLog();
    log.add(get, 'first', 1000);
    log.add({ ...get, object: 'set' }, 'other', 2000);
    log.add(get, 'second', 61_000);
    assert.deepEqual(
      log.entries.map(({ id, object, count, createdAtMs, updatedAtMs, clientInfo }) => {
        return [id, object, count, createdAtMs, updatedAtMs, clientInfo];
      }),
      [
        [0, 'get', 2, 1000, 61_000, 'second'],
        [1, 'set', 1, 2000, 2000, 'other'],
      ],
    );
    log.add(get, 'third', 121_001);
    assert.deepEqual(
      log.entries.map(({ id, count }) => [id, count]),
      [
        [2, 1],
        [0, 2],
        [1, 1],
      ],
    );
  });

  it('tells apart who, why, where from and what', () => {
    const log = new AclLog();
    log.add(get, '', 0);
    log.add({ ...get, username: 'bob' }, '', 0);
    log.add({ ...get, reason: 'key' }, '', 0);
    log.add({ ...get, context: 'lua' }, '', 0);
    assert.deepEqual(
      log.entries.map(({ count }) => count),
      [1, 1, 1, 1],
    );
  });

  it('looks back ten entries, and keeps as many as it may', () => {
    const log = new AclLog();
    log.configure(11);
    for (let i = 0; i < 10; i++) log.add({ ...get, object: `key${i}` }, '', 0);
    log.add({ ...get, object: 'key0' }, '', 0);
    assert.equal(log.entries[0]?.count, 2);
    for (let i = 10; i < 20; i++) log.add({ ...get, object: `key${i}` }, '', 0);
    log.add({ ...get, object: 'key0' }, '', 0);
    assert.deepEqual([log.entries[0]?.count, log.entries.length], [1, 11]);
    log.configure(0);
    log.add({ ...get, object: 'last' }, '', 0);
    assert.equal(log.entries.length, 0);
  });
});
