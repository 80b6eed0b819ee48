import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LanguageService } from '../../language-server/service.ts';
import { marked, service } from './service-under-test.ts';

function hover(languageId: string, text: string, languageService: LanguageService = service()): string {
  const { document, position } = marked(languageId, text);
  const found = languageService.hover(document, position);
  if (found === undefined) return '';
  assert.ok(typeof found.contents === 'object' && 'value' in found.contents);
  return found.contents.value;
}

test('a directive: meaning, type, range, unit, default, since', () => {
  assert.equal(
    hover('redis-conf', 'port 7000\ncluster-node-|timeout 5000\n'),
    [
      '**cluster-node-timeout**',
      'A node that does not answer for this long is suspected (PFAIL); when the majority of primaries agree it has failed (FAIL), and a replica may take over. Also bounds how long a primary that lost the majority goes on taking writes. Equal on all nodes.',
      'Value: a whole number from 0 on  \nUnit: milliseconds  \nDefault: `15000`',
      'Since: Redis 3.0.0 or earlier, Valkey 7.2.5 or earlier',
    ].join('\n\n'),
  );
});

test('old names, versions, restart', () => {
  const text = hover('redis-conf', 'cluster-slave-no-fail|over yes\n');
  assert.match(text, /^\*\*cluster-replica-no-failover\*\*/);
  assert.match(text, /Since: Redis 5\.0\.1, Valkey/);
  assert.match(text, /Also called `cluster-slave-no-failover`: Redis 4\.0\.9/);
  assert.match(
    hover('redis-conf', '|cluster-port 0\n'),
    /a whole number from 0 to 65535[\s\S]*Takes effect at start only\./,
  );
  const older = service({ settings: { target: 'redis-6.2' } });
  assert.match(hover('redis-conf', '|cluster-port 0\n', older), /Redis 6\.2 does not know this directive\./);
});

test('what a value comes to', () => {
  assert.match(
    hover('redis-conf', 'maxmemory 1|00mb\n'),
    /^`100mb` = 104,857,600 bytes\n\n\*\*maxmemory\*\*/,
  );
  assert.match(hover('redis-conf', 'cluster-node-timeout 15|000\n'), /^`15000` = 15 seconds\n/);
  assert.match(hover('redis-conf', 'repl-backlog-size| 1mb\n'), /Default: `1048576` \(1mb\)/);
});

test('what a value comes to is told of the value only, and only where it says more', () => {
  const first = (text: string) => hover('redis-conf', text).split('\n')[0];
  assert.equal(first('max|memory 100mb\n'), '**maxmemory**');
  assert.equal(first('maxmemory 1|00\n'), '**maxmemory**');
  assert.equal(first('maxmemory-clients 1|mb\n'), '`1mb` = 1,048,576 bytes');
  assert.equal(first('maxmemory-clients 5|%\n'), '**maxmemory-clients**');
  assert.equal(first('cluster-node-timeout 1|000\n'), '`1000` = 1 seconds');
  assert.equal(first('cluster-node-timeout 9|99\n'), '**cluster-node-timeout**');
  assert.equal(first('repl-timeout 60|00\n'), '**repl-timeout**', 'it is in seconds already');
  assert.equal(first('client-output-buffer-limit normal 1|mb 1mb 60\n'), '**client-output-buffer-limit**');
});

test('lines that add up, and what may change while the server runs', () => {
  assert.match(hover('redis-conf', 'sa|ve 900 1\n'), /Lines add up\./);
  assert.doesNotMatch(
    hover('redis-conf', 'timeo|ut 0\n'),
    /Lines add up|Takes effect at start|enable-protected/,
  );
  assert.match(hover('redis-conf', 'di|r .\n'), /At run time only with enable-protected-configs\./);
  assert.doesNotMatch(hover('redis-conf', 'maxmem|ory 0\n'), /Unit:/, 'bytes are no news of a size');
});

test('where its values or its default have changed', () => {
  const lines = (text: string) =>
    hover('redis-conf', text)
      .match(/^From .*$/gm)
      ?.map((line) => line.trimEnd());
  assert.deepEqual(lines('repl-diskless-s|ync yes\n'), ['From Redis 7.0 on: yes or no, default `yes`']);
  assert.equal(lines('timeo|ut 0\n'), undefined);
});

test('in Chinese', () => {
  const text = hover('redis-conf', 'cluster-en|abled yes\n', service({ locale: 'zh-CN' }));
  assert.match(text, /以集群节点方式启动/);
  assert.match(text, /默认值：`no`/);
});

test('nothing on comments, blanks and unknown names', () => {
  for (const text of ['# por|t 7000\n', '|\n', 'po|rtt 7000\n', 'port 7000  |\n'])
    assert.equal(hover('redis-conf', text), '', text);
});

test('keys of a command file: slot, hash tag, owner', () => {
  assert.equal(
    hover('redis-commands', 'GET na|me\n'),
    '**Slot 5798** of 16384  \nNo hash tag: the whole key decides.',
  );
  assert.equal(
    hover('redis-commands', '# x\nset {user:1}:|a 1\n'),
    '**Slot 10778** of 16384  \nHash tag `user:1`: only it decides.',
  );
  assert.equal(hover('redis-commands', 'SET name va|lue\n'), '', 'a value is no key');
  assert.match(hover('redis-commands', 'G|ET name\n'), /^`GET key`\n\n[\s\S]*Redis 1\.0\.0/);
  assert.match(hover('redis-commands', 'GET "\\xff|"\n'), /Slot 7920/, 'a byte, not a letter');
});

test('the slot map tells who owns a slot', () => {
  const languageService = service();
  const lab = {
    source: 'lab',
    ranges: [
      [0, 5460, '127.0.0.1:7000'],
      [5461, 10922, '127.0.0.1:7001'],
    ],
  } as const;
  languageService.setSlotMaps([lab]);
  assert.match(
    hover('redis-commands', 'GET na|me\n', languageService),
    /On `127\.0\.0\.1:7001` \(lab, slots 5461-10922\)$/,
  );
  assert.match(hover('redis-commands', 'GET f|oo\n', languageService), /No node of lab serves this slot\.$/);
  languageService.setSlotMaps([lab, { source: 'staging', ranges: [[0, 16383, '10.0.0.1:6379']] }]);
  assert.match(
    hover('redis-commands', 'GET na|me\n', languageService),
    /\(lab, slots 5461-10922\) {2}\nOn `10\.0\.0\.1:6379` \(staging, slots 0-16383\)$/,
  );
  languageService.setSlotMaps([]);
  assert.doesNotMatch(hover('redis-commands', 'GET na|me\n', languageService), /lab/);
});

test('key literals in code that speaks of redis', () => {
  for (const [language, text] of [
    ['typescript', "await redis.get('na|me');"],
    ['javascript', 'import { createClient } from "redis";\nclient.hGetAll("na|me")'],
    ['python', "import valkey\nr.delete('na|me')"],
    ['python', 'from redis.asyncio import RedisCluster\nawait r.get(b"na|me")'],
    ['typescript', 'redis.set(`na|me`, value)'],
  ] as const) {
    assert.match(hover(language, text), /Slot 5798/, text);
  }
  for (const text of [
    "headers.get('na|me')",
    "redis.frob('na|me')",
    "get('na|me'); // of redis",
    'redis.get(na|me)',
    "redis.set('a', 'na|me')",
    'redis.get(`user:$' + '{na|me}`)',
  ]) {
    assert.equal(hover('typescript', text), '', text);
  }
  const off = service({ settings: { keyHoversInCode: false } });
  assert.equal(hover('typescript', "redis.get('na|me')", off), '');
});
