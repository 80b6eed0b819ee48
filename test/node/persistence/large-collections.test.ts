/** Large collections go into an image a part at a time, while they are changed. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Snapshot } from '../../../extension/node/persistence/snapshot.ts';
import { SimulatedNode, type TestClient } from '../simulated-node.ts';

const ELEMENTS = 14_000;
const CHUNK_BYTES = 64 * 1024;
/** Beyond all that is simulated: the year 2100. */
const LATER = 4_102_444_800_000;
const LARGE = ['{t}a', '{t}b', '{t}c'];

interface Kind {
  readonly name: string;
  readonly add: string;
  readonly elements: (i: number) => readonly string[];
  readonly expires?: true;
  readonly remove: string;
  readonly removed: (i: number) => readonly string[];
}

const element = (i: number) => `element ${i}`;
const pushed = (i: number) => [element(i)];
const kinds: readonly Kind[] = [
  { name: 'list', add: 'RPUSH', elements: pushed, remove: 'LPOP', removed: () => [] },
  { name: 'set', add: 'SADD', elements: pushed, remove: 'SREM', removed: pushed },
  { name: 'hash', add: 'HSET', elements: (i: number) => [element(i), 'v'], remove: 'HDEL', removed: pushed },
  {
    name: 'hash whose fields expire',
    add: 'HSET',
    elements: (i: number) => [element(i), 'v'],
    expires: true,
    remove: 'HDEL',
    removed: pushed,
  },
  {
    name: 'sorted set',
    add: 'ZADD',
    elements: (i: number) => [String(i), element(i)],
    remove: 'ZREM',
    removed: pushed,
  },
];

describe('an image within a large collection', () => {
  for (const { name, add, elements, expires, remove, removed } of kinds) {
    it(`lets others have their turn, and holds a ${name} as it was`, () => {
      const node = SimulatedNode.started();
      const client = node.client();
      // All in one slot: small ones come behind large ones that are not whole yet.
      for (const key of LARGE) {
        const all = Array.from({ length: ELEMENTS }, (_, i) => elements(i));
        client.call(add, key, ...all.flat());
        for (let i = 0; expires && i < ELEMENTS; i += 2) {
          client.call('HPEXPIREAT', key, LATER + i, 'FIELDS', 1, element(i));
        }
      }
      for (let i = 0; i < 100; i++) client.call('SET', `{t}small${i}`, i);
      const before = client.call('DEBUG', 'DIGEST');
      const image = new PausingImage(node);
      let rounds = 0;
      for (; !image.finished; rounds++) {
        // In the first rounds nothing is changed: what is, then, is begun, or written, or neither.
        for (const key of rounds < 3 ? [] : LARGE) {
          client.call(remove, key, ...removed(rounds * 7));
          client.call(add, key, ...elements(ELEMENTS + rounds));
        }
        client.call('DEL', `{t}small${rounds}`);
        if (rounds === 4) client.call('RENAME', '{t}a', '{t}d');
        if (rounds === 5) client.call('DEL', '{t}b');
        image.goOn();
      }
      assert.ok(rounds > 6, `${rounds} rounds`);
      assert.notDeepEqual(client.call('DEBUG', 'DIGEST'), before);
      assert.deepEqual(image.loaded().call('DEBUG', 'DIGEST'), before);
    });
  }
});

/** An image whose sink has enough after each chunk. */
class PausingImage {
  finished = false;
  readonly #node: SimulatedNode;
  readonly #chunks: Uint8Array[] = [];
  readonly #snapshot: Snapshot;

  constructor(node: SimulatedNode) {
    this.#node = node;
    const write = (bytes: Uint8Array): boolean => {
      this.#chunks.push(bytes);
      return false;
    };
    const finished = (): void => {
      this.finished = true;
    };
    const given = () => assert.fail('it was given up');
    this.#snapshot = node.node.persistence.beginImage({ write, finished }, 'all', given);
    this.#snapshot.start();
  }

  goOn(): void {
    const before = this.#chunks.length;
    this.#snapshot.resume();
    this.#node.simulation.runUntil(() => this.#chunks.length > before, 1000);
    assert.ok((this.#chunks.at(-1)?.length ?? 0) < 2 * CHUNK_BYTES);
  }

  /** A client of another node, which found it at its start. */
  loaded(): TestClient {
    const { simulation } = this.#node;
    const host = '10.0.0.2';
    simulation.world(host).disk.replace('/data/dump.rdb', Buffer.concat(this.#chunks));
    return SimulatedNode.started([], { simulation, host }).client('10.2.0.1');
  }
}
