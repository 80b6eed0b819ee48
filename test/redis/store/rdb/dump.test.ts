/** DUMP payloads as redis-server 7.0.15 gave them. The comparison with a living server is in test/conformance. */
import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { describe, it } from 'node:test';
import { binaryOf } from '../../../../extension/redis/bytes.ts';
import { defaultEncodingLimits } from '../../../../extension/redis/store/encoding-limits.ts';
import { Crc64 } from '../../../../extension/redis/store/rdb/crc64.ts';
import { dumpPayload, isDumpPayload, restoreValue } from '../../../../extension/redis/store/rdb/dump.ts';
import { SetValue } from '../../../../extension/redis/store/set-value.ts';

const limits = defaultEncodingLimits();
const bytes = (hex: string) => Buffer.from(hex, 'hex');

function content(payload: Uint8Array): unknown {
  assert.ok(isDumpPayload(payload));
  const value = restoreValue(payload, limits);
  assert.ok(value !== undefined);
  if (value instanceof Uint8Array) return binaryOf(value);
  if (value.kind === 'list') return [...value.values()];
  if (value.kind === 'stream') return value.size;
  return value.kind === 'set' ? [...value.values()] : [...value.entries()];
}

const CAPTURED: readonly (readonly [what: string, hex: string, value: unknown])[] = [
  ['a string', '000568656c6c6f0a006372df766534200a', 'hello'],
  ['an integer', '00c1c7cf0a0067eda236b4db26d0', '-12345'],
  ['a compressed string', '00c30928016161e01b000161610a00cf092faaae25831d', 'a'.repeat(40)],
  ['a list', '120102121200000004008161020101f178ec038001ff0a00e788925b7e148905', ['a', '1', '-5000', '']],
  ['an intset', '0b140400000003000000ffffffff03000000701101000a00faf9076ba102fb14', ['-1', '3', '70000']],
  ['a set', '0203c007016201610a00039469d4e73b803f', ['7', 'b', 'a']],
  [
    'a hash',
    '10121200000004008166028176020c01dffd02ff0a006604390337bd7349',
    [
      ['f', 'v'],
      ['12', '-3'],
    ],
  ],
  [
    'a sorted set',
    '111d1d0000000600816302dff90281610283312e350481620283696e6604ff0a00277e7d208046b3a9',
    [
      ['c', -7],
      ['a', 1.5],
      ['b', Number.POSITIVE_INFINITY],
    ],
  ],
];

describe('DUMP payloads of redis-server 7.0.15', () => {
  for (const [what, hex, value] of CAPTURED) {
    it(`${what} is read`, () => assert.deepEqual(content(bytes(hex)), value));
  }

  it('strings and sets are written byte for byte alike', () => {
    for (const [, hex] of CAPTURED.slice(0, 2)) {
      const value = restoreValue(bytes(hex), limits);
      assert.ok(value !== undefined);
      assert.equal(Buffer.from(dumpPayload(value, true)).toString('hex'), hex);
    }
    const set = restoreValue(bytes(CAPTURED[5][1]), limits);
    assert.ok(set instanceof SetValue);
    assert.equal(Buffer.from(dumpPayload(set, true)).toString('hex'), CAPTURED[5][1]);
  });
});

describe('forged payloads', () => {
  it('are refused by a version that is not known, whichever of its bytes tells, and by their checksum', () => {
    const ofVersion = (low: number, high: number): Buffer => {
      const payload = bytes(CAPTURED[0][1]);
      const footer = payload.length - 10;
      payload.set([low, high], footer);
      const crc = new Crc64();
      crc.update(payload, 0, footer + 2);
      payload.set(crc.digest(), footer + 2);
      return payload;
    };
    assert.equal(content(ofVersion(12, 0)), 'hello');
    for (const later of [ofVersion(13, 0), ofVersion(5, 1)]) assert.equal(isDumpPayload(later, false), false);
    const damaged = ofVersion(10, 0);
    damaged[2] ^= 1;
    assert.equal(isDumpPayload(damaged), false);
    assert.equal(isDumpPayload(damaged, false), true);
    assert.equal(isDumpPayload(damaged.subarray(-9), false), false);
  });

  // Each with the type first; the footer does not matter here.
  const forged: readonly (readonly [what: string, hex: string, why: RegExp])[] = [
    ['a quicklist node of its own for an empty element', '12010100', /Quicklist integrity/],
    [
      'a sorted set with a member twice',
      `0502${'0161'.concat('00'.repeat(8)).repeat(2)}`,
      /Duplicate zset fields/,
    ],
    ['a hash with a field twice', '0402016101620161016a', /Duplicate hash fields/],
    ['a set with a member twice', '020201610161', /Duplicate set members/],
    [
      'a ziplist whose last element is elsewhere',
      '0a0e0e0000000b00000001000001 61ff'.replace(' ', ''),
      /List ziplist integrity/,
    ],
    [
      'a ziplist hash with a field twice',
      '0d1b1b000000160000000400000261000402620004026100040264 00ff'.replace(' ', ''),
      /Hash ziplist integrity check failed/,
    ],
    ['an empty zipmap', '090200ff', /Zipmap integrity check failed/],
    ['an empty list', '0100', /empty/],
    ['a string with something behind it', '00016100', /behind/],
    ['more elements than bytes', '023f', /Unexpected end/],
    ['more elements than anybody can hold', '0281ffffffffffffffff', /Unexpected end/],
    ['a string of almost all memory', '00807fffffff', /Unexpected end/],
    ['a compressed string that claims a gigabyte', '00c30480400000000061610000', /LZF/],
    ['a score cut short', '0501016101', /Unexpected end/],
    ['an unknown type', '7f', /Unknown RDB encoding type/],
  ];
  for (const [what, hex, why] of forged) {
    it(`${what}: refused, and it is said why`, () => {
      let said = '';
      const payload = Buffer.concat([bytes(hex), Buffer.alloc(10)]);
      assert.equal(
        restoreValue(payload, limits, (reason) => (said = reason)),
        undefined,
      );
      assert.match(said, why);
    });
  }
});

describe('DUMP payloads of 7.2', () => {
  it('have small sets as listpacks, and version 11', () => {
    const body = bytes('14' + '0f' + '0f0000000300' + '816102' + '0701' + '816202' + 'ff' + '0b00');
    const crc = new Crc64();
    crc.update(body);
    assert.deepEqual(content(Buffer.concat([body, crc.digest()])), ['a', '7', 'b']);
  });
});
