import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { allCommands } from '../../../extension/redis/commands/index.ts';
import { StoreSession } from './store-session.ts';

const NOW = 1_700_000_000_000;

describe('the life of a key', () => {
  it('in seconds and milliseconds, from now and from the epoch', () => {
    const session = new StoreSession([allCommands]);
    session.run('SET', 'k', 'v');
    assert.equal(session.run('EXPIRE', 'k', 100), ':1');
    assert.deepEqual(session.replicated, [['PEXPIREAT', 'k', String(NOW + 100_000)]]);
    session.now += 500;
    assert.equal(session.run('TTL', 'k'), ':100', 'half a second rounds up');
    session.now += 1;
    assert.equal(session.run('TTL', 'k'), ':99');
    assert.equal(session.run('PTTL', 'k'), ':99499');
    assert.equal(session.run('EXPIRETIME', 'k'), `:${NOW / 1000 + 100}`);
    assert.equal(session.run('PEXPIRETIME', 'k'), `:${NOW + 100_000}`);
    assert.equal(session.run('PERSIST', 'k'), ':1');
    assert.equal(session.run('PERSIST', 'k'), ':0');
    assert.equal(session.run('TTL', 'k'), ':-1');
    assert.equal(session.run('TTL', 'absent'), ':-2');
  });

  it('under conditions, which are replicated too', () => {
    const session = new StoreSession([allCommands]);
    session.run('SET', 'k', 'v');
    assert.equal(session.run('EXPIRE', 'k', 100, 'XX'), ':0');
    assert.equal(session.run('EXPIRE', 'k', 100, 'GT'), ':0', 'nothing is later than never');
    assert.equal(session.run('EXPIRE', 'k', 100, 'LT'), ':1');
    assert.equal(session.run('EXPIRE', 'k', 200, 'NX'), ':0');
    assert.equal(session.run('EXPIRE', 'k', 100, 'GT'), ':0');
    assert.equal(session.run('EXPIRE', 'k', 200, 'XX', 'GT'), ':1');
    assert.deepEqual(session.replicated, [['PEXPIREAT', 'k', String(NOW + 200_000), 'XX', 'GT']]);
  });

  it('that is over already ends at once, but not by a replica itself', () => {
    const session = new StoreSession([allCommands]);
    session.run('SET', 'k', 'v');
    assert.equal(session.run('EXPIRE', 'k', -1), ':1');
    assert.deepEqual(session.replicated, [['DEL', 'k']]);
    assert.deepEqual(session.events, [['del', 'k']]);
    session.run('SET', 'k', 'v');
    session.db.ignoresExpiry = true;
    assert.equal(session.run('PEXPIREAT', 'k', 1), ':1');
    assert.equal(session.run('EXISTS', 'k'), ':1', 'in the stream of a primary it waits for DEL');
    session.db.ignoresExpiry = false;
    assert.equal(session.run('EXISTS', 'k'), ':0');
  });
});

describe('names of keys', () => {
  it('RENAME takes value and lifetime along and replaces what was there', () => {
    const session = new StoreSession([allCommands]);
    session.run('RPUSH', 'list', 'a', 'b');
    session.run('EXPIRE', 'list', 50);
    session.run('SET', 'to', 'v');
    assert.equal(session.run('RENAME', 'list', 'to'), '+OK');
    assert.deepEqual(session.events, [
      ['rename_from', 'list'],
      ['rename_to', 'to'],
    ]);
    assert.equal(session.run('LRANGE', 'to', 0, -1), '[a b]');
    assert.equal(session.run('TTL', 'to'), ':50');
    assert.equal(session.run('EXISTS', 'list'), ':0');
    assert.equal(session.run('RENAMENX', 'to', 'to'), ':0');
    assert.equal(session.run('RENAME', 'none', 'to'), '-ERR no such key');
  });

  it('a copy has a life of its own', () => {
    const session = new StoreSession([allCommands]);
    session.run('HSET', 'h', 'f', 'v');
    assert.equal(session.run('COPY', 'h', 'copy'), ':1');
    session.run('HSET', 'copy', 'f', 'other');
    assert.equal(session.run('HGET', 'h', 'f'), 'v');
    assert.equal(session.run('COPY', 'h', 'copy'), ':0');
    assert.equal(session.run('COPY', 'h', 'copy', 'REPLACE'), ':1');
    assert.equal(session.run('HGET', 'copy', 'f'), 'v');
  });

  it('MOVE and COPY reach other databases, but not in cluster mode', () => {
    const session = new StoreSession([allCommands], { databases: 2 });
    session.run('SET', 'k', 'v', 'EX', 10);
    assert.equal(session.run('COPY', 'k', 'k', 'DB', 1), ':1');
    assert.equal(session.run('MOVE', 'k', 1), ':0', 'it is there already');
    session.databases[1]?.clear();
    assert.equal(session.run('MOVE', 'k', 1), ':1');
    assert.equal(session.run('EXISTS', 'k'), ':0');
    assert.equal(session.databases[1]?.expiring, 1);
    const clustered = new StoreSession([allCommands], { clustered: true });
    assert.equal(clustered.run('MOVE', 'k', 1), '-ERR MOVE is not allowed in cluster mode');
    assert.match(
      clustered.run('COPY', 'k', 'k', 'DB', 1),
      /^-ERR Copying to another database is not allowed/,
    );
    assert.match(clustered.run('SORT', 'k', 'BY', 'w_*'), /^-ERR BY option of SORT denied in Cluster mode/);
    assert.match(clustered.run('SORT', 'k', 'GET', '#'), /^-ERR GET option of SORT denied in Cluster mode/);
  });

  it('a server with a single database is no cluster', () => {
    const session = new StoreSession([allCommands], { databases: 1 });
    session.run('RPUSH', 'l', 1, 2);
    session.run('MSET', 'w_1', 2, 'w_2', 1);
    assert.equal(session.run('SORT', 'l', 'BY', 'w_*', 'GET', 'w_*'), '[1 2]');
    assert.equal(session.run('MOVE', 'l', 0), '-ERR source and destination objects are the same');
    assert.equal(session.run('MOVE', 'l', 1), '-ERR DB index is out of range');
    assert.equal(session.run('COPY', 'l', 'm', 'DB', 1), '-ERR DB index is out of range');
  });
});

describe('finding keys', () => {
  it('SCAN by and by finds what KEYS finds at once', () => {
    const session = new StoreSession([allCommands]);
    for (let i = 0; i < 500; i++) session.run(i % 2 ? 'SET' : 'LPUSH', `key:${i}`, 'v');
    const found = new Set<string>();
    let cursor = '0';
    let calls = 0;
    do {
      const [, next = '', keys = ''] =
        /^\[(\d+) \[(.*)\]\]$/.exec(session.run('SCAN', cursor, 'TYPE', 'list')) ?? [];
      for (const key of keys.split(' ').filter((each) => each !== '')) found.add(key);
      cursor = next;
      calls++;
    } while (cursor !== '0');
    assert.equal(found.size, 250);
    assert.ok(calls > 30, 'ten or so at a time');
    assert.equal(session.run('KEYS', 'key:49[0-1]').split(' ').length, 2);
    assert.match(session.run('RANDOMKEY'), /^key:\d+$/);
  });

  it('an idle time is forgotten by reading, not by asking', () => {
    const session = new StoreSession([allCommands]);
    session.run('SET', 'k', 'v');
    session.now += 20_000;
    for (const command of ['TTL', 'TYPE', 'EXISTS']) session.run(command, 'k');
    assert.equal(session.run('OBJECT', 'IDLETIME', 'k'), ':20');
    session.run('GET', 'k');
    assert.equal(session.run('OBJECT', 'IDLETIME', 'k'), ':0');
    session.now += 5000;
    session.run('TOUCH', 'k');
    assert.equal(session.run('OBJECT', 'IDLETIME', 'k'), ':0');
  });

  it('OBJECT ENCODING names what redis-server would use', () => {
    const session = new StoreSession([allCommands]);
    const encoding = () => session.run('OBJECT', 'ENCODING', 'k');
    for (const [value, name] of [
      ['12', 'int'],
      ['-9223372036854775808', 'int'],
      ['9223372036854775808', 'embstr'],
      ['x'.repeat(44), 'embstr'],
      ['x'.repeat(45), 'raw'],
    ]) {
      session.run('SET', 'k', value ?? '');
      assert.equal(encoding(), name, value);
    }
    session.run('SET', 'k', '1');
    session.run('APPEND', 'k', '2');
    assert.equal(encoding(), 'raw');
    session.run('EXPIRE', 'k', 10);
    assert.equal(encoding(), 'raw', 'an expiry does not change it');
    session.run('INCR', 'k');
    assert.equal(encoding(), 'int');
    session.run('DEL', 'k');
    session.run('RPUSH', 'k', 'a');
    assert.equal(encoding(), 'listpack');
  });
});
