import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { conf, service } from './service-under-test.ts';

const language = service();

/** The line after the first fix of its first finding; undefined: there is none. */
function repaired(line: string): string | undefined {
  const text = conf(`${line}\n`);
  const [finding] = language.diagnose(text);
  const [action] = language.codeActions(text, finding ? [finding] : []);
  const edits = action?.edit?.changes?.[text.uri];
  return edits && TextDocument.applyEdits(text, edits).trimEnd();
}

test('numbers with units, signs and separators become what they mean', () => {
  const meant = {
    'repl-timeout 5m': 'repl-timeout 300',
    'repl-timeout 90000ms': 'repl-timeout 90',
    'busy-reply-threshold 5s': 'busy-reply-threshold 5000',
    'slowlog-log-slower-than 10ms': 'slowlog-log-slower-than 10000',
    'port 07000': 'port 7000',
    'port +7000': 'port 7000',
    'maxclients 10k': 'maxclients 10000',
    'maxclients 10,000': 'maxclients 10000',
    'maxclients 10_000': 'maxclients 10000',
    'maxclients "100 "': 'maxclients 100',
    'databases 16;': 'databases 16',
    'active-defrag-threshold-lower 5%': 'active-defrag-threshold-lower 5',
    'active-expire-effort 11': 'active-expire-effort 10',
    'unixsocketperm 0o700': 'unixsocketperm 700',
  };
  for (const [written, expected] of Object.entries(meant)) assert.equal(repaired(written), expected);
  for (const line of ['hz soon', 'repl-timeout 1ms', 'port 70000', 'maxclients 1e3', 'maxclients -'])
    assert.equal(repaired(line), undefined, line);
});

test('each unit of time is what it is called, in any case, for each unit that is counted in', () => {
  const meant = {
    'slowlog-log-slower-than 5us': 'slowlog-log-slower-than 5',
    'slowlog-log-slower-than 1sec': 'slowlog-log-slower-than 1000000',
    'busy-reply-threshold 2 Seconds': 'busy-reply-threshold 2000',
    'busy-reply-threshold 0.5s': 'busy-reply-threshold 500',
    'busy-reply-threshold 1min': 'busy-reply-threshold 60000',
    'repl-timeout 2m': 'repl-timeout 120',
    'repl-timeout 2minutes': 'repl-timeout 120',
    'repl-timeout 1H': 'repl-timeout 3600',
    'repl-timeout 1d': 'repl-timeout 86400',
    'lfu-decay-time 3h': 'lfu-decay-time 180',
    'maxclients 2K': 'maxclients 2000',
    'tracking-table-max-keys 2m': 'tracking-table-max-keys 2000000',
  };
  for (const [written, expected] of Object.entries(meant)) {
    const [name = '', ...words] = written.split(' ');
    assert.equal(repaired(`${name} "${words.join(' ')}"`), expected, written);
  }
  for (const line of ['repl-timeout 1500ms', 'maxclients 5s', 'maxclients 5%', 'timeout 5 parsecs'])
    assert.equal(repaired(line), undefined, line);
});

test('a number that is out of bounds by little becomes the bound, where the bound says something', () => {
  assert.equal(repaired('active-expire-effort 0'), 'active-expire-effort 1');
  assert.equal(repaired('io-threads 129'), 'io-threads 128');
  assert.equal(repaired('maxclients 0'), 'maxclients 1');
  assert.equal(repaired('maxclients 9999999999'), undefined);
  assert.equal(repaired('port 65536'), undefined, 'another port is another place');
});

test('sizes are written in units that the server knows, and that come out even', () => {
  const meant = {
    'maxmemory 1.5gb': 'maxmemory 1536mb',
    'maxmemory 512MiB': 'maxmemory 512mb',
    'maxmemory 2tb': 'maxmemory 2048gb',
    'maxmemory 1 gb': 'maxmemory 1gb',
    'maxmemory "100mb "': 'maxmemory 100mb',
    'repl-backlog-size 1,024mb': 'repl-backlog-size 1024mb',
    'maxmemory 1.5tb': 'maxmemory 1536gb',
    'maxmemory 0.5kb': 'maxmemory 512',
    'maxmemory 2MBytes': 'maxmemory 2mb',
    'maxmemory 2000000bytes': 'maxmemory 2000000',
    'maxmemory 2mytes': undefined,
    'maxmemory 1.5G': 'maxmemory 1536mb',
    'maxmemory 100mb;': 'maxmemory 100mb',
    'maxmemory 0.3kb': undefined,
    'maxmemory lots': undefined,
  };
  for (const [written, expected] of Object.entries(meant)) assert.equal(repaired(written), expected);
});

test('quotes are closed, and put where several words are one value', () => {
  const meant = {
    'requirepass "foo': 'requirepass "foo"',
    "requirepass 'a b": "requirepass 'a b'",
    'requirepass "foo",': 'requirepass "foo"',
    "requirepass it's": 'requirepass "it\'s"',
    'requirepass p"ss': 'requirepass "p\\"ss"',
    'requirepass two words': 'requirepass "two words"',
    'syslog-ident a b c': 'syslog-ident "a b c"',
    'requirepass "a"b': undefined,
  };
  for (const [written, expected] of Object.entries(meant)) assert.equal(repaired(written), expected);
});

test('words with something that clings to them', () => {
  assert.equal(repaired('appendonly yes;'), 'appendonly yes');
  assert.equal(repaired('appendonly =no'), 'appendonly no');
  assert.equal(repaired('loglevel "notice "'), 'loglevel notice');
  assert.equal(repaired('bind 127.0.0.1,::1'), 'bind 127.0.0.1 ::1');
});

test('of a directive that is set twice the line without effect goes, of a comment behind a list the comment', () => {
  assert.equal(repaired('hz 10\n# why\nhz 20'), '# why\nhz 20');
  assert.equal(repaired('  bind 127.0.0.1 # local'), '  # local\n  bind 127.0.0.1');
});

test('whatever is put in the place of a value is taken by the server', () => {
  const values = ['5s', '1.5gb', '-3', '999999', '007', '1,5', '10 mb', '12%', '0x10', '1TiB', '+2'];
  const names = [
    'port',
    'maxmemory',
    'repl-timeout',
    'hz',
    'maxmemory-clients',
    'unixsocketperm',
    'requirepass',
  ];
  for (const name of names) {
    for (const value of values) {
      const line = `${name} ${value}`;
      const after = repaired(line);
      if (after === undefined || after === line) continue;
      const errors = language.diagnose(conf(`${after}\n`)).filter(({ severity }) => severity === 1);
      assert.deepEqual(errors, [], `${line} -> ${after}`);
    }
  }
});
