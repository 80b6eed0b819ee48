import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Facts, TARGETS, type Target } from '../../../extension/redis/config/directive.ts';
import { directives, factsFor, findDirective } from '../../../extension/redis/config/directives.ts';
import { splitArgs } from '../../../extension/redis/config/split-args.ts';
import {
  defaultValue,
  formatValue,
  isIPv4,
  isIPv6,
  parseValue,
  wordsOfConfigSet,
} from '../../../extension/redis/config/value.ts';

function factsOf(name: string, target: Target): Facts {
  const directive = findDirective(name);
  const facts = directive && factsFor(directive, target);
  assert.ok(facts, `${name} in ${target}`);
  return facts;
}

/** What CONFIG GET would print after this line, or the refusal. */
function outcome(line: string, target: Target = 'redis-7.0'): string {
  const [name = '', ...words] = splitArgs(line) ?? [];
  const parsed = parseValue(factsOf(name, target), words, target);
  return parsed.ok ? formatValue(parsed.value) : parsed.message;
}

function story(lines: Record<string, string>, target: Target = 'redis-7.0'): void {
  for (const [line, expected] of Object.entries(lines)) assert.equal(outcome(line, target), expected, line);
}

// What follows was read off redis-server 7.0.15, except where a target is named.

test('bool', () => {
  story({
    'appendonly yes': 'yes',
    'appendonly NO': 'no',
    'appendonly true': "argument must be 'yes' or 'no'",
    'appendonly ""': "argument must be 'yes' or 'no'",
    'appendonly "yes "': "argument must be 'yes' or 'no'",
    'appendonly yes yes': 'wrong number of arguments',
    appendonly: 'wrong number of arguments',
  });
});

test('integers have one spelling', () => {
  const refused = "argument couldn't be parsed into an integer";
  for (const word of [
    '05',
    '+5',
    '-0',
    '1.0',
    '1e3',
    '0x10',
    '""',
    '12s',
    '" 5"',
    '٣',
    '9223372036854775808',
  ]) {
    assert.equal(outcome(`timeout ${word}`), refused, word);
  }
  story({
    'timeout 0': '0',
    'port 65536': 'argument must be between 0 and 65535 inclusive',
    'port -1': 'argument must be between 0 and 65535 inclusive',
    'list-max-listpack-size -2147483648': '-2147483648',
    'slowlog-log-slower-than -1': '-1',
  });
});

test('unsigned numbers compare unsigned', () => {
  story({
    'maxclients -1': 'argument must be between 1 and 4294967295 inclusive',
    'maxmemory 18446744073709551615': '18446744073709551615',
    'active-defrag-ignore-bytes 9223372036854775808':
      'argument must be between 1 and 9223372036854775807 inclusive',
  });
});

test('memory: a letter counts in thousands, with a b in 1024s', () => {
  const refused = 'argument must be a memory value';
  story({
    'maxmemory 1k': '1000',
    'maxmemory 1KB': '1024',
    'maxmemory 1Mb': '1048576',
    'maxmemory 1g': '1000000000',
    'maxmemory 5b': '5',
    'maxmemory k': '0',
    'maxmemory ""': '0',
    'maxmemory 007': '7',
    'maxmemory 1tb': refused,
    'maxmemory -1': refused,
    'maxmemory 1.5gb': refused,
    'maxmemory "1 gb"': refused,
    'maxmemory 99999999999999999999': '18446744073709551615',
    'maxmemory 17179869184gb': '0',
    'repl-backlog-size ""': 'argument must be between 1 and 9223372036854775807 inclusive',
    'proto-max-bulk-len 9223372036854775808':
      'argument must be between 1048576 and 9223372036854775807 inclusive',
  });
  assert.equal(outcome(`maxmemory ${'1'.repeat(128)}`), refused);
});

test('memory or percent', () => {
  story({
    'maxmemory-clients 50%': '50%',
    'maxmemory-clients 0%': '0',
    'maxmemory-clients 101%': 'percentage argument must be less or equal to 100',
    'maxmemory-clients -5%': 'argument must be a memory or percent value',
    'maxmemory-clients %': 'argument must be a memory or percent value',
    'maxmemory-clients 1mb': '1048576',
    // The server keeps percentages as negative numbers.
    'maxmemory-clients 18446744073709551566': '50%',
  });
});

test('octal', () => {
  story({
    'unixsocketperm 0755': '755',
    'unixsocketperm +700': '700',
    'unixsocketperm ""': '0',
    'unixsocketperm 778': "argument couldn't be parsed as an octal number",
    'unixsocketperm 0o700': "argument couldn't be parsed as an octal number",
    'unixsocketperm 1000': 'argument must be between 0 and 777 inclusive',
    'unixsocketperm -1': 'argument must be between 0 and 777 inclusive',
  });
});

test('enums and flags', () => {
  const signals = 'argument(s) must be one of the following: default, save, nosave, now, force';
  story({
    'appendfsync ALWAYS': 'always',
    'appendfsync never': 'argument(s) must be one of the following: everysec, always, no',
    'shutdown-on-sigint force save': 'save force',
    'shutdown-on-sigint default now': 'now',
    'shutdown-on-sigint "save now"': 'save now',
    'shutdown-on-sigint save nosave': "shutdown options SAVE and NOSAVE can't be used simultaneously",
    'shutdown-on-sigint now never': signals,
    'shutdown-on-sigint': signals,
  });
  assert.match(outcome('appendfsync never', 'redis-6.2'), /^argument must be one of/);
});

test('texts with rules', () => {
  story({
    'requirepass ""': '',
    'dbfilename a/b': "dbfilename can't be a path, just a filename",
    'appendfilename ""': "appendfilename can't be empty",
    'appenddirname a/b': "appenddirname can't be a path, just a dirname",
    'cluster-announce-hostname a.b-c': 'a.b-c',
    'cluster-announce-hostname a_b': 'Hostnames may only contain alphanumeric characters, hyphens or dots',
    'proc-title-template "{title} {port}"': '{title} {port}',
    'proc-title-template {Title}': 'template format is invalid or contains unknown variables',
    'proc-title-template {port': 'template format is invalid or contains unknown variables',
  });
  assert.equal(outcome(`cluster-announce-hostname ${'x'.repeat(255)}`), 'x'.repeat(255));
  assert.match(outcome(`cluster-announce-hostname ${'x'.repeat(256)}`), /less than 256/);
  assert.match(outcome('cluster-config-file ""', 'valkey-8.0'), /can't be empty/);
  assert.match(outcome('cluster-announce-human-nodename a+b', 'redis-7.2'), /invalid character/);
  assert.match(outcome('cluster-announce-client-ipv4 ::1', 'valkey-8.0'), /Invalid IPv4/);
});

test('a NUL byte ends most words', () => {
  story({
    'loglevel "notice\\x00x"': 'notice',
    'dbfilename "a\\x00/b"': 'a',
    'timeout "5\\x00"': "argument couldn't be parsed into an integer",
    'requirepass "a\\x00b"': 'a\0b',
  });
});

test('save', () => {
  story({
    'save 900 1 300 10': '900 1 300 10',
    'save "900 1 300 10"': '900 1 300 10',
    save: '',
    'save ""': '',
    'save 900': 'Invalid save parameters',
    'save 900 1 # x': 'Invalid save parameters',
    'save 0 1': 'Invalid save parameters',
    'save " +5" 1': '5 1',
    'save 1 -1': 'Invalid save parameters',
  });
  assert.equal(outcome('save 900 1 300 10', 'redis-6.2'), '', 'older servers skip such a line');
});

test('bind, replicaof', () => {
  story({
    'bind * -::*': '* -::*',
    'bind ""': '',
    bind: '',
    'bind "127.0.0.1 ::1"': '127.0.0.1 ::1',
    'replicaof NO one': '',
    'replicaof h 7000': 'h 7000',
    'replicaof "h 7000"': 'h 7000',
    'replicaof h ""': 'h 0',
    'replicaof h 007': 'h 7',
    'replicaof h 65536': 'Invalid master port',
    'replicaof h 0x10': 'Invalid master port',
    'replicaof h': 'wrong number of arguments',
  });
  assert.equal(outcome(`bind ${'::1 '.repeat(17)}`), 'Too many bind addresses specified.');
  assert.equal(outcome('replicaof h', 'redis-6.2'), 'Bad directive or wrong number of arguments');
  assert.equal(outcome('slaveof no one', 'redis-4.0'), 'no 0', 'older files knew no way to say none');
});

test('client-output-buffer-limit', () => {
  story({
    'client-output-buffer-limit replica 256mb 64mb 60': 'slave 268435456 67108864 60',
    'client-output-buffer-limit normal 0 0 0 pubsub 1 1 1': 'normal 0 0 0 pubsub 1 1 1',
    'client-output-buffer-limit': '',
    'client-output-buffer-limit normal 0 0': 'Wrong number of arguments in buffer limit configuration.',
    'client-output-buffer-limit master 0 0 0':
      'Invalid client class specified in buffer limit configuration.',
    'client-output-buffer-limit normal 0 0 1s':
      'Error in hard, soft or soft_seconds setting in buffer limit configuration.',
    'client-output-buffer-limit normal 0 0 4294967296': 'normal 0 0 0',
  });
});

test('oom-score-adj-values, latency-tracking-info-percentiles', () => {
  const outside = 'latency-tracking-info-percentiles parameters should sit between [0.0,100.0]';
  const unreadable = 'Invalid latency-tracking-info-percentiles parameters';
  story({
    'oom-score-adj-values -2000 0 2000': '-2000 0 2000',
    'oom-score-adj-values 0 1': 'wrong number of arguments',
    'oom-score-adj-values 0 1 2001': 'Invalid oom-score-adj-values, elements must be between -2000 and 2000.',
    'latency-tracking-info-percentiles 50 99 99.9': '50 99 99.9',
    'latency-tracking-info-percentiles 5. .5 1e1': '5 0.5 10',
    'latency-tracking-info-percentiles ""': '',
    'latency-tracking-info-percentiles 0x1p3': '8',
    'latency-tracking-info-percentiles inf': outside,
    'latency-tracking-info-percentiles nan': unreadable,
    'latency-tracking-info-percentiles " 5" 6': unreadable,
  });
});

test('notify-keyspace-events', () => {
  story({
    'notify-keyspace-events EKA': 'AKE',
    'notify-keyspace-events dtexzhsl$g': 'A',
    'notify-keyspace-events mnK': 'nKm',
    'notify-keyspace-events An': 'A',
    'notify-keyspace-events all': "Invalid event class character. Use 'Ag$lshzxeKEtmdn'.",
    'notify-keyspace-events A n': 'wrong number of arguments',
  });
  assert.equal(outcome('notify-keyspace-events KAm', 'redis-6.0'), 'AKm');
  assert.match(outcome('notify-keyspace-events Kn', 'redis-6.2'), /Use 'g\$lshzxeA'/);
});

test('dead options take one argument of any kind', () => {
  assert.equal(outcome('lua-replicate-commands 1'), '1');
  assert.equal(outcome('lua-replicate-commands 1 2'), 'Bad directive or wrong number of arguments');
});

test('servers before 6.0 read numbers leniently', () => {
  story(
    {
      'cluster-node-timeout 5s': '5',
      'cluster-node-timeout x': 'Invalid cluster-node-timeout value',
      'port 70000': 'Invalid port value',
      'maxmemory 1tb': '0',
      port: 'Bad directive or wrong number of arguments',
    },
    'redis-5.0',
  );
});

test('every default is a value that CONFIG GET prints as it is', () => {
  for (const directive of directives) {
    for (const target of TARGETS) {
      const facts = factsFor(directive, target);
      if (facts?.default === undefined) continue;
      const value = defaultValue(facts);
      assert.ok(value, directive.name);
      assert.equal(formatValue(value), facts.default.replace('replica ', 'slave '), directive.name);
    }
  }
});

test('CONFIG SET cuts lists at every blank', () => {
  assert.deepEqual(wordsOfConfigSet(factsOf('save', 'redis-7.2'), '900 1'), ['900', '1']);
  assert.deepEqual(wordsOfConfigSet(factsOf('save', 'redis-7.2'), ''), []);
  assert.deepEqual(wordsOfConfigSet(factsOf('bind', 'redis-7.2'), 'a  "b"'), ['a', '', '"b"']);
  assert.deepEqual(wordsOfConfigSet(factsOf('requirepass', 'redis-7.2'), 'a b'), ['a b']);
});

test('addresses as inet_pton reads them', () => {
  for (const text of ['127.0.0.1', '0.0.0.0', '255.255.255.255']) assert.ok(isIPv4(text), text);
  for (const text of ['256.0.0.1', '1.2.3', '01.2.3.4', '1.2.3.4.5', '', '1.2.3.4 '])
    assert.ok(!isIPv4(text), text);
  for (const text of ['::', '::1', '2001:db8::1', '1:2:3:4:5:6:7:8', '::ffff:1.2.3.4', 'fe80::']) {
    assert.ok(isIPv6(text), text);
  }
  for (const text of [
    '',
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '12345::',
    'g::',
    '::1.2.3',
    '[::1]',
    '1.2.3.4::',
  ]) {
    assert.ok(!isIPv6(text), text);
  }
});
