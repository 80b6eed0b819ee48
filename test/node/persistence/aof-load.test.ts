/** What a node makes of an append-only file that it finds. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { binaryOf, bytesOf } from '../../../extension/redis/bytes.ts';
import { encodeCommand } from '../../../extension/redis/resp/encode-command.ts';
import { Simulation } from '../../../extension/worlds/simulated.ts';
import { SimulatedNode } from '../simulated-node.ts';
import { AOF, again, FOLDER, info, manifest, rewrite, text, together } from './appending-node.ts';

describe('loading an append-only file', () => {
  function withIncrement(
    content: string,
    lines: readonly string[] = [],
  ): { node: SimulatedNode; why: string } {
    const simulation = new Simulation(1);
    const { disk } = simulation.world('10.0.0.1');
    disk.replace(`${FOLDER}/appendonly.aof.1.incr.aof`, bytesOf(content));
    disk.replace(
      `${FOLDER}/appendonly.aof.manifest`,
      bytesOf('file appendonly.aof.1.incr.aof seq 1 type i\n'),
    );
    const node = new SimulatedNode([...AOF, ...lines], { simulation, host: '10.0.0.1' });
    return { node, why: node.start()?.message ?? '' };
  }

  const INCR = '*2\r\n$4\r\nINCR\r\n$1\r\nk\r\n';

  it('cuts off a last command that is not whole, or refuses the file', () => {
    const { node } = withIncrement(INCR + INCR.slice(0, 9));
    assert.equal(text(node, 'appendonly.aof.1.incr.aof'), INCR);
    assert.equal(node.client().call('INCR', 'k'), 2);
    const refused = withIncrement(INCR + INCR.slice(0, 9), ['aof-load-truncated no']);
    assert.match(refused.why, /^Unexpected end of file reading the append only file/);
    assert.equal(text(refused.node, 'appendonly.aof.1.incr.aof'), INCR + INCR.slice(0, 9));
  });

  it('refuses a file that is not whole when others follow it, and leaves it as it is', () => {
    const simulation = new Simulation(1);
    const { disk } = simulation.world('10.0.0.1');
    const half = INCR + INCR.slice(0, 9);
    disk.replace(`${FOLDER}/appendonly.aof.1.incr.aof`, bytesOf(half));
    disk.replace(`${FOLDER}/appendonly.aof.2.incr.aof`, bytesOf(INCR));
    const manifest =
      'file appendonly.aof.1.incr.aof seq 1 type i\nfile appendonly.aof.2.incr.aof seq 2 type i\n';
    disk.replace(`${FOLDER}/appendonly.aof.manifest`, bytesOf(manifest));
    const node = new SimulatedNode(AOF, { simulation, host: '10.0.0.1' });
    assert.match(node.start()?.message ?? '', /the truncated file is not the last file/);
    assert.equal(text(node, 'appendonly.aof.1.incr.aof'), half);
  });

  it('takes back a transaction without its end', () => {
    const multi = '*1\r\n$5\r\nMULTI\r\n';
    const { node } = withIncrement(INCR + multi + INCR);
    assert.equal(text(node, 'appendonly.aof.1.incr.aof'), INCR);
    assert.equal(node.client().call('GET', 'k'), '1');
  });

  it('takes it back too where its next command claims more than the file can hold', () => {
    const multi = '*1\r\n$5\r\nMULTI\r\n';
    const large = `*3\r\n$3\r\nSET\r\n$1\r\nl\r\n$1000000\r\n${'x'.repeat(5000)}`;
    const { node } = withIncrement(INCR + multi + INCR + large, [
      'loading-process-events-interval-bytes 1024',
    ]);
    assert.equal(text(node, 'appendonly.aof.1.incr.aof'), INCR);
    // What is written from now on must not be taken for the rest of that transaction.
    assert.equal(node.client().call('INCR', 'k'), 2);
    assert.equal(again(node).client().call('GET', 'k'), '2');
  });

  it('refuses a damaged file and a command it does not know, and leaves the file as it is', () => {
    const damaged = `${INCR}!!!${INCR}`;
    const { node, why } = withIncrement(damaged);
    assert.match(why, /^Bad file format reading the append only file appendonly.aof.1.incr.aof/);
    assert.equal(text(node, 'appendonly.aof.1.incr.aof'), damaged);
    const unknown = withIncrement('*1\r\n$3\r\nBLA\r\n');
    assert.match(unknown.why, /^Unknown command 'BLA' reading the append only file/);
  });

  it('refuses a manifest that names what is not there, or makes no sense', () => {
    for (const [content, why] of [
      ['file gone.aof seq 1 type i\n', /^Unable to obtain the AOF file gone.aof length. stat: No such file/],
      ['file a seq 1\n', /^Invalid AOF manifest file format/],
    ] as const) {
      const simulation = new Simulation(1);
      const { disk } = simulation.world('10.0.0.1');
      disk.replace(`${FOLDER}/appendonly.aof.manifest`, bytesOf(content));
      const node = new SimulatedNode(AOF, { simulation, host: '10.0.0.1' });
      assert.match(node.start()?.message ?? '', why);
      assert.deepEqual(manifest(node), [content.trimEnd()]);
    }
  });

  it('takes over the one file of old versions', () => {
    const simulation = new Simulation(1);
    simulation.world('10.0.0.1').disk.replace('/data/appendonly.aof', bytesOf(INCR));
    const node = SimulatedNode.started(AOF, { simulation, host: '10.0.0.1' });
    assert.deepEqual(manifest(node), [
      'file appendonly.aof seq 1 type b',
      'file appendonly.aof.1.incr.aof seq 1 type i',
    ]);
    const client = node.client();
    assert.equal(client.call('INCR', 'k'), 2);
    rewrite(node, client);
    assert.equal(again(node).client().call('GET', 'k'), '2');
  });

  describe('the one file of old versions, with a snapshot before its commands', () => {
    const SMALL_SLICES = [...AOF, 'loading-process-events-interval-bytes 1024'];

    function snapshot(): string {
      const node = SimulatedNode.started(AOF);
      const client = node.client();
      for (let i = 0; i < 100; i++) client.call('SET', `key${i}`, `${i}`.repeat(50));
      rewrite(node, client);
      return text(node, 'appendonly.aof.2.base.rdb');
    }

    function foundBy(content: string): SimulatedNode {
      const simulation = new Simulation(1);
      simulation.world('10.0.0.1').disk.replace('/data/appendonly.aof', bytesOf(content));
      return new SimulatedNode(SMALL_SLICES, { simulation, host: '10.0.0.1' });
    }

    it('is cut where its last whole command ends', () => {
      const whole = snapshot() + INCR;
      const node = foundBy(whole + INCR.slice(0, 9));
      assert.equal(node.start(), undefined);
      assert.equal(text(node, 'appendonly.aof'), whole);
      const client = node.client();
      assert.equal(client.call('DBSIZE'), 101);
      assert.equal(client.call('GET', 'key99'), '99'.repeat(50));
      assert.equal(client.call('INCR', 'k'), 2);
      assert.equal(again(node, 'process', SMALL_SLICES).client().call('GET', 'k'), '2');
    });

    it('keeps its snapshot when the first command behind it is not whole', () => {
      const whole = snapshot();
      const node = foundBy(whole + INCR.slice(0, 9));
      assert.equal(node.start(), undefined);
      assert.equal(text(node, 'appendonly.aof'), whole);
      assert.equal(node.client().call('DBSIZE'), 100);
    });

    it('is refused when it ends within the snapshot, and left as it is', () => {
      const half = snapshot().slice(0, -100);
      const node = foundBy(half);
      assert.match(node.start()?.message ?? '', /RDB preamble|rdb file reading failure/);
      assert.equal(text(node, 'appendonly.aof'), half);
    });
  });

  it('lets a key live until the file says otherwise, and then go', () => {
    const push = (word: string) => `*3\r\n$5\r\nRPUSH\r\n$1\r\nl\r\n$1\r\n${word}\r\n`;
    const { node } = withIncrement(
      `${push('a')}*3\r\n$9\r\nPEXPIREAT\r\n$1\r\nl\r\n$4\r\n1000\r\n${push('b')}`,
    );
    assert.equal(node.client().call('LLEN', 'l'), 0);
  });

  it('takes its time, in which clients hear LOADING and the file can not be switched off', () => {
    const node = SimulatedNode.started(AOF);
    const [client, other] = [node.client(), node.client()];
    for (let i = 0; i < 400; i++) client.send('SET', `key${i}`, 'x'.repeat(9000));
    client.wait(100);
    client.call('CONFIG', 'SET', 'key-load-delay', 1000);
    client.send('DEBUG', 'LOADAOF');
    node.simulation.runUntil(() => node.node.loading, 1000);
    const replies = together(other, 'GET key1', 'CONFIG SET appendonly no', 'INFO persistence');
    assert.match(String(replies[0]), /^-LOADING/);
    assert.match(String(replies[1]), /^-LOADING/);
    assert.match(String(replies[2]), /loading:1\r[\s\S]*loading_loaded_perc:\d+\.\d\d\r/);
    assert.equal(client.next(), 'OK');
    assert.equal(client.call('DBSIZE'), 400);
  });

  it('clients hear LOADING while a script of the file takes long, and all that follows it counts', () => {
    const { node } = withIncrement('', ['busy-reply-threshold 5']);
    const [client, other] = [node.client(), node.client()];
    const script = 'for i=1,5000000 do end redis.call("set", KEYS[1], "late")';
    const command = (...argv: string[]) => binaryOf(encodeCommand(argv).bytes);
    const file = [
      command('SET', 'before', '1', 'PXAT', '1000'),
      command('EVAL', script, '1', 'k'),
      command('MULTI'),
      command('EVAL', script, '1', 'in-multi'),
      command('PERSIST', 'before'),
      command('EXEC'),
      command('APPEND', 'k', 'r'),
    ].join('');
    const { disk } = node.simulation.world(node.host);
    disk.replace(`${FOLDER}/appendonly.aof.1.incr.aof`, bytesOf(file));
    client.send('DEBUG', 'LOADAOF');
    node.simulation.runUntil(() => node.node.loading, 1000);
    assert.match(String(other.call('GET', 'k')), /^-LOADING/);
    assert.match(String(other.call('INFO')), /^-BUSY/);
    assert.ok(node.log.some((line) => line.includes('Slow script detected')));
    assert.equal(client.next(), 'OK');
    assert.deepEqual(client.call('MGET', 'k', 'in-multi', 'before'), ['later', 'late', '1']);
    // None of it was news.
    assert.equal(text(node, 'appendonly.aof.1.incr.aof'), file);
  });

  it('DEBUG LOADAOF replaces what is in memory by what the files hold', () => {
    const node = SimulatedNode.started(AOF);
    const client = node.client();
    client.call('SET', 'k', 'v');
    const digest = client.call('DEBUG', 'DIGEST');
    assert.equal(client.call('DEBUG', 'LOADAOF'), 'OK');
    assert.equal(client.call('DEBUG', 'DIGEST'), digest);
    assert.equal(info(client, 'rdb_changes_since_last_save'), '0');
  });
});
