import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LabError, localize, quote, say, toldBy } from '../../extension/lab/message.ts';

/** A language with its own order of words. */
const DICTIONARY: Readonly<Record<string, string>> = {
  '{0} votes for {1}': '{1} <- {0}',
  'a replica': 'un réplica',
};
const inFrench = (template: string, ...args: (string | number)[]) =>
  (DICTIONARY[template] ?? template).replace(/\{(\d)\}/g, (_, index) => String(args[index]));

test('a message is complete in English and can be told in another language', () => {
  const message = say('{0} votes for {1}', 7001, say('a replica'));
  assert.equal(message.text, '7001 votes for a replica');
  assert.equal(localize(message, inFrench), 'un réplica <- 7001');
});

test('words that are not ours stay as they are, braces and all', () => {
  assert.equal(quote('{0} of {1}').text, '{0} of {1}');
});

test('an error says the same in English, and is told again after a journey', () => {
  const error = new LabError('{0} votes for {1}', 7001, 7003);
  assert.equal(error.message, '7001 votes for 7003');
  const arrived = structuredClone(toldBy(error));
  assert.equal(LabError.of(arrived).message, error.message);
  assert.equal(localize(toldBy(LabError.of(arrived)), inFrench), '7003 <- 7001');
  const place = { file: '/lab/7000/redis-7000.conf', line: 3 };
  assert.deepEqual(toldBy(LabError.of(structuredClone({ ...say('refused'), place }))).place, place);
});

test('errors of others are quoted', () => {
  assert.equal(toldBy(new Error('EACCES')).text, 'EACCES');
  assert.equal(toldBy('thrown').text, 'thrown');
});
