import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { conf, service } from './service-under-test.ts';

/** Six nodes as the lab writes them, each in a folder of its own. */
function six(change: (port: number) => string = () => ''): TextDocument[] {
  return [7000, 7001, 7002, 7003, 7004, 7005].map((port) =>
    conf(
      `port ${port}\nbind 127.0.0.1\ncluster-enabled yes\ncluster-config-file nodes-${port}.conf\n` +
        `cluster-node-timeout 15000\n${change(port)}`,
      `file:///lab/${port}/redis-${port}.conf`,
    ),
  );
}

/** `port:code` of what is found across the files; `!` in front of errors. */
function found(documents: readonly TextDocument[]): string[] {
  const languageService = service({ settings: { target: 'redis-7.2' } });
  return documents.flatMap((document) => {
    const alone = languageService.diagnose(document).map(({ code, message }) => `${code}${message}`);
    return languageService
      .diagnose(document, documents)
      .filter(({ code, message }) => !alone.includes(`${code}${message}`))
      .map(({ code, severity }) => `${severity === 1 ? '!' : ''}${/\d+/.exec(document.uri)?.[0]}:${code}`);
  });
}

const both = (sign: string, first: number, second: number, code: string): string[] => [
  `${sign}${first}:${code}`,
  `${sign}${second}:${code}`,
];
const each = (code: string): string[] =>
  [7000, 7001, 7002, 7003, 7004, 7005].map((port) => `${port}:${code}`);
const one = (port: number, text: string) => (of: number) => (of === port ? text : '');

test('six nodes side by side are fine', () => {
  assert.deepEqual(found(six()), []);
});

test('ports', () => {
  assert.deepEqual(found(six(one(7001, 'port 7000\n'))), [
    '!7000:same-port',
    '!7001:same-port',
    // The file is named after 7001.
    '7001:number-of-another-node',
  ]);
  const bus = both('!', 7001, 7005, 'port-is-bus-port');
  assert.deepEqual(found(six(one(7005, 'cluster-port 7001\n'))), bus);
  assert.deepEqual(found(six(one(7005, 'cluster-port 17001\n'))), bus);
  const tls = (port: number): string => (port === 7001 || port === 7005 ? 'tls-port 7999\n' : '');
  assert.deepEqual(
    found(six(tls)).filter((code) => code.endsWith('port')),
    both('!', 7001, 7005, 'same-port'),
  );
});

test('files of the nodes', () => {
  const shared = 'dir /data\n';
  const codes = found(six((port) => (port < 7002 ? shared : '')));
  assert.deepEqual(codes, both('', 7000, 7001, 'same-snapshot-file'));
  const aof = found(
    six((port) => (port < 7002 ? `${shared}appendonly yes\nsave ""\n` : 'appendonly yes\nsave ""\n')),
  );
  assert.deepEqual(aof, both('!', 7000, 7001, 'same-append-only-file'));
  const nodes = found(
    six((port) =>
      port < 7002
        ? `${shared}cluster-config-file nodes.conf\nsave ""\nappendfilename a-${port}.aof\n`
        : 'save ""\n',
    ),
  );
  assert.deepEqual(nodes, both('!', 7000, 7001, 'same-nodes-file'));
  for (const [line, code] of [
    ['pidfile /run/redis.pid', 'same-pidfile'],
    ['logfile /var/log/redis.log', 'same-logfile'],
    ['unixsocket /run/redis.sock', 'same-unixsocket'],
  ] as const) {
    const clashing = found(six((port) => (port < 7002 ? `${line}\n` : '')));
    assert.deepEqual(clashing, both('', 7000, 7001, code));
  }
});

test('nodes on different hosts may share everything', () => {
  const documents = six(
    (port) =>
      `bind 0.0.0.0\ncluster-announce-ip 10.0.0.${port - 6999}\ndir /data\nport 7000\ncluster-config-file nodes.conf\npidfile /run/r.pid\n`,
  );
  const codes = found(documents).filter((code) => !code.endsWith('number-of-another-node'));
  assert.deepEqual(codes, []);
});

test('a copied file', () => {
  assert.deepEqual(found(six(one(7003, 'cluster-config-file nodes-7002.conf\n'))), [
    '7003:number-of-another-node',
  ]);
});

test('what must be equal', () => {
  assert.deepEqual(
    found(six(one(7004, 'cluster-enabled no\n'))).filter((code) => !/too-few/.test(code)),
    ['7004:cluster-not-enabled'],
  );
  const password = (secret: string): string => `requirepass ${secret}\nmasterauth ${secret}\n`;
  assert.deepEqual(found(six((port) => password(port === 7002 ? 'b' : 'a'))), each('passwords-differ'));
  assert.deepEqual(found(six(one(7002, 'cluster-node-timeout 5000\n'))), each('node-timeout-differs'));
  assert.deepEqual(found(six(one(7002, 'rename-command KEYS ""\n'))), each('renamed-commands-differ'));
  const announced = found(six(one(7002, 'cluster-announce-ip 127.0.0.1\n')));
  assert.deepEqual(announced, each('announced-ip-on-some-nodes'));
  assert.deepEqual(found(six(one(7002, 'maxmemory 1gb\n'))), each('memory-settings-differ'));
  assert.deepEqual(
    found(
      six(
        () => 'cluster-announce-ip 10.0.0.1\ncluster-announce-port 7000\ncluster-announce-bus-port 17000\n',
      ).slice(0, 3),
    ).filter((code) => /same-announced/.test(code)),
    ['7000:same-announced-address', '7001:same-announced-address', '7002:same-announced-address'],
  );
});

test('who shares a file is told with whom, and never that it is itself', () => {
  const documents = six((port) => (port < 7003 ? 'pidfile /run/redis.pid\n' : ''));
  const told = documents.slice(0, 3).map((document) => {
    const finding = service()
      .diagnose(document, documents)
      .find(({ code }) => code === 'same-pidfile');
    const others = finding?.relatedInformation?.map(({ location }) => /\d+\.conf/.exec(location.uri)?.[0]);
    return [/^\S+/.exec(`${finding?.message}`)?.[0], ...(others ?? [])];
  });
  assert.deepEqual(told, [
    ['redis-7001.conf', '7001.conf', '7002.conf'],
    ['redis-7000.conf', '7000.conf', '7002.conf'],
    ['redis-7000.conf', '7000.conf', '7001.conf'],
  ]);
});

test('a port that is the bus port of another is told from both sides', () => {
  const documents = six(one(7005, 'cluster-port 7001\n'));
  const messages = [1, 5].map((at) => {
    const document = documents[at];
    assert.ok(document);
    const findings = service().diagnose(document, documents);
    return findings.find(({ code }) => code === 'port-is-bus-port')?.message;
  });
  assert.deepEqual(messages, [
    'Port 7001 is the bus port of redis-7005.conf: the second node exits.',
    'The bus port 7001 is the port of redis-7001.conf: the second node exits.',
  ]);
});

test('too few for a cluster is worse than too few for replicas', () => {
  const severities = [2, 3, 5, 6].map((count) => {
    const documents = six().slice(0, count);
    const [first] = documents;
    assert.ok(first);
    return service()
      .diagnose(first, documents)
      .find(({ code }) => code === 'too-few-nodes')?.severity;
  });
  assert.deepEqual(severities, [2, 3, 3, undefined]);
});

test('too few', () => {
  assert.deepEqual(found(six().slice(0, 2)), each('too-few-nodes').slice(0, 2));
  assert.deepEqual(found(six().slice(0, 4)), each('too-few-nodes').slice(0, 4));
});

test('a setting turns it off', () => {
  const documents = six(one(7001, 'port 7000\n'));
  const [, second] = documents;
  assert.ok(second);
  const alone = service({ settings: { crossFileRules: false } }).diagnose(second, documents);
  assert.ok(alone.every(({ code }) => code === 'duplicate-directive'));
});

test('nodes that only their own machine reaches, in a cluster of several', () => {
  const remote = 'bind 10.0.0.2\n';
  assert.deepEqual(found(six(one(7004, remote))), each('loopback-with-remote-peers'));
  assert.deepEqual(
    found(six((port) => (port === 7000 ? '' : `bind 10.0.0.${port - 7000}\n`))),
    each('loopback-with-remote-peers'),
  );
  assert.deepEqual(found(six((port) => `bind 127.0.0.1 10.0.0.${port - 6999}\n`)), []);
});

test('each file points to the others', () => {
  const documents = six(one(7001, 'port 7000\n'));
  const [first, second] = documents;
  assert.ok(first && second);
  const clash = service()
    .diagnose(second, documents)
    .find(({ code }) => code === 'same-port');
  assert.equal(clash?.relatedInformation?.[0]?.location.uri, first.uri);
  assert.match(String(clash?.message), /^redis-7000\.conf listens on port 7000/);
  const mirrored = service()
    .diagnose(first, documents)
    .find(({ code }) => code === 'same-port');
  assert.deepEqual(
    mirrored?.relatedInformation?.map(({ location }) => location.uri),
    [second.uri],
  );
  const timeouts = six(one(7001, 'cluster-node-timeout 1000\n'));
  const differing = timeouts.map(
    (document) =>
      service()
        .diagnose(document, timeouts)
        .find(({ code }) => code === 'node-timeout-differs')?.relatedInformation?.length,
  );
  assert.deepEqual(differing, [1, 5, 1, 1, 1, 1]);
});
