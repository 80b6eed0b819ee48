import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shown } from '../findings-shown.ts';

const unread = 'include other.conf\n';
const node = (text: string) => shown(`cluster-enabled yes\n${text}`);

test('what is set for a cluster does nothing without one, unless another file may turn it on', () => {
  assert.deepEqual(shown('cluster-port 1\n'), ['1? needs-cluster-enabled “cluster-port 1”']);
  assert.deepEqual(shown('cluster-enabled no\n'), []);
  assert.deepEqual(shown('cluster-port 1\ncluster-enabled no\n'), [
    '1? needs-cluster-enabled “cluster-port 1” -> 2',
  ]);
  assert.deepEqual(shown(`${unread}cluster-port 1\n`), []);
});

test('a node timeout is short below a second and long above a minute', () => {
  assert.deepEqual(node('cluster-node-timeout 999\n'), ['2? node-timeout-short “cluster-node-timeout 999”']);
  assert.deepEqual(node('cluster-node-timeout 1000\n'), []);
  assert.deepEqual(node('cluster-node-timeout 60000\n'), []);
  assert.deepEqual(node('cluster-node-timeout 60001\n'), [
    '2i node-timeout-long “cluster-node-timeout 60001”',
  ]);
});

test('ports are announced both or neither, and are two', () => {
  assert.deepEqual(node('cluster-announce-port 1\n'), [
    '2? announced-ports-incomplete “cluster-announce-port 1”',
  ]);
  assert.deepEqual(node('cluster-announce-tls-port 1\n'), [
    '2? announced-ports-incomplete “cluster-announce-tls-port 1”',
  ]);
  assert.deepEqual(node('cluster-announce-bus-port 1\n'), [
    '2? announced-ports-incomplete “cluster-announce-bus-port 1”',
  ]);
  assert.deepEqual(node('cluster-announce-port 0\ncluster-announce-bus-port 0\n'), []);
  assert.deepEqual(node('cluster-announce-port 1\ncluster-announce-bus-port 1\n'), [
    '3? announced-ports-equal “cluster-announce-bus-port 1”',
  ]);
});

test('an announced address is one of either family', () => {
  for (const address of ['10.0.0.1', 'fe80::1', '""'])
    assert.deepEqual(node(`cluster-announce-ip ${address}\n`), [], address);
  assert.deepEqual(node('cluster-announce-ip node-1\n'), [
    '2? announced-ip-malformed “cluster-announce-ip node-1”',
  ]);
});

test('a cluster has one database', () => {
  assert.deepEqual(node('databases 2\n'), ['2i databases-in-cluster “databases 2”']);
  assert.deepEqual(node('databases 1\n'), []);
});

test('a node without a client port serves nobody elsewhere, one with TLS does', () => {
  const tls = 'tls-port 7000\ntls-cert-file a\ntls-key-file b\ntls-ca-cert-file c\n';
  assert.deepEqual(node('port 0\nunixsocket s\n'), ['2? no-client-port “port 0”']);
  assert.deepEqual(node(`port 0\nunixsocket s\n${tls}`), []);
  assert.deepEqual(node('port 7000\nunixsocket s\n'), []);
});

test('what must be said with something else', () => {
  assert.deepEqual(node('cluster-replica-validity-factor 0\n'), [
    '2i stale-replicas-may-win “cluster-replica-validity-factor 0”',
  ]);
  assert.deepEqual(node('cluster-replica-validity-factor 1\n'), []);
  assert.deepEqual(node('cluster-preferred-endpoint-type hostname\n'), [
    '2? announced-hostname-missing “cluster-preferred-endpoint-type hostname”',
  ]);
  for (const text of [
    'cluster-preferred-endpoint-type hostname\ncluster-announce-hostname a\n',
    'cluster-preferred-endpoint-type ip\n',
    'cluster-announce-hostname a\n',
  ])
    assert.deepEqual(node(text), [], text);
});

test('nodes log in to each other with the password that they ask for', () => {
  assert.deepEqual(node('requirepass a\n'), ['2? masterauth-missing “requirepass a”']);
  assert.deepEqual(node('requirepass a\nmasterauth b\n'), ['2? masterauth-missing “requirepass a”']);
  for (const text of [
    'masterauth b\n',
    'requirepass a\nmasterauth a\n',
    'requirepass a\nmasteruser app\nmasterauth b\n',
    `${unread}requirepass a\n`,
  ])
    assert.deepEqual(node(text), [], text);
});

test('a node that keeps nothing comes back empty', () => {
  assert.deepEqual(node('save ""\n'), ['2? no-persistence-in-cluster “save ""”']);
  for (const text of ['save ""\nappendonly yes\n', 'save 900 1\n', 'appendonly no\n', ''])
    assert.deepEqual(node(text), [], text);
});

test('commands that nodes and tools send keep their names', () => {
  for (const name of ['CLUSTER', 'psync', 'Migrate', 'RESTORE-ASKING'])
    assert.deepEqual(node(`rename-command ${name} x\n`), [`2? cluster-command-renamed “${name}”`]);
  for (const name of ['KEYS', 'DEBUG']) assert.deepEqual(node(`rename-command ${name} x\n`), []);
  assert.deepEqual(shown('rename-command CLUSTER x\n'), []);
});
