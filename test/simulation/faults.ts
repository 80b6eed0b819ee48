/** What can go wrong, and what an operator may do at the worst moment. Each seed has its own mixture. */
import { SLOT_COUNT } from '../../extension/redis/slots.ts';
import type { Crash } from '../../extension/worlds/simulated.ts';
import { CALM } from '../../extension/worlds/simulated-network.ts';
import type { Cluster } from './cluster.ts';
import type { Host } from './host.ts';
import type { Operator } from './operator.ts';
import { run, type Script, sleep } from './script.ts';

type Fault = (disturber: Disturber) => void;

/** Clocks are set wrong by so much: seconds to days. */
const JUMPS_MS = [-86_400_000, -3_600_000, -5000, -400, 400, 5000, 3_600_000, 86_400_000];

export class Disturber {
  /** How often each kind was injected. */
  readonly counts = new Map<string, number>();
  readonly cluster: Cluster;
  readonly operator: Operator;
  readonly #kinds: readonly string[];
  /** By how much clocks are wrong. */
  readonly #clocks = new Map<Host, number>();
  #over = false;

  constructor(cluster: Cluster, operator: Operator) {
    this.cluster = cluster;
    this.operator = operator;
    // A few kinds at a time: faults that hide each other meet in other seeds.
    const all = [...KINDS];
    const wanted = 3 + this.below(5);
    this.#kinds = Array.from({ length: wanted }, () => all.splice(this.below(all.length), 1)[0]);
    cluster.tell(`faults of this seed: ${this.#kinds.join(', ')}`);
  }

  get injected(): number {
    return [...this.counts.values()].reduce((sum, count) => sum + count, 0);
  }

  below(limit: number): number {
    return this.cluster.simulation.random.below(limit);
  }

  any<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)];
  }

  /** A third of the hosts, more or less, and at least one. */
  some(): Host[] {
    const { hosts } = this.cluster;
    const chosen = hosts.filter(() => this.below(3) === 0);
    return chosen.length > 0 ? chosen : [this.any(hosts)];
  }

  /** In a while, unless the faults are over by then. */
  later(run: () => void): void {
    const { nodeTimeout, simulation } = this.cluster;
    simulation.after(this.below(4 * nodeTimeout), () => {
      if (!this.#over) run();
    });
  }

  setClock(host: Host, jumpMs: number): void {
    this.cluster.setClock(host, jumpMs);
    this.#clocks.set(host, (this.#clocks.get(host) ?? 0) + jumpMs);
  }

  do(script: Script): void {
    run(script, () => this.#over);
  }

  inject(): void {
    // Peace returns now and then by itself.
    const kind = this.below(6) === 0 ? 'calm' : this.any(this.#kinds);
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
    if (kind === 'calm') calm(this);
    else FAULTS[kind](this);
  }

  /** Two sides that hear nothing of each other; clients are on either. */
  divide(side: readonly Host[]): void {
    const { cluster } = this;
    cluster.partition(side);
    for (const client of cluster.clientIps) {
      const here = this.below(2) === 0;
      const unreachable = cluster.hosts.filter((host) => side.includes(host) !== here);
      cluster.simulation.partition(
        client,
        unreachable.map(({ ip }) => ip),
      );
    }
    this.later(() => cluster.heal());
  }

  /** Everything is repaired at once, but what the nodes themselves must repair. */
  peace(): void {
    this.#over = true;
    const { cluster } = this;
    calm(this);
    for (const [host, wrong] of this.#clocks) cluster.setClock(host, -wrong);
    for (const host of cluster.hosts) {
      cluster.resume(host);
      cluster.restart(host);
    }
    cluster.tell('the faults are over');
  }
}

function calm({ cluster }: Disturber): void {
  cluster.heal();
  cluster.simulation.setConditions(CALM);
}

function crash(disturber: Disturber, kind: Crash): void {
  const { cluster } = disturber;
  const host = disturber.any(cluster.hosts);
  if (!host.running) {
    cluster.restart(host);
    return;
  }
  // No cluster survives the loss of most of its disks, nor promises to: one, while all others are there.
  if (kind === 'disk' && cluster.primaries.length < cluster.primaryCount) return;
  cluster.kill(host, kind);
  disturber.later(() => {
    cluster.restart(host);
    if (kind === 'disk') disturber.do(rejoin(disturber, host));
  });
}

function* rejoin({ cluster, operator }: Disturber, host: Host): Script {
  yield* sleep(cluster.simulation, 1000);
  if (host.ready) yield* operator.join(host);
}

/** Runs `administer` on a replica, if there is one. */
function onReplica(disturber: Disturber, administer: (replica: Host) => void): void {
  const replicas = disturber.cluster.hosts.filter((host) => host.ready && !host.isPrimary);
  if (replicas.length > 0) administer(disturber.any(replicas));
}

/**
 * A candidate needs the votes of most primaries that it knows of, which for one that has just come may be one of three:
 * redis-server's rule, too. So the operator waits until it knows who has which slot.
 */
function elect(disturber: Disturber, ...words: readonly string[]): void {
  onReplica(disturber, (replica) => {
    if (replica.cluster.view.slots.assigned === SLOT_COUNT)
      disturber.cluster.command(replica, 'CLUSTER', ...words);
  });
}

const FAULTS: Readonly<Record<string, Fault>> = {
  // The network.
  slow(disturber) {
    const maxDelayMs = disturber.any([5, 50, 300]);
    disturber.cluster.simulation.setConditions({ maxDelayMs, splitChance: 0.5 });
  },
  stalls({ cluster }) {
    cluster.simulation.setConditions({ stallChance: 0.01, stallMs: cluster.nodeTimeout });
  },
  breaks({ cluster }) {
    cluster.simulation.setConditions({ resetChance: 0.002 });
  },
  reset(disturber) {
    const { cluster } = disturber;
    const [a, b] = [disturber.any(cluster.hosts), disturber.any(cluster.hosts)];
    cluster.tell(`connections between ${a.name} and ${b.name} break`);
    cluster.simulation.reset(a.ip, b.ip);
  },
  partition(disturber) {
    disturber.divide(disturber.some());
  },
  isolation(disturber) {
    disturber.divide([disturber.any(disturber.cluster.hosts)]);
  },
  oneWay(disturber) {
    disturber.cluster.cut(disturber.some(), disturber.some());
    disturber.later(() => disturber.cluster.heal());
  },

  // The machines.
  crash: (disturber) => crash(disturber, 'process'),
  powerCut: (disturber) => crash(disturber, 'power'),
  lostDisk: (disturber) => crash(disturber, 'disk'),
  pause(disturber) {
    const { cluster } = disturber;
    const host = disturber.any(cluster.hosts);
    cluster.pause(host);
    disturber.later(() => cluster.resume(host));
  },
  clock(disturber) {
    const host = disturber.any(disturber.cluster.hosts);
    disturber.setClock(host, disturber.any(JUMPS_MS));
  },

  // The operator.
  failover: (disturber) => elect(disturber, 'FAILOVER'),
  force: (disturber) => elect(disturber, 'FAILOVER', 'FORCE'),
  takeover: (disturber) =>
    onReplica(disturber, (replica) => disturber.cluster.command(replica, 'CLUSTER', 'FAILOVER', 'TAKEOVER')),
  reshard(disturber) {
    const { cluster, operator } = disturber;
    const slot = operator.slotOfSomeKey();
    const from = cluster.claimant(slot);
    const to = cluster.primaries.filter((host) => host !== from);
    if (from !== undefined && to.length > 0) disturber.do(operator.reshard(slot, from, disturber.any(to)));
  },
  save(disturber) {
    const host = disturber.any(disturber.cluster.hosts);
    disturber.cluster.command(host, disturber.any(['SAVE', 'BGSAVE']));
  },
  follow(disturber) {
    const { primaries } = disturber.cluster;
    if (primaries.length === 0) return;
    const { id } = disturber.any(primaries);
    onReplica(disturber, (replica) => disturber.cluster.command(replica, 'CLUSTER', 'REPLICATE', id));
  },
  forget: (disturber) =>
    onReplica(disturber, (replica) => disturber.do(disturber.operator.forgetAndMeet(replica))),
  resetNode: (disturber) =>
    onReplica(disturber, (replica) =>
      disturber.do(disturber.operator.reset(replica, disturber.any([true, false]))),
    ),
};
const KINDS = Object.keys(FAULTS);
