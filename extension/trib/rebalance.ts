/** rebalance: every primary gets slots in proportion to its weight. */
import { verdict } from './check.ts';
import { type ClusterNode, ClusterView } from './cluster-view.ts';
import { parseAddress } from './connection.ts';
import { type Move, moveSlot } from './move-slot.ts';
import type { Options } from './options.ts';
import { moveOptions } from './reshard.ts';
import type { Invocation } from './subcommands.ts';
import { type Transcript, TribError } from './transcript.ts';

/** Per cent by which a primary may be off its share before anything is moved. */
const DEFAULT_THRESHOLD = 2;

export interface Weighted<T> {
  readonly node: T;
  readonly weight: number;
  readonly slots: number;
}

export async function rebalance({
  args: [address = ''],
  options,
  dial,
  transcript,
}: Invocation): Promise<void> {
  const view = await ClusterView.from(parseAddress(address), dial, transcript);
  try {
    await view.settle();
    const weighted = weigh(view, options);
    if (!(await verdict(view, transcript))) {
      throw new TribError('*** Please fix your cluster problems before rebalancing');
    }
    const threshold = options.number('threshold', DEFAULT_THRESHOLD);
    const transfers = planRebalance(weighted, threshold);
    if (transfers.length === 0) {
      transcript.line(
        `*** No rebalancing needed! All nodes are within the ${threshold.toFixed(2)}% threshold.`,
      );
      return;
    }
    const weight = weighted.reduce((sum, entry) => sum + entry.weight, 0);
    transcript.line(`>>> Rebalancing across ${weighted.length} nodes. Total weight = ${weight.toFixed(2)}`);
    for (const transfer of transfers) await apply(view, transfer, options, transcript);
    await view.settle();
  } finally {
    view.close();
  }
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
  const owned = weighted.reduce((sum, { slots }) => sum + slots, 0);
  const shares = apportion(
    weighted.map(({ weight }) => weight),
    owned,
  );
  const off = weighted.map(({ slots }, i) => slots - (shares[i] ?? 0));
  const beyond = weighted.some(({ slots }, i) => {
    const difference = Math.abs(off[i] ?? 0);
    return slots === 0 ? difference > 0 : (100 * difference) / slots > threshold;
  });
  if (!beyond) return [];
  const balances = weighted.map(({ node }, i) => ({ node, balance: off[i] ?? 0 }));
  const givers = balances.filter(({ balance }) => balance > 0).sort((a, b) => b.balance - a.balance);
  const takers = balances.filter(({ balance }) => balance < 0).sort((a, b) => a.balance - b.balance);
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

async function apply(
  view: ClusterView,
  { source, target, count }: Transfer<ClusterNode>,
  options: Options,
  transcript: Transcript,
): Promise<void> {
  transcript.line(`Moving ${count} slots from ${source.name} to ${target.name}`);
  const slots = [...source.slots].sort((a, b) => a - b).slice(0, count);
  const moves: Move[] = slots.map((slot) => ({ slot, source, target }));
  for (const move of moves) {
    if (transcript.cancelled) throw new TribError('*** Cancelled between two slots, none is left open');
    if (!options.has('simulate')) await moveSlot(view, move, moveOptions(options), transcript);
    transcript.progress('#');
  }
  transcript.progress('\n');
}
