/** Several files together: which of them are one machine's, what they share, and at which line it is told. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { conf, service } from '../service-under-test.ts';

type Files = Readonly<Record<string, string>>;
const SIGNS = ['', '!', '?', 'i', '.'];

function documentsOf(files: Files): TextDocument[] {
  return Object.entries(files).map(([name, text]) => conf(text, `file:///lab/${name}`));
}

/** `name:line code “underlined”` of what is found across the files only. */
function across(files: Files, of = /./): string[] {
  const documents = documentsOf(files);
  const language = service({ settings: { target: 'redis-7.2' } });
  return documents.flatMap((document) => {
    const alone = new Set(language.diagnose(document).map(({ code, message }) => `${code}${message}`));
    return language
      .diagnose(document, documents)
      .filter(({ code, message }) => !alone.has(`${code}${message}`) && of.test(String(code)))
      .map(({ range, severity, code, message }) => {
        assert.ok(message, 'it has words');
        const name = document.uri.slice('file:///lab/'.length);
        return `${name}:${range.start.line + 1}${SIGNS[severity ?? 0]} ${code} “${document.getText(range)}”`;
      });
  });
}

const ports = /port/;

test('the same port is a clash on the same machine only', () => {
  const clash = (first: string, second: string): number =>
    across({ 'a/r.conf': `port 7000\n${first}\n`, 'b/r.conf': `port 7000\n${second}\n` }, ports).length;
  // Files that name no address of their own are for the machine that they lie on.
  for (const [first, second] of [
    ['', ''],
    ['bind 127.0.0.1', 'bind *'],
    ['bind 127.0.0.1', 'bind -::1 localhost'],
    ['bind 0.0.0.0', 'bind ::'],
    ['bind 10.0.0.1', 'bind -10.0.0.1 127.0.0.1'],
    ['cluster-announce-ip 127.0.0.1', ''],
    ['cluster-announce-ip 10.0.0.1', 'replica-announce-ip 10.0.0.1'],
  ] as const)
    assert.equal(clash(first, second), 2, `${first} and ${second}`);
  for (const [first, second] of [
    ['bind 10.0.0.1', 'bind 10.0.0.2'],
    ['bind 10.0.0.1', ''],
    ['replica-announce-ip 10.0.0.1', 'replica-announce-ip 10.0.0.2'],
    ['cluster-announce-ip 10.0.0.1\nreplica-announce-ip 10.0.0.9', 'cluster-announce-ip 10.0.0.9'],
    ['bind 127.0.0.1 * 10.0.0.1', 'bind *'],
  ] as const)
    assert.equal(clash(first, second), 0, `${first} and ${second}`);
});

test('a port that is switched off clashes with nothing, and a bus port that is the same with the port is told once', () => {
  assert.deepEqual(
    across({ 'a.conf': 'port 0\nunixsocket a\n', 'b.conf': 'port 0\nunixsocket b\n' }, ports),
    [],
  );
  const cluster = 'cluster-enabled yes\nport 7000\n';
  assert.deepEqual(across({ 'a.conf': cluster, 'b.conf': cluster }, ports), [
    'a.conf:2! same-port “port 7000”',
    'b.conf:2! same-port “port 7000”',
  ]);
  assert.deepEqual(
    across({ 'a.conf': cluster, 'b.conf': 'cluster-enabled yes\nport 7001\ncluster-port 17000\n' }, ports),
    ['a.conf:2! port-is-bus-port “port 7000”', 'b.conf:3! port-is-bus-port “cluster-port 17000”'],
  );
});

/** The second file after the first fix of its clash. */
function mended(files: Files): string | undefined {
  const documents = documentsOf(files);
  const [, second] = documents;
  assert.ok(second);
  const language = service({ settings: { target: 'redis-7.2' } });
  const clash = language.diagnose(second, documents).find(({ code }) => ports.test(String(code)));
  const [action] = language.codeActions(second, clash ? [clash] : []);
  const edits = action?.edit?.changes?.[second.uri];
  return edits && TextDocument.applyEdits(second, edits);
}

test('the next free port is one that nobody has, for itself or for its bus, and takes the names of files along', () => {
  const two = { 'a.conf': 'port 7000\n', 'b.conf': 'port 7000\npidfile r-7000.pid\n' };
  assert.equal(mended(two), 'port 7001\npidfile r-7001.pid\n');
  const next = {
    ...two,
    'c.conf': 'port 7001\n',
    'd.conf': 'cluster-enabled yes\nport 8000\ncluster-port 17002\n',
  };
  assert.equal(mended(next), 'port 7003\npidfile r-7003.pid\n');
  assert.equal(mended({ 'a.conf': 'port 55534\n', 'b.conf': 'port 55534\n' }), 'port 55535\n');
  assert.equal(mended({ 'a.conf': 'port 55535\n', 'b.conf': 'port 55535\n' }), undefined);
  assert.equal(
    mended({ 'a.conf': 'timeout 0\n', 'b.conf': 'timeout 0\n' }),
    undefined,
    'there is no line to change',
  );
});

test('numbers in names are ports of other nodes only where such a node is', () => {
  const numbers = /number-of/;
  const two = (second: string, name = 'b.conf'): string[] =>
    across({ 'a.conf': 'port 7000\n', [name]: `port 7001\n${second}` }, numbers);
  assert.deepEqual(two('dir data-7000\n'), ['b.conf:2? number-of-another-node “data-7000”']);
  assert.deepEqual(two('logfile "/var/7001/7000.log"\n'), [
    'b.conf:2? number-of-another-node “"/var/7001/7000.log"”',
  ]);
  assert.deepEqual(two('dir data-7002\npidfile r-70001.pid\n'), []);
  assert.deepEqual(two('', 'redis-7000.conf'), ['redis-7000.conf:1? number-of-another-node “port 7001”']);
  assert.deepEqual(two('', 'redis-1024.conf').length, 1);
  for (const name of ['redis-1023.conf', 'redis-65536.conf', 'redis-7001.conf', 'redis-123.conf'])
    assert.deepEqual(two('', name), [], name);
  assert.deepEqual(
    across({ 'a.conf': 'port 7000\n', 'redis-7000.conf': 'port 0\nunixsocket s\n' }, numbers),
    [],
  );
});

test('what both save is lost where both ask for it, and may be where they only do by default', () => {
  const saved = /snapshot/;
  const two = (first: string, second: string): string[] =>
    across({ 'a.conf': `port 1\n${first}`, 'b.conf': `port 2\n${second}` }, saved).map((found) =>
      found.slice(0, 9),
    );
  assert.deepEqual(two('save 1 1\n', 'save 1 1\n'), ['a.conf:2!', 'b.conf:2!']);
  assert.deepEqual(two('save 1 1\n', ''), ['a.conf:2?', 'b.conf:1?']);
  assert.deepEqual(two('', ''), ['a.conf:1?', 'b.conf:1?']);
  assert.deepEqual(two('save ""\n', ''), []);
  assert.deepEqual(two('dbfilename a.rdb\n', ''), []);
});

test('files of the nodes are the same by their whole paths', () => {
  const two = (first: string, second: string, of: RegExp): number =>
    across({ 'a.conf': `port 1\n${first}\n`, 'b.conf': `port 2\n${second}\n` }, of).length;
  assert.equal(two('pidfile r.pid', 'pidfile ./r.pid', /pid/), 2);
  assert.equal(two('pidfile r.pid', 'dir /elsewhere\npidfile r.pid', /pid/), 0);
  assert.equal(two('pidfile ""', 'pidfile ""', /pid/), 0);
  const aof = 'appendonly yes';
  assert.equal(two(aof, aof, /append/), 2);
  assert.equal(two(aof, `${aof}\nappenddirname other`, /append/), 0);
  assert.equal(two(aof, `${aof}\nappendfilename other`, /append/), 0);
  assert.equal(two(aof, '', /append/), 0);
  const node = 'cluster-enabled yes\ncluster-config-file n.conf';
  assert.equal(two(node, node, /nodes-file/), 2);
  assert.equal(two(node, node.replace('yes', 'no'), /nodes-file/), 0);
  const announced = 'cluster-announce-ip 10.0.0.1';
  assert.equal(
    two(`${announced}\ncluster-announce-port 7`, `${announced}\ncluster-announce-port 7`, /announced-a/),
    2,
  );
  assert.equal(two(announced, announced, /announced-a/), 0, 'their own ports differ');
});

test('a file that two share is told at the line that names it, else at the one that makes them write it', () => {
  const place = (text: string, of: RegExp): string =>
    across({ 'a.conf': `port 1\n${text}\n`, 'b.conf': `port 2\n${text}\n` }, of)[0] ?? '';
  const cluster = 'cluster-enabled yes\ndir /d';
  assert.match(place(cluster, /nodes-file/), /“dir \/d”$/);
  assert.match(place(`${cluster}\ncluster-config-file n`, /nodes-file/), /“cluster-config-file n”$/);
  const aof = 'appendonly yes';
  assert.match(place(aof, /append/), /“appendonly yes”$/);
  assert.match(place(`${aof}\ndir /d`, /append/), /“dir \/d”$/);
  assert.match(place(`${aof}\ndir /d\nappenddirname d`, /append/), /“appenddirname d”$/);
  assert.match(place(`${aof}\nappenddirname d\nappendfilename f`, /append/), /“appendfilename f”$/);
  assert.match(place('save 1 1', /snapshot/), /“save 1 1”$/);
  assert.match(place('save 1 1\ndir /d\ndbfilename f', /snapshot/), /“dbfilename f”$/);
  assert.match(place('pidfile p', /pidfile/), /“pidfile p”$/);
  assert.match(place('logfile l', /logfile/), /“logfile l”$/);
  assert.match(place('unixsocket s', /unixsocket/), /“unixsocket s”$/);
  const announced = 'port 3\ncluster-announce-ip 10.0.0.1';
  assert.match(place(announced, /announced-a/), /“cluster-announce-ip 10.0.0.1”$/);
  assert.match(place(`${announced}\ncluster-announce-port 4`, /announced-a/), /“cluster-announce-port 4”$/);
});

const node = (text: string): string => `cluster-enabled yes\n${text}`;

test('nodes of a cluster that differ are told at the line that differs, and where to look', () => {
  const differ = (first: string, second: string): string[] =>
    across({ 'a/n.conf': node(`port 1\n${first}`), 'b/n.conf': node(`port 2\n${second}`) }, /differ/);
  assert.deepEqual(differ('masterauth x\n', ''), [
    'a/n.conf:3? passwords-differ “masterauth x”',
    'b/n.conf:1? passwords-differ “cluster-enabled yes”',
  ]);
  assert.deepEqual(differ('maxmemory 1gb\n', 'maxmemory 1024mb\n'), [], 'the same, written in two ways');
  assert.deepEqual(differ('appendonly yes\n', 'appendonly no\n'), [
    'a/n.conf:3i memory-settings-differ “appendonly yes”',
    'b/n.conf:3i memory-settings-differ “appendonly no”',
  ]);
  const renamed = 'rename-command KEYS k\nrename-command DEBUG d\n';
  assert.deepEqual(differ(renamed, 'rename-command debug D\nrename-command keys K\n'), []);
  assert.equal(differ(renamed, 'rename-command KEYS k\n').length, 2);
  assert.deepEqual(
    across({ 'a/n.conf': 'port 1\nmaxmemory 1gb\n', 'b/n.conf': 'port 2\n' }, /differ/),
    [],
    'servers that are no cluster may differ',
  );
});

test('each thing that nodes of a cluster have in common is compared by itself', () => {
  const differ = (first: string, second: string): string[] => {
    const found = across({ 'a/n.conf': node(`port 1\n${first}\n`), 'b/n.conf': node(`port 2\n${second}\n`) });
    return found
      .filter((told) => told.startsWith('a') && !told.includes('too-few'))
      .map((told) => told.split(' ')[1] ?? '');
  };
  assert.deepEqual(differ('requirepass x\nmasterauth y', 'requirepass z\nmasterauth y'), [
    'passwords-differ',
  ]);
  assert.deepEqual(differ('requirepass y\nmasterauth x', 'requirepass y\nmasterauth z'), [
    'passwords-differ',
  ]);
  assert.deepEqual(differ('cluster-node-timeout 5000', ''), ['node-timeout-differs']);
  assert.deepEqual(differ('cluster-node-timeout 15000', ''), [], 'that is the default');
  assert.deepEqual(differ('tls-cluster yes', 'tls-cluster no'), ['tls-cluster-differs']);
  assert.deepEqual(differ('cluster-announce-ip 127.0.0.1', ''), ['announced-ip-on-some-nodes']);
  assert.deepEqual(differ('cluster-announce-ip 127.0.0.1', 'cluster-announce-ip 127.0.0.2'), []);
  assert.deepEqual(differ('maxmemory-policy allkeys-lru', ''), ['memory-settings-differ']);
  assert.deepEqual(differ('maxmemory 1gb', ''), ['memory-settings-differ']);
  const severities = across({
    'a/n.conf': node(
      'port 1\ncluster-node-timeout 1\ntls-cluster yes\nrename-command KEYS k\ncluster-announce-ip ::1\n',
    ),
    'b/n.conf': node('port 2\n'),
  });
  const warned = severities.filter((told) => /differ|some-nodes/.test(told));
  assert.equal(warned.length, 8);
  assert.ok(
    warned.every((told) => /:\d\? /.test(told)),
    warned.join('\n'),
  );
});

test('who is alone among nodes, and nodes that are too few, point to the others and not to themselves', () => {
  const documents = documentsOf({
    'a.conf': node('port 1\n'),
    'b.conf': node('port 2\n'),
    'c.conf': 'port 3\n',
  });
  const pointsTo = (document: TextDocument | undefined, code: string): string[] => {
    assert.ok(document);
    const found = service()
      .diagnose(document, documents)
      .find((one) => one.code === code);
    return (found?.relatedInformation ?? []).map(
      ({ location }) => `${location.uri.slice('file:///lab/'.length)}:${location.range.start.line + 1}`,
    );
  };
  const [first, second, third] = documents;
  assert.deepEqual(pointsTo(third, 'cluster-not-enabled'), ['a.conf:1', 'b.conf:1']);
  assert.deepEqual(pointsTo(first, 'too-few-nodes'), ['b.conf:1']);
  assert.deepEqual(pointsTo(second, 'too-few-nodes'), ['a.conf:1']);
});

test('a single server among nodes is told where it says so, unless an include may say otherwise', () => {
  const among = (text: string): string[] =>
    across({ 'a/n.conf': node('port 1\n'), 'b/n.conf': `port 2\n${text}` }, /not-enabled/);
  assert.deepEqual(among('cluster-enabled no\n'), ['b/n.conf:2? cluster-not-enabled “cluster-enabled no”']);
  assert.equal(among('').length, 1);
  assert.deepEqual(among('include other.conf\n'), []);
});

test('a node that only its own machine reaches is told so, and so are those that cannot reach it', () => {
  const reach = (first: string, second: string): string[] =>
    across({ 'a/n.conf': node(`port 1\n${first}\n`), 'b/n.conf': node(`port 2\n${second}\n`) }, /loopback/);
  const remote = 'cluster-announce-ip 10.0.0.1\nbind *';
  assert.deepEqual(reach('bind -127.0.0.1 localhost', remote), [
    'a/n.conf:3? loopback-with-remote-peers “bind -127.0.0.1 localhost”',
    'b/n.conf:3? loopback-with-remote-peers “cluster-announce-ip 10.0.0.1”',
  ]);
  assert.deepEqual(reach('bind *', remote), []);
  assert.deepEqual(reach('', remote), []);
  assert.deepEqual(reach('bind 127.0.0.1', 'bind 127.0.0.1'), []);
  const announced = 'bind 127.0.0.1\ncluster-announce-ip 10.0.0.1';
  const told = (found: string) => found.slice(0, 8);
  const names = ['a/n.conf', 'b/n.conf'];
  assert.deepEqual(reach('bind 127.0.0.1', announced).map(told), names, 'the other one by what it announces');
  assert.deepEqual(
    reach(announced.replace('.1\n', '.1 -::1\n'), announced.replace(/1$/, '2')).map(told),
    names,
  );
});
