import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { describe, it } from 'node:test';
import { RdbError } from '../../../../extension/redis/store/rdb/format.ts';
import {
  intsetElements,
  listpackElements,
  ziplistElements,
  zipmapElements,
} from '../../../../extension/redis/store/rdb/packed.ts';

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');

/** Every way to spoil one byte, or the size, either is refused or gives some other elements: never anything else. */
function survivesDamage(read: (bytes: Uint8Array) => string[], bytes: Buffer): void {
  for (let at = 0; at < bytes.length; at++) {
    for (const value of [0x00, 0x7f, 0x80, 0xe0, 0xf0, 0xf4, 0xfe, 0xff]) {
      const damaged = Buffer.from(bytes);
      damaged[at] = value;
      for (const input of [damaged, damaged.subarray(0, at)]) {
        try {
          assert.ok(read(input).every((element) => typeof element === 'string'));
        } catch (error) {
          assert.ok(error instanceof RdbError, String(error));
        }
      }
    }
  }
}

describe('ziplist (what servers up to 6.2 wrote)', () => {
  // Elements: "ab", 0, 12, 127, -1, 1000, -100000, 2^40, and a string of 70 bytes, whose next needs no long size.
  const long = '61'.repeat(70);
  const elements = [
    '00 02 6162',
    '04 f1',
    '02 fd',
    '02 fe 7f',
    '03 fe ff',
    '03 c0 e803',
    '04 f0 6079fe',
    '05 e0 0000000000010000',
    `0a 4046 ${long}`,
    '49 d0 00000100',
  ];
  const body = hex(elements.join(''));
  const bytes = Buffer.concat([Buffer.alloc(10), body, hex('ff')]);
  bytes.writeUInt32LE(bytes.length, 0);
  bytes.writeUInt32LE(bytes.length - 1 - 6, 4);
  bytes.writeUInt16LE(elements.length, 8);

  it('has strings and integers of every width', () => {
    const found = ['ab', '0', '12', '127', '-1', '1000', '-100000', '1099511627776', 'a'.repeat(70), '65536'];
    assert.deepEqual(ziplistElements(bytes), found);
  });

  it('writes the size of a long element in five bytes behind it', () => {
    const list = Buffer.concat([
      Buffer.alloc(10),
      hex('00 412c'),
      Buffer.alloc(300, 'z'),
      hex('fe 2f010000 f1 ff'),
    ]);
    list.writeUInt32LE(list.length, 0);
    list.writeUInt32LE(list.length - 1 - 6, 4);
    list.writeUInt16LE(2, 8);
    assert.deepEqual(ziplistElements(list), ['z'.repeat(300), '0']);
  });

  it('is refused when damaged, without reading outside', () => survivesDamage(ziplistElements, bytes));
});

describe('listpack', () => {
  const elements = '05 01 827a7a03 c10702 dfff02 f1e80303 f2a0860104 f30000008005 f4ffffffffffffff7f09';
  const bytes = Buffer.concat([Buffer.alloc(6), hex(elements), hex('ff')]);
  bytes.writeUInt32LE(bytes.length, 0);
  bytes.writeUInt16LE(8, 4);

  it('has strings and integers of every width', () => {
    assert.deepEqual(listpackElements(bytes), [
      '5',
      'zz',
      '263',
      '-1',
      '1000',
      '100000',
      '-2147483648',
      '9223372036854775807',
    ]);
  });

  it('is refused when damaged, without reading outside', () => survivesDamage(listpackElements, bytes));
});

describe('intset', () => {
  const bytes = hex('04000000 03000000 ffffffff 00000000 00000100');

  it('has integers of one width', () => {
    assert.deepEqual(intsetElements(bytes), ['-1', '0', '65536']);
    assert.deepEqual(intsetElements(hex('08000000 01000000 0000000000000080')), ['-9223372036854775808']);
  });

  it('is refused when damaged', () => survivesDamage(intsetElements, bytes));
});

describe('zipmap (what servers before 2.6 wrote)', () => {
  const bytes = hex('02 03666f6f 0300626172 fe01000000 78 0202797a0000 ff');

  it('has fields and values, with unused bytes behind a value', () => {
    assert.deepEqual(zipmapElements(bytes), ['foo', 'bar', 'x', 'yz']);
  });

  it('is refused when damaged', () => survivesDamage(zipmapElements, bytes));
});
