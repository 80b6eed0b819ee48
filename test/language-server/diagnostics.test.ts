import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Diagnostic } from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { ServerSettings } from '../../language-server/protocol.ts';
import { conf, document, service } from './service-under-test.ts';

const SEVERITIES = ['', 'error', 'warning', 'information', 'hint'];

/** `line:code` of every diagnostic, lines from 1; `!` in front of errors. */
function codes(text: string, target: ServerSettings['target'] = 'redis-7.2'): string[] {
  const found = service({ settings: { target } }).diagnose(conf(text));
  return found.map(
    ({ range, code, severity }) => `${severity === 1 ? '!' : ''}${range.start.line + 1}:${code}`,
  );
}

function only(text: string): Diagnostic {
  const found = service().diagnose(conf(text));
  assert.equal(found.length, 1, JSON.stringify(found));
  const [diagnostic] = found;
  assert.ok(diagnostic);
  return diagnostic;
}

/** The text after the preferred quick fix of its first diagnostic that has one. */
function repaired(text: string, target: ServerSettings['target'] = 'redis-7.2'): string {
  const languageService = service({ settings: { target } });
  const before = conf(text);
  const actions = languageService.codeActions(before, languageService.diagnose(before));
  const edits = actions.find(({ isPreferred }) => isPreferred)?.edit?.changes?.[before.uri];
  assert.ok(edits, 'a quick fix');
  return TextDocument.applyEdits(before, edits);
}

test('a node as the lab writes it has nothing to be said about', () => {
  const text = [
    'port 7000',
    'bind 127.0.0.1',
    'cluster-enabled yes',
    'cluster-config-file nodes-7000.conf',
    'cluster-node-timeout 15000',
    'appendonly no',
    'dir ./',
    '',
  ].join('\n');
  assert.deepEqual(codes(text), []);
});

test('a node of a cluster with sound values has nothing to be said about either', () => {
  const node = 'cluster-enabled yes\ncluster-config-file nodes.conf\n';
  for (const lines of [
    'cluster-announce-port 7000\ncluster-announce-bus-port 17000\n',
    'cluster-announce-tls-port 7000\ncluster-announce-bus-port 17000\n',
    'cluster-replica-validity-factor 10\n',
    'databases 1\n',
    'save ""\nappendonly yes\n',
    'save 3600 1\n',
    'requirepass secret\nmasterauth secret\n',
  ])
    assert.deepEqual(codes(node + lines), [], lines);
});

test('a diagnostic has range, severity, code, source and a link to its page', () => {
  const [found] = service({ docsUri: 'file:///docs/' }).diagnose(
    conf('timeout 0\n cluster-node-timeout 5s\ncluster-enabled yes\n'),
  );
  assert.equal(found?.code, 'not-an-integer');
  assert.equal(SEVERITIES[found?.severity ?? 0], 'error');
  assert.equal(found?.source, 'redis-conf');
  assert.deepEqual(found?.range, { start: { line: 1, character: 22 }, end: { line: 1, character: 24 } });
  assert.equal(found?.codeDescription?.href, 'file:///docs/not-an-integer.md');
});

test('the page is one in the language of the reader', () => {
  const [found] = service({ docsUri: 'file:///docs/', locale: 'zh-cn' }).diagnose(conf('timeout x\n'));
  assert.equal(found?.codeDescription?.href, 'file:///docs/zh-cn/not-an-integer.md');
});

test('every cluster directive: misspelt, wrong arity, wrong type, out of range, wrong version, without cluster mode', () => {
  assert.deepEqual(codes('cluster-enabledd yes\n'), ['!1:misspelt-directive']);
  assert.deepEqual(codes('cluster-frobnicate yes\n'), ['!1:unknown-directive']);
  assert.deepEqual(codes('cluster-enabled yes no\n'), ['!1:wrong-arity']);
  assert.deepEqual(codes('cluster-enabled\n'), ['!1:wrong-arity']);
  assert.deepEqual(codes('cluster-enabled on\n'), ['!1:not-yes-or-no']);
  assert.deepEqual(codes('cluster-port 65536\n'), ['!1:out-of-range']);
  assert.deepEqual(codes('cluster-link-sendbuf-limit 1tb\n'), ['!1:not-a-memory-size']);
  assert.deepEqual(codes('cluster-preferred-endpoint-type dns\n'), ['!1:unknown-enum-value']);
  assert.deepEqual(codes('cluster-announce-hostname a_b\n'), ['!1:invalid-characters']);
  assert.deepEqual(codes('cluster-port 0\n', 'redis-6.2'), ['!1:directive-not-in-version']);
  assert.deepEqual(codes('cluster-slot-stats-enabled yes\n'), ['!1:directive-not-in-version']);
  assert.deepEqual(codes('cluster-databases 16\n', 'valkey-8.1'), ['1:unverified-directive']);
  assert.deepEqual(codes('cluster-databases 16\n'), ['!1:directive-not-in-version']);
  assert.deepEqual(codes('cluster-node-timeout 5000\n'), ['1:needs-cluster-enabled']);
  assert.deepEqual(codes('cluster-enabled no\ncluster-node-timeout 5000\n'), ['2:needs-cluster-enabled']);
  assert.deepEqual(codes('cluster-node-timeout 5000\ncluster-enabled yes\n'), []);
});

test('messages name what is wrong and what exists', () => {
  assert.equal(
    only('cluster-announce-client-ipv4 1.2.3.4').message,
    'Redis 8 does not know “cluster-announce-client-ipv4”: it exists in Valkey 8.0 – 8.1.',
  );
  assert.equal(only('cluster-port 65536').message, 'cluster-port takes 0 – 65535, not “65536”.');
  assert.equal(
    only('maxclients 99999999999999999999').message,
    '“99999999999999999999” does not fit into 64 bits.',
  );
  assert.ok(String(only(`port ${'9'.repeat(10_000)}`).message).length < 200, 'long words are cut');
});

test('what the server calls wrong arity often has a better name', () => {
  assert.deepEqual(codes('port 7000 # first\n'), ['!1:trailing-comment']);
  assert.deepEqual(codes('bind 127.0.0.1 # local\n'), ['!1:trailing-comment']);
  assert.deepEqual(codes('user a on # admin\n'), ['!1:trailing-comment']);
  assert.deepEqual(codes('save 900 1 # often\n'), ['!1:trailing-comment']);
  assert.deepEqual(codes('requirepass foo#bar\n'), []);
  assert.deepEqual(codes('dbfilename dump.rdb \\\n'), ['!1:line-continuation']);
  assert.deepEqual(codes('\ufeff# comment\n'), ['!1:byte-order-mark']);
});

test('a line that names no target decides nothing, and is told so', () => {
  assert.deepEqual(codes('# redis-conf: target=redis-7.0\nport 1\n'), []);
  assert.deepEqual(codes('# redis-conf: target=redis-9.9\nport 1\n'), ['1:unknown-target']);
  assert.deepEqual(codes(`port 1\n${'\n'.repeat(30)}# redis-conf: target=7.2\n`), ['32:unknown-target']);
  assert.deepEqual(codes(`${'\n'.repeat(15)}# redis-conf: target=7.2\n${'\n'.repeat(15)}`), []);
  assert.deepEqual(only('# redis-conf: target=valky-8.0').range.start, { line: 0, character: 21 });
});

test('characters that look like something else', () => {
  assert.deepEqual(codes('requirepass “secret”\n'), ['1:typographic-quotes', '1:typographic-quotes']);
  assert.deepEqual(codes('requirepass a\u00a0b\n'), ['1:invisible-character']);
  assert.deepEqual(codes('# “quoted” \u3000 comment\nrequirepass 密码\n'), []);
  assert.deepEqual(codes('requirepass a\0\n'), ['1:nul-character']);
});

test('values that are hardly meant', () => {
  assert.deepEqual(codes('maxmemory gb\n'), ['1:memory-size-without-digits']);
  assert.deepEqual(codes('maxmemory 17179869184gb\n'), ['1:memory-size-overflow']);
  assert.deepEqual(codes('maxmemory 512\n'), ['1:maxmemory-tiny']);
  assert.deepEqual(codes('hz 1000\n'), ['1:hz-limited']);
  assert.deepEqual(codes('oom-score-adj-values 800 200 0\n'), ['1:oom-scores-descending']);
  assert.deepEqual(codes('activedefrag yes\n'), ['1:defrag-needs-allocator']);
  assert.deepEqual(codes('user a >x\n'), ['1:user-without-on']);
  assert.deepEqual(codes('user a off >x\nuser b on >x\n'), []);
  assert.deepEqual(codes('save 900 1 300 10\n', 'redis-6.2'), ['1:save-line-ignored']);
  assert.deepEqual(codes('repl-timeout 60s\n', 'redis-5.0'), ['1:lenient-number']);
  assert.deepEqual(codes('maxmemory lots\n', 'redis-5.0'), ['1:lenient-number']);
});

test('directives that do not fit each other', () => {
  assert.deepEqual(codes('client-output-buffer-limit replica 64mb 256mb 60\n'), ['1:soft-limit-above-hard']);
  assert.deepEqual(codes('maxmemory-policy allkeys-lru\n'), ['1:eviction-without-limit']);
  assert.deepEqual(codes('repl-timeout 5\n'), ['1:repl-timeout-too-short']);
  assert.deepEqual(codes('active-defrag-cycle-min 50\n'), ['1:defrag-bounds-crossed']);
  assert.deepEqual(codes('daemonize yes\nsupervised systemd\nlogfile a.log\n'), [
    '1:daemonize-with-supervised',
  ]);
  assert.deepEqual(codes('daemonize yes\nlogfile ""\n'), ['2:log-lost']);
  assert.deepEqual(codes('requirepass x\nuser default on >y\n'), ['1:requirepass-overridden']);
  assert.deepEqual(codes('bind 0.0.0.0\nprotected-mode no\n'), ['2:open-to-everyone']);
  assert.deepEqual(codes('bind 10.0.0.1\n'), ['1:remote-clients-refused']);
  assert.deepEqual(codes('bind 127.0.0.1 ::1\n'), []);
});

test('a node of a cluster', () => {
  const cluster = (text: string): string[] => codes(`cluster-enabled yes\n${text}`);
  assert.deepEqual(cluster('databases 16\n'), ['2:databases-in-cluster']);
  assert.deepEqual(cluster('port 0\nunixsocket /s\n'), ['2:no-client-port']);
  assert.deepEqual(cluster('cluster-node-timeout 200\n'), ['2:node-timeout-short']);
  assert.deepEqual(cluster('cluster-node-timeout 120000\n'), ['2:node-timeout-long']);
  assert.deepEqual(cluster('cluster-replica-validity-factor 0\n'), ['2:stale-replicas-may-win']);
  assert.deepEqual(cluster('cluster-preferred-endpoint-type hostname\n'), ['2:announced-hostname-missing']);
  assert.deepEqual(cluster('cluster-announce-port 7000\n'), ['2:announced-ports-incomplete']);
  assert.deepEqual(cluster('cluster-announce-bus-port 7000\n'), ['2:announced-ports-incomplete']);
  assert.deepEqual(cluster('cluster-announce-port 1\ncluster-announce-bus-port 1\n'), [
    '3:announced-ports-equal',
  ]);
  assert.deepEqual(cluster('cluster-announce-ip node-1\n'), ['2:announced-ip-malformed']);
  assert.deepEqual(cluster('requirepass x\n'), ['2:masterauth-missing']);
  assert.deepEqual(cluster('requirepass x\nmasterauth y\n'), ['2:masterauth-missing']);
  assert.deepEqual(cluster('requirepass x\nmasterauth x\n'), []);
  assert.deepEqual(cluster('save ""\n'), ['2:no-persistence-in-cluster']);
  assert.deepEqual(cluster('rename-command CLUSTER ""\nrename-command KEYS ""\n'), [
    '2:cluster-command-renamed',
  ]);
  assert.deepEqual(cluster('port 60000\n'), ['!2:bus-port-too-high']);
  assert.deepEqual(cluster('replicaof 127.0.0.1 7000\n'), ['!2:replicaof-in-cluster-mode']);
  const tls = 'tls-cert-file a\ntls-key-file b\ntls-ca-cert-file c\ntls-cluster yes\n';
  assert.deepEqual(cluster(tls), ['5:tls-cluster-without-tls-port']);
});

test('lines that are overridden, renamed or dead', () => {
  assert.deepEqual(codes('slaveof no one\nreplicaof no one\n'), ['1:duplicate-directive', '1:old-name']);
  assert.deepEqual(codes('save 900 1\nsave 300 10\nuser a on\nuser b on\n'), []);
  assert.deepEqual(codes('list-max-ziplist-value 64\n'), ['1:dead-option']);
  assert.deepEqual(codes('slaveof no one\n', 'redis-4.0'), []);
  const [old] = service().diagnose(conf('slaveof no one\n'));
  assert.equal(old?.severity, 4);
  assert.deepEqual(old?.tags, [2]);
});

test('what an unread include may say is not held against a file', () => {
  assert.deepEqual(codes('include conf.d/*.conf\ncluster-node-timeout 5000\n'), []);
  const readInclude = (): string => 'timeout 0\nprot 1\n';
  const [found] = service({ readInclude }).diagnose(conf('\ninclude base.conf\n'));
  assert.equal(found?.code, 'included-file-refused');
  assert.equal(found?.range.start.line, 1);
});

test('the file of the node is a file of its own, and not the conf file', () => {
  const itself = 'cluster-enabled yes\ncluster-config-file redis-7000.conf\n';
  assert.deepEqual(codes(itself), ['!2:nodes-file-unusable']);
  assert.deepEqual(codes(`dir ../lab\n${itself}`), ['!3:nodes-file-unusable']);
  assert.deepEqual(codes(`dir data\n${itself}`), []);
  assert.deepEqual(codes(itself.replace('yes', 'no')), ['2:needs-cluster-enabled']);
});

test('an ACL file that the server refuses is told at the line that names it', () => {
  const files: Record<string, string> = { 'file:///lab/users.acl': 'user a on %x\n' };
  const [found, ...others] = service({ readFile: (uri) => files[uri] }).diagnose(
    conf('port 1\naclfile users.acl\n'),
  );
  assert.deepEqual(others, []);
  assert.deepEqual([found?.code, found?.range.start.line], ['acl-file-refused', 1]);
  assert.match(String(found?.message), /users\.acl:1: Syntax error\.$/);
});

test('quick fixes repair', () => {
  assert.equal(repaired('clustre-enabled yes\n'), 'cluster-enabled yes\n');
  assert.equal(repaired('cluster_node_timeout 1\n'), 'cluster-node-timeout 1\n');
  assert.equal(repaired('port=7000\n'), 'port 7000\n');
  assert.equal(repaired('port = 7000\n'), 'port 7000\n');
  assert.equal(repaired('appendonly true\n'), 'appendonly yes\n');
  assert.equal(repaired('appendfsync everysecond\n'), 'appendfsync everysec\n');
  assert.equal(repaired('dbfilename /data/dump.rdb\n'), 'dbfilename dump.rdb\n');
  assert.equal(repaired('  port 7000 # first\n'), '  # first\n  port 7000\n');
  assert.equal(repaired('\ufeffport 7000\n'), 'port 7000\n');
  assert.equal(repaired('requirepass “x\n'), 'requirepass "x\n');
  assert.equal(repaired('slave-read-only yes\n'), 'replica-read-only yes\n');
  assert.equal(repaired('replica-read-only yes\n', 'redis-4.0'), 'slave-read-only yes\n');
  assert.equal(repaired('lua-replicate-commands yes\ntimeout 0\n'), 'timeout 0\n');
  assert.equal(repaired('cluster-port 1\n'), 'cluster-enabled yes\ncluster-port 1\n');
  assert.equal(repaired('cluster-enabled no\ncluster-port 1\n'), 'cluster-enabled yes\ncluster-port 1\n');
});

test('lines may end as they like', () => {
  const crlf = service().diagnose(conf('timeout 0\r\nport x\r\n'));
  assert.deepEqual(crlf[0]?.range, { start: { line: 1, character: 5 }, end: { line: 1, character: 6 } });
  // The server reads a bare CR as a blank, the editor as the end of a line.
  const cr = service().diagnose(conf('timeout 0\nport\rx\n'));
  assert.deepEqual(cr[0]?.range, { start: { line: 2, character: 0 }, end: { line: 2, character: 1 } });
});

test('in Chinese', () => {
  const [found] = service({ locale: 'zh-cn' }).diagnose(conf('clustre-enabled yes\n'));
  assert.equal(found?.message, '未知指令“clustre-enabled”。是否想写“cluster-enabled”？');
  assert.match(String(service({ locale: 'zh-tw' }).diagnose(conf('x 1\n'))[0]?.message), /^Unknown/);
});

test('command files: quotes, and keys that a cluster keeps apart', () => {
  const text = '# comment\nGET "a\nMSET a 1 b 2\nMSET {x}a 1 {x}b 2\nDEL a\n\nPING\n';
  const found = service().diagnose(document('redis-commands', text));
  assert.deepEqual(
    found.map(({ code, range, severity }) => [range.start.line, code, severity]),
    [
      [1, 'unbalanced-quotes', 1],
      [2, 'cross-slot', 2],
    ],
  );
  assert.match(String(found[1]?.message), /a is in slot 15495, b in slot 3300/);
});

test('what is wrong with a line that a NUL byte glued on is told where the line is', () => {
  const long = `appendfsync everysec${' '.repeat(1030)}\0\nhz 1 # x\n`;
  const texts = [long, 'clupo\0rt 29110\nstesaveof "\npo\0rt 29110\n', 'port\0x\n 7 7\n', 'a\0\nb"\n'];
  for (const text of texts) {
    const document = conf(text);
    for (const { range, code, data } of service().diagnose(document)) {
      // Nothing but the byte itself can be mended: the words stand nowhere.
      assert.equal(data !== undefined, code === 'nul-character', `${code} in ${JSON.stringify(text)}`);
      assert.equal(range.start.line, range.end.line, JSON.stringify(text));
      assert.ok(range.start.character <= range.end.character, JSON.stringify(text));
    }
  }
});

test('names that no file system keeps are refused, whatever is on the disk', () => {
  const long = 'x'.repeat(256);
  for (const [line, code] of [
    [`include ${long}`, 'include-not-found'],
    [`include a/${long}/b.conf`, 'include-not-found'],
    [`dir ${long}`, 'directory-not-found'],
    [`logfile ${long}`, 'log-file-not-writable'],
  ] as const) {
    assert.deepEqual(codes(`${line}\n`), [`!1:${code}`]);
  }
  assert.deepEqual(codes(`include ${long}*\n`), [], 'a pattern is looked for, and found nowhere');
});
