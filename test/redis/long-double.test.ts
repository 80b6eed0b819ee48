import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { addLongDoubles, formatLongDouble, parseLongDouble } from '../../extension/redis/long-double.ts';

function sum(a: string, b: string): string | undefined {
  const [x, y] = [parseLongDouble(a), parseLongDouble(b)];
  assert.ok(x !== undefined && y !== undefined);
  const result = addLongDoubles(x, y);
  return result && formatLongDouble(result);
}

describe('long doubles', () => {
  it('add decimals the way people expect', () => {
    assert.equal(sum('0.1', '0.2'), '0.3');
    assert.equal(sum('3.0e3', '200'), '3200');
    assert.equal(sum('10.5', '-10.5'), '0');
    assert.equal(sum('.5', '1.'), '1.5');
    assert.equal(sum('0x10', '1'), '17');
  });

  it('have 64 bits: every 64-bit integer is exact, the next one is not', () => {
    assert.equal(sum('9223372036854775807', '1'), '9223372036854775808');
    assert.equal(sum('18446744073709551615', '0'), '18446744073709551615');
    assert.equal(sum('18446744073709551616', '1'), '18446744073709551616');
    assert.equal(sum('18446744073709551616', '3'), '18446744073709551620');
  });

  it('print 17 decimals, rounded', () => {
    assert.equal(sum('1e-17', '0'), '0.00000000000000001');
    assert.equal(sum('4e-18', '0'), '0');
    assert.equal(sum('-4e-18', '0'), '0');
    assert.equal(sum('6e-18', '0'), '0.00000000000000001');
  });

  it('refuse what strtold refuses, and what is too large or vanishes', () => {
    for (const text of [
      '',
      ' 1',
      '1 ',
      'abc',
      'nan',
      '1e',
      '.',
      '1e5000',
      '-1e99999',
      '1e-5000',
      '9'.repeat(5121),
    ]) {
      assert.equal(parseLongDouble(text), undefined, text);
    }
    assert.notEqual(parseLongDouble('1e4932'), undefined);
    assert.notEqual(parseLongDouble('0e99999'), undefined);
  });

  it('know infinity', () => {
    assert.equal(sum('inf', '1'), 'inf');
    assert.equal(sum('1e4932', '1e4932'), 'inf');
    assert.equal(sum('-inf', '-inf'), '-inf');
    assert.equal(sum('inf', '-inf'), undefined);
  });
});
