import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shown } from '../findings-shown.ts';

const unread = 'include other.conf\n';

test('a soft limit is told of where it is above the hard one, and the hard one is a limit', () => {
  const limit = (words: string) => shown(`client-output-buffer-limit ${words}\n`).length;
  assert.equal(limit('replica 64mb 65mb 60'), 1);
  assert.equal(limit('replica 64mb 64mb 60'), 0);
  assert.equal(limit('replica 0 65mb 60'), 0);
});

test('eviction without a limit is told of where no other file can set one', () => {
  assert.deepEqual(shown('maxmemory-policy allkeys-lru\n'), [
    '1i eviction-without-limit “maxmemory-policy allkeys-lru”',
  ]);
  for (const text of [
    'maxmemory-policy allkeys-lru\nmaxmemory 1gb\n',
    'maxmemory-policy noeviction\n',
    `${unread}maxmemory-policy allkeys-lru\n`,
  ])
    assert.deepEqual(shown(text), [], text);
});

test('replication breaks between two pings, whichever of the two was set', () => {
  assert.deepEqual(shown('repl-timeout 10\n'), ['1? repl-timeout-too-short “repl-timeout 10”']);
  assert.deepEqual(shown('repl-timeout 11\n'), []);
  assert.deepEqual(shown('repl-ping-replica-period 60\n'), [
    '1? repl-timeout-too-short “repl-ping-replica-period 60”',
  ]);
  assert.deepEqual(shown('repl-ping-replica-period 5\nrepl-timeout 5\n'), [
    '2? repl-timeout-too-short “repl-timeout 5” -> 1',
  ]);
});

test('bounds of defragmentation may meet, but not cross', () => {
  assert.deepEqual(shown('active-defrag-cycle-min 25\nactive-defrag-cycle-max 25\n'), []);
  assert.deepEqual(shown('active-defrag-cycle-max 1\nactive-defrag-cycle-min 2\n'), [
    '2? defrag-bounds-crossed “active-defrag-cycle-min 2” -> 1',
  ]);
  assert.deepEqual(shown('active-defrag-threshold-lower 50\nactive-defrag-threshold-upper 20\n'), [
    '1? defrag-bounds-crossed “active-defrag-threshold-lower 50” -> 2',
  ]);
  assert.deepEqual(shown('active-defrag-threshold-upper 5\n'), [
    '1? defrag-bounds-crossed “active-defrag-threshold-upper 5”',
  ]);
});

test('a server that goes into the background is lost to its supervisor', () => {
  for (const supervisor of ['systemd', 'upstart'])
    assert.deepEqual(shown(`supervised ${supervisor}\ndaemonize yes\n`), [
      '2? daemonize-with-supervised “daemonize yes” -> 1',
    ]);
  for (const text of ['supervised auto\ndaemonize yes\n', 'supervised systemd\ndaemonize no\n'])
    assert.deepEqual(shown(text), [], text);
});

test('a log to nowhere is told of where the file says so', () => {
  assert.deepEqual(shown('daemonize yes\nlogfile ""\n'), ['2? log-lost “logfile ""” -> 1']);
  for (const text of [
    'daemonize yes\n',
    'daemonize no\nlogfile ""\n',
    'daemonize yes\nlogfile ""\nsyslog-enabled yes\n',
    'daemonize yes\nlogfile a.log\n',
  ])
    assert.deepEqual(shown(text), [], text);
});

test('a password that a line or a file of users overrides', () => {
  assert.deepEqual(shown('requirepass x\nuser default on >y\n'), [
    '1? requirepass-overridden “requirepass x”',
  ]);
  assert.deepEqual(shown('requirepass x\nuser app on >y\n'), []);
  assert.deepEqual(shown('user default on >y\n'), []);
  assert.deepEqual(shown('requirepass x\naclfile users.acl\n'), [
    '1? requirepass-overridden “requirepass x”',
  ]);
});

test('who is kept out, and who is let in, by an address that others reach', () => {
  const refused = (text: string) => shown(text).filter((found) => /refused|everyone/.test(found));
  assert.deepEqual(refused('bind 127.0.0.1 10.0.0.1\n'), [
    '1? remote-clients-refused “bind 127.0.0.1 10.0.0.1”',
  ]);
  assert.deepEqual(refused('protected-mode no\nbind *\n'), ['1? open-to-everyone “protected-mode no” -> 2']);
  assert.deepEqual(refused('protected-mode yes\nbind *\n'), ['2? remote-clients-refused “bind *” -> 1']);
  for (const text of [
    'bind 127.0.0.1 -::1 127.1.2.3\nprotected-mode no\n',
    'bind localhost\n',
    'protected-mode no\n',
    'bind 10.0.0.1\nrequirepass x\n',
    'bind 10.0.0.1\naclfile users.acl\n',
    'bind 10.0.0.1\nuser default on >x\n',
    `${unread}bind 10.0.0.1\n`,
    'bind "10.0.0.1;x"\n',
  ])
    assert.deepEqual(refused(text), [], text);
  assert.deepEqual(
    refused('bind 127.example\n').length,
    1,
    'a name that only begins like the loopback address',
  );
});
