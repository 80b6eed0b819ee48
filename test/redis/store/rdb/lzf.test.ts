import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { describe, it } from 'node:test';
import { lzfCompress, lzfDecompress } from '../../../../extension/redis/store/rdb/lzf.ts';

function thereAndBack(bytes: Uint8Array): number {
  const packed = lzfCompress(bytes, 0, bytes.length);
  assert.ok(packed, 'it should shrink');
  const unpacked = lzfDecompress(packed, 0, packed.length, bytes.length);
  assert.ok(unpacked && Buffer.compare(unpacked, bytes) === 0, 'it should come back as it was');
  return packed.length;
}

describe('LZF', () => {
  it('shrinks what repeats itself, and gives it back', () => {
    assert.ok(thereAndBack(Buffer.alloc(100_000, 'x')) < 1300, '264 bytes in three');
    thereAndBack(Buffer.from('to be, or not to be, that is the question: to be or not'));
    thereAndBack(Buffer.from(Array.from({ length: 50_000 }, (_, i) => (i >> 3) % 251)));
  });

  it('finds a repetition as far back as 8,192 bytes, and no further', () => {
    const phrase = Buffer.from('a phrase, long enough to be seen twice');
    const apart = (distance: number) =>
      thereAndBack(Buffer.concat([phrase, Buffer.alloc(distance - phrase.length, '.'), phrase]));
    assert.ok(apart(8193) > apart(8192) + phrase.length / 2, 'a copy in three bytes, or the phrase again');
  });

  it('finds nothing in the strings compressed before', () => {
    const phrase = 'abcdefghijklmnopqrstuvwxyz';
    const others = ['0123456789', 'ABCDEFGHIJKLM'];
    for (const other of others) {
      const bytes = Buffer.from(`${other}${phrase}`);
      assert.equal(
        lzfCompress(bytes, 0, bytes.length),
        undefined,
        'the phrase was there before, but elsewhere',
      );
    }
    const twice = Buffer.from(`-${phrase}${phrase}-`);
    assert.ok(thereAndBack(twice) < phrase.length + 10);
    const within = lzfCompress(twice, 1, twice.length - 1);
    assert.ok(within);
    const unpacked = lzfDecompress(within, 0, within.length, 2 * phrase.length);
    assert.equal(unpacked && Buffer.from(unpacked).toString(), phrase + phrase);
  });

  it('leaves alone what would not shrink', () => {
    assert.equal(lzfCompress(Buffer.from('abcdefghijklmnopqrstuvwxyz'), 0, 26), undefined);
    assert.equal(lzfCompress(Buffer.from('aaaa'), 0, 4), undefined);
  });

  it('refuses broken input instead of reading or writing outside', () => {
    const bytes = Buffer.from('abcabcabcabcabcabcabcabcabcabcabcabc');
    const packed = lzfCompress(bytes, 0, bytes.length);
    assert.ok(packed);
    assert.equal(lzfDecompress(packed, 0, packed.length - 1, bytes.length), undefined, 'cut');
    assert.equal(lzfDecompress(packed, 0, packed.length, bytes.length - 1), undefined, 'too long');
    assert.equal(lzfDecompress(packed, 0, packed.length, bytes.length + 1), undefined, 'too short');
    assert.equal(lzfDecompress(Buffer.from([0x20, 0x00]), 0, 2, 3), undefined, 'copy from before the start');
    assert.equal(lzfDecompress(Buffer.from([0xe0]), 0, 1, 100), undefined, 'length missing');
  });
});
