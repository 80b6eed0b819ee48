/** fix: closes open slots, covers uncovered ones, settles who owns what, introduces whom others forgot. */
import { apply, moveOptions, reportOutcome } from './apply.ts';
import { checkCluster, type Health, reportHealth, searchMultipleOwners, verdict } from './check.ts';
import { type ClusterNode, slotsOf } from './cluster-node.ts';
import { ClusterView } from './cluster-view.ts';
import { messageOf, parseAddress } from './connection.ts';
import { type Coverage, planCoverage } from './cover-slots.ts';
import { type Action, approved, command, reportPlan } from './plan.ts';
import { examine, repairSlot } from './repair-slot.ts';
import type { Invocation } from './subcommands.ts';
import { confirm, type Report, type Transcript, TribError } from './transcript.ts';

/** Each repair makes the next one visible (a node that is introduced brings its slots), but not for ever. */
const ROUNDS = 3;

export async function fix(invocation: Invocation): Promise<Report> {
  const { args, options, dial, transcript } = invocation;
  const view = await ClusterView.from(parseAddress(args[0] ?? ''), dial, transcript);
  try {
    let health = await checkCluster(view, transcript);
    let done = 0;
    for (let round = 1; round <= ROUNDS; round++) {
      const plan = await planFix(view, health, invocation);
      if (plan.length === 0) break;
      if (!(await approved(plan, invocation))) return { dryRun: true, plan: reportPlan(plan) };
      const outcome = await apply([plan], moveOptions(options), transcript);
      done += outcome.done;
      if (outcome.cancelled) {
        throw new TribError(
          '*** Cancelled between two repairs: run fix again to go on',
          reportOutcome(outcome),
        );
      }
      await view.settle();
      health = await verdict(view, transcript);
    }
    const report = { repairs: done, ...reportHealth(view, health) };
    if (!health.whole) throw new TribError('', report);
    return report;
  } finally {
    view.close();
  }
}

async function planFix(view: ClusterView, health: Health, invocation: Invocation): Promise<Action[]> {
  const { options, transcript } = invocation;
  const strangers = await introduce(view);
  // Slots are looked at when everybody knows everybody: SETSLOT takes only ids that a node knows.
  if (strangers.length > 0) return strangers;
  const shared = options.has('search-multiple-owners') ? await searchMultipleOwners(view, transcript) : [];
  const troubled = new Set([
    ...health.openSlots,
    ...view.contestedSlots(),
    ...shared.map(({ slot }) => slot),
  ]);
  if (troubled.size === 0 && health.uncovered.length === 0) return health.agreed ? [] : convince(view);
  refuseIfUnreachable(view, options.has('fix-with-unreachable-masters'));
  const open = await examine(
    view,
    [...troubled].sort((a, b) => a - b),
  );
  const coverage = await planCoverage(
    view,
    health.uncovered.filter((slot) => !troubled.has(slot)),
  );
  const accepted = await askAboutCoverage(coverage, invocation);
  return [...open.map((state) => repairSlot(view, state)), ...accepted];
}

/** Those who know a node introduce it, by address, to those who don't. */
async function introduce(view: ClusterView): Promise<Action[]> {
  return Promise.all(
    view.forgotten().map(async ({ by, whom }) => ({
      says: `>>> Introducing ${whom.name} to ${by.name}, which has forgotten it`,
      steps: [
        command(by, [
          'CLUSTER',
          'MEET',
          ...(await whom.meetingPoint(view.nodes.filter((node) => node !== whom))),
        ]),
        {
          kind: 'wait' as const,
          until: `${by.name} knows ${whom.name}`,
          run: () => untilKnown(view, by.id, whom.id),
        },
      ],
    })),
  );
}

/**
 * Nobody disputes a slot, and yet somebody believes it to be another's: with the highest epoch the owner is believed.
 */
function convince(view: ClusterView): Action[] {
  const misled = (owner: ClusterNode) => view.nodes.some((node) => node !== owner && !believes(node, owner));
  return view.primaries
    .filter((node) => node.slots.size > 0 && misled(node))
    .map((node) => ({
      says: `>>> Not everybody believes what ${node.name} owns: giving it a higher epoch`,
      steps: [command(node, ['CLUSTER', 'BUMPEPOCH'])],
    }));
}

function believes(node: ClusterNode, owner: ClusterNode): boolean {
  const line = node.friends.find(({ id }) => id === owner.id);
  const believed = line === undefined ? new Set<number>() : slotsOf(line);
  return [...owner.slots].every((slot) => believed.has(slot));
}

const INTRODUCTION_LIMIT_MS = 10_000;

async function untilKnown(view: ClusterView, by: string, whom: string): Promise<void> {
  const end = performance.now() + INTRODUCTION_LIMIT_MS;
  while (!(await view.byId(by)?.knows())?.has(whom)) {
    if (performance.now() > end) throw new TribError('[ERR] It does not answer: check the cluster bus ports');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function refuseIfUnreachable(view: ClusterView, force: boolean): void {
  const missing = view.unreachablePrimaries;
  if (missing.length === 0 || force) return;
  throw new TribError(
    [
      `*** ${missing.length} master(s) can't be reached: ${missing.map(({ id }) => id).join(', ')}`,
      '*** Their slots may be served to others, and fixing would give them to somebody else: data would be lost.',
      '*** If they are gone for good use --fix-with-unreachable-masters.',
    ].join('\n'),
  );
}

/** As redis-cli does: each kind of uncovered slots is asked about for itself, and may be left alone. */
async function askAboutCoverage(
  coverage: readonly Coverage[],
  { options, transcript }: Invocation,
): Promise<Action[]> {
  const accepted: Action[] = [];
  for (const { which, question, slots, actions } of coverage) {
    transcript.line(`The following uncovered slots ${which}:`);
    transcript.line(slots);
    if (options.has('yes') || options.has('dry-run') || (await agreed(transcript, question)))
      accepted.push(...actions);
  }
  return accepted;
}

async function agreed(transcript: Transcript, question: string): Promise<boolean> {
  try {
    await confirm(transcript, question);
    return true;
  } catch (error) {
    transcript.line(messageOf(error));
    return false;
  }
}
