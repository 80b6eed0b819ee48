import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CompletionItem } from 'vscode-languageserver';
import { conf, marked, service } from './service-under-test.ts';

function complete(languageId: string, text: string): CompletionItem[] {
  const { document, position } = marked(languageId, text);
  return service().complete(document, position);
}

function labels(text: string): string[] {
  return complete('redis-conf', text).map(({ label }) => label);
}

test('names of directives, with what they are for', () => {
  const items = complete('redis-conf', 'port 7000\n  cluster-no|');
  const timeout = items.find(({ label }) => label === 'cluster-node-timeout');
  assert.ok(timeout);
  assert.equal(timeout.detail, 'a whole number from 0 on');
  assert.deepEqual(timeout.textEdit, {
    range: { start: { line: 1, character: 2 }, end: { line: 1, character: 12 } },
    newText: 'cluster-node-timeout ',
  });
  assert.ok(!items.some(({ label }) => label === 'cluster-slot-stats-enabled'), 'only what the target knows');
  const old = items.find(({ label }) => label === 'slaveof');
  assert.deepEqual(old?.tags, [1]);
});

test('words of values', () => {
  assert.deepEqual(labels('appendonly |'), ['yes', 'no']);
  assert.deepEqual(labels('appendonly y|'), ['yes', 'no']);
  assert.deepEqual(labels('appendonly yes |'), []);
  assert.deepEqual(labels('appendfsync |'), ['everysec', 'always', 'no']);
  assert.deepEqual(labels('shutdown-on-sigint save |'), ['default', 'nosave', 'now', 'force']);
  assert.deepEqual(labels('client-output-buffer-limit |'), ['normal', 'replica', 'pubsub']);
  assert.deepEqual(labels('client-output-buffer-limit normal |'), []);
  assert.deepEqual(labels('replicaof no |'), ['one']);
  assert.ok(labels('rename-command |').includes('CONFIG'));
  assert.deepEqual(labels('port |'), ['6379'], 'else the default');
  assert.deepEqual(labels('# appendonly |'), []);
  assert.deepEqual(labels('frobnicate |'), []);
});

test('commands of a command file', () => {
  const items = complete('redis-commands', 'GET a\nse|');
  assert.ok(items.some(({ label }) => label === 'SETEX'));
  assert.deepEqual(complete('redis-commands', 'SET |'), []);
});

test('sizes offer their units, and a node what its neighbours leave free', () => {
  const labels = (text: string, siblings: readonly string[] = []): string[] => {
    const { document, position } = marked('redis-conf', text);
    const others = siblings.map((content, at) => conf(content, `file:///lab/redis-other-${at}.conf`));
    return service()
      .complete(document, position, others)
      .map(({ label }) => label);
  };
  assert.deepEqual(labels('maxmemory 100|'), ['0', '100kb', '100mb', '100gb']);
  assert.ok(labels('maxmemory-clients 5|').includes('5%'));
  assert.ok(labels('port |', ['port 7000\n', 'port 7001\n']).includes('7002'));
  // 7002 would have its bus where the third listens, and 7003 is the bus of the second.
  const crowded = ['port 7000\n', 'port 7001\ncluster-port 7003\n', 'port 17002\n'];
  assert.ok(labels('port |', crowded).includes('7004'));
  assert.deepEqual(labels('port |', ['port 0\n']), ['6379'], 'nobody has a port to count from');
  assert.deepEqual(labels('replicaof 127.0.0.1 |', ['port 7000\n', 'port 7001\n']), ['7000', '7001']);
  assert.ok(labels('port 7004\ncluster-config-file |').includes('nodes-7004.conf'));
  assert.ok(labels('port 7004\ncluster-announce-bus-port |').includes('17004'));
  assert.ok(labels('requirepass "a b"\nmasterauth |').includes('"a b"'));
});

test('users are offered flags, categories and commands', () => {
  const offered = labels('user alice on +|');
  for (const rule of ['+@read', '-@dangerous', '+config|get', 'nopass', '~*', '&*'])
    assert.ok(offered.includes(rule), rule);
  assert.ok(!labels('# redis-conf: target=redis-6.0\nuser alice |').includes('&*'));
});

test('the default is marked as one, in the order of the directive; where a second word goes it is none', () => {
  const items = complete('redis-conf', 'loglevel |');
  assert.deepEqual(
    items.map(({ label }) => label),
    items.toSorted((a, b) => String(a.sortText).localeCompare(String(b.sortText))).map(({ label }) => label),
  );
  const marked = items.filter(({ detail, preselect }) => detail === 'default' && preselect === true);
  assert.deepEqual(
    marked.map(({ label }) => label),
    ['notice'],
  );
  const second = complete('redis-conf', 'shutdown-on-sigterm save |');
  assert.ok(second.every(({ detail }) => detail === undefined));
});

test('a word that was begun is replaced, a blank is not; in quotes that are open nothing is offered', () => {
  const range = (text: string) => complete('redis-conf', text)[0]?.textEdit;
  const at = (start: number, end: number) => ({
    start: { line: 0, character: start },
    end: { line: 0, character: end },
  });
  assert.deepEqual(range('appendonly y|'), { range: at(11, 12), newText: 'yes' });
  assert.deepEqual(range('appendonly |'), { range: at(11, 11), newText: 'yes' });
  assert.deepEqual(labels('requirepass "a |'), []);
});

test('words that were given are not offered again, and a list of four begins anew', () => {
  assert.deepEqual(labels('bind 127.0.0.1 * |'), ['-::1', '-::*']);
  assert.deepEqual(labels('shutdown-on-sigint SAVE now |'), ['default', 'nosave', 'force']);
  assert.deepEqual(labels('client-output-buffer-limit normal 0 0 0 |'), ['normal', 'replica', 'pubsub']);
  assert.deepEqual(labels('client-output-buffer-limit normal 0 |'), []);
  assert.deepEqual(labels('loglevel notice |'), []);
  assert.deepEqual(labels('replicaof |'), ['no', '127.0.0.1']);
  assert.deepEqual(labels('replicaof 10.0.0.1 |'), []);
  assert.deepEqual(labels('tls-protocols |'), ['"TLSv1.2 TLSv1.3"', '"TLSv1.3"']);
  assert.deepEqual(labels('tls-protocols TLSv1.2 |'), []);
  assert.deepEqual(labels('proc-title-template |'), ['"{title} {listen-addr} {server-mode}"']);
  assert.deepEqual(labels('proc-title-template x |'), []);
  assert.deepEqual(labels('rename-command GET |'), []);
  assert.ok(!labels('rename-command |').some((name) => name.includes('|')));
  assert.deepEqual(labels('user |'), ['default']);
  assert.deepEqual(labels('maxmemory 1mb |'), []);
});

test('names after the port of the node, and what follows from it', () => {
  const first = (name: string, port = 7004) => labels(`port ${port}\n${name} |`);
  assert.ok(first('pidfile').includes('redis_7004.pid'));
  assert.ok(first('logfile').includes('redis-7004.log'));
  assert.ok(first('dbfilename').includes('dump-7004.rdb'));
  assert.ok(first('cluster-announce-port').includes('7004'));
  assert.ok(first('cluster-port').includes('17004'));
  assert.ok(first('cluster-port', 55_535).includes('65535'));
  assert.deepEqual(first('cluster-port', 55_536), ['0'], 'there is none that high');
  assert.ok(!labels('port 7004\npidfile a |').includes('redis_7004.pid'));
});

test('sizes offer units behind digits only, and only for sizes', () => {
  assert.deepEqual(labels('maxmemory-clients 5|'), ['0', '5%', '5mb', '5gb']);
  assert.deepEqual(labels('maxmemory 5m|'), ['0']);
  assert.deepEqual(labels('timeout 5|'), ['0']);
  assert.deepEqual(labels(`maxmemory ${'1'.repeat(16)}|`), ['0']);
});

test('names of the past come last, and are marked', () => {
  const items = complete('redis-conf', '|');
  const old = items.filter(({ tags }) => tags?.[0] === 1);
  assert.ok(old.length > 10 && old.length < items.length / 2);
  for (const { label, sortText } of items)
    assert.equal(sortText, old.some((item) => item.label === label) ? `~${label}` : label);
  assert.ok(!items.some(({ label }) => label === 'req-res-logfile'), 'of builds for debugging only');
  assert.ok(
    items.every(({ documentation }) => typeof documentation === 'object' && documentation.value !== ''),
  );
});
