import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Peer } from '../../../extension/node/cluster/peer.ts';
import { SlotTable } from '../../../extension/node/cluster/slot-table.ts';

function peer(digit: string): Peer {
  return new Peer(digit.repeat(40), digit.repeat(40), 0, 0);
}

describe('the table of slots', () => {
  it('knows who has a slot, whatever changed hands before', () => {
    const table = new SlotTable();
    const peers = [peer('1'), peer('2'), peer('3')];
    // More often than there are numbers for the places of owners.
    for (let time = 0; time < 70_000; time++) table.assign(0, peers[time % 3]);
    table.assign(1, peers[1]);
    table.assign(2, peers[2]);
    assert.deepEqual(
      [0, 1, 2, 3].map((slot) => table.owner(slot)),
      [peers[0], peers[1], peers[2], undefined],
    );
    assert.equal(table.assigned, 3);
    assert.deepEqual(
      peers.map((one) => one.slots.ranges()),
      [[[0, 0]], [[1, 1]], [[2, 2]]],
    );
  });

  it('gives to a newcomer what one that has nothing left had for a place, and mixes up neither', () => {
    const table = new SlotTable();
    const [first, second, third] = [peer('1'), peer('2'), peer('3')];
    table.assign(0, first);
    table.assign(1, second);
    assert.equal(table.release(0), first);
    assert.equal(table.release(0), undefined);
    table.assign(2, third);
    table.assign(3, first);
    assert.deepEqual(
      [0, 1, 2, 3].map((slot) => table.owner(slot)),
      [undefined, second, third, first],
    );
  });

  it('lets be claimed what is nobody’s, and what its owner gave up', () => {
    const table = new SlotTable();
    assert.ok(table.isClaimable(0));
    table.assign(0, peer('1'));
    assert.ok(!table.isClaimable(0));
    table.unclaimed.add(0);
    assert.ok(table.isClaimable(0));
    table.assign(0, peer('2'));
    assert.ok(!table.isClaimable(0));
  });

  it('ends the moves to and from one node, or all', () => {
    const table = new SlotTable();
    const [gone, other] = [peer('1'), peer('2')];
    table.migratingTo.set(0, gone).set(1, other);
    table.importingFrom.set(2, gone).set(3, other);
    const open = (): number[] => [0, 1, 2, 3].filter((slot) => table.isOpen(slot));
    assert.deepEqual(open(), [0, 1, 2, 3]);
    table.closeThoseOf(gone);
    assert.deepEqual(open(), [1, 3]);
    table.closeAll();
    assert.deepEqual(open(), []);
  });
});
