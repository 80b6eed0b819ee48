import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { describe, it } from 'node:test';
import { readAddress, readId } from '../../../extension/node/cluster/interned-texts.ts';

function idIn(bytes: Buffer, at: number): string {
  return readId(bytes, new DataView(bytes.buffer, bytes.byteOffset, bytes.length), at);
}

/** Ids that begin alike, so that many of them want the same place. */
function id(at: number): string {
  return `c0ffee00${at.toString(16).padStart(32, '0')}`;
}

describe('texts that come again and again', () => {
  it('an id is read as it stands there, wherever that is', () => {
    const bytes = Buffer.from(`...${id(1)}${id(2)}.`, 'latin1');
    for (let round = 0; round < 2; round++) {
      assert.equal(idIn(bytes, 3), id(1));
      assert.equal(idIn(bytes, 43), id(2));
    }
  });

  it('ids that want the same place drive each other out, and are never taken for each other', () => {
    const ids = Array.from({ length: 20 }, (_, at) => id(at));
    const bytes = Buffer.from(ids.join(''), 'latin1');
    for (let round = 0; round < 3; round++) {
      for (const [at, expected] of ids.entries()) assert.equal(idIn(bytes, at * 40), expected);
    }
  });

  it('more ids than there are places', () => {
    const ids = Array.from({ length: 10_000 }, (_, at) =>
      (at * 2_654_435_761).toString(16).padStart(40, 'a'),
    );
    const bytes = Buffer.from(ids.join(''), 'latin1');
    for (let round = 0; round < 2; round++) {
      for (const [at, expected] of ids.entries()) assert.equal(idIn(bytes, at * 40), expected);
    }
  });

  it('an address ends at its NUL, or with its room', () => {
    const addresses = ['10.0.0.1', '10.0.0.11', '10.0.0.1', '', '::ffff:10.0.0.1', 'f'.repeat(46)];
    const bytes = Buffer.alloc(46 * addresses.length);
    for (const [at, address] of addresses.entries()) bytes.write(address, at * 46, 'latin1');
    for (let round = 0; round < 2; round++) {
      for (const [at, address] of addresses.entries()) assert.equal(readAddress(bytes, at * 46), address);
    }
  });

  it('what stands behind the NUL is no part of it', () => {
    const bytes = Buffer.alloc(46, 'x');
    bytes.write('10.0.0.1\0', 'latin1');
    assert.equal(readAddress(bytes, 0), '10.0.0.1');
  });
});
