/** MIGRATE when the other side is busy, slow, gone for a moment, or has the keys already. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ClusterNode } from '../../extension/trib/cluster-node.ts';
import type { Answer, Argument } from '../../extension/trib/connection.ts';
import { type MoveOptions, moveKeys, Pace } from '../../extension/trib/move-keys.ts';

type Migrate = (keys: readonly string[], flags: readonly string[]) => void;

/** A source with keys; `migrate` throws what MIGRATE would answer. */
function sourceOf(keys: Set<string>, migrate: Migrate, password?: string): ClusterNode {
  return nodeOf((name, args) => {
    if (name === 'CLUSTER') return [...keys].slice(0, Number(args[2])).map((key) => Buffer.from(key));
    if (name === 'ASKING') return 'OK';
    if (name === 'DEBUG') return args.slice(1).map(() => 'digest');
    const words = args.map(String);
    const at = words.indexOf('KEYS');
    migrate(words.slice(at + 1), words.slice(5, at));
    for (const key of words.slice(at + 1)) keys.delete(key);
    return 'OK';
  }, password);
}

function nodeOf(
  answer: (name: string, args: readonly Argument[]) => Answer | Promise<Answer>,
  password?: string,
): ClusterNode {
  return new ClusterNode({
    address: { host: 'h', port: 1 },
    credentials: password === undefined ? {} : { password },
    call: async (name, ...args) => answer(name, args),
    close: () => {},
  });
}

const options: MoveOptions = { pipeline: undefined, timeoutMs: 1000, replace: false };
const names = (count: number) => new Set(Array.from({ length: count }, (_, i) => `key ${i}`));
const target = nodeOf((_, args) => args.slice(1).map(() => 'digest'));

async function move(source: ClusterNode, pace = new Pace(undefined), to = target): Promise<number> {
  let told = 0;
  const step = { kind: 'keys', slot: 1, source, target: to, keys: 0 } as const;
  const moved = await moveKeys(step, options, pace, (keys) => {
    told += keys;
  });
  assert.equal(told, moved);
  return moved;
}

describe('moving the keys of a slot', () => {
  it('takes more keys at a time as long as it is quick, fewer when it is not', () => {
    const pace = new Pace(undefined);
    assert.equal(pace.batch, 100);
    for (const size of [200, 400, 500, 500]) {
      pace.took(1, pace.batch);
      assert.equal(pace.batch, size);
    }
    pace.took(300, 500);
    assert.equal(pace.batch, 250);
  });

  it('takes few keys where they are large, and as many as asked where somebody asked', async () => {
    const sizes: number[] = [];
    const source = () => sourceOf(names(1000), (keys) => sizes.push(keys.length));
    assert.equal(await move(source(), new Pace(undefined, 1 << 20)), 1000);
    assert.ok(sizes.every((size) => size <= 4));
    sizes.length = 0;
    assert.equal(await move(source(), new Pace(7)), 1000);
    assert.equal(Math.max(...sizes), 7);
  });

  it('waits for a target that is busy with something else', async () => {
    let refusals = 3;
    const source = sourceOf(names(10), () => {
      if (refusals-- > 0) throw new Error('ERR Target instance replied with error: TRYAGAIN not yet');
    });
    assert.equal(await move(source), 10);
  });

  it('waits for a source that runs a script', async () => {
    let busy = 3;
    const idle = sourceOf(names(10), () => {});
    const source = nodeOf((name, args) => {
      if (name === 'CLUSTER' && busy-- > 0) throw new Error('BUSY Redis is busy running a script.');
      return idle.connection.call(name, ...args);
    });
    assert.equal(await move(source), 10);
  });

  it('tries again with fewer keys when the link broke, but not for ever', async () => {
    const sizes: number[] = [];
    const weak = sourceOf(names(100), (keys) => {
      sizes.push(keys.length);
      if (keys.length > 30) throw new Error('IOERR error or timeout writing to target instance');
    });
    assert.equal(await move(weak), 100);
    assert.deepEqual(sizes.slice(0, 3), [100, 50, 25]);
    const dead = sourceOf(names(5), () => {
      throw new Error('IOERR error or timeout connecting to the client');
    });
    await assert.rejects(move(dead), /\[ERR\] Calling MIGRATE for slot 1 from h:1 to h:1: IOERR/);
  });

  it('replaces what is equal on both sides, and stops where it differs', async () => {
    const busy = () =>
      sourceOf(names(5), (_, flags) => {
        if (!flags.includes('REPLACE')) throw new Error('BUSYKEY Target key name already exists.');
      });
    assert.equal(await move(busy()), 5);
    const other = nodeOf((_, args) => args.slice(1).map((_name, i) => (i === 2 ? 'another' : 'digest')));
    await assert.rejects(move(busy(), new Pace(undefined), other), /Found 1 key\(s\)[\s\S]*- key 2\n/);
  });

  it('compares by DUMP where DEBUG is off, and a key that has moved already is no trouble', async () => {
    const keys = names(3);
    const dumps = (name: string, args: readonly Argument[], own: ReadonlySet<string>): Answer => {
      if (name === 'DEBUG') throw new Error('ERR DEBUG command not allowed.');
      if (name === 'DUMP' && !own.has(String(args[0]))) throw new Error('ASK 1 h:1');
      return Buffer.from('value');
    };
    const source = sourceOf(keys, (_, flags) => {
      if (flags.includes('REPLACE')) return;
      keys.delete('key 1');
      throw new Error('ERR Target instance replied with error: BUSYKEY Target key name already exists.');
    });
    const here = nodeOf((name, args) =>
      name === 'DEBUG' || name === 'DUMP' ? dumps(name, args, keys) : source.connection.call(name, ...args),
    );
    const there = nodeOf((name, args) => dumps(name, args, names(3)));
    assert.equal(await move(here, new Pace(undefined), there), 3);
    assert.equal(keys.size, 0);
  });

  it('shows the password of the cluster to the other node', async () => {
    let seen: readonly string[] = [];
    const source = sourceOf(
      names(1),
      (_, flags) => {
        seen = flags;
      },
      'secret',
    );
    await move(source);
    assert.deepEqual(seen, ['AUTH', 'secret']);
  });
});
