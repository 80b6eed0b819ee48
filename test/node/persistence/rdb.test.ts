import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SnapshotSink } from '../../../extension/node/persistence/snapshot.ts';
import { Simulation } from '../../../extension/worlds/simulated.ts';
import type { SmallNode } from '../replication/small-node.ts';
import { FILE, LARGE, node, restart } from './saving-node.ts';

/** Keys the image under way has so far. */
function saved(node: SmallNode): number {
  return Number(/current_save_keys_processed:(\d+)/.exec(node.persistence.info())?.[1]);
}

describe('SAVE', () => {
  it('writes a file from which the next start has everything', () => {
    const simulation = new Simulation(1);
    const first = node(simulation);
    first.do('SET', 'k', 'v');
    first.doIn(1, 'RPUSH', 'list', 'a', 'b', 'c');
    first.do('SET', 'until', 'later', 'PXAT', first.world.clock.wallMs() + 100_000);
    assert.equal(first.persistence.dirty, 3);
    assert.ok(first.persistence.save());
    assert.equal(first.persistence.dirty, 0);
    const { content } = first;
    const again = restart(simulation, first);
    assert.equal(again.content, content);
    assert.ok(again.logged('DB loaded from disk'));
  });

  it('survives a power cut: the file is there when it returns', () => {
    const simulation = new Simulation(2);
    const first = node(simulation);
    first.do('SET', 'k', 'v');
    assert.ok(first.persistence.save());
    assert.equal(restart(simulation, first, 'power').get('k'), 'v');
  });

  it('leaves out at the start what has expired meanwhile', () => {
    const simulation = new Simulation(3);
    const first = node(simulation);
    first.do('SET', 'short', 'v', 'PXAT', first.world.clock.wallMs() + 1000);
    first.do('SET', 'long', 'v');
    first.persistence.save();
    simulation.runFor(2000);
    const again = restart(simulation, first);
    assert.equal(again.databases[0].size, 1);
    assert.match(again.persistence.info(), /rdb_last_load_keys_expired:1\r/);
  });

  it('fails without touching the old file when the disk does', () => {
    const simulation = new Simulation(4);
    const first = node(simulation);
    first.do('SET', 'k', 'old');
    first.persistence.save();
    first.do('SET', 'k', 'new');
    first.settings.set('dir', './no/such/folder');
    const { open } = first.world.disk;
    first.world.disk.open = () => {
      throw new Error('ENOSPC: no space left on device');
    };
    assert.equal(first.persistence.save(), false);
    assert.ok(first.logged('no space left on device'));
    assert.ok(first.persistence.dirty > 0);
    first.world.disk.open = open;
    assert.equal(restart(simulation, first).get('k'), 'old');
  });
});

describe('BGSAVE', () => {
  it('fails, and leaves the old file, when its folder turns read-only meanwhile', () => {
    const simulation = new Simulation(17);
    const first = node(simulation);
    first.do('SET', 'k', 'old');
    first.persistence.save();
    first.do('SET', 'k', 'new');
    first.persistence.backgroundSave(false);
    const { disk } = first.world;
    const { remove, rename } = disk;
    disk.remove = disk.rename = () => {
      throw new Error('EROFS: read-only file system');
    };
    simulation.runUntil(() => !first.persistence.saving, 1000);
    assert.equal(first.persistence.lastSaveOk, false);
    assert.ok(first.logged('Background saving error: EROFS: read-only file system'));
    assert.deepEqual(disk.list('.'), ['dump.rdb', 'temp-1.rdb']);
    Object.assign(disk, { remove, rename });
    first.persistence.backgroundSave(false);
    simulation.runUntil(() => !first.persistence.saving, 1000);
    assert.ok(first.persistence.lastSaveOk);
    assert.deepEqual(disk.list('.'), ['dump.rdb']);
    assert.equal(restart(simulation, first).get('k'), 'new');
  });

  it('holds the moment it began, whatever is written meanwhile', () => {
    const simulation = new Simulation(10);
    const first = node(simulation, { rdbcompression: 'no' });
    for (let i = 0; i < 1000; i++) first.do('SET', `key${i}`, `${i} ${LARGE}`);
    for (let i = 0; i < 30; i++) first.doIn(1, 'RPUSH', `list${i}`, 'a', 'b');
    const { content } = first;
    assert.equal(first.persistence.backgroundSave(false), 'started');
    assert.ok(first.persistence.saving, 'it takes several slices');
    let writes = 0;
    while (first.persistence.saving) {
      first.do('SET', `key${(writes * 13) % 1000}`, 'changed');
      first.do('DEL', `key${(writes * 7) % 1000}`);
      first.do('SET', `new${writes}`, 'not in it');
      first.doIn(1, 'RPUSH', `list${writes % 30}`, 'c');
      writes++;
      simulation.step();
    }
    assert.ok(first.logged('Background saving terminated with success'));
    assert.notEqual(first.content, content);
    assert.ok(first.persistence.dirty >= writes * 4, 'what came meanwhile is not saved');
    assert.equal(restart(simulation, first).content, content);
  });

  it('asks the disk all along, and fails when it does not take what it was given', () => {
    for (const failing of [undefined, 0, 1]) {
      const simulation = new Simulation(18);
      const first = node(simulation, { rdbcompression: 'no' });
      first.do('SET', 'k', 'old');
      first.persistence.save();
      // More than the 4 MB after which it is asked for the first time.
      for (let i = 0; i < 2000; i++) first.do('SET', `key${i}`, LARGE);
      const { disk } = first.world;
      const { open } = disk;
      let asked = 0;
      disk.open = (path, mode) => {
        const file = open.call(disk, path, mode);
        const { sync } = file;
        file.sync = (done) => {
          const failure = asked++ === failing ? new Error('EIO: i/o error, fdatasync') : undefined;
          sync.call(file, (error) => done(failure ?? error));
        };
        return file;
      };
      first.persistence.backgroundSave(false);
      simulation.runUntil(() => !first.persistence.saving, 5000);
      simulation.runFor(100);
      assert.equal(first.persistence.lastSaveOk, failing === undefined);
      assert.equal(asked, 2);
      assert.deepEqual(disk.list('.'), ['dump.rdb']);
      disk.open = open;
      const again = restart(simulation, first);
      assert.equal(again.databases[0].size, failing === undefined ? 2001 : 1);
    }
  });

  it('is written in slices also when all keys are in one slot, and one that is written meanwhile goes by itself', () => {
    const simulation = new Simulation(14);
    const first = node(simulation, { rdbcompression: 'no' });
    for (let i = 0; i < 20_000; i++) first.do('SET', `{tag}${i}`, `value ${i} of ${20_000}`);
    const { content } = first;
    first.persistence.backgroundSave(false);
    let most = 0;
    let last = saved(first);
    for (let i = 0; first.persistence.saving; i++) {
      for (const command of ['SET', 'DEL', 'SET']) {
        first.do(command, `{tag}${(i * 7919) % 30_000}`, 'changed');
        assert.ok(saved(first) - last <= 1, 'one key at a time, and each once');
        last = saved(first);
      }
      simulation.step();
      most = Math.max(most, saved(first) - last);
      last = saved(first);
    }
    assert.ok(most < 20_000 / 2, `${most} keys in one slice`);
    assert.equal(restart(simulation, first).content, content);
  });

  it('grows and shrinks what it walks over', () => {
    for (const change of ['SET', 'DEL']) {
      const simulation = new Simulation(15);
      const first = node(simulation, { rdbcompression: 'no' });
      for (let i = 0; i < 20_000; i++) first.do('SET', `{tag}${i}`, `value ${i} of ${20_000}`);
      const { content } = first;
      first.persistence.backgroundSave(false);
      for (let i = change === 'SET' ? 20_000 : 0; first.persistence.saving; i++) {
        for (let n = 0; n < 5000; n++) first.do(change, `{tag}${5000 * i + n}`, 'changed');
        simulation.step();
      }
      assert.equal(restart(simulation, first).content, content, change);
    }
  });

  it('holds it through a FLUSHALL, too, which does not wait for it', () => {
    const simulation = new Simulation(11);
    const first = node(simulation, { rdbcompression: 'no' });
    for (let i = 0; i < 1000; i++) first.do('SET', `key${i}`, `${i} ${LARGE}`);
    const { content } = first;
    first.persistence.backgroundSave(false);
    const before = saved(first);
    first.do('FLUSHALL');
    assert.equal(saved(first), before);
    assert.match(first.persistence.info(), /current_save_keys_total:1000\r/);
    const percent = new RegExp(`current_fork_perc:${(before / 10).toFixed(2)}\r`);
    assert.match(first.persistence.info(), percent);
    first.do('SET', 'after', 'it');
    simulation.runUntil(() => !first.persistence.saving, 1000);
    assert.equal(restart(simulation, first).content, content);
  });

  it('holds it through SWAPDB, and with it what either database had', () => {
    const simulation = new Simulation(16);
    const first = node(simulation, { rdbcompression: 'no' });
    for (let i = 0; i < 1000; i++) first.do('SET', `key${i}`, `${i} ${LARGE}`);
    first.doIn(1, 'SET', 'key1', 'other');
    const { content } = first;
    first.persistence.backgroundSave(false);
    first.databases[0].swap(first.databases[1]);
    for (let i = 0; i < 1000; i++) first.doIn(1, 'SET', `key${i}`, 'changed');
    first.do('SET', 'key1', 'changed');
    simulation.runUntil(() => !first.persistence.saving, 1000);
    assert.equal(restart(simulation, first).content, content);
  });

  it('is one at a time; SAVE and the end of the node do not wait for it', () => {
    const simulation = new Simulation(12);
    const first = node(simulation, { rdbcompression: 'no' });
    for (let i = 0; i < 1000; i++) first.do('SET', `key${i}`, `${i} ${LARGE}`);
    first.persistence.backgroundSave(false);
    assert.throws(() => first.persistence.backgroundSave(false), /ERR Background save already in progress/);
    first.do('SET', 'last', 'word');
    assert.ok(first.persistence.save(), 'as SHUTDOWN does');
    assert.ok(!first.persistence.saving);
    const again = restart(simulation, first);
    assert.equal(again.get('last'), 'word');
    again.persistence.backgroundSave(false);
    again.stop();
    assert.deepEqual(again.world.disk.list('.'), ['dump.rdb'], 'nothing half-written is left');
  });

  it('leaves the old file alone until the new one is on the disk', () => {
    const simulation = new Simulation(13);
    const first = node(simulation, { rdbcompression: 'no' });
    first.do('SET', 'k', 'old');
    first.persistence.save();
    for (let i = 0; i < 1000; i++) first.do('SET', `key${i}`, `${i} ${LARGE}`);
    first.persistence.backgroundSave(false);
    simulation.runFor(0);
    const again = restart(simulation, first, 'power');
    assert.equal(again.databases[0].size, 1);
    assert.equal(again.get('k'), 'old');
  });

  it('waits until a transaction is over', () => {
    const simulation = new Simulation(14);
    const first = node(simulation);
    first.do('SET', 'k', '1');
    assert.equal(first.persistence.backgroundSave(true), 'scheduled');
    first.do('SET', 'k', '2');
    simulation.runUntil(() => first.logged('terminated with success'), 1000);
    assert.equal(restart(simulation, first).get('k'), '2');
  });
});

describe('save points', () => {
  it('save when enough changed for long enough', () => {
    const simulation = new Simulation(20);
    const first = node(simulation, { save: '100 1 10 50' });
    first.do('SET', 'k', 'v');
    simulation.runFor(99_000);
    assert.ok(!first.world.disk.exists(FILE));
    simulation.runFor(3000);
    assert.ok(first.world.disk.exists(FILE));
    assert.ok(first.logged('1 changes in 100 seconds. Saving...'));
    for (let i = 0; i < 50; i++) first.do('SET', 'k', i);
    simulation.runFor(12_000);
    assert.ok(first.logged('50 changes in 10 seconds. Saving...'));
    assert.equal(first.persistence.dirty, 0);
    assert.ok(first.persistence.hasSavePoints);
  });

  it('try again five seconds after a failure', () => {
    const simulation = new Simulation(21);
    const first = node(simulation, { save: '1 1' });
    const { open } = first.world.disk;
    let tries = 0;
    first.world.disk.open = () => {
      tries++;
      throw new Error('EROFS: read-only file system');
    };
    first.do('SET', 'k', 'v');
    simulation.runFor(4000);
    assert.equal(tries, 1);
    assert.equal(first.persistence.lastSaveOk, false);
    simulation.runFor(6000);
    assert.equal(tries, 2);
    first.world.disk.open = open;
    simulation.runFor(7000);
    assert.equal(first.persistence.lastSaveOk, true);
  });

  it('wait as long after a save for replicas that failed', () => {
    const simulation = new Simulation(22);
    const first = node(simulation, { save: '1 1' });
    let tries = 0;
    first.world.disk.open = () => {
      tries++;
      throw new Error('EROFS: read-only file system');
    };
    simulation.runFor(10_000);
    first.do('SET', 'k', 'v');
    assert.throws(() => first.persistence.saveForReplicas(() => {}));
    simulation.runFor(4000);
    assert.equal(tries, 1);
    simulation.runFor(2500);
    assert.equal(tries, 2);
  });
});

it('a SAVE that fails is no reason to refuse writes, a BGSAVE that fails is one', () => {
  const first = node(new Simulation(22), { save: '3600 1' });
  const { disk } = first.world;
  disk.open = () => {
    throw new Error('EROFS: read-only file system');
  };
  first.do('SET', 'k', 'v');
  assert.equal(first.persistence.save(), false);
  assert.equal(first.persistence.lastSaveOk, true);
  assert.throws(() => first.persistence.backgroundSave(false));
  assert.equal(first.persistence.lastSaveOk, false);
});

describe('an image for others', () => {
  it('pauses when its sink has enough, and can be given up', () => {
    const simulation = new Simulation(50);
    const first = node(simulation, { rdbcompression: 'no' });
    for (let i = 0; i < 1000; i++) first.do('SET', `key${i}`, `${i} ${LARGE}`);
    let bytes = 0;
    const sink: SnapshotSink = {
      write(chunk) {
        bytes += chunk.length;
        return false;
      },
      finished: () => assert.fail('it was given up'),
    };
    const image = first.persistence.beginImage(sink, 'all', () => {});
    image.start();
    const before = bytes;
    simulation.runFor(100);
    assert.equal(bytes, before, 'nothing more before resume');
    image.resume();
    simulation.runFor(1);
    assert.ok(bytes > before);
    first.persistence.imageEnded(image);
    assert.equal(first.persistence.saving, false);
    assert.equal(first.databases[0].watcher, undefined);
    image.resume();
    simulation.runFor(100);
  });
});
