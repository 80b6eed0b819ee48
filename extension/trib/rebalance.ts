/** rebalance: every primary gets slots in proportion to its weight. */
import { apply, lanesBySource, moveOptions, reportOutcome } from './apply.ts';
import { verdict } from './check.ts';
import type { ClusterNode } from './cluster-node.ts';
import { ClusterView } from './cluster-view.ts';
import { parseAddress } from './connection.ts';
import type { Invocation } from './invocation.ts';
import { countMoves, groupMoves, type Move, moveSlots } from './move-slot.ts';
import type { Options } from './options.ts';
import { type Action, approved, reportPlan } from './plan.ts';
import { type Report, type Transcript, TribError } from './transcript.ts';

/** Per cent by which a primary may be off its share before anything is moved. */
const DEFAULT_THRESHOLD = 2;

export interface Weighted<T> {
  readonly node: T;
  readonly weight: number;
  readonly slots: number;
}

export async function rebalance(invocation: Invocation): Promise<Report> {
  const { args, options, dial, transcript } = invocation;
  const view = await ClusterView.from(parseAddress(args[0] ?? ''), dial, transcript);
  try {
    await view.settle();
    const weighted = weigh(view, options);
    transcript.line(`>>> Performing Cluster Check (using node ${view.nodes[0]?.name})`);
    if (!(await verdict(view, transcript)).whole) {
      throw new TribError('*** Please fix your cluster problems before rebalancing');
    }
    await view.assertOneEpoch();
    const threshold = options.number('threshold', DEFAULT_THRESHOLD);
    const transfers = planRebalance(weighted, threshold);
    if (transfers.length === 0) {
      transcript.line(
        `*** No rebalancing needed! All nodes are within the ${threshold.toFixed(2)}% threshold.`,
      );
      return { transfers: [] };
    }
    const weight = weighted.reduce((sum, entry) => sum + entry.weight, 0);
    transcript.line(`>>> Rebalancing across ${weighted.length} nodes. Total weight = ${weight.toFixed(2)}`);
    if (options.has('verbose')) {
      for (const { node, balance } of balances(weighted))
        transcript.line(`${node.name} balance is ${balance} slots`);
    }
    return await carryOut(view, transfers, invocation);
  } finally {
    view.close();
  }
}

async function carryOut(
  view: ClusterView,
  transfers: readonly Transfer<ClusterNode>[],
  invocation: Invocation,
): Promise<Report> {
  const { options, transcript } = invocation;
  const report = {
    transfers: transfers.map(({ source, target, count }) => ({
      from: source.id,
      to: target.id,
      slots: count,
    })),
  };
  if (options.has('simulate')) {
    for (const transfer of transfers) tellTransfer(transfer, transcript);
    return { ...report, simulated: true };
  }
  const moves = await countMoves(chooseSlots(transfers));
  const plan = lanes(view, transfers, moves, transcript);
  if (!(await approved(plan.flat(), invocation))) {
    return { ...report, dryRun: true, plan: reportPlan(plan.flat()) };
  }
  const outcome = await apply(plan, moveOptions(options), transcript);
  await view.settle();
  if (outcome.cancelled) {
    throw new TribError(
      `*** Cancelled: ${outcome.done} of ${moves.length} slots moved, none is left open. Run rebalance again to go on.`,
      { ...report, ...reportOutcome(outcome) },
    );
  }
  return { ...report, ...reportOutcome(outcome) };
}

function weigh(view: ClusterView, options: Options): Weighted<ClusterNode>[] {
  const weights = new Map<ClusterNode, number>();
  for (const word of options.list('weight').flatMap((text) => text.split(/[ ,]/))) {
    const [prefix = '', weight = ''] = word.split('=');
    const node = view.byAbbreviation(prefix);
    if (!node || node.isReplica) throw new TribError(`*** No such master node ${prefix}`);
    if (!(Number(weight) >= 0) || weight === '') throw new TribError(`*** Invalid weight ${word}`);
    weights.set(node, Number(weight));
  }
  return view.primaries
    .filter(({ slots }) => slots.size > 0 || options.has('use-empty-masters'))
    .map((node) => ({ node, weight: weights.get(node) ?? 1, slots: node.slots.size }));
}

export interface Transfer<T> {
  readonly source: T;
  readonly target: T;
  readonly count: number;
}

/**
 * How many slots go from whom to whom; empty when all are within `threshold` per cent of their share. The shares are
 * made to add up to all slots (the largest remainders get one more), so the givers and takers always match.
 */
export function planRebalance<T>(weighted: readonly Weighted<T>[], threshold: number): Transfer<T>[] {
  const entries = balances(weighted);
  const beyond = entries.some(({ slots, balance }) => {
    const difference = Math.abs(balance);
    return slots === 0 ? difference > 0 : (100 * difference) / slots > threshold;
  });
  if (!beyond) return [];
  const givers = entries.filter(({ balance }) => balance > 0).sort((a, b) => b.balance - a.balance);
  const takers = entries.filter(({ balance }) => balance < 0).sort((a, b) => a.balance - b.balance);
  const transfers: Transfer<T>[] = [];
  for (let g = givers.shift(), t = takers.shift(); g && t; ) {
    const count = Math.min(g.balance, -t.balance);
    transfers.push({ source: g.node, target: t.node, count });
    g.balance -= count;
    t.balance += count;
    if (g.balance === 0) g = givers.shift();
    if (t.balance === 0) t = takers.shift();
  }
  return transfers;
}

/** How many slots each has too many. */
function balances<T>(weighted: readonly Weighted<T>[]): { node: T; slots: number; balance: number }[] {
  const owned = weighted.reduce((sum, { slots }) => sum + slots, 0);
  const shares = apportion(
    weighted.map(({ weight }) => weight),
    owned,
  );
  return weighted.map(({ node, slots }, i) => ({ node, slots, balance: slots - (shares[i] ?? 0) }));
}

/** `total` cut in proportion to the weights, whole numbers that add up. */
function apportion(weights: readonly number[], total: number): number[] {
  const sum = weights.reduce((a, b) => a + b, 0);
  if (sum === 0) throw new TribError('*** All weights are 0: nobody is left to hold the slots');
  const exact = weights.map((weight) => (total * weight) / sum);
  const shares = exact.map(Math.floor);
  const byRemainder = exact
    .map((value, i) => ({ i, remainder: value - Math.floor(value) }))
    .sort((a, b) => b.remainder - a.remainder);
  const left = total - shares.reduce((a, b) => a + b, 0);
  for (const { i } of byRemainder.slice(0, left)) shares[i] = (shares[i] ?? 0) + 1;
  return shares;
}

/** Which slots each transfer takes: the lowest of the giver, and no slot twice. */
function chooseSlots(transfers: readonly Transfer<ClusterNode>[]): Omit<Move, 'keys'>[] {
  const left = new Map(
    transfers.map(({ source }) => [source, [...source.slots].sort((a, b) => a - b)] as const),
  );
  return transfers.flatMap(({ source, target, count }) => {
    const slots = left.get(source)?.splice(0, count) ?? [];
    return slots.map((slot) => ({ slot, source, target }));
  });
}

/** Transfers of one giver follow each other, those of several go side by side; each is told when it is complete. */
function lanes(
  view: ClusterView,
  transfers: readonly Transfer<ClusterNode>[],
  moves: readonly Move[],
  transcript: Transcript,
): Action[][] {
  const left = new Map(transfers.map((transfer) => [transfer, transfer.count]));
  return lanesBySource(groupMoves(moves), (group) => {
    const transfer = transfers.find(
      ({ source, target }) => source === group.source && target === group.target,
    );
    const done = () => {
      if (!transfer) return;
      const after = (left.get(transfer) ?? 0) - group.slots.length;
      left.set(transfer, after);
      if (after === 0) tellTransfer(transfer, transcript);
    };
    const { steps, slots = 1 } = moveSlots(view, group);
    return { steps, slots, done };
  });
}

function tellTransfer({ source, target, count }: Transfer<ClusterNode>, transcript: Transcript): void {
  transcript.line(`Moving ${count} slots from ${source.name} to ${target.name}`);
  transcript.line('#'.repeat(count));
}
