import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CompletionItem } from 'vscode-languageserver';
import { marked, service } from './service-under-test.ts';

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
