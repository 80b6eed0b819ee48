import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PRIMARY } from '../../../extension/node/cluster/message.ts';
import { Peer } from '../../../extension/node/cluster/peer.ts';
import { PeerIndex } from '../../../extension/node/cluster/peer-index.ts';

function peersOf(ids: readonly string[]): Peer[] {
  return ids.map((id) => new Peer(id, id, PRIMARY, 0));
}

/** Ids that begin alike: all of them want the same place. */
const ALIKE = Array.from({ length: 40 }, (_, at) => `c0ffee00${at.toString(16).padStart(32, '0')}`);

describe('peers by id', () => {
  it('finds each of them, and nobody else', () => {
    for (const ids of [['a'.repeat(40)], ALIKE, ALIKE.map((id) => id.split('').reverse().join(''))]) {
      const peers: Peer[] = [];
      const index = new PeerIndex(peers);
      for (const peer of peersOf(ids)) {
        assert.equal(index.get(peer.id), undefined);
        peers.push(peer);
        index.added();
      }
      for (const peer of peers) assert.equal(index.get(peer.id), peer);
      assert.equal(index.get('0'.repeat(40)), undefined);
      assert.equal(index.get(''), undefined);
    }
  });

  it('forgets who is gone, and finds who has another id', () => {
    const peers = peersOf(ALIKE);
    const index = new PeerIndex(peers);
    index.rebuild();
    const [gone] = peers.splice(7, 1);
    index.rebuild();
    assert.equal(index.get(gone.id), undefined);
    for (const peer of peers) assert.equal(index.get(peer.id), peer);
    peers[3].id = 'f'.repeat(40);
    index.rebuild();
    assert.equal(index.get(ALIKE[3]), undefined);
    assert.equal(index.get('f'.repeat(40)), peers[3]);
  });

  it('knows what was heard of each, until somebody is gone or doubted', () => {
    const peers = peersOf(ALIKE);
    const index = new PeerIndex(peers);
    index.rebuild();
    for (const [at, id] of ALIKE.entries()) {
      assert.equal(index.heardUpTo(index.position(id)), -Infinity);
      index.heard(index.position(id), at);
    }
    for (const [at, id] of ALIKE.entries()) assert.equal(index.heardUpTo(index.position(id)), at);
    const [gone] = peers.splice(0, 1);
    index.rebuild();
    assert.equal(index.position(gone.id), 0);
    for (const id of ALIKE.slice(1)) {
      assert.equal(index.heardUpTo(index.position(id)), -Infinity);
      index.heard(index.position(id), 1);
    }
    index.forgetHeard();
    for (const id of ALIKE.slice(1)) assert.equal(index.heardUpTo(index.position(id)), -Infinity);
  });
});
