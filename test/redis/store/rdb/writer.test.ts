import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import { RdbType } from '../../../../extension/redis/store/rdb/format.ts';
import { RdbWriter } from '../../../../extension/redis/store/rdb/writer.ts';

const BEGINNINGS = ['x', '7', '-', '-7', '0', '/', ':', '\xff'];

/** Strings around every length at which the form of a string changes: 11, 20, 63 bytes. */
function strings(): string[] {
  const lengths = [0, 1, 2, 10, 11, 12, 20, 21, 62, 63, 64, 65];
  return lengths.flatMap((length) => BEGINNINGS.map((first) => first.padEnd(length, '1').slice(0, length)));
}

test('a record written in one go is what its parts are one by one', () => {
  for (const compress of [true, false]) {
    let atOnce = 0;
    for (const key of strings()) {
      for (const value of strings()) {
        const bytes = Buffer.from(`before${key}${value}behind`, 'latin1');
        const start = 6;
        const middle = start + key.length;
        const end = middle + value.length;
        const inParts = new RdbWriter(compress, 8);
        inParts.byte(RdbType.string);
        inParts.string(bytes, start, middle);
        inParts.string(bytes, middle, end);
        const writer = new RdbWriter(compress, 8);
        const written = writer.shortRecord(RdbType.string, bytes, start, middle, end);
        const label = `${key} = ${value}${compress ? ', compressed' : ''}`;
        if (!written) assert.equal(writer.size, 0, label);
        else assert.deepEqual(writer.take(), inParts.take(), label);
        if (written) atOnce++;
      }
    }
    assert.ok(atOnce > 1000, 'the usual ones are');
  }
});
