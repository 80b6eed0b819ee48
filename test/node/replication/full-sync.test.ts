import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Simulation } from '../../../extension/worlds/simulated.ts';
import { inSync, SmallNode } from './small-node.ts';

const [A, B, C] = ['10.0.0.1', '10.0.0.2', '10.0.0.3'];
const PORT = 6379;

function node(
  simulation: Simulation,
  host: string,
  settings: Readonly<Record<string, string>> = {},
): SmallNode {
  return new SmallNode(simulation.world(host), PORT, settings, host);
}

describe('an image for a full sync', () => {
  it('by way of the disk is one image for all who come while it is written', () => {
    const simulation = new Simulation(5);
    // Ten milliseconds a key: three seconds.
    const slowly = { 'repl-diskless-sync': 'no', 'rdb-key-save-delay': '10000' };
    const primary = node(simulation, A, slowly);
    primary.start();
    for (let i = 0; i < 300; i++) primary.do('SET', `key${i}`, `value ${i}`);
    const [first, second] = [node(simulation, B), node(simulation, C)];
    first.start({ host: A, port: PORT });
    simulation.runFor(1000);
    assert.ok(primary.persistence.saving);
    primary.do('SET', 'meanwhile', 'v');
    second.start({ host: A, port: PORT });
    const took = simulation.runUntil(() => first.replication.linkUp && second.replication.linkUp, 10_000);
    assert.ok(took < 2500, `${took}`);
    assert.ok(primary.logged('Waiting for end of BGSAVE for SYNC'));
    inSync(simulation, primary, first, second);
  });

  it('that must wait for another one begins as soon as that one is written', () => {
    const simulation = new Simulation(5);
    const primary = node(simulation, A, { 'rdb-key-save-delay': '10000' });
    primary.start();
    for (let i = 0; i < 250; i++) primary.do('SET', `key${i}`, `value ${i}`);
    primary.persistence.backgroundSave(false);
    const replica = node(simulation, B);
    replica.start({ host: A, port: PORT });
    simulation.runUntil(() => primary.logged('Waiting for next BGSAVE for SYNC'), 1000);
    primary.settings.set('rdb-key-save-delay', '0');
    simulation.runUntil(() => !primary.persistence.saving, 5000);
    const took = simulation.runUntil(() => replica.replication.linkUp, 5000);
    assert.ok(took < 100, `${took}`);
    inSync(simulation, primary, replica);
  });
});
