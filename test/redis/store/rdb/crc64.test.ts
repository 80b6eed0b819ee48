import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { describe, it } from 'node:test';
import { Crc64 } from '../../../../extension/redis/store/rdb/crc64.ts';

function crc64(bytes: Uint8Array): string {
  const crc = new Crc64();
  crc.update(bytes);
  return Buffer.from(crc.digest()).reverse().toString('hex');
}

/** Bit by bit, from the definition. */
function slowly(bytes: Uint8Array): string {
  let crc = 0n;
  for (const byte of bytes) {
    crc ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit++) crc = crc & 1n ? (crc >> 1n) ^ 0x95ac9329ac4bc9b5n : crc >> 1n;
  }
  return crc.toString(16).padStart(16, '0');
}

describe('CRC-64', () => {
  it('gives the published check value', () => {
    assert.equal(crc64(Buffer.from('123456789')), 'e9c6d914c4b8d9ca');
    assert.equal(crc64(Buffer.alloc(0)), '0000000000000000');
  });

  it('agrees with the definition at every length around its stride of eight', () => {
    for (let size = 0; size < 40; size++) {
      const bytes = Buffer.from(Array.from({ length: size }, (_, i) => (i * 167 + size * 31) & 255));
      assert.equal(crc64(bytes), slowly(bytes), `${size} bytes`);
    }
  });

  it('can be fed in pieces, from the middle of larger arrays', () => {
    const bytes = Buffer.from(Array.from({ length: 100 }, (_, i) => (i * 89) & 255));
    const crc = new Crc64();
    for (const [start, end] of [
      [0, 13],
      [13, 14],
      [14, 90],
      [90, 100],
    ])
      crc.update(bytes, start, end);
    assert.equal(Buffer.from(crc.digest()).reverse().toString('hex'), slowly(bytes));
  });
});
