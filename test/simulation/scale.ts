/** How a cluster of N nodes comes about, and what its bus costs, beside what the specification reckons. */
import { Cluster } from './cluster.ts';
import type { Host } from './host.ts';

/** Redis' default. */
const NODE_TIMEOUT = 15_000;
const OBSERVED_MS = 60_000;

/** Tells each figure, a line, as soon as it is known: of a thousand nodes the last one comes an hour after the first. */
export function measureScale(nodes: number, tell: (line: string) => void): void {
  const startedAt = performance.now();
  tell(`${nodes} nodes, cluster-node-timeout ${NODE_TIMEOUT / 1000} s`);
  const cluster = new Cluster({
    seed: nodes,
    nodes,
    nodeTimeout: NODE_TIMEOUT,
    conf: ['repl-diskless-sync-delay 0'],
  });
  cluster.timeline.records = false;
  const createdMs = cluster.create(600_000);
  tell(`  one cluster, agreed, replicas in sync: after ${seconds(createdMs, 2)} s`);
  cluster.pass(NODE_TIMEOUT);
  const before = { pings: pings(cluster), bytes: cluster.simulation.bytesSent };
  cluster.pass(OBSERVED_MS);
  const perNode = (count: number) => count / nodes / (OBSERVED_MS / 1000);
  const pingRate = perNode(pings(cluster) - before.pings);
  const byteRate = perNode(cluster.simulation.bytesSent - before.bytes);
  // "Every node makes sure to ping every other node …" within half the timeout; one a second to a random one besides.
  const reckoned = (nodes - 1) / (NODE_TIMEOUT / 2000);
  tell(
    `  a node's bus: ${pingRate.toFixed(1)} pings a second (the specification reckons ${reckoned.toFixed(1)}), ` +
      `${(byteRate / 1024).toFixed(1)} KiB/s sent`,
  );
  const victim = cluster.ownerOf(0);
  const killedAt = cluster.simulation.nowMs;
  cluster.kill(victim);
  const failedMs = cluster.until(
    () => cluster.running.every((host) => holdsForFailed(host, victim)),
    120_000,
  );
  tell(`  a primary killed: FAIL at every node after ${seconds(failedMs)} s`);
  cluster.until(() => cluster.running.every((host) => host.cluster.stateOk), 120_000);
  const replacedMs = cluster.simulation.nowMs - killedAt;
  tell(`  replaced and all ok after ${seconds(replacedMs)} s`);
  const mebibytes = Math.round(process.resourceUsage().maxRSS / 1024);
  tell(`  (${seconds(performance.now() - startedAt)} s of real time, ${mebibytes} MiB at most)`);
}

function seconds(ms: number, digits = 1): string {
  return (ms / 1000).toFixed(digits);
}

function holdsForFailed({ cluster }: Host, victim: Host): boolean {
  return cluster.view.nodes.all.some((peer) => peer.failed && peer.ip === victim.ip);
}

/** Sent by all nodes so far. */
function pings(cluster: Cluster): number {
  return cluster.running.reduce((count, host) => count + (host.cluster.bus.sent.get('ping') ?? 0), 0);
}
