import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Args } from '../../../extension/redis/resp/args.ts';
import { MemberIndex } from '../../../extension/redis/store/member-index.ts';
import { SeededRandom } from '../seeded-random.ts';

describe('an index of members', () => {
  it('finds all there is, and nothing else, while it grows and shrinks', () => {
    const random = new SeededRandom(31);
    const members: string[] = [];
    const index = new MemberIndex(members);
    for (const target of [10_000, 20, 3000, 0, 500]) {
      while (members.length !== target) {
        if (members.length < target) {
          const member = `m${random.below(1e9)}`;
          if (index.find(members, member) >= 0) continue;
          index.add(member);
          members.push(member);
        } else {
          removeSwapping(members, index, random.below(members.length));
        }
      }
      for (const [position, member] of members.entries()) {
        assert.equal(index.find(members, member), position);
        assert.equal(findBytes(index, members, member), position);
      }
      assert.equal(index.find(members, 'nobody'), -1);
      assert.equal(findBytes(index, members, 'nobody'), -1);
    }
  });

  it('takes members of every length and byte for what they are, as strings and as bytes', () => {
    const members = [''];
    for (let length = 1; length < 12; length++) {
      for (const byte of ['\0', 'a', '\x7f', '\x80', '\xff']) members.push(`${byte}`.repeat(length));
    }
    const index = new MemberIndex(members);
    for (const [position, member] of members.entries()) {
      assert.equal(index.find(members, member), position);
      assert.equal(findBytes(index, members, member), position);
    }
  });

  it('loses nobody while a large table is replaced little by little', () => {
    const random = new SeededRandom(33);
    const members: string[] = [];
    const index = new MemberIndex(members);
    // Just above 2^13 and 2^14 members, where it grows, back and forth; and down until it shrinks, and up again.
    for (const target of [
      8200, 8150, 8300, 8190, 9500, 16_390, 16_300, 17_000, 900, 16_500, 1000, 1100, 400,
    ]) {
      while (members.length !== target) {
        if (members.length < target) {
          const member = `m${random.below(1e9)}`;
          if (index.find(members, member) >= 0) continue;
          index.add(member);
          members.push(member);
        } else removeSwapping(members, index, random.below(members.length));
        const position = random.below(members.length);
        assert.equal(findBytes(index, members, members[position] ?? ''), position);
      }
      for (const [position, member] of members.entries()) assert.equal(index.find(members, member), position);
      assert.equal(index.find(members, 'nobody'), -1);
    }
  });

  it('follows members that move down', () => {
    const random = new SeededRandom(32);
    const members = Array.from({ length: 400 }, (_, i) => `field:${i}`);
    const index = new MemberIndex(members);
    while (members.length > 0) {
      const position = random.below(members.length);
      index.removeShifting(position);
      const [gone = ''] = members.splice(position, 1);
      assert.equal(index.find(members, gone), -1);
      for (const [at, member] of members.entries()) assert.equal(index.find(members, member), at);
    }
  });

  it('gives room back', () => {
    const members: string[] = [];
    const index = new MemberIndex(members);
    const empty = index.usedBytes;
    for (let i = 0; i < 100_000; i++) {
      const member = String(i);
      index.add(member);
      members.push(member);
    }
    assert.ok(index.usedBytes < 100_000 * 20);
    while (members.length > 0) removeSwapping(members, index, members.length - 1);
    assert.equal(index.usedBytes, empty);
  });
});

/** Looks for the member as an argument, whose bytes stand between those of others. */
function findBytes(index: MemberIndex, members: string[], member: string): number {
  return index.findArgument(members, Args.of('SISMEMBER', member), 1);
}

function removeSwapping(members: string[], index: MemberIndex, position: number): void {
  index.removeSwapping(position);
  const last = members.pop();
  if (last !== undefined && position < members.length) members[position] = last;
}
