import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesOf } from '../../extension/redis/bytes.ts';
import {
  formatDouble,
  formatDouble17,
  integerSize,
  parseDouble,
  parseInt64,
  parseSmallInteger,
  writeInteger,
} from '../../extension/redis/numbers.ts';

test('64-bit integers have one spelling', () => {
  for (const good of ['0', '-1', '10', '9223372036854775807', '-9223372036854775808']) {
    assert.equal(parseInt64(good), BigInt(good));
  }
  for (const bad of ['', '-', '+1', '01', '-0', ' 1', '1 ', '1.0', '9223372036854775808', '1e3', '٣']) {
    assert.equal(parseInt64(bad), undefined, bad);
  }
});

test('small integers are read from bytes', () => {
  const read = (text: string) => parseSmallInteger(bytesOf(`.${text}.`), 1, 1 + text.length);
  assert.equal(read('0'), 0);
  assert.equal(read('-12'), -12);
  assert.equal(read('999999999999999'), 999999999999999);
  for (const other of ['', '-', '-0', '007', '1x', '1000000000000000']) assert.ok(Number.isNaN(read(other)));
});

test('integers are written as they are printed', () => {
  const bytes = Buffer.alloc(24);
  for (const magnitude of [
    0,
    1,
    9,
    10,
    99,
    100,
    12_345,
    2 ** 31 - 1,
    2 ** 31,
    9_999_999_999,
    10 ** 15,
    Number.MAX_SAFE_INTEGER,
  ]) {
    for (const value of [magnitude, 0 - magnitude]) {
      const end = writeInteger(bytes, 3, value);
      assert.equal(bytes.toString('latin1', 3, end), String(value));
      assert.equal(integerSize(value), end - 3);
    }
  }
});

test('doubles are read as strtod reads them', () => {
  const good: [string, number][] = [
    ['1', 1],
    ['+1.5', 1.5],
    ['.5', 0.5],
    ['5.', 5],
    ['1e3', 1000],
    ['inf', Number.POSITIVE_INFINITY],
    ['-Infinity', Number.NEGATIVE_INFINITY],
    ['0x10', 16],
    ['-0x1.8p1', -3],
    ['0e999', 0],
  ];
  for (const [text, value] of good) assert.equal(parseDouble(text), value, text);
  for (const bad of ['', ' 1', '1 ', 'nan', '1e', 'e1', '.', '0x', '0b1', '1e999', '1e-999', '1_0']) {
    assert.equal(parseDouble(bad), undefined, bad);
  }
});

test('doubles are written as redis-server 7.2 writes them', () => {
  const cases: [number, string][] = [
    [0, '0'],
    [-0, '-0'],
    [3, '3'],
    [0.1, '0.1'],
    [0.1 + 0.2, '0.30000000000000004'],
    [-1.5, '-1.5'],
    [1e17, '100000000000000000'],
    [2 ** 62, '4611686018427387904'],
    [2 ** 63, '9223372036854776000'],
    [1e20, '1e+20'],
    [1e300, '1e+300'],
    [123456.789, '123456.789'],
    [0.000001, '0.000001'],
    [0.0000001, '1e-7'],
    [1.5e-7, '1.5e-7'],
    [0.00123, '0.00123'],
    [5e-324, '5e-324'],
    [Number.NaN, 'nan'],
    [Number.POSITIVE_INFINITY, 'inf'],
  ];
  for (const [value, text] of cases) assert.equal(formatDouble(value), text);
});

test('doubles are written with 17 digits as C does', () => {
  for (const [value, text] of [
    [0.1, '0.10000000000000001'],
    [-1e-5, '-1.0000000000000001e-05'],
    [1e17, '1e+17'],
    [2 ** 56 + 16, '72057594037927952'],
    [0.0001, '0.0001'],
    [-0, '-0'],
    [Number.NEGATIVE_INFINITY, '-inf'],
    // Half way between two texts the even one is taken.
    [2 ** 49 + 1 / 8, '562949953421312.12'],
    [2 ** 49 + 3 / 8, '562949953421312.38'],
    [-(2 ** 49) - 5 / 8, '-562949953421312.62'],
  ] as const) {
    assert.equal(formatDouble17(value), text);
  }
});
