import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  holdsSecret,
  parseRedirection,
  repliesWithPage,
  splitRepeat,
  subscriptionOf,
} from '../../extension/console/command-conventions.ts';

const argv = (line: string): string[] => line.split(' ');

describe('what redis-cli knows about commands', () => {
  it('pages are printed as they are', () => {
    for (const line of ['INFO replication', 'cluster nodes', 'CLUSTER INFO', 'client list', 'MEMORY DOCTOR'])
      assert.ok(repliesWithPage(argv(line)), line);
    for (const line of ['get info', 'cluster slots', 'cluster nodes x', 'client id'])
      assert.ok(!repliesWithPage(argv(line)), line);
  });

  it('passwords stay out of the history', () => {
    const secret = [
      'auth x',
      'ACL SETUSER bob on >pw',
      'config set maxmemory 1 requirepass x',
      'hello 3 AUTH bob pw',
      'migrate 127.0.0.1 7001 "" 0 100 AUTH pw KEYS a',
    ];
    for (const line of secret) assert.ok(holdsSecret(argv(line)), line);
    const open = ['acl whoami', 'config get requirepass', 'hello 3', 'migrate h 7001 "" 0 100 KEYS auth'];
    for (const line of open) assert.ok(!holdsSecret(argv(line)), line);
  });

  it('subscriptions are confirmed by messages', () => {
    assert.equal(subscriptionOf('SSUBSCRIBE'), 'subscribe');
    assert.equal(subscriptionOf('punsubscribe'), 'unsubscribe');
    assert.equal(subscriptionOf('publish'), undefined);
  });

  it('a number before a command repeats it', () => {
    assert.deepEqual(splitRepeat(['3', 'incr', 'a']), { repeat: 3, argv: ['incr', 'a'] });
    assert.deepEqual(splitRepeat(['3']), { repeat: 1, argv: ['3'] });
    assert.equal(splitRepeat(['0', 'incr', 'a']), undefined);
  });

  it('redirections are read', () => {
    assert.deepEqual(parseRedirection('MOVED 866 127.0.0.1:7001'), {
      kind: 'MOVED',
      slot: 866,
      host: '127.0.0.1',
      port: 7001,
    });
    assert.deepEqual(parseRedirection('ASK 1 ::1:7002'), { kind: 'ASK', slot: 1, host: '::1', port: 7002 });
    assert.equal(parseRedirection('MOVED 866 :7001')?.host, '');
    assert.equal(parseRedirection('ERR MOVED 866 127.0.0.1:7001'), undefined);
  });
});
