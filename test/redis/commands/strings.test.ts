import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { allCommands } from '../../../extension/redis/commands/index.ts';
import { StoreSession } from './store-session.ts';

const NOW = 1_700_000_000_000;

describe('strings that expire', () => {
  it('a lifetime is replicated as a point in time', () => {
    const session = new StoreSession([allCommands]);
    const cases: [string, string][] = [
      ['SET k v EX 10', `SET k v PXAT ${NOW + 10_000}`],
      ['SET k v PX 10', `SET k v PXAT ${NOW + 10}`],
      ['SET k v EXAT 1800000000', 'SET k v PXAT 1800000000000'],
      ['set k v pxat 1800000000000', 'set k v pxat 1800000000000'],
      ['SET k v XX PXAT 1800000000000', 'SET k v PXAT 1800000000000'],
      ['SETEX k 10 v', `SET k v PXAT ${NOW + 10_000}`],
      ['PSETEX k 10 v', `SET k v PXAT ${NOW + 10}`],
      ['GETEX k EX 10', `PEXPIREAT k ${NOW + 10_000}`],
      ['GETEX k PERSIST', 'PERSIST k'],
      ['GETEX k PXAT 1', 'DEL k'],
      ['SET k v GET KEEPTTL', 'SET k v KEEPTTL'],
      ['GETSET k v', 'SET k v'],
      ['INCRBYFLOAT n 0.1', 'SET n 0.1 KEEPTTL'],
      ['GETDEL k', 'DEL k'],
    ];
    for (const [command, effect] of cases) {
      session.run(...command.split(' '));
      assert.deepEqual(session.replicated, [effect.split(' ')], command);
    }
  });

  it('SET takes the lifetime away, KEEPTTL and counters keep it', () => {
    const session = new StoreSession([allCommands]);
    session.run('SET', 'k', '1', 'EX', 100);
    session.run('SET', 'k', '2', 'KEEPTTL');
    session.run('INCR', 'k');
    session.run('INCRBYFLOAT', 'k', '0.5');
    session.run('APPEND', 'k', '0');
    session.run('SETRANGE', 'k', 0, '9');
    assert.equal(session.run('GET', 'k'), '9.50');
    assert.equal(session.run('TTL', 'k'), ':100');
    session.run('SET', 'k', '3');
    assert.equal(session.run('TTL', 'k'), ':-1');
  });

  it('is gone when its time is up, and replicas hear of it', () => {
    const session = new StoreSession([allCommands]);
    session.run('SET', 'k', 'v', 'PX', 10);
    session.now += 10;
    assert.equal(session.run('GET', 'k'), 'v');
    session.now += 1;
    assert.equal(session.run('GET', 'k'), 'nil');
    assert.deepEqual(session.events, [['expired', 'k']]);
    assert.deepEqual(session.replicated, [['DEL', 'k']]);
  });

  it('a lifetime that overflows is refused before anything is written', () => {
    const session = new StoreSession([allCommands]);
    for (const command of ['SET k v EX 9223372036854775', 'SET k v PX 9223372036854775807', 'GETEX k EX 0']) {
      session.db.setStringBytes(Buffer.from('k'), Buffer.from('old'));
      assert.match(session.run(...command.split(' ')), /^-ERR invalid expire time in '(set|getex)' command$/);
      assert.equal(session.run('GET', 'k'), 'old');
    }
  });
});

describe('strings that grow', () => {
  it('up to proto-max-bulk-len', () => {
    const session = new StoreSession([allCommands]);
    session.db.maxStringBytes = 10;
    session.run('SET', 'k', '12345678');
    assert.equal(session.run('APPEND', 'k', '90'), ':10');
    assert.match(session.run('APPEND', 'k', 'x'), /^-ERR string exceeds maximum allowed size/);
    assert.match(session.run('SETRANGE', 'k', 9, 'xy'), /^-ERR string exceeds maximum allowed size/);
    assert.equal(session.run('SETRANGE', 'k', 9, 'x'), ':10');
    assert.equal(session.run('GET', 'k'), '123456789x');
  });

  it('by a thousand appends', () => {
    const session = new StoreSession([allCommands]);
    let expected = '';
    for (let i = 0; i < 1000; i++) {
      expected += `${i},`;
      assert.equal(session.run('APPEND', 'k', `${i},`), `:${expected.length}`);
    }
    assert.equal(session.run('GET', 'k'), expected);
  });
});

describe('counters', () => {
  it('are 64-bit integers', () => {
    const session = new StoreSession([allCommands]);
    session.run('SET', 'k', '9223372036854775806');
    assert.equal(session.run('INCR', 'k'), ':9223372036854775807');
    assert.equal(session.run('INCR', 'k'), '-ERR increment or decrement would overflow');
    assert.equal(session.run('DECRBY', 'k', '-9223372036854775808'), '-ERR decrement would overflow');
    session.run('SET', 'k', '999999999999999');
    assert.equal(session.run('INCRBY', 'k', 1), ':1000000000000000');
    assert.equal(session.run('DECRBY', 'k', 1), ':999999999999999');
  });

  it('are no longer than their digits', () => {
    const session = new StoreSession([allCommands]);
    for (const text of ['', ' 1', '1 ', '+1', '01', '1.0', 'x'.repeat(1000)]) {
      session.run('SET', 'k', text);
      assert.equal(session.run('INCR', 'k'), '-ERR value is not an integer or out of range', text);
    }
  });
});

describe('LCS', () => {
  it('tells the subsequence, its length and its places', () => {
    const session = new StoreSession([allCommands]);
    session.run('MSET', 'a', 'ohmytext', 'b', 'mynewtext');
    assert.equal(session.run('LCS', 'a', 'b'), 'mytext');
    assert.equal(session.run('LCS', 'a', 'b', 'LEN'), ':6');
    assert.equal(
      session.run('LCS', 'a', 'b', 'IDX', 'MINMATCHLEN', 4, 'WITHMATCHLEN'),
      '[matches [[[:4 :7] [:5 :8] :4]] len :6]',
    );
  });

  it('refuses a table that would not fit', () => {
    const session = new StoreSession([allCommands]);
    session.db.maxStringBytes = 1000;
    session.run('MSET', 'a', 'x'.repeat(20), 'b', 'x'.repeat(20));
    assert.match(session.run('LCS', 'a', 'b'), /^-ERR Insufficient memory, transient memory for LCS/);
  });
});
