import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { globMatches } from '../../extension/redis/glob.ts';

/** Each row was asked of a redis-server 7.0.15 by KEYS. */
const matching: readonly (readonly [pattern: string, text: string])[] = [
  ['*', 'anything'],
  ['h?llo', 'hallo'],
  ['h*llo', 'heeeello'],
  ['h*llo', 'hllo'],
  ['*a*b*c', 'xxaxxbxxbxxc'],
  ['h[ae]llo', 'hello'],
  ['h[^e]llo', 'hbllo'],
  ['h[a-c]llo', 'hbllo'],
  ['h[c-a]llo', 'hbllo'],
  ['h\\*llo', 'h*llo'],
  ['a\\', 'a\\'],
  ['[abc', 'b'],
  ['[a\\]b]x', ']x'],
  ['a**', 'a'],
];
const failing: readonly (readonly [pattern: string, text: string])[] = [
  ['*', ''],
  ['h?llo', 'hllo'],
  ['h[^e]llo', 'hello'],
  ['h\\*llo', 'hxllo'],
  ['a*b', 'a'],
  ['', 'a'],
  ['HELLO', 'hello'],
  ['[]x', 'x'],
];

describe('a glob pattern', () => {
  for (const [pattern, text] of matching) {
    it(`${pattern} matches ${text}`, () => assert.equal(globMatches(pattern, text), true));
  }
  for (const [pattern, text] of failing) {
    it(`${pattern} does not match '${text}'`, () => assert.equal(globMatches(pattern, text), false));
  }

  it('may ignore case, as CONFIG GET does', () => {
    assert.equal(globMatches('MAX*', 'maxmemory', true), true);
    assert.equal(globMatches('max[A-M]emory', 'maxmemory', true), true);
  });

  it('takes no exponential time over many stars', () => {
    assert.equal(globMatches(`${'a*'.repeat(30)}b`, 'a'.repeat(10_000)), false);
  });
});
