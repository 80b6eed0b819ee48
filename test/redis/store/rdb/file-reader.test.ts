import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { describe, it } from 'node:test';
import { type Binary, binaryOf } from '../../../../extension/redis/bytes.ts';
import { defaultEncodingLimits } from '../../../../extension/redis/store/encoding-limits.ts';
import { Crc64 } from '../../../../extension/redis/store/rdb/crc64.ts';
import {
  RdbFileReader,
  type RdbVisitor,
  type Use,
} from '../../../../extension/redis/store/rdb/file-reader.ts';
import { RdbError, RdbOpcode, RdbType } from '../../../../extension/redis/store/rdb/format.ts';
import { RdbWriter } from '../../../../extension/redis/store/rdb/writer.ts';

/** Writes down what the file says. */
class Notes implements RdbVisitor {
  readonly limits = defaultEncodingLimits();
  readonly lines: string[] = [];

  aux(name: Binary, value: Binary): void {
    this.lines.push(`${name}: ${value}`);
  }

  functionLibrary(source: Binary): void {
    this.lines.push(`library ${source}`);
  }

  selectDatabase(index: number): void {
    this.lines.push(`db ${index}`);
  }

  expectKeys(count: number): void {
    this.lines.push(`${count} keys`);
  }

  string(
    bytes: Uint8Array,
    keyStart: number,
    keyEnd: number,
    start: number,
    end: number,
    expireAt: number,
  ): void {
    this.entry(bytes.subarray(keyStart, keyEnd), bytes.subarray(start, end), expireAt, undefined);
  }

  entry(
    key: Uint8Array,
    value: Parameters<RdbVisitor['entry']>[1],
    expireAt: number,
    use: Use | undefined,
  ): void {
    const name = binaryOf(key);
    if (use !== undefined) this.lines.push(JSON.stringify(use));
    const until = expireAt < 0 ? '' : ` until ${expireAt}`;
    if (value === undefined) this.lines.push(`${name} is empty`);
    else if (value instanceof Uint8Array) this.lines.push(`${name} = ${binaryOf(value)}${until}`);
    else this.lines.push(`${name} = ${value.kind} of ${value.size}${until}`);
  }
}

/** A file with one of everything, and its CRC. */
function everything(version = 11): Buffer {
  const file = new RdbWriter(true);
  file.raw(Buffer.from(`REDIS${String(version).padStart(4, '0')}`));
  file.byte(RdbOpcode.aux);
  file.binary('redis-ver');
  file.binary('7.2.4');
  file.byte(RdbOpcode.function);
  file.binary('#!lua name=mine');
  file.byte(RdbOpcode.selectDatabase);
  file.length(3);
  file.byte(RdbOpcode.resizeDatabase);
  file.length(70_000);
  file.length(2);
  file.byte(RdbOpcode.expireMilliseconds);
  file.int64(1_700_000_000_123);
  file.byte(RdbOpcode.idle);
  file.length(12);
  file.byte(RdbType.string);
  file.binary('text');
  file.binary('compressed '.repeat(5));
  file.byte(RdbOpcode.expireSeconds);
  file.raw(Buffer.from([0, 0xf1, 0x53, 0x65]));
  file.byte(RdbType.string);
  file.binary('number');
  file.binary('-12345');
  file.byte(RdbType.string);
  file.binary('17');
  file.binary('named by a number');
  file.byte(RdbType.string);
  file.binary('plain');
  file.binary('as it is');
  file.byte(RdbOpcode.frequency);
  file.byte(9);
  file.byte(RdbType.hash);
  file.binary('hash');
  file.length(300);
  for (let i = 0; i < 600; i++) file.binary(`element ${i}`);
  file.byte(RdbType.sortedSet);
  file.binary('old scores');
  file.length(2);
  file.binary('one');
  file.byte(3);
  file.raw(Buffer.from('1.5'));
  file.binary('inf');
  file.byte(254);
  file.byte(RdbType.list);
  file.binary('nothing');
  file.length(0);
  file.byte(RdbOpcode.end);
  const body = file.take();
  const crc = new Crc64();
  crc.update(body);
  return Buffer.concat([body, crc.digest()]);
}

const TOLD = [
  'redis-ver: 7.2.4',
  'library #!lua name=mine',
  'db 3',
  '70000 keys',
  '{"idleSeconds":12}',
  `text = ${'compressed '.repeat(5)} until 1700000000123`,
  'number = -12345 until 1700000000000',
  '17 = named by a number',
  'plain = as it is',
  '{"frequency":9}',
  'hash = hash of 300',
  'old scores = sorted-set of 2',
  'nothing is empty',
];

function read(file: Uint8Array, pieces: number): { lines: string[]; reader: RdbFileReader; rest: number } {
  const notes = new Notes();
  const reader = new RdbFileReader(notes, true);
  let rest = file.length;
  for (let at = 0; at < file.length && !reader.done; at += pieces) {
    const end = Math.min(file.length, at + pieces);
    // As from a socket: an array that is used again, with something else around the bytes.
    const shared = Buffer.alloc(pieces + 20, 0xee);
    shared.set(file.subarray(at, end), 7);
    rest = at + reader.feed(shared, 7, 7 + end - at) - 7;
    shared.fill(0xee);
  }
  return { lines: notes.lines, reader, rest };
}

describe('reading an RDB file', () => {
  it('tells all that is in it, however it is cut', () => {
    const file = everything();
    for (const pieces of [1, 2, 3, 7, 64, 1000, file.length]) {
      const { lines, reader, rest } = read(file, pieces);
      assert.deepEqual(lines, TOLD, `pieces of ${pieces}`);
      assert.ok(reader.done);
      assert.equal(rest, file.length);
    }
  });

  it('leaves alone what follows it', () => {
    const file = everything();
    const stream = Buffer.concat([file, Buffer.from('*1\r\n$4\r\nPING\r\n')]);
    for (const pieces of [1, 5, 999, stream.length]) {
      const { reader, rest } = read(stream, pieces);
      assert.ok(reader.done);
      assert.equal(rest, file.length, `pieces of ${pieces}`);
    }
  });

  it('is not done before the last byte', () => {
    const file = everything();
    for (const cut of [1, 8, 9, 100]) assert.ok(!read(file.subarray(0, file.length - cut), 64).reader.done);
  });

  it('refuses what is no RDB file, or one of a later version', () => {
    const refuse = (bytes: Buffer, text: RegExp) =>
      assert.throws(
        () => read(bytes, 9),
        (error) => error instanceof RdbError && text.test(error.message),
      );
    refuse(Buffer.from('*3\r\n$3\r\nSET\r\n'), /Wrong signature trying to load DB from file/);
    refuse(Buffer.from('REDIS0013'), /Can't handle RDB format version 13/);
    refuse(Buffer.from('REDIS0000'), /Can't handle RDB format version 0/);
  });

  it('refuses a wrong checksum, unless there is none or nobody asks', () => {
    const file = everything();
    file[file.length - 1] ^= 1;
    assert.throws(() => read(file, 64), /Wrong RDB checksum expected: \([0-9a-f]+\) but got \([0-9a-f]+\)/);
    const careless = new RdbFileReader(new Notes(), false);
    assert.equal(careless.feed(file, 0, file.length), file.length);
    file.fill(0, file.length - 8);
    assert.ok(read(file, 64).reader.done);
  });

  it('knows no checksum before version 5', () => {
    const file = everything(4);
    const { lines, rest } = read(file, 50);
    assert.deepEqual(lines, TOLD);
    assert.equal(rest, file.length - 8);
  });

  it('refuses duplicates, modules and lengths that are lies', () => {
    const refuse = (text: RegExp, write: (file: RdbWriter) => void) => {
      const file = new RdbWriter(false);
      file.raw(Buffer.from('REDIS0011'));
      write(file);
      assert.throws(() => read(Buffer.from(file.take()), 1), text);
    };
    refuse(/Duplicate hash fields detected/, (file) => {
      file.byte(RdbType.hash);
      file.binary('key');
      file.length(2);
      for (const text of ['a', '1', 'a', '2']) file.binary(text);
    });
    refuse(/AUX module data/, (file) => file.byte(RdbOpcode.moduleAux));
    refuse(/Unknown RDB encoding type 77/, (file) => {
      file.byte(77);
      file.binary('key');
      file.byte(0);
    });
    refuse(/Invalid LZF compressed string/, (file) => {
      file.byte(RdbType.string);
      file.binary('key');
      file.byte(0xc3);
      file.length(3);
      file.length(4_000_000_000);
      file.raw(Buffer.from([1, 2, 3]));
    });
  });
});
