/** Images that take their time: key-load-delay and rdb-key-save-delay. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Simulation } from '../../../extension/worlds/simulated.ts';
import { field, SimulatedNode } from '../simulated-node.ts';

const KEYS = 50;
const HOST = '10.0.0.1';
/** 50 keys take five seconds. */
const SLOW = 'key-load-delay 100000';

/** A node with some keys has been killed; how long one takes to start again from its files. */
function restarted(seed: number, line: string, ...before: string[]): number {
  const simulation = new Simulation(seed);
  const first = SimulatedNode.started([line], { simulation, host: HOST });
  const client = first.client();
  for (let i = 0; i < KEYS; i++) client.call('SET', `key${i}`, i);
  if (before.length > 0) assert.equal(client.call(...before), 'OK');
  first.node.kill();
  const start = simulation.nowMs;
  const again = SimulatedNode.started([line, SLOW], { simulation, host: HOST });
  const took = simulation.nowMs - start;
  assert.equal(again.client().call('DBSIZE'), KEYS);
  return took;
}

describe('key-load-delay', () => {
  it('is waited behind each key of an RDB file', () => {
    assert.ok(restarted(1, 'appendonly no', 'SAVE') >= 5000);
  });

  it('is waited behind each command of an append-only file', () => {
    assert.ok(restarted(2, 'appendonly yes') >= 5000);
  });
});

describe('rdb-key-save-delay', () => {
  it('is waited behind each key of a background save, for fractions of a microsecond too', () => {
    const node = SimulatedNode.started();
    const { simulation } = node;
    const client = node.client();
    for (let i = 0; i < KEYS; i++) client.call('SET', `key${i}`, i);
    const took = (delay: number): number => {
      client.call('CONFIG', 'SET', 'rdb-key-save-delay', delay);
      const start = simulation.nowMs;
      client.call('BGSAVE');
      const saving = () => field(client.call('INFO', 'persistence'), 'rdb_bgsave_in_progress') === '1';
      while (saving()) simulation.runFor(50);
      return simulation.nowMs - start;
    };
    assert.ok(took(100_000) >= 5000);
    assert.ok(took(-100) < 500);
  });

  it('that is set to less lets a save go on that waits', () => {
    const node = SimulatedNode.started(['rdb-key-save-delay 100000000']);
    const { simulation } = node;
    const client = node.client();
    for (const key of ['a', 'b', 'c']) client.call('SET', key, 1);
    client.call('BGSAVE');
    const saving = () => field(client.call('INFO', 'persistence'), 'rdb_bgsave_in_progress') === '1';
    simulation.runFor(10_000);
    assert.ok(saving());
    client.call('CONFIG', 'SET', 'rdb-key-save-delay', 0);
    simulation.runFor(200);
    assert.ok(!saving());
  });
});
