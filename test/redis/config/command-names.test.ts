import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commandNames } from '../../../extension/redis/config/command-names.ts';

test('each server has its own commands', () => {
  assert.ok(commandNames('redis-3.2').has('cluster|slots'));
  assert.ok(!commandNames('redis-4.0').has('xadd'));
  assert.ok(commandNames('redis-5.0').has('xadd'));
  assert.ok(!commandNames('redis-6.2').has('cluster|shards'));
  assert.ok(commandNames('redis-7.0').has('cluster|shards'));
  assert.ok(!commandNames('redis-7.2').has('hexpire'));
  assert.ok(commandNames('redis-7.4').has('hexpire'));
  assert.ok(!commandNames('valkey-8.0').has('hexpire'));
  assert.ok(commandNames('valkey-8.0').has('cluster|slot-stats'));
  assert.ok(!commandNames('valkey-7.2').has('cluster|slot-stats'));
  assert.ok(!commandNames('redis-8').has(''));
});
