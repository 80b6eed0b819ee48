import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import {
  type ConfOptions,
  formatFatal,
  type ParsedConf,
  parseConf,
} from '../../../extension/redis/config/parse-conf.ts';
import { formatValue } from '../../../extension/redis/config/value.ts';

interface Sample {
  readonly id: string;
  readonly text: string;
  readonly verdict: 'accept' | 'reject';
  readonly stage?: 'config' | 'startup';
  readonly errorLine?: number;
  readonly message?: string;
}

const samples: Sample[] = readFileSync(
  new URL('../../language-server/data/conf-samples.jsonl', import.meta.url),
  'utf8',
)
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line));

function parse(text: string, options: Partial<ConfOptions> = {}): ParsedConf {
  return parseConf(text, { target: 'redis-7.0', ...options });
}

/** `2: message` of the first problem, '' when there is none. */
function fate(text: string, options: Partial<ConfOptions> = {}): string {
  const [first] = parse(text, options).problems;
  return first === undefined ? '' : `${first.line?.counted ?? '-'}: ${first.message}`;
}

test('redis-server 7.0.15 and we refuse the same files, at the same line, with the same words', () => {
  assert.equal(samples.length, 150);
  for (const { id, text, stage, errorLine, message } of samples) {
    const expected = stage === 'config' ? `${errorLine ?? '-'}: ${message}` : '';
    assert.equal(fate(text), expected, id);
  }
});

test('a file that is accepted: entries in order, the lines untouched', () => {
  const text = '# lab\r\nport 7000\n\n  Cluster-Enabled "yes" \nport 7001\n';
  const conf = parse(text);
  assert.deepEqual(conf.problems, []);
  assert.deepEqual(
    conf.entries.map(({ line, name, value }) => [line.number, name, value && formatValue(value)]),
    [
      [2, 'port', '7000'],
      [4, 'cluster-enabled', 'yes'],
      [5, 'port', '7001'],
    ],
  );
  assert.equal(conf.lines.map((line) => line.text).join('\n'), text);
});

test('every bad line is reported, the first one is fatal', () => {
  const conf = parse('prot 7000\nport x\ntimeout 0\nsave 900\n');
  assert.deepEqual(
    conf.problems.map(({ line, refusal }) => [line?.number, refusal]),
    [
      [1, 'unknown-directive'],
      [2, 'not-an-integer'],
      [4, 'invalid-save-points'],
    ],
  );
});

test('the fatal error as the server prints it', () => {
  const [problem] = parse('timeout 0\n  port x \n').problems;
  assert.ok(problem);
  assert.deepEqual(formatFatal(problem, '7.2.4', 'redis-7.2'), [
    '',
    '*** FATAL CONFIG FILE ERROR (Redis 7.2.4) ***',
    'Reading the configuration file, at line 2',
    ">>> 'port x'",
    "argument couldn't be parsed into an integer",
  ]);
  assert.equal(formatFatal(problem, '5.0.14', 'redis-5.0')[1], '*** FATAL CONFIG FILE ERROR ***');
  assert.equal(
    formatFatal(problem, '8.0.1', 'valkey-8.0')[1],
    '*** FATAL CONFIG FILE ERROR (Version 8.0.1) ***',
  );
});

test('names that the version does not know', () => {
  const bad = '1: Bad directive or wrong number of arguments';
  assert.equal(fate('cluster-port 17000', { target: 'redis-6.2' }), bad);
  assert.equal(fate('cluster-port 17000', { target: 'redis-7.2' }), '');
  assert.equal(fate('replicaof no one', { target: 'redis-4.0' }), bad);
  assert.equal(fate('gopher-enabled no', { target: 'redis-7.0' }), bad);
  assert.equal(fate('primaryauth x', { target: 'redis-7.2' }), bad);
  assert.equal(fate('primaryauth x', { target: 'valkey-8.0' }), '');
  assert.equal(fate('tls-port 0', { builds: new Set() }), bad);
  assert.equal(fate('client-default-resp 3', { target: 'redis-7.2' }), bad, 'a build option nobody ships');
});

test('a BOM, a NUL byte, control characters', () => {
  assert.match(fate('\ufeff# comment\n'), /^1: Bad directive/);
  assert.match(fate('\v# comment\n'), /^1: Bad directive/);
  assert.equal(fate('port 70\0 hidden\n01\ntimeout x\n'), "2: argument couldn't be parsed into an integer");
  const glued = parse('port 70\0 hidden\n01\n');
  assert.deepEqual(
    glued.entries.map(({ line, value }) => [line.number, value && formatValue(value)]),
    [[1, '7001']],
  );
  assert.equal(fate('port\r7000\n\f\n\t\n'), '');
});

test('an open parenthesis is told with the error that an earlier user left behind', () => {
  const options = { target: 'redis-7.2', commands: new Set(['get']) } as const;
  assert.equal(fate('user a (+get\n', options), "1: Error in user declaration 'user': Wrong format");
  assert.equal(
    fate('user b on +nope\nuser a (+get\n', options),
    "2: Error in user declaration 'user': Unknown command or category name in ACL",
  );
});

test('settings of modules', () => {
  assert.equal(
    fate('"\\x00a.b" c\n'),
    '1: Bad directive or wrong number of arguments',
    'no dot before the NUL',
  );
  assert.equal(fate('search.timeout 500'), '');
  assert.equal(fate('search.timeout'), '1: Module config specified without value');
  assert.match(fate('search.timeout 500', { target: 'redis-6.2' }), /Bad directive/);
});

test('replicaof in cluster mode', () => {
  const text = 'replicaof 127.0.0.1 7000\ncluster-enabled yes\n';
  assert.equal(fate(text), '-: replicaof directive not allowed in cluster mode');
  assert.equal(fate(text, { target: 'redis-6.2' }), '1: replicaof directive not allowed in cluster mode');
  assert.equal(fate(`${text}slaveof no one\n`), '');
});

test('the title must not be empty at the moment it is read', () => {
  const bad = /template format is invalid/;
  assert.match(fate('proc-title-template {server-mode}\ncluster-enabled yes\n'), bad);
  assert.equal(fate('cluster-enabled yes\nproc-title-template {server-mode}\n'), '');
  assert.match(fate('proc-title-template "{unixsocket} "\n'), bad);
  assert.equal(fate('unixsocket /tmp/s\nproc-title-template {unixsocket}\n'), '');
});

test('users', () => {
  const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
  assert.match(fate('user a on\nUSER a off\n'), /^2: Error in user declaration 'a': Duplicate user found/);
  assert.equal(fate('user a on >x <x ~* &* +@all (%R~a +get) (~b &c\\ -@write)', { sha256 }), '');
  assert.match(fate('user a on >x <y', { sha256 }), /'on': The password you are trying to remove/);
  assert.equal(fate(`user a #${sha256('x')} <x`, { sha256 }), '');
  assert.match(fate(`user a #${'A'.repeat(64)}`), /64 characters and contain only lowercase/);
  assert.match(fate('user a ~* ~x'), /'a': Adding a pattern after the \* pattern/);
  assert.match(fate('user a allchannels &x'), /allchannels/);
  assert.match(fate('user a &x', { target: 'redis-6.2' }), /allchannels/, 'the default of 6.2');
  assert.match(fate('user a %X~x'), /Syntax error/);
  assert.match(fate('user a (~x'), /Unknown command or category/);
  assert.match(fate('user a (on)'), /Syntax error/);
  assert.match(fate('user a (~x)', { target: 'redis-6.2' }), /Syntax error/);
  assert.match(fate('user a +config|get|x'), /first-arg of a subcommand/);
  const commands = new Set(['get']);
  assert.equal(fate('user a +foo +@foo', { commands }), '', 'that fails later, without a line');
});

test('rename-command', () => {
  const commands = new Set(['get', 'set', 'config', 'config|get']);
  const missing = '1: No such command in rename-command';
  assert.equal(fate('rename-command CONFIG ""', { commands }), '');
  assert.equal(fate('rename-command nosuch x', { commands }), missing);
  assert.equal(fate('rename-command GET SET', { commands }), '1: Target command name already exists');
  assert.equal(
    fate('rename-command get a\nrename-command set A\n', { commands }),
    '2: Target command name already exists',
  );
  assert.equal(
    fate('rename-command get get2\nrename-command get x\n', { commands }),
    missing.replace('1', '2'),
  );
  assert.equal(fate('rename-command get set2\nrename-command SET2 get\n', { commands }), '');
  assert.equal(fate('rename-command config|get x', { commands }), missing);
  // The names of subcommands are not taken: they have tables of their own. Nor is such a name found again.
  assert.equal(fate('rename-command get config|get', { commands }), '');
  assert.equal(
    fate('rename-command get a|b\nrename-command a|b x', { commands }),
    '2: No such command in rename-command',
  );
  assert.equal(
    fate('rename-command config cfg\nrename-command config|get x', { commands }),
    '2: No such command in rename-command',
  );
});

test('includes act in their place', () => {
  const files: Record<string, string> = {
    'a.conf': 'port 7001\ninclude b.conf\n',
    'b.conf': 'timeout 0\nhz x\n',
    'self.conf': 'include self.conf\n',
  };
  const surroundings = {
    readInclude: (path: string): { text: string } | { error: string } => {
      const text = files[path];
      return text === undefined ? { error: 'No such file or directory' } : { text };
    },
  };
  const conf = parse('# top\ninclude a.conf\nport 7002\n', { surroundings });
  assert.deepEqual(
    conf.entries.map(({ name, source }) => [name, source?.path]),
    [
      ['include', undefined],
      ['port', 'a.conf'],
      ['include', 'a.conf'],
      ['timeout', 'b.conf'],
      ['hz', 'b.conf'],
      ['port', undefined],
    ],
  );
  const [problem] = conf.problems;
  assert.equal(problem?.line?.counted, 2, 'counted in the included file');
  assert.equal(problem?.source?.path, 'b.conf');
  assert.equal(problem?.source?.includedAt.number, 2, 'the line of the main file');
  const [missing] = parse('include c.conf\n', { surroundings }).problems;
  assert.ok(missing);
  assert.deepEqual(formatFatal(missing, '7.2.4', 'redis-7.2'), [
    "Fatal error, can't open config file 'c.conf': No such file or directory",
  ]);
  assert.equal(parse('include self.conf\n', { surroundings }).problems[0]?.refusal, 'include-loop');
});

test('the working directory and the log file', () => {
  const surroundings = {
    changeDirectory: (path: string): string | undefined =>
      path === '/data' ? undefined : 'No such file or directory',
    tryLogFile: (path: string): string | undefined => (path === 'ok.log' ? undefined : 'Permission denied'),
  };
  assert.equal(fate('dir /data\nlogfile ok.log\n', { surroundings }), '');
  assert.equal(fate('timeout 0\ndir /nowhere\n', { surroundings }), '2: No such file or directory');
  assert.equal(fate('dir ""\n'), '1: No such file or directory');
  const log = "Can't open the log file: Permission denied";
  assert.equal(fate('logfile /x\ntimeout 0\n', { surroundings }), `-: ${log}`);
  assert.equal(fate('logfile /x\ntimeout 0\n', { surroundings, target: 'redis-6.2' }), `1: ${log}`);
  assert.equal(fate('logfile ""\n', { surroundings }), '');
});

test('the server shows a line as it sees it, with what a NUL byte glued on', () => {
  const { problems } = parse('dbfilename du\0mp.rdb\nport 1\n');
  const [problem] = problems;
  assert.ok(problem);
  assert.ok(formatFatal(problem, '7.0.15', 'redis-7.0').includes(">>> 'dbfilename duport 1'"));
});

test('the word that a refused user line is blamed on counts a selector as one', () => {
  const [problem] = parse('user a (%R~a %W~b) &* <secret\n').problems;
  assert.match(problem?.message ?? '', /^Error in user declaration '\(%R~a': The password/);
});

test('a selector that does not close is refused, in words that changed with 7.2', () => {
  const words = (target: ConfOptions['target']) => parse('user a (+get\n', { target }).problems[0]?.message;
  assert.match(words('redis-7.0') ?? '', /: Unknown command or category name in ACL$/);
  assert.match(words('redis-7.2') ?? '', /: Wrong format$/);
});
