import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Target } from '../../../extension/redis/config/directive.ts';
import { parseConf } from '../../../extension/redis/config/parse-conf.ts';
import { Settings } from '../../../extension/redis/config/settings.ts';
import {
  busPort,
  findStartupFailures,
  type StartupFailure,
} from '../../../extension/redis/config/startup.ts';

const options = { target: 'redis-7.0' } as const;

function failures(text: string, commands?: Set<string>): StartupFailure[] {
  const known = commands ? { ...options, commands } : options;
  return findStartupFailures(parseConf(text, known), known);
}

function settings(text: string): Settings {
  return new Settings(parseConf(text, options), options.target);
}

test('redis-server 7.0.15 and we end on the same files, with the same log', () => {
  const samples = readFileSync(
    new URL('../../language-server/data/conf-samples.jsonl', import.meta.url),
    'utf8',
  );
  for (const line of samples.trim().split('\n')) {
    const { id, text, stage, message } = JSON.parse(line);
    if (stage === 'config') continue;
    assert.equal(failures(text)[0]?.log.join(' | '), message, id);
  }
});

test('which lines are to blame', () => {
  const [failure] = failures('timeout 0\ncluster-enabled yes\nport 60000\n');
  assert.equal(failure?.refusal, 'bus-port-too-high');
  assert.deepEqual(
    failure?.at.map(({ line }) => line.number),
    [3, 2],
  );
});

test('ports that meet', () => {
  const refusals = (text: string): string[] => failures(text).map(({ refusal }) => refusal);
  const cluster = 'cluster-enabled yes\n';
  assert.deepEqual(refusals(`${cluster}port 7000\ncluster-port 7000\n`), ['bus-port-in-use']);
  assert.deepEqual(refusals('port 7000\ncluster-port 7000\n'), [], 'without cluster mode there is no bus');
  const tls = 'tls-cert-file a\ntls-key-file b\ntls-ca-cert-file c\n';
  assert.deepEqual(refusals(`${tls}port 7000\ntls-port 7000\n`), ['port-in-use']);
  assert.deepEqual(refusals(`${cluster}${tls}port 7000\ntls-port 17000\n`), ['bus-port-in-use']);
  assert.deepEqual(refusals(`${cluster}${tls}tls-cluster yes\nport 60000\ntls-port 7000\n`), []);
});

test('addresses to listen on', () => {
  const refusal = (bind: string): string | undefined => failures(`bind ${bind}\n`)[0]?.refusal;
  for (const bind of [
    '* -::*',
    '127.0.0.1 ::1',
    '0.0.0.0 ::',
    'my-host',
    '-10.0.0.1',
    'fe80::1%eth0',
    '127.1',
  ]) {
    assert.equal(refusal(bind), undefined, bind);
  }
  for (const bind of [
    '* 127.0.0.1',
    '0.0.0.0 *',
    ':: ::1',
    '::1 0:0::01',
    '127.0.0.1 127.0.0.1',
    ':: ::*',
    '127.1 127.0.0.1',
    '* 0x7f000001',
    '::1.2.3.4 ::102:304',
  ]) {
    assert.equal(refusal(bind), 'duplicate-bind-address', bind);
  }
  for (const bind of [
    '127.0.0.1,10.0.0.1',
    '127.0.0.1:7000',
    '[::1]',
    '10.0.0.0/8',
    '300.0.0.1',
    '1.2.3.4;',
  ]) {
    assert.equal(refusal(bind), 'malformed-bind-address', bind);
  }
  assert.equal(refusal('""'), 'nothing-to-listen-on');
  assert.equal(failures('bind ""\nunixsocket /tmp/s\n').length, 0);
  assert.equal(failures('cluster-enabled yes\nbind ""\nunixsocket /tmp/s\n')[0]?.refusal, 'bus-needs-bind');
  assert.equal(failures('port 0\n')[0]?.refusal, 'nothing-to-listen-on');
});

test('users', () => {
  const commands = new Set(['get', 'select', 'config', 'config|get', 'config|help']);
  assert.equal(failures('aclfile /a\nuser a on\n')[0]?.refusal, 'aclfile-with-users');
  assert.equal(failures('user "a b" on\n')[0]?.refusal, 'blank-in-user-name');
  const [unknown] = failures('user a on +get +gett\n', commands);
  assert.equal(unknown?.refusal, 'unknown-acl-command');
  assert.equal(unknown?.word, 3);
  assert.match(
    unknown?.log[0] ?? '',
    /^Error loading ACL rule '\+gett' for the user named 'a': Unknown command/,
  );
  assert.match(failures('user a (~x  +gett )\n', commands)[0]?.log[0] ?? '', /ACL rule '\(~x \+gett \)' for/);
  for (const rule of ['+config|get', '+select|0', '-config|get'])
    assert.deepEqual(failures(`user a ${rule}\n`, commands), []);
  for (const rule of ['+config|foo', '-select|0', '-foo']) {
    assert.equal(failures(`user a ${rule}\n`, commands)[0]?.refusal, 'unknown-acl-command', rule);
  }
  assert.equal(failures('user a &x\nacl-pubsub-default allchannels\n')[0]?.refusal, 'invalid-user-rule');
});

test('settings: the last line counts, lists add up', () => {
  const conf = settings(
    'port 7000\nPORT 7001\nport x\nslave-read-only no\nsave 900 1\nsave 300 10\nmasterauth ""\n' +
      'client-output-buffer-limit slave 1kb 0 0\nrename-command a b\nrename-command c d\n',
  );
  assert.equal(conf.number('port'), 7001);
  assert.equal(conf.isOn('replica-read-only'), false);
  assert.equal(conf.isOn('cluster-enabled'), false);
  assert.equal(conf.text('masterauth'), '');
  assert.equal(conf.text('appendfsync'), 'everysec');
  assert.equal(conf.number('cluster-node-timeout'), 15000);
  assert.equal(conf.all('rename-command').length, 2);
  assert.deepEqual(conf.savePoints(), [
    { seconds: 900, changes: 1 },
    { seconds: 300, changes: 10 },
  ]);
  assert.deepEqual(
    conf.bufferLimits().map(({ client, hard }) => [client, hard]),
    [
      ['normal', 0n],
      ['replica', 1024n],
      ['pubsub', 33554432n],
    ],
  );
  assert.deepEqual(settings('').savePoints().length, 3);
  assert.deepEqual(settings('save ""\n').savePoints(), []);
  assert.deepEqual(settings('').bindAddresses(), ['*', '-::*']);
  assert.deepEqual(settings('replicaof h 7000\n').primary(), { host: 'h', port: 7000 });
  assert.equal(busPort(settings('port 7000\n')), 17000);
  assert.equal(busPort(settings('port 7000\ncluster-port 9000\n')), 9000);
});

test('since 7.2 a server looks at its nodes file before it listens', () => {
  const text = 'cluster-enabled yes\ncluster-config-file ""\nbind ""\n';
  assert.equal(failures(text)[0]?.refusal, 'nothing-to-listen-on');
  const newer = { target: 'redis-7.2' } as const;
  assert.equal(findStartupFailures(parseConf(text, newer), newer)[0]?.refusal, 'nodes-file-unusable');
});

test('of a list of ciphers at least one exists', () => {
  const tls = 'tls-port 6380\ntls-cert-file a\ntls-key-file b\ntls-ca-cert-file c\n';
  const refusals = (line: string) => failures(tls + line).map(({ refusal }) => refusal);
  for (const line of ['tls-ciphers NOPE', 'tls-ciphersuites AES256', 'tls-ciphersuites "nope:none"']) {
    assert.deepEqual(refusals(line), ['unknown-tls-cipher'], line);
  }
  for (const list of [
    'DEFAULT:!MEDIUM',
    'ECDHE-RSA-AES128-GCM-SHA256',
    'HIGH:!aNULL',
    '@SECLEVEL=1:ALL',
    'nope:AES',
  ]) {
    assert.deepEqual(refusals(`tls-ciphers ${list}`), [], list);
  }
  assert.deepEqual(refusals('tls-ciphersuites TLS_AES_256_GCM_SHA384:nope'), []);
  assert.deepEqual(failures('tls-ciphers NOPE'), [], 'nobody reads it with TLS off');
});

test('a word that cannot be a host name is no address to listen on', () => {
  for (const word of ['yes', 'timeout', '127.0.0.1-127.0.0.3', '0.protected-mode']) {
    assert.deepEqual(
      failures(`bind 127.0.0.1 ${word}`).map(({ refusal }) => refusal),
      ['malformed-bind-address'],
      word,
    );
  }
  assert.deepEqual(failures('bind redis-1 node1.example.com'), []);
  for (const address of ['127.1', '0x7f.1', '0177.0.0.1', '2130706433', '127.0.1']) {
    assert.deepEqual(failures(`bind ${address}`), [], address);
  }
  for (const address of ['127.0.0.256', '256.1', '4294967296', '1.2.3.4.5', '08.1']) {
    assert.equal(failures(`bind ${address}`)[0]?.refusal, 'malformed-bind-address', address);
  }
});

test('locales have names of a certain shape', () => {
  const newer = { target: 'redis-7.2' } as const;
  const refused = (name: string) =>
    findStartupFailures(parseConf(`locale-collate ${name}`, newer), newer).length > 0;
  for (const name of ['C', 'POSIX', '""', 'en_US.UTF-8', 'C.UTF-8', 'de_DE@euro'])
    assert.ok(!refused(name), name);
  for (const name of ['english', '=b', '"two words"']) assert.ok(refused(name), name);
});

test('an address that only holds on one interface, or that is of the other family, cannot be listened on', () => {
  for (const address of ['fe80::1', 'FE80::2', '::ffff:10.0.0.1', '::ffff:7f00:1', '::%'])
    assert.equal(failures(`bind ${address}`)[0]?.refusal, 'malformed-bind-address', address);
  assert.deepEqual(failures('bind fe80::1%eth0'), []);
});

test('names of files that no file system keeps end the server when it opens them', () => {
  const long = 'x'.repeat(256);
  for (const text of [
    `dbfilename ${long}`,
    `appendonly yes\nappendfilename ${'x'.repeat(242)}`,
    `appendonly yes\nappenddirname ${long}`,
    `aclfile ${long}`,
  ]) {
    assert.equal(failures(text)[0]?.refusal, 'file-name-too-long', text.slice(0, 30));
  }
  for (const text of [
    `dbfilename ${'x'.repeat(255)}`,
    `appendonly yes\ndbfilename ${long}`,
    `appendonly yes\nappendfilename ${'x'.repeat(241)}`,
    `appendfilename ${long}\nappenddirname ${long}`,
    `pidfile ${long}`,
  ]) {
    assert.deepEqual(failures(text), [], text.slice(0, 30));
  }
});

test('where a file is wanted there is a directory, or the file of the node', () => {
  const refusals = (text: string, target: Target = 'redis-7.0') =>
    findStartupFailures(parseConf(text, { target }), { target }).map(({ refusal }) => refusal);
  for (const text of ['unixsocket .', 'unixsocket run/', 'dbfilename .', 'dbfilename ..'])
    assert.deepEqual(refusals(text), ['directory-for-file'], text);
  for (const text of ['unixsocket ""', 'unixsocket run/r.sock', 'dbfilename ..\nappendonly yes'])
    assert.deepEqual(refusals(text), [], text);
  const cluster = 'cluster-enabled yes\n';
  for (const text of [
    'dbfilename nodes.conf',
    'cluster-config-file dump.rdb',
    'appendonly yes\nappenddirname nodes.conf',
  ])
    assert.deepEqual(refusals(cluster + text), ['file-used-twice'], text);
  assert.deepEqual(refusals('dbfilename nodes.conf'), []);
  assert.deepEqual(refusals(`${cluster}appendonly yes\ndbfilename nodes.conf`), []);
});

test('a server listens before it looks for its data, and reads its users before that', () => {
  const long = 'x'.repeat(256);
  const first = (text: string, target: Target) =>
    findStartupFailures(parseConf(text, { target }), { target })[0]?.refusal;
  for (const target of ['redis-7.0', 'redis-7.2'] as const) {
    for (const data of ['dbfilename .', `dbfilename ${long}`, 'cluster-enabled yes\ndbfilename nodes.conf'])
      assert.equal(
        first(`port 0\n${data}`, target),
        'nothing-to-listen-on',
        `${target}: ${data.slice(0, 30)}`,
      );
    assert.equal(
      first(`unixsocket .\naclfile ${long}\ndbfilename .`, target),
      {
        'redis-7.0': 'directory-for-file',
        'redis-7.2': 'file-name-too-long',
      }[target],
    );
  }
});

test('since 7.2 the file of the node is written beside, under a longer name', () => {
  const text = (length: number): string => `cluster-enabled yes\ncluster-config-file ${'n'.repeat(length)}\n`;
  const refusals = (length: number, target: Target) =>
    findStartupFailures(parseConf(text(length), { target }), { target }).map(({ refusal }) => refusal);
  assert.deepEqual(refusals(236, 'redis-7.2'), ['file-name-too-long']);
  assert.deepEqual(refusals(230, 'redis-7.2'), []);
  assert.deepEqual(refusals(255, 'redis-7.0'), []);
  assert.deepEqual(refusals(256, 'redis-7.2'), ['nodes-file-unusable']);
});

test('names are measured in bytes, whatever they are read as', () => {
  const encoding = 'utf-8';
  const refusals = (name: string, more = {}): unknown[] => {
    const known = { ...options, ...more };
    return findStartupFailures(parseConf(`dbfilename ${name}`, known), known).map(({ refusal }) => refusal);
  };
  assert.deepEqual(refusals('ä'.repeat(128), { encoding }), ['file-name-too-long']);
  assert.deepEqual(refusals(Buffer.from('ä'.repeat(127)).toString('latin1')), []);
});
