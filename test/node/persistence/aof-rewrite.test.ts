/** An append-only file is rewritten into what the data needs, and what becomes of it when that fails. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bytesOf } from '../../../extension/redis/bytes.ts';
import { field, SimulatedNode } from '../simulated-node.ts';
import {
  AOF,
  again,
  breakDisk,
  commands,
  FOLDER,
  info,
  manifest,
  rewrite,
  text,
  together,
} from './appending-node.ts';

describe('the append-only file', () => {
  it('is rewritten into what the data needs, while the node goes on', () => {
    for (const preamble of ['yes', 'no']) {
      const node = SimulatedNode.started([...AOF, 'rdbcompression no', `aof-use-rdb-preamble ${preamble}`]);
      const client = node.client();
      for (let i = 0; i < 300; i++) client.send('SET', `key${i}`, `${i} ${'x'.repeat(5000)}`);
      client.send('RPUSH', 'list', ...Array.from({ length: 100 }, (_, i) => `e${i}`));
      client.send('ZADD', 'zset', '1.5', 'a', '-inf', 'b');
      client.send('HSET', 'hash', 'f', 'v');
      client.send('XADD', 'stream', '5-1', 'f', 'v');
      client.send('XGROUP', 'CREATE', 'stream', 'g', '0');
      client.send('XREADGROUP', 'GROUP', 'g', 'c', 'STREAMS', 'stream', '>');
      client.send('PEXPIREAT', 'hash', '99999999999999');
      client.wait(100);
      const replies = together(
        client,
        'BGREWRITEAOF',
        'BGREWRITEAOF',
        'BGSAVE',
        'SET key7 new',
        'DEL key8',
        'INFO persistence',
      );
      assert.match(String(replies[0]), /rewriting started/);
      assert.match(String(replies[1]), /already in progress/);
      assert.match(String(replies[2]), /Another child process is active/);
      assert.equal(field(replies[5] ?? '', 'aof_rewrite_in_progress'), '1');
      node.simulation.runUntil(() => !node.node.appendOnly.rewrite.underWay, 10_000);
      const format = preamble === 'yes' ? 'rdb' : 'aof';
      assert.deepEqual(manifest(node), [
        `file appendonly.aof.2.base.${format} seq 2 type b`,
        'file appendonly.aof.2.incr.aof seq 2 type i',
      ]);
      assert.deepEqual(node.simulation.world(node.host).disk.list(FOLDER), [
        `appendonly.aof.2.base.${format}`,
        'appendonly.aof.2.incr.aof',
        'appendonly.aof.manifest',
      ]);
      assert.deepEqual(commands(node, 'appendonly.aof.2.incr.aof'), ['SELECT 0', 'SET key7 new', 'DEL key8']);
      const digest = client.call('DEBUG', 'DIGEST');
      const other = again(node).client();
      assert.equal(other.call('DEBUG', 'DIGEST'), digest);
      assert.equal(other.call('PEXPIRETIME', 'hash'), 99999999999999);
      const [pending] = other.list('XPENDING', 'stream', 'g');
      assert.equal(pending, 1);
    }
  });

  it('is rewritten once, when an image is done that was being written as somebody asked for it', () => {
    const node = SimulatedNode.started([...AOF, 'rdb-key-save-delay 1000000']);
    const client = node.client();
    client.call('SET', 'k', 'v');
    const replies = together(client, 'BGSAVE', 'BGREWRITEAOF', 'INFO persistence');
    assert.match(String(replies[1]), /rewriting scheduled/);
    assert.equal(field(replies[2] ?? '', 'aof_rewrite_scheduled'), '1');
    client.call('CONFIG', 'SET', 'rdb-key-save-delay', 0);
    node.simulation.runFor(5000);
    assert.equal(info(client, 'aof_rewrites'), '1');
    assert.equal(info(client, 'aof_rewrite_scheduled'), '0');
    assert.deepEqual(manifest(node), [
      'file appendonly.aof.2.base.rdb seq 2 type b',
      'file appendonly.aof.2.incr.aof seq 2 type i',
    ]);
  });

  it('is rewritten when it has grown', () => {
    const node = SimulatedNode.started([
      'appendonly yes',
      'auto-aof-rewrite-percentage 100',
      'auto-aof-rewrite-min-size 4kb',
    ]);
    const client = node.client();
    for (let i = 0; i < 100; i++) client.send('SET', 'k', 'x'.repeat(100));
    node.simulation.runUntil(() => node.log.join('').includes('Starting automatic rewriting of AOF'), 5000);
    node.simulation.runUntil(() => manifest(node)[0]?.includes('.2.base.') === true, 5000);
    assert.equal(again(node).client().call('GET', 'k'), 'x'.repeat(100));
  });

  it('goes on in further increments when rewrites fail, and tries no more for a while', () => {
    const lines = ['appendonly yes', 'auto-aof-rewrite-percentage 1', 'auto-aof-rewrite-min-size 1'];
    const node = SimulatedNode.started(lines);
    const client = node.client();
    const { disk } = node.node.world;
    const { rename } = disk;
    disk.rename = (from, to, lasts) => {
      if (to.endsWith('.rdb')) throw new Error('EIO: i/o error, rename');
      rename.call(disk, from, to, lasts);
    };
    client.call('SET', 'k', 'v');
    node.simulation.runUntil(() => node.log.join('').includes('triggered the limit'), 5000);
    assert.equal(info(client, 'aof_rewrites_consecutive_failures'), '3');
    assert.equal(info(client, 'aof_last_bgrewrite_status'), 'err');
    client.call('SET', 'k', 'w');
    node.simulation.runFor(30_000);
    assert.deepEqual(manifest(node), [
      'file appendonly.aof.1.base.rdb seq 1 type b',
      'file appendonly.aof.1.incr.aof seq 1 type i',
      'file appendonly.aof.2.incr.aof seq 2 type i',
      'file appendonly.aof.3.incr.aof seq 3 type i',
      'file appendonly.aof.4.incr.aof seq 4 type i',
    ]);
    disk.rename = rename;
    // Who asks for it need not wait.
    rewrite(node, client);
    assert.equal(info(client, 'aof_rewrites_consecutive_failures'), '0');
    assert.equal(again(node).client().call('GET', 'k'), 'w');
  });

  it('is not rewritten while it lacks something, so that no increment begins behind a hole', () => {
    const node = SimulatedNode.started(AOF);
    const client = node.client();
    client.call('SET', 'k', 'v');
    // Room is left for a manifest, and for nothing larger.
    const repair = breakDisk(node, 1000);
    client.call('SET', 'k', 'x'.repeat(2000));
    node.simulation.runUntil(() => node.node.appendOnly.writeError !== undefined, 5000);
    assert.match(String(client.call('BGREWRITEAOF')), /^-ERR/);
    assert.equal(info(client, 'aof_last_bgrewrite_status'), 'err');
    assert.equal(manifest(node).length, 2);
    repair();
    node.simulation.runUntil(() => node.node.appendOnly.writeError === undefined, 5000);
    assert.equal(client.call('APPEND', 'k', 'y'), 2001);
    assert.equal(again(node).client().call('GET', 'k'), `${'x'.repeat(2000)}y`);
  });

  it('does not try again at once, nor keep files open, when a rewrite can not begin', () => {
    const node = SimulatedNode.started([
      'appendonly yes',
      'auto-aof-rewrite-percentage 1',
      'auto-aof-rewrite-min-size 1',
    ]);
    const { disk } = node.node.world;
    const { open, rename } = disk;
    const opened = new Set<object>();
    disk.open = (path, mode) => {
      const file = open.call(disk, path, mode);
      const { close } = file;
      opened.add(file);
      file.close = () => {
        opened.delete(file);
        close.call(file);
      };
      return file;
    };
    disk.rename = (from, to, lasts) => {
      if (to.endsWith('.manifest')) throw new Error('EIO: i/o error, rename');
      rename.call(disk, from, to, lasts);
    };
    const client = node.client();
    client.call('SET', 'k', 'v');
    node.simulation.runUntil(() => node.log.join('').includes('triggered the limit'), 5000);
    assert.equal(opened.size, 0);
    assert.equal(info(client, 'aof_rewrites_consecutive_failures'), '3');
    assert.equal(client.call('CONFIG', 'SET', 'appendonly', 'no'), 'OK');
    disk.open = () => {
      throw new Error('EIO: i/o error, open');
    };
    assert.match(String(client.call('CONFIG', 'SET', 'appendonly', 'yes')), /Unable to turn on AOF/);
    assert.equal(info(client, 'aof_rewrite_scheduled'), '0');
  });

  it('makes no increments when a rewrite can not even begin, and tries no more for a while', () => {
    const lines = ['appendonly yes', 'auto-aof-rewrite-percentage 1', 'auto-aof-rewrite-min-size 1'];
    const node = SimulatedNode.started(lines);
    const client = node.client();
    const { disk } = node.node.world;
    const { open } = disk;
    disk.open = (path, mode) => {
      if (path.includes('temp-rewriteaof')) throw new Error('EACCES: permission denied, open');
      return open.call(disk, path, mode);
    };
    client.call('SET', 'k', 'v');
    node.simulation.runFor(30_000);
    assert.deepEqual(manifest(node), [
      'file appendonly.aof.1.base.rdb seq 1 type b',
      'file appendonly.aof.1.incr.aof seq 1 type i',
    ]);
    assert.equal(info(client, 'aof_rewrites_consecutive_failures'), '3');
    assert.ok(node.log.some((line) => line.includes('triggered the limit')));
    assert.match(String(client.call('BGREWRITEAOF')), /^-ERR/);
    disk.open = open;
    rewrite(node, client);
    assert.equal(again(node).client().call('GET', 'k'), 'v');
  });

  it('keeps what a rewrite replaced when told to', () => {
    const node = SimulatedNode.started([...AOF, 'aof-disable-auto-gc yes']);
    const client = node.client();
    rewrite(node, client);
    assert.equal(manifest(node).filter((line) => line.endsWith('type h')).length, 2);
    client.call('CONFIG', 'SET', 'aof-disable-auto-gc', 'no');
    assert.equal(manifest(node).filter((line) => line.endsWith('type h')).length, 0);
    assert.equal(text(node, 'appendonly.aof.1.base.rdb'), '');
  });

  it('keeps what is written after a rewrite of a file that was switched off', () => {
    const lines = [...AOF, 'aof-disable-auto-gc yes'];
    let node = SimulatedNode.started(lines);
    let client = node.client();
    client.call('SET', 'k', 'v');
    client.call('CONFIG', 'SET', 'appendonly', 'no');
    rewrite(node, client);
    // All increments are history now, and there is none to be written on.
    node = again(node, 'process', lines);
    client = node.client();
    client.call('SET', 'k', 'w');
    client.call('CONFIG', 'SET', 'aof-disable-auto-gc', 'no');
    client.call('APPEND', 'k', 'x');
    assert.equal(again(node).client().call('GET', 'k'), 'wx');
  });

  it('removes no history that is in use under the same name, as redis-server leaves it', () => {
    const node = SimulatedNode.started(AOF);
    node.client().call('SET', 'k', 'v');
    const { disk } = node.simulation.world(node.host);
    const history = 'file appendonly.aof.1.incr.aof seq 1 type h\n';
    const [base, increment] = manifest(node);
    disk.replace(`${FOLDER}/appendonly.aof.manifest`, bytesOf(`${base}\n${history}${increment}\n`));
    const next = again(node);
    assert.deepEqual(manifest(next), [base, increment]);
    assert.equal(again(next).client().call('GET', 'k'), 'v');
  });
});
