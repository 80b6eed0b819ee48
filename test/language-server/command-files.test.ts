import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { splitArgs } from '../../extension/redis/config/split-args.ts';
import { findCommand, fitSyntax, syntaxLine } from '../../language-server/command-syntax.ts';
import { findKeys } from '../../language-server/key-finder.ts';
import { document, marked, service } from './service-under-test.ts';

const language = service({ findKeys });

function codes(text: string): unknown[] {
  return language.diagnose(document('redis-commands', text)).map(({ code }) => code);
}

function messages(text: string): string[] {
  return language.diagnose(document('redis-commands', text)).map(({ message }) => String(message));
}

function completions(text: string): string[] {
  const { document: file, position } = marked('redis-commands', text);
  return language.complete(file, position).map(({ label }) => label);
}

/** Right commands of every kind of syntax: options in any order, repeated groups, words of their own, subcommands. */
const RIGHT = `
SET k v
SET k v EX 10 NX
SET k v nx get
MSET {a} 1 {a}b 2
ZADD z GT INCR 1.5 a
ZRANGE z (1 +inf BYSCORE LIMIT 0 10 WITHSCORES
ZUNIONSTORE {d}x 2 {d}a {d}b WEIGHTS 1 2 AGGREGATE MAX
XADD s MAXLEN ~ 1000 LIMIT 10 * f v g w
XREADGROUP GROUP g c COUNT 1 NOACK STREAMS {a}1 {a}2 > >
XGROUP CREATE s g $ MKSTREAM
EVAL "return KEYS[1]" 2 {a} {a}b c d
SORT k BY w_* LIMIT 0 5 GET # GET o_* ASC ALPHA
GEOSEARCH g FROMLONLAT 1 2 BYRADIUS 5 km ASC COUNT 3 ANY WITHDIST
CLUSTER SETSLOT 5 IMPORTING 07c37dfeb235213a872192d90877d0cd55635b91
CLUSTER INFO
CLIENT TRACKING ON BCAST
ACL SETUSER a on >x ~*
BITFIELD k GET u8 0 SET i5 #1 3 OVERFLOW SAT INCRBY u2 1 1
MIGRATE h 1 "" 0 5 COPY REPLACE AUTH p KEYS {a}1 {a}2
DEBUG SLEEP 1
MULTI
DISCARD
config get *
`;

test('right commands have nothing to be said about', () => {
  assert.deepEqual(messages(RIGHT), []);
});

test('commands that are unknown, or lack words, or have strange ones', () => {
  assert.deepEqual(messages('GTE a\n'), ['There is no command “GTE”. Did you mean GET?']);
  assert.deepEqual(messages('CLUSTER INFOS\n'), ['There is no command “INFOS”. Did you mean INFO?']);
  assert.deepEqual(messages('CLUSTER\n'), ['CLUSTER needs a subcommand.']);
  assert.deepEqual(messages('GET\n'), ['Something is missing. Syntax: GET key']);
  assert.deepEqual(messages('MSET {a} 1 {a}b\n'), [
    'Something is missing. Syntax: MSET key value [key value …]',
  ]);
  assert.deepEqual(codes('EXPIRE k soon\nSET k v EX ten\nGET a b\nGET "a\n'), [
    'command-syntax',
    'command-syntax',
    'command-syntax',
    'unbalanced-quotes',
  ]);
  const [stray] = language.diagnose(document('redis-commands', 'SET k v FOR 10\n'));
  assert.deepEqual(stray?.range, { start: { line: 0, character: 8 }, end: { line: 0, character: 11 } });
});

function afterFix(text: string, title: string): string {
  const file = document('redis-commands', text);
  const diagnostics = language.diagnose(file);
  const action = language.codeActions(file, diagnostics).find((candidate) => candidate.title === title);
  return TextDocument.applyEdits(file, action?.edit?.changes?.[file.uri] ?? []);
}

test('keys that a cluster keeps apart, and a hash tag that brings them together', () => {
  assert.deepEqual(codes('MGET first second\n'), ['cross-slot']);
  const fixed = (text: string) => afterFix(text, 'Wrap in a hash tag');
  assert.equal(fixed('MGET user:1:name user:1:mail\n'), 'MGET {user:1}:name {user:1}:mail\n');
  assert.equal(fixed('MGET first second\n'), 'MGET {tag}:first {tag}:second\n');
  assert.equal(fixed('MGET {a}:1 other "two words"\n'), 'MGET {a}:1 {a}:other "{a}:two words"\n');
  assert.equal(fixed('MGET user:1 user:2\n'), 'MGET {user}:1 {user}:2\n');
  for (const text of [
    'MGET user:1:name user:1:mail\n',
    'MGET first second\n',
    'MGET {a}:1 other\n',
    'MGET a ab\n',
  ]) {
    assert.deepEqual(codes(fixed(text)), [], fixed(text));
  }
});

test('a transaction has one slot, whatever its commands', () => {
  const text = 'SET x 1\nMULTI\nSET user:1:a 1\nINCR user:1:b\nEXEC\nSET y 1\n';
  assert.deepEqual(codes(text), ['cross-slot']);
  assert.match(messages(text)[0] ?? '', /transaction fails with CROSSSLOT: user:1:a/);
  const fixed = afterFix(text, 'Wrap in a hash tag');
  assert.equal(fixed, 'SET x 1\nMULTI\nSET {user:1}:a 1\nINCR {user:1}:b\nEXEC\nSET y 1\n');
  assert.deepEqual(codes(fixed), []);
  assert.deepEqual(codes('MULTI\nSET a 1\nDISCARD\nSET b 1\n'), []);
});

test('the keys of a script, given and written in it, share a slot', () => {
  assert.deepEqual(codes('EVAL "return 1" 2 a b\n'), ['cross-slot']);
  assert.deepEqual(codes(`EVAL "return redis.call('get', 'other')" 1 a\n`), ['cross-slot']);
  assert.deepEqual(codes(`EVAL "return redis.call('get', '{a}other')" 1 a\n`), []);
});

test('commands, subcommands, words and keys are completed', () => {
  assert.ok(completions('ge|').includes('GETRANGE'));
  assert.ok(completions('CLUSTER |').includes('KEYSLOT'));
  assert.deepEqual(completions('SET k v |').sort(), [
    'EX',
    'EXAT',
    'GET',
    'KEEPTTL',
    'NX',
    'PX',
    'PXAT',
    'XX',
  ]);
  assert.deepEqual(completions('SET k v EX |'), []);
  assert.deepEqual(completions('SET alpha 1\n# GET beta\nGET |\nDEL "two words"\n'), [
    'alpha',
    '"two words"',
  ]);
  assert.deepEqual(completions('# SET |'), []);
});

test('the syntax shows while a command is written', () => {
  const at = (text: string) => {
    const { document: file, position } = marked('redis-commands', text);
    const help = language.signature(file, position);
    return help && [help.signatures[0]?.label, help.activeParameter];
  };
  assert.deepEqual(at('EXPIRE |'), ['EXPIRE key seconds [NX | XX | GT | LT]', 0]);
  assert.deepEqual(at('EXPIRE k |'), ['EXPIRE key seconds [NX | XX | GT | LT]', 1]);
  assert.deepEqual(at('EXPIRE k 5 |'), ['EXPIRE key seconds [NX | XX | GT | LT]', 2]);
  assert.deepEqual(at('DEL a b |'), ['DEL key [key …]', 0]);
  assert.equal(at('NONSENSE |'), undefined);
});

test('each command can be run, a transaction as a whole', () => {
  const lenses = language.lenses(
    document('redis-commands', '# first\nSET a 1\nMULTI\n  GET a\nEXEC\nGET "\n'),
  );
  assert.deepEqual(
    lenses.map(({ range, command }) => [range.start.line, command?.title, command?.arguments]),
    [
      [1, 'Run', [['SET a 1']]],
      [2, 'Run this transaction', [['MULTI', 'GET a', 'EXEC']]],
    ],
  );
});

test('what fits is told apart from what is wrong and what is missing', () => {
  const check = (line: string) => {
    const argv = splitArgs(line) ?? [];
    const found = findCommand(argv);
    assert.ok(found, line);
    return { ...fitSyntax(found.doc, argv.slice(found.words)), syntax: syntaxLine(found.doc) };
  };
  assert.equal(check('SET k v EX ten').right, 3);
  assert.equal(check('ZADD z').fits, false);
  assert.deepEqual([...check('ZADD z').values], ['score']);
  assert.ok(check(`DEL ${'k '.repeat(2000)}`).fits, 'long lists are quick');
});
