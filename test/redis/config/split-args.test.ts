import assert from 'node:assert/strict';
import { test } from 'node:test';
import { needsQuotes, quoteArg, splitArgs, splitWords } from '../../../extension/redis/config/split-args.ts';

test('words are cut at blanks', () => {
  assert.deepEqual(splitArgs('port 7000'), ['port', '7000']);
  assert.deepEqual(splitArgs('  save\t900   1 '), ['save', '900', '1']);
  assert.deepEqual(splitArgs(''), []);
  assert.deepEqual(splitArgs(' \t '), []);
});

test('vertical tab and form feed are skipped before a word but do not end one', () => {
  assert.deepEqual(splitArgs('\v\fport\v7000'), ['port\v7000']);
  assert.deepEqual(splitArgs('port\r7000'), ['port', '7000']);
});

test('double quotes know escapes, single quotes only their own', () => {
  assert.deepEqual(splitArgs(String.raw`set "a\n\r\t\b\a\x00\xFf\"\\\q"`), [
    'set',
    'a\n\r\t\b\x07\0\xff"\\q',
  ]);
  assert.deepEqual(splitArgs(String.raw`set 'a\n\'b"'`), ['set', String.raw`a\n'b"`]);
  assert.deepEqual(splitArgs(String.raw`set "\xg0" a\n`), ['set', 'xg0', String.raw`a\n`]);
  assert.deepEqual(splitArgs('save ""'), ['save', '']);
});

test('a quote may open inside a word, and its close ends the word', () => {
  assert.deepEqual(splitArgs('po"rt" 7000'), ['port', '7000']);
  assert.deepEqual(splitArgs('"a"\v"b"'), ['a', 'b']);
  for (const line of ['"a"b', "requirepass it's", 'x "open', "x 'open", '"a""b"', 'x "a\\', 'x "a\\"']) {
    assert.equal(splitArgs(line), undefined, line);
  }
});

test('NUL ends the line', () => {
  assert.deepEqual(splitArgs('port 7000\0 # rest'), ['port', '7000']);
  assert.equal(splitArgs('port "70\0"'), undefined);
});

test('blanks outside ASCII and typographic quotes are ordinary characters', () => {
  assert.deepEqual(splitArgs('port\u00a07000 “x”'), ['port\u00a07000', '“x”']);
});

test('every word knows where it stands', () => {
  const split = splitWords(' po"rt"  7000');
  assert.ok(split.ok);
  assert.deepEqual(split.words, [
    { text: 'port', start: 1, end: 7, raw: 'po"rt"' },
    { text: '7000', start: 9, end: 13, raw: '7000' },
  ]);
});

test('an unbalanced line tells where the quote opened and where it went wrong', () => {
  const open = splitWords('a b "c');
  assert.ok(!open.ok);
  assert.deepEqual(open.error, { open: 4, at: 6 });
  assert.deepEqual(
    open.words.map((word) => word.text),
    ['a', 'b'],
  );
  const glued = splitWords('a "b"c');
  assert.ok(!glued.ok);
  assert.deepEqual(glued.error, { open: 2, at: 5 });
});

test('what quoteArg writes, splitArgs reads back, for every byte', () => {
  const bytes = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).join('');
  assert.deepEqual(splitArgs(`x ${quoteArg(bytes)} y`), ['x', bytes, 'y']);
  assert.equal(quoteArg('a"b\\\n\x01\xff'), String.raw`"a\"b\\\n\x01\xff"`);
});

test('values that would not survive unquoted', () => {
  for (const text of ['', 'a b', '"', "it's", 'a\\b', '\t', 'é', '\0']) assert.ok(needsQuotes(text), text);
  for (const text of ['a', 'foo#bar', '/var/lib/redis', '{title}', '[x]', '~!@$%^&*()']) {
    assert.ok(!needsQuotes(text), text);
  }
});
