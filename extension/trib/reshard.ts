/** reshard: so many slots, from some primaries, to one. */
import { SLOT_COUNT } from '../redis/slots.ts';
import { apply, lanesBySource, moveOptions, type Outcome, reportOutcome } from './apply.ts';
import { checkCluster } from './check.ts';
import type { ClusterNode } from './cluster-node.ts';
import { ClusterView } from './cluster-view.ts';
import { parseAddress } from './connection.ts';
import type { Invocation } from './invocation.ts';
import { countMoves, groupMoves, type Move, moveSlots } from './move-slot.ts';
import type { Options } from './options.ts';
import { approved, reportPlan } from './plan.ts';
import { type Report, type Transcript, TribError } from './transcript.ts';

export async function reshard(invocation: Invocation): Promise<Report> {
  const { args, options, dial, transcript } = invocation;
  const view = await ClusterView.from(parseAddress(args[0] ?? ''), dial, transcript);
  try {
    await view.settle();
    if (!(await checkCluster(view, transcript)).whole) {
      throw new TribError('*** Please fix your cluster problems before resharding');
    }
    await view.assertOneEpoch();
    const count = await askCount(options, transcript);
    const target = await askTarget(view, options, transcript);
    const sources = await askSources(view, target, options, transcript);
    const moves = await countMoves(planReshard(sources, target, count));
    describePlan(view, sources, target, moves, count, transcript);
    const lanes = lanesBySource(groupMoves(moves), (group) => moveSlots(view, group));
    if (!(await approved(lanes.flat(), invocation))) return { dryRun: true, plan: reportPlan(lanes.flat()) };
    if (!options.has('yes') && !transcript.approve) {
      const answer = await transcript.ask('Do you want to proceed with the proposed reshard plan (yes/no)? ');
      if (answer.trim() !== 'yes') throw new TribError('');
    }
    const outcome = await apply(lanes, moveOptions(options), transcript);
    await view.settle();
    if (outcome.cancelled) throw cancelled(outcome, moves, target);
    return reportOutcome(outcome);
  } finally {
    view.close();
  }
}

/** What has moved stays moved; the words tell how to go on with the rest. */
function cancelled(outcome: Outcome, moves: readonly Move[], target: ClusterNode): TribError {
  const from = [...new Set(moves.map(({ source }) => source.id))].join(',');
  const left = moves.length - outcome.done;
  return new TribError(
    [
      `*** Cancelled: ${outcome.done} of ${moves.length} slots moved, none is left open.`,
      `*** To go on: reshard --from ${from} --to ${target.id} --slots ${left}`,
    ].join('\n'),
    reportOutcome(outcome),
  );
}

/**
 * Each source gives in proportion to what it has, its lowest slots, the biggest source first and rounded up as long as the
 * asked number allows it. redis-cli rounds up the first one only, and moves ten of eleven slots that three equals are to give.
 */
function planReshard(
  sources: readonly ClusterNode[],
  target: ClusterNode,
  count: number,
): Omit<Move, 'keys'>[] {
  const total = sources.reduce((sum, { slots }) => sum + slots.size, 0);
  const shares = sources
    .toSorted((a, b) => b.slots.size - a.slots.size)
    .map((source) => ({ source, exact: (count * source.slots.size) / total }));
  let spare = count - shares.reduce((sum, { exact }) => sum + Math.floor(exact), 0);
  return shares.flatMap(({ source, exact }) => {
    const more = Math.min(spare, Math.ceil(exact) - Math.floor(exact));
    spare -= more;
    const slots = [...source.slots].sort((a, b) => a - b).slice(0, Math.floor(exact) + more);
    return slots.map((slot) => ({ slot, source, target }));
  });
}

async function askCount(options: Options, transcript: Transcript): Promise<number> {
  const valid = (count: number) => Number.isInteger(count) && count > 0 && count <= SLOT_COUNT;
  if (options.has('slots')) {
    const count = options.number('slots', 0);
    if (!valid(count)) throw new TribError(`[ERR] Invalid number of slots: ${options.text('slots')}`);
    return count;
  }
  for (;;) {
    const count = Number(
      await transcript.ask(`How many slots do you want to move (from 1 to ${SLOT_COUNT})? `),
    );
    if (valid(count)) return count;
  }
}

const NOT_A_PRIMARY = '*** The specified node is not known or not a master, please retry.';

function primaryById(view: ClusterView, id: string): ClusterNode | undefined {
  const node = view.byId(id.trim());
  return node && !node.isReplica ? node : undefined;
}

async function askTarget(view: ClusterView, options: Options, transcript: Transcript): Promise<ClusterNode> {
  const given = options.text('to');
  if (given !== undefined) {
    const target = primaryById(view, given);
    if (!target) throw new TribError(NOT_A_PRIMARY);
    return target;
  }
  for (;;) {
    const target = primaryById(view, await transcript.ask('What is the receiving node ID? '));
    if (target) return target;
    transcript.line(NOT_A_PRIMARY);
  }
}

async function askSources(
  view: ClusterView,
  target: ClusterNode,
  options: Options,
  transcript: Transcript,
): Promise<ClusterNode[]> {
  const all = () => view.primaries.filter((node) => node !== target && node.slots.size > 0);
  const given = options.text('from');
  if (given === undefined) return interactiveSources(view, target, all, transcript);
  if (given.split(',').includes('all')) return all();
  const named = given.split(',').map((id) => {
    const source = primaryById(view, id);
    if (!source) throw new TribError(NOT_A_PRIMARY);
    return source;
  });
  const sources = [...new Set(named)];
  if (sources.includes(target)) throw new TribError('*** Target node is also listed among the source nodes!');
  return sources;
}

async function interactiveSources(
  view: ClusterView,
  target: ClusterNode,
  all: () => ClusterNode[],
  transcript: Transcript,
): Promise<ClusterNode[]> {
  transcript.line('Please enter all the source node IDs.');
  transcript.line("  Type 'all' to use all the nodes as source nodes for the hash slots.");
  transcript.line("  Type 'done' once you entered all the source nodes IDs.");
  const sources: ClusterNode[] = [];
  for (;;) {
    const answer = (await transcript.ask(`Source node #${sources.length + 1}: `)).trim();
    if (answer === 'all') return all();
    if (answer === 'done') break;
    const source = primaryById(view, answer);
    if (!source) transcript.line(NOT_A_PRIMARY);
    else if (source === target)
      transcript.line('*** It is not possible to use the target node as source node.');
    else if (!sources.includes(source)) sources.push(source);
  }
  if (sources.length === 0) throw new TribError('*** No source nodes given, operation aborted');
  return sources;
}

function describePlan(
  view: ClusterView,
  sources: readonly ClusterNode[],
  target: ClusterNode,
  moves: readonly Move[],
  count: number,
  transcript: Transcript,
): void {
  const describe = (node: ClusterNode) => {
    for (const line of node.describe(view.replicasOf(node).length)) transcript.line(`    ${line}`);
  };
  transcript.line('');
  transcript.line(`Ready to move ${count} slots.`);
  transcript.line('  Source nodes:');
  for (const source of sources) describe(source);
  transcript.line('  Destination node:');
  describe(target);
  transcript.line('  Resharding plan:');
  for (const { slot, source } of moves) transcript.line(`    Moving slot ${slot} from ${source.id}`);
}
