import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, normalize } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { confFileOf, confText, writeConfFiles } from '../../extension/lab/conf-files.ts';
import { toldBy } from '../../extension/lab/message.ts';
import { readConfiguration } from '../../extension/lab/node-configuration.ts';
import type { LabOptions, Message } from '../../extension/lab/protocol.ts';
import { parseConf } from '../../extension/redis/config/parse-conf.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'conf-files-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function options(directives: Record<string, string> = {}): LabOptions {
  return { basePort: 7000, nodes: 6, replicasPerPrimary: 1, folder, host: '127.0.0.1', directives };
}

function write(port: number, text: string): void {
  mkdirSync(join(folder, String(port)), { recursive: true });
  writeFileSync(confFileOf(folder, port), text);
}

test('missing files are written, present ones are left alone', () => {
  write(7001, '# mine\nport 7001\ncluster-enabled yes\n');
  const written = writeConfFiles(options(), [7000, 7001]);
  assert.deepEqual(written, [join(folder, '7000', 'redis-7000.conf')]);
  assert.match(readFileSync(confFileOf(folder, 7000), 'utf8'), /^port 7000$/m);
  assert.match(readFileSync(confFileOf(folder, 7001), 'utf8'), /^# mine$/m);
  assert.deepEqual(writeConfFiles(options(), [7000, 7001]), []);
});

test('a folder that can’t be written is named, with what the system says', () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  assert.throws(() => writeConfFiles({ ...options(), folder: file }, [7000]), {
    // Windows says that there is no such folder.
    message: /^The folder .*file can’t be written: .*(?:ENOTDIR|ENOENT|EEXIST)/,
  });
});

test('what is written is accepted by every server version the tutorial is read with', () => {
  for (const target of ['redis-5.0', 'redis-7.0', 'redis-7.2'] as const) {
    const { problems } = parseConf(confText(options(), 7000), { target });
    assert.deepEqual(problems, [], target);
  }
});

test('comments are in the language of their reader, and say what is true of the file', () => {
  const english = confText(options({ maxmemory: '1gb' }), 7000);
  const chinese = confText({ ...options({ maxmemory: '1gb' }), locale: 'zh-cn' }, 7000);
  const directives = (text: string): string[] => text.split('\n').filter((line) => /^[^#]/.test(line));
  const comments = (text: string): string[] => text.split('\n').filter((line) => line.startsWith('#'));
  assert.deepEqual(directives(chinese), directives(english));
  for (const comment of comments(chinese)) assert.match(comment, /\p{Script=Han}/u);
  for (const comment of comments(english)) assert.doesNotMatch(comment, /\p{Script=Han}/u);
  assert.match(english, /This one can only be reached from this machine/);
  assert.doesNotMatch(confText({ ...options(), host: '0.0.0.0' }, 7000), /from this machine/);
});

test('a written file is read back as the node it describes', () => {
  writeConfFiles(options({ 'cluster-node-timeout': '5000', maxmemory: '100mb' }), [7003]);
  const text = readFileSync(confFileOf(folder, 7003), 'utf8');
  assert.match(text, /^cluster-node-timeout 5000$/m);
  assert.match(text, /^maxmemory 100mb$/m);
  assert.equal(text.match(/^cluster-node-timeout/gm)?.length, 1);
  const { configuration, password } = readConfiguration(options(), 7003);
  assert.equal(configuration.number('port'), 7003);
  assert.equal(configuration.number('cluster-node-timeout'), 5000);
  assert.equal(configuration.text('cluster-config-file'), 'nodes-7003.conf');
  assert.equal(normalize(configuration.text('dir')), join(folder, '7003'));
  assert.deepEqual(configuration.words('bind'), ['127.0.0.1']);
  assert.equal(password, '');
});

test("the lab's directives stand behind the file's", () => {
  write(7000, 'port 7000\ncluster-enabled yes\ncluster-node-timeout 15000\n');
  const { configuration } = readConfiguration(options({ 'cluster-node-timeout': '1000' }), 7000);
  assert.equal(configuration.number('cluster-node-timeout'), 1000);
});

test('a directive that no server would take is refused before anything is written', () => {
  assert.throws(
    () => writeConfFiles(options({ 'no-such-thing': '1' }), [7000]),
    /'no-such-thing 1': Bad directive/,
  );
  assert.throws(
    () => writeConfFiles(options({ maxmemory: 'lots' }), [7000]),
    /'maxmemory lots': argument must be/,
  );
  assert.deepEqual(readdirSync(folder), []);
});

test('a pattern of include names files, which stand where it stands', () => {
  mkdirSync(join(folder, 'shared'));
  writeFileSync(join(folder, 'shared', '1.conf'), 'maxmemory 1mb\ncluster-node-timeout 1000\n');
  writeFileSync(join(folder, 'shared', '2.conf'), 'cluster-node-timeout 2000\n');
  write(7000, 'port 7000\ncluster-enabled yes\ninclude shared/*.conf\nmaxmemory 2mb\n');
  const { configuration } = readConfiguration(options(), 7000);
  assert.equal(configuration.number('cluster-node-timeout'), 2000);
  assert.equal(configuration.number('maxmemory'), 2 * 1024 * 1024);
});

test('a line that is refused is told with its place, in an included file too', () => {
  const refused = (): Message | undefined => {
    try {
      readConfiguration(options(), 7000);
    } catch (error) {
      return toldBy(error);
    }
    return undefined;
  };
  const file = confFileOf(folder, 7000);
  write(7000, 'port 7000\ncluster-enabled yes\nappendonly maybe\n');
  assert.match(refused()?.text ?? '', /redis-7000\.conf, line 3: 'appendonly maybe': argument must be/);
  assert.deepEqual(refused()?.place, { file, line: 3 });
  writeFileSync(join(folder, 'shared.conf'), '# shared\nport 99999\n');
  write(7000, 'port 7000\ncluster-enabled yes\ninclude shared.conf\n');
  assert.match(refused()?.text ?? '', /shared\.conf, line 2: 'port 99999': /);
  assert.deepEqual(refused()?.place, { file: join(folder, 'shared.conf'), line: 2 });
});

test('a log that cannot be written where the file says is kept beside the node', () => {
  write(7000, 'port 7000\ncluster-enabled yes\nlogfile "/nowhere/redis-7000.log"\n');
  const { configuration, notes } = readConfiguration(options(), 7000);
  assert.equal(configuration.text('logfile'), 'redis-7000.log');
  assert.match(notes[0]?.text ?? '', /cannot write its log to \/nowhere/);
});

test('nodes never share a folder, and listen on the lab’s host unless told otherwise', () => {
  write(7000, 'port 7000\ncluster-enabled yes\ndir ./\n');
  write(7001, 'port 7001\ncluster-enabled yes\nbind 0.0.0.0\n');
  const [first, second] = [readConfiguration(options(), 7000), readConfiguration(options(), 7001)];
  assert.equal(first.configuration.text('dir'), join(folder, '7000'));
  assert.equal(second.configuration.text('dir'), join(folder, '7001'));
  assert.deepEqual(first.configuration.words('bind'), ['127.0.0.1']);
  assert.equal(first.configuration.number('repl-diskless-sync-delay'), 0);
  assert.equal(first.namesAddresses, false);
  assert.deepEqual(second.configuration.words('bind'), ['0.0.0.0']);
  assert.equal(second.namesAddresses, true);
});

test('a file the server would refuse is refused with its line', () => {
  write(7000, 'port 7000\ncluster-enabled yes\nmaxmemory lots\n');
  assert.throws(
    () => readConfiguration(options(), 7000),
    /redis-7000\.conf, line 3: 'maxmemory lots': argument must be a memory value/,
  );
});

test('a file of another node or of a single server is refused', () => {
  write(7000, 'port 7001\ncluster-enabled yes\n');
  assert.throws(() => readConfiguration(options(), 7000), /the node on port 7000, but says port 7001/);
  write(7000, 'port 7000\n');
  assert.throws(() => readConfiguration(options(), 7000), /cluster-enabled yes/);
});

test('a folder that does not exist is told in the words of the system', () => {
  write(7000, 'port 7000\ncluster-enabled yes\ndir /nowhere/at/all\n');
  assert.throws(() => readConfiguration(options(), 7000), /line 3: .*No such file or directory/);
});
