import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  byteLength,
  decodeText,
  encodeText,
  joinStrayBytes,
  textOfByte,
} from '../../../extension/redis/config/encoded-text.ts';
import { SeededRandom } from '../seeded-random.ts';

function bytes(...numbers: number[]): string {
  return String.fromCharCode(...numbers);
}

test('UTF-8 is read as everywhere, and written back', () => {
  for (const text of ['', 'port 7000', 'é', '密码', '\u{1f600}\ufeff', 'a\u{10ffff}b\0']) {
    const binary = Buffer.from(text).toString('latin1');
    assert.equal(decodeText(binary), text);
    assert.equal(encodeText(text), binary);
    assert.equal(byteLength(text, 'utf-8'), Buffer.byteLength(text));
  }
});

test('any bytes become text and the same bytes again', () => {
  const random = new SeededRandom(7);
  // Leads and tails of sequences of every length, cut, overlong, of surrogates and beyond the last character.
  const pieces = [0x41, 0x80, 0xbf, 0xc0, 0xc3, 0xa9, 0xe0, 0xe4, 0xed, 0xef, 0xf0, 0x90, 0xf4, 0xf5, 0xff];
  for (let round = 0; round < 3000; round++) {
    const binary = bytes(...Array.from({ length: random.below(9) }, () => random.pick(pieces)));
    const text = decodeText(binary);
    assert.equal(encodeText(text), binary);
    // Where the platform's decoder sees nothing wrong, it sees the same.
    const theirs = Buffer.from(binary, 'latin1').toString();
    if (!theirs.includes('\ufffd')) assert.equal(text, theirs);
    else assert.match(text, /[\udc80-\udcff]/);
  }
});

test('a byte that makes no character is one character, and counts as one byte', () => {
  assert.equal(decodeText(bytes(0x61, 0xff, 0x62)), 'a\udcffb');
  assert.equal(byteLength('a\udcffb', 'utf-8'), 3);
  assert.equal(decodeText(bytes(0xe5, 0xaf)).length, 2);
  assert.equal(decodeText(bytes(0xed, 0xa0, 0x80)).length, 3);
});

test('bytes that were written one by one become the character that they are', () => {
  const escaped = textOfByte(0xc3, 'utf-8') + textOfByte(0xa9, 'utf-8');
  assert.equal(joinStrayBytes(escaped), 'é');
  assert.equal(joinStrayBytes('é'), 'é');
  assert.equal(textOfByte(0xc3, 'bytes'), '\xc3');
});
