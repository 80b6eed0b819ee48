import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Simulation } from '../../../extension/worlds/simulated.ts';
import { FILE, HOST, LARGE, node, restart } from './saving-node.ts';

describe('a file that makes no sense', () => {
  const broken: readonly (readonly [what: string, spoil: (bytes: Uint8Array) => Uint8Array, log: RegExp])[] =
    [
      ['is cut short', (bytes) => bytes.subarray(0, bytes.length - 5), /Unexpected EOF reading RDB file/],
      ['is no RDB file', () => Buffer.from('port 6379\n'), /Wrong signature trying to load DB from file/],
      ['is of a version to come', () => Buffer.from('REDIS0099'), /Can't handle RDB format version 99/],
      [
        'has a flipped bit',
        (bytes) => {
          const copy = Buffer.from(bytes);
          copy[bytes.length - 30] ^= 1;
          return copy;
        },
        /Wrong RDB checksum|Internal error in RDB/,
      ],
      ['is empty', () => new Uint8Array(0), /Unexpected EOF reading RDB file/],
    ];
  for (const [what, spoil, log] of broken) {
    it(`${what}: the node refuses to start and never overwrites it`, () => {
      const simulation = new Simulation(30);
      const first = node(simulation);
      for (let i = 0; i < 20; i++) first.do('SET', `key${i}`, `value ${i}`);
      first.persistence.save();
      const spoiled = spoil(first.world.disk.read(FILE) ?? new Uint8Array(0));
      first.world.disk.replace(FILE, spoiled);
      const again = restart(simulation, first);
      assert.match(
        again.fatal ?? '',
        /Terminating server after rdb file reading failure|Fatal error loading the DB/,
      );
      assert.ok(
        again.logs.some((line) => log.test(line)),
        again.logs.join('\n'),
      );
      assert.equal(again.persistence.save(), false);
      assert.throws(() => again.persistence.backgroundSave(false), /^ReplyError: ERR$/);
      assert.deepEqual(Buffer.from(again.world.disk.read(FILE) ?? []), Buffer.from(spoiled));
    });
  }
});

describe('a large file', () => {
  it('is read in slices, between which the node answers LOADING', () => {
    const simulation = new Simulation(40);
    const first = node(simulation, { rdbcompression: 'no' });
    for (let i = 0; i < 1500; i++) first.do('SET', `key${i}`, `${i} ${LARGE}`);
    first.persistence.save();
    first.stop();
    simulation.crash(HOST);
    const again = node(simulation);
    assert.ok(again.persistence.loading);
    assert.match(again.persistence.info(), /loading:1\r\n[\s\S]*loading_loaded_perc:\d+\.\d\d\r/);
    simulation.runUntil(() => !again.persistence.loading, 1000);
    assert.equal(again.databases[0].size, 1500);
  });
});
