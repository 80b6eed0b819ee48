import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shortestDouble } from '../../extension/redis/shortest-double.ts';
import { SeededRandom } from './seeded-random.ts';

test('doubles are printed as 7.2.4 prints them', () => {
  const asRead: readonly string[] = [
    '0',
    '-0',
    '0.1',
    '-12.5',
    '1e-7',
    '0.000001',
    '9999999',
    '10000000',
    '1e+8',
    '1e+10',
    '123456789012345680',
    '1.5e+300',
    '1.7976931348623157e+308',
    '2.2250738585072014e-308',
    '5e-324',
    // Powers of two, whose lower neighbour is nearer.
    '9007199254740992',
    '18446744073709552000',
    '-9.943703815471668e+6',
    '0.03125',
    // A digit more than is needed, because the shortest lies too near to the interval's end for 64 bits.
    '319.61834700000003',
    '40.460012999999996',
    '0.39730095594600767',
    '2.1592493248958742e+185',
    // The last digit is not the nearest one.
    '-1444431180867836.7',
    '671415381561577.7',
  ];
  for (const text of asRead) assert.equal(shortestDouble(Number(text)), text);
  assert.deepEqual([1 / 0, -1 / 0, 0 / 0].map(shortestDouble), ['inf', '-inf', 'nan']);
});

test('whatever is printed reads back as the same double', () => {
  const random = new SeededRandom(7);
  const bits = new DataView(new ArrayBuffer(8));
  for (let i = 0; i < 20_000; i++) {
    bits.setUint32(0, random.below(2 ** 32));
    bits.setUint32(4, random.below(2 ** 32));
    const value = bits.getFloat64(0);
    if (!Number.isFinite(value)) continue;
    const text = shortestDouble(value);
    assert.equal(Number(text), value);
    assert.match(text, /^-?(\d\.?){1,17}(e[-+]\d+)?$|^-?\d{1,24}$|^-?0\.0*\d{1,17}$/);
  }
});
