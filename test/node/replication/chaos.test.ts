/**
 * Three nodes, of which one leads at a time, under everything a network and a careless operator can do. Whatever
 * happened: when it is over, all hold what the last leader holds, and share its history.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Simulation } from '../../../extension/worlds/simulated.ts';
import { SmallNode } from './small-node.ts';

const HOSTS = ['10.0.0.1', '10.0.0.2', '10.0.0.3'];
const PORT = 6379;
/** Small enough for partial syncs to fail now and then. */
const SETTINGS = { 'repl-backlog-size': '8192', 'repl-timeout': '10', rdbcompression: 'no' };

class Story {
  readonly simulation: Simulation;
  readonly nodes: (SmallNode | undefined)[] = [];
  leader = 0;
  #writes = 0;
  #syncs = 0;

  constructor(seed: number) {
    this.simulation = new Simulation(seed, {
      splitChance: 0.3,
      stallChance: 0.02,
      stallMs: 300,
      resetChance: 0.001,
    });
    for (const at of HOSTS.keys()) this.boot(at);
  }

  boot(at: number): SmallNode {
    const host = HOSTS[at];
    const node = new SmallNode(this.simulation.world(host), PORT, SETTINGS, host);
    this.nodes[at] = node;
    node.start(at === this.leader ? undefined : { host: HOSTS[this.leader], port: PORT });
    return node;
  }

  get primary(): SmallNode | undefined {
    return this.nodes[this.leader];
  }

  step(): void {
    const { simulation } = this;
    const roll = simulation.random.below(100);
    const at = simulation.random.below(3);
    const other = (at + 1 + simulation.random.below(2)) % 3;
    if (roll < 60) this.#write();
    else if (roll < 70) simulation.runFor(simulation.random.below(200));
    else if (roll < 76) simulation.reset(HOSTS[at], HOSTS[other]);
    else if (roll < 81) simulation.partition(HOSTS[at], HOSTS[other]);
    else if (roll < 87) simulation.heal();
    else if (roll < 90) this.#pause(at);
    else if (roll < 94) this.#crash(at);
    else if (roll < 96) this.nodes[at]?.persistence.save();
    else if (roll < 98) this.#chain(at);
    else this.#promote(at);
  }

  /** All faults end; everybody follows the leader. */
  calm(): void {
    const { simulation } = this;
    simulation.heal();
    simulation.setConditions({ splitChance: 0, stallChance: 0, resetChance: 0 });
    for (const host of HOSTS) simulation.resume(host);
    for (const at of HOSTS.keys()) {
      const node = this.nodes[at] ?? this.boot(at);
      if (at !== this.leader) node.replication.follow({ host: HOSTS[this.leader], port: PORT });
    }
    const { primary } = this;
    assert.ok(primary);
    const settled = () =>
      this.nodes.every(
        (node) =>
          node === primary ||
          (node?.replication.linkUp && node.replication.offset === primary.replication.offset),
      );
    simulation.runUntil(settled, 60_000);
    for (const node of this.nodes) {
      assert.ok(node?.content === primary.content, `seed ${simulation.seed}: equal data`);
      assert.equal(node?.replication.replicationId, primary.replication.replicationId);
      this.#syncs += node?.replication.syncCounts.partial ?? 0;
    }
  }

  get partialSyncs(): number {
    return this.#syncs;
  }

  #write(): void {
    const { primary, simulation } = this;
    if (primary === undefined) return;
    const key = `list${simulation.random.below(20)}`;
    const size = simulation.random.below(20) === 0 ? 5000 : 10;
    if (simulation.random.below(30) === 0) primary.do('DEL', key);
    else primary.doIn(simulation.random.below(2), 'RPUSH', key, this.#writes++, 'x'.repeat(size));
    simulation.runFor(simulation.random.below(3));
  }

  #pause(at: number): void {
    this.simulation.pause(HOSTS[at]);
    this.simulation.runFor(this.simulation.random.below(15_000));
    this.simulation.resume(HOSTS[at]);
  }

  /** A leader that dies loses what it did not save, and with it its history. */
  #crash(at: number): void {
    this.nodes[at] = undefined;
    this.simulation.crash(HOSTS[at], this.simulation.random.below(2) === 0 ? 'process' : 'power');
    this.simulation.runFor(this.simulation.random.below(3000));
    this.boot(at);
  }

  #chain(at: number): void {
    const through = 3 - at - this.leader;
    if (at === this.leader || through === this.leader || through === at) return;
    this.nodes[at]?.replication.follow({ host: HOSTS[through], port: PORT });
  }

  #promote(at: number): void {
    const node = this.nodes[at];
    if (node === undefined || at === this.leader) return;
    this.leader = at;
    node.replication.promote();
    for (const each of HOSTS.keys()) {
      if (each !== at) this.nodes[each]?.replication.follow({ host: HOSTS[at], port: PORT });
    }
  }
}

describe('replication under everything', () => {
  it('ends with equal data on all nodes, whatever the seed', () => {
    let partial = 0;
    for (let seed = 1000; seed < 1060; seed++) {
      const story = new Story(seed);
      for (let step = 0; step < 150; step++) story.step();
      story.calm();
      partial += story.partialSyncs;
    }
    assert.ok(partial > 60, `${partial} partial syncs: the stories were about something`);
  });
});
