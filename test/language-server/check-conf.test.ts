import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { checkConf } from '../../language-server/check-conf.ts';
import { samples } from './samples.ts';

interface Run {
  readonly status: number;
  readonly out: string[];
  readonly error: string[];
}

function run(files: Record<string, string | Uint8Array>, ...args: string[]): Run {
  const out: string[] = [];
  const error: string[] = [];
  const there = new Map(Object.entries(files).map(([file, text]) => [path.resolve(file), text]));
  const status = checkConf(args, {
    out: (line) => out.push(line),
    error: (line) => error.push(line),
    readFile: (file) => {
      const text = there.get(path.resolve(file));
      return typeof text === 'string' ? new TextEncoder().encode(text) : text;
    },
  });
  return { status, out, error };
}

interface Found {
  readonly line: number;
  readonly column: number;
  readonly endColumn: number;
  readonly severity: string;
  readonly code: string;
  readonly message: string;
}

function diagnostics({ out }: Run): Found[] {
  const [only = '{}'] = out;
  return JSON.parse(only).diagnostics;
}

test('the verdict on every sample is that of redis-server 7.0.15, and so is the line', () => {
  for (const { id, text, verdict, errorLine } of samples) {
    const checked = run({ 'a.conf': text }, '--target', 'redis-7.0', '--single', '--json', 'a.conf');
    assert.equal(checked.status, verdict === 'reject' ? 1 : 0, id);
    const [first] = diagnostics(checked).filter(({ severity }) => severity === 'error');
    if (errorLine !== undefined) assert.equal(first?.line, errorLine, id);
  }
});

test('who asks for help gets it', () => {
  const { status, out } = run({}, '--help');
  assert.equal(status, 0);
  assert.match(
    out.join('\n'),
    /^Usage: redis-cluster-lab check-conf [\s\S]*--target TARGET .*[\s\S]*valkey-8\.1/,
  );
});

test('people get a line for each finding', () => {
  const { status, out } = run({ 'a.conf': 'port 7000\nclustre-enabled yes\n' }, 'a.conf');
  assert.equal(status, 1);
  assert.deepEqual(out, [
    'a.conf:2:1: error: Unknown directive “clustre-enabled”. Did you mean “cluster-enabled”? [misspelt-directive]',
  ]);
});

test('programs get a JSON object for each file, with lines and columns from 1', () => {
  const files = { 'a.conf': 'port 7000\n', 'b.conf': 'port 7001\n  appendonly true\n' };
  const { status, out } = run(files, '--json', '--single', 'a.conf', 'b.conf');
  assert.equal(status, 1);
  assert.deepEqual(
    out.map((line) => JSON.parse(line)),
    [
      { file: 'a.conf', diagnostics: [] },
      {
        file: 'b.conf',
        diagnostics: [
          {
            line: 2,
            column: 14,
            endColumn: 18,
            severity: 'error',
            code: 'not-yes-or-no',
            message: 'appendonly takes yes or no, not “true”.',
          },
        ],
      },
    ],
  );
});

test('warnings do not fail', () => {
  const { status, out } = run({ 'a.conf': 'cluster-node-timeout 5000\n' }, 'a.conf');
  assert.equal(status, 0);
  assert.match(out[0] ?? '', /warning: cluster-node-timeout has no effect without cluster-enabled yes/);
});

test('the target decides, and a file named after Valkey is for Valkey', () => {
  assert.equal(run({ 'a.conf': 'cluster-port 1\n' }, '--target', 'redis-6.2', 'a.conf').status, 1);
  assert.equal(run({ 'a.conf': 'cluster-port 1\n' }, '--target=valkey-8.0', 'a.conf').status, 0);
  assert.equal(run({ 'a.conf': 'primaryauth x\n' }, 'a.conf').status, 1);
  assert.equal(run({ 'valkey.conf': 'primaryauth x\n' }, 'valkey.conf').status, 0);
});

test('files are read together unless --single', () => {
  const files = { '/n/7000/redis-7000.conf': 'port 7000\n', '/n/7001/redis-7001.conf': 'port 7000\n' };
  assert.equal(run(files, ...Object.keys(files)).status, 1);
  assert.equal(run(files, '--single', ...Object.keys(files)).status, 0);
});

test('what cannot be read, and what cannot be understood', () => {
  assert.deepEqual(run({}, 'a.conf'), { status: 1, out: [], error: ['a.conf: cannot be read'] });
  for (const args of [[], ['--target', 'redis-9', 'a.conf'], ['--nonsense', 'a.conf']]) {
    const { status, error } = run({ 'a.conf': '' }, ...args);
    assert.equal(status, 2);
    assert.match(error.at(-1) ?? '', /^Usage: redis-cluster-lab check-conf/);
  }
});

test('an included file is read from the folder of the file', () => {
  const files = {
    '/n/a.conf': 'include base.conf\ncluster-node-timeout 5000\n',
    '/n/base.conf': 'cluster-enabled yes\n',
  };
  assert.deepEqual(run(files, '/n/a.conf').out, []);
  const broken = run({ ...files, '/n/base.conf': 'timeout 0\nprot 1\n' }, '--json', '/n/a.conf');
  const [first] = diagnostics(broken);
  assert.equal(first?.code, 'included-file-refused');
  assert.equal(first?.line, 1);
  assert.match(first?.message ?? '', /^base\.conf, line 2: /);
  assert.equal(run({ '/n/a.conf': 'include /etc/elsewhere.conf\ncluster-port 1\n' }, '/n/a.conf').status, 0);
});

test('files that a pattern matches are read, one after the other', () => {
  const files: Record<string, string> = {
    '/n/a.conf': 'include conf.d/*.conf\n',
    '/n/conf.d/1.conf': 'timeout 0\n',
    '/n/conf.d/2.conf': 'prot 1\n',
  };
  const out: string[] = [];
  const status = checkConf(['/n/a.conf'], {
    out: (line) => out.push(line),
    error: (line) => out.push(line),
    readFile: (file) => new TextEncoder().encode(files[file]),
    expand: (pattern) =>
      pattern === path.resolve('/n/conf.d/*.conf') ? ['/n/conf.d/1.conf', '/n/conf.d/2.conf'] : [],
  });
  assert.equal(status, 1);
  assert.match(out[0] ?? '', /^\/n\/a\.conf:1:1: error: conf\.d\/\*\.conf, line 2: /);
  assert.equal(run(files, '/n/a.conf').status, 0, 'nobody expands it');
});

test('where nodes have folders named after their ports, the server is started above', () => {
  const files = { '/n/7000/redis-7000.conf': 'include base.conf\n', '/n/base.conf': 'prot 1\n' };
  assert.equal(run(files, '/n/7000/redis-7000.conf').status, 1);
  const elsewhere = { '/n/one/redis.conf': 'include base.conf\n', '/n/base.conf': 'prot 1\n' };
  assert.equal(run(elsewhere, '/n/one/redis.conf').status, 0);
});

test('ten megabytes end, and soon', () => {
  const node =
    '# one of many nodes, with its comment\nport 7000\ncluster-enabled yes\nmaxmemory 100mb\nprot 7000\n';
  const text = node.repeat(Math.ceil(10_000_000 / node.length));
  const started = performance.now();
  assert.equal(run({ 'a.conf': text }, '--json', 'a.conf').status, 1);
  // About two seconds here; a quadratic step would take hours.
  assert.ok(performance.now() - started < 60_000);
});

test('nor does anything else take long', () => {
  const size = 1_000_000;
  const unknown = Array.from({ length: size / 20 }, (_, index) => `clustre-${index} yes`).join('\n');
  for (const text of [
    'x'.repeat(size),
    'a "b '.repeat(size / 5),
    '"'.repeat(size),
    '\0\n'.repeat(size / 2),
    unknown,
  ]) {
    const started = performance.now();
    assert.equal(run({ 'a.conf': `port x\n${text}` }, '--json', 'a.conf').status, 1);
    assert.ok(performance.now() - started < 20_000, text.slice(0, 20));
  }
});

test('nobody reads a million findings', () => {
  const found = diagnostics(run({ 'a.conf': 'prot 7000\n'.repeat(5000) }, '--json', 'a.conf'));
  assert.equal(found.length, 1001);
  assert.equal(found.at(-1)?.code, 'too-many-findings');
});

test('behind a NUL byte programs get the line numbers that the server would print', () => {
  const files = { 'a.conf': 'port 7000\ntimeout 1\0\n# glued\nhz soon\n' };
  const checked = run(files, '--json', '--single', 'a.conf');
  const [error] = diagnostics(checked).filter(({ severity }) => severity === 'error');
  assert.deepEqual([error?.line, error?.code], [2, 'wrong-arity']);
});

test('a password is measured in bytes', () => {
  const status = (letters: number): number =>
    run({ 'a.conf': `requirepass ${'é'.repeat(letters)}\n` }, '--target', 'redis-6.0', '--single', 'a.conf')
      .status;
  assert.deepEqual([status(256), status(257)], [0, 1]);
});

test('a module that is not there ends the server', () => {
  const files = {
    'a.conf': 'loadmodule ./search.so\nsearch.timeout 500\n',
    'here.so': '',
  };
  assert.deepEqual(
    diagnostics(run(files, '--json', '--single', 'a.conf')).map(({ code }) => code),
    ['module-not-found'],
  );
  const present = { ...files, 'b.conf': 'loadmodule here.so\nsearch.timeout 500\n' };
  assert.equal(run(present, '--single', 'b.conf').status, 0);
});

// Windows has no /data: there such a path is one of another machine.
const skip = process.platform === 'win32';

test('an ACL file is read as the server reads it, from the folder that is the working one by then', {
  skip,
}, () => {
  const file = (acl: string) => ({
    'a.conf': 'dir /data\nprotected-mode no\naclfile users.acl\n',
    '/data/users.acl': acl,
  });
  const errors = (acl: string) =>
    diagnostics(run(file(acl), '--json', '--single', 'a.conf')).filter(
      ({ severity }) => severity === 'error',
    );
  assert.deepEqual(errors('user default off\n\n  user app on >secret ~app:* +@all\n'), []);
  const [found, ...others] = errors('# who may\nuser a on +get +nosuch\nuser a off\n');
  assert.deepEqual(others, []);
  assert.deepEqual([found?.line, found?.code], [3, 'acl-file-refused']);
  assert.equal(
    found?.message,
    'The server exits, for it does not take the ACL file: ' +
      'users.acl:1 should start with user keyword followed by the username. ' +
      "users.acl:2: Error in applying operation '+nosuch': Unknown command or category name in ACL. " +
      "WARNING: Duplicate user 'a' found on line 3.",
  );
  // The file of another machine is not here.
  assert.equal(run({ 'a.conf': 'aclfile /etc/redis/users.acl\n' }, '--single', 'a.conf').status, 0);
});

/** The bytes of a file: `\\xHH` in code is that byte. */
function bytes(binary: string): Uint8Array {
  return Buffer.from(binary, 'latin1');
}

test('a file is bytes: such as make no character are one each, and stand where they stand', () => {
  const files = { 'a.conf': bytes('port 7000\nrequirepass a\xffb\ntimeout \xe9\xe8 x\n') };
  const found = diagnostics(run(files, '--json', '--single', 'a.conf'));
  const [first] = found.filter(({ severity }) => severity === 'error');
  assert.equal(first?.line, 3);
  assert.equal(first?.code, 'wrong-arity');
  const names = { 'a.conf': bytes('cluster-enabled yes\ntimeout \xe9\xc3\xa9\n') };
  const [bad] = diagnostics(run(names, '--json', '--single', 'a.conf'));
  assert.deepEqual([bad?.column, bad?.endColumn], [9, 11]);
  assert.match(bad?.message ?? '', /“\ufffdé”/);
});

test('lengths are measured in bytes, whatever they make', () => {
  const codes = (text: string): string[] =>
    diagnostics(run({ 'a.conf': bytes(text) }, '--target', 'redis-7.0', '--json', '--single', 'a.conf')).map(
      ({ code }) => code,
    );
  const path = (length: number): string => `port 0\nunixsocket ${'\xff'.repeat(length)}\n`;
  assert.ok(!codes(path(107)).includes('socket-path-too-long'));
  assert.ok(codes(path(108)).includes('socket-path-too-long'));
  // As an escape a byte is one, too.
  const escaped = (length: number): string => `port 0\nunixsocket "${'\\xff'.repeat(length)}"\n`;
  assert.ok(!codes(escaped(107)).includes('socket-path-too-long'));
  assert.ok(codes(escaped(108)).includes('socket-path-too-long'));
});

test('the same bytes are the same name, however they are written', () => {
  const users = (first: string, second: string): string[] =>
    diagnostics(
      run(
        { 'a.conf': bytes(`user ${first} on\nuser ${second} on\n`) },
        '--target',
        'redis-7.0',
        '--json',
        '--single',
        'a.conf',
      ),
    ).map(({ code }) => code);
  assert.ok(users('\xc3\xa9', '"\\xc3\\xa9"').includes('duplicate-user'));
  assert.ok(users('\xff', '"\\xff"').includes('duplicate-user'));
  assert.ok(!users('\xff', '\xfe').includes('duplicate-user'));
  assert.ok(!users('\xe9', '\xc3\xa9').includes('duplicate-user'));
});

test('a NUL byte hides the rest of its 1024 bytes, not of its characters', () => {
  // The piece ends within the line: what is behind it is read again.
  const line = (fill: string): string => `# ${fill}\0 hidden${'.'.repeat(1200)}\n`;
  const file = (fill: string): Uint8Array => bytes(`${line(fill)}timeout x\n`);
  const lineOf = (fill: string): number | undefined =>
    diagnostics(run({ 'a.conf': file(fill) }, '--target', 'redis-7.0', '--json', '--single', 'a.conf')).find(
      ({ severity }) => severity === 'error',
    )?.line;
  assert.equal(lineOf('\xc3\xa9'.repeat(300)), lineOf('aa'.repeat(300)));
});
