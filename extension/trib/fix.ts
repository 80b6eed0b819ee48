/** fix: closes open slots, covers uncovered ones, settles who owns what, introduces whom others forgot. */
import { messageOf } from '../redis/caught.ts';
import { apply, moveOptions, reportOutcome, send } from './apply.ts';
import { checkCluster, type Health, reportHealth, searchMultipleOwners, verdict } from './check.ts';
import { type ClusterNode, slotsOf } from './cluster-node.ts';
import { ClusterView, type Forgotten } from './cluster-view.ts';
import { parseAddress } from './connection.ts';
import { type Coverage, planCoverage } from './cover-slots.ts';
import type { Invocation } from './invocation.ts';
import { DEFAULT_TIMEOUT_MS } from './move-keys.ts';
import { type Action, approved, type CommandStep, command, reportPlan } from './plan.ts';
import { examine, inOrder, type Repair, repairSlot } from './repair-slot.ts';
import { confirm, type Report, type Transcript, TribError } from './transcript.ts';

/** Each repair makes the next one visible (a node that is introduced brings its slots), but not for ever. */
const ROUNDS = 3;

export async function fix(invocation: Invocation): Promise<Report> {
  const { args, options, dial, transcript } = invocation;
  const view = await ClusterView.from(parseAddress(args[0] ?? ''), dial, transcript);
  try {
    let health = await checkCluster(view, transcript);
    let done = 0;
    let search = options.has('search-multiple-owners');
    for (let round = 1; round <= ROUNDS; round++) {
      const plan = await planFix(view, health, search, invocation);
      // Once is enough, when everybody could be asked.
      if (view.forgotten().length === 0) search = false;
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

async function planFix(
  view: ClusterView,
  health: Health,
  search: boolean,
  invocation: Invocation,
): Promise<Action[]> {
  const { options, transcript } = invocation;
  const strangers = await introduce(view, transcript);
  // Slots are looked at when everybody knows everybody: SETSLOT takes only ids that a node knows.
  if (strangers.length > 0) return strangers;
  const shared = search ? await searchMultipleOwners(view, transcript) : [];
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
  return inOrder([...open.map((state) => repairSlot(view, state)), ...accepted]);
}

/** Who has forgotten a node is told to meet it. */
async function introduce(view: ClusterView, transcript: Transcript): Promise<Action[]> {
  const pairs = view.forgotten();
  if (pairs.length === 0) return [];
  const meet = await Promise.all(pairs.map((pair) => meeting(view, pair)));
  return [
    {
      says: `>>> Introducing nodes to others which have forgotten them: ${pairs.map(({ by, whom }) => `${whom.name} to ${by.name}`).join(', ')}`,
      steps: [
        ...meet,
        { kind: 'wait', until: 'every node knows every other', run: () => acquaint(view, transcript) },
      ],
    },
  ];
}

async function meeting(view: ClusterView, { by, whom }: Forgotten): Promise<CommandStep> {
  const others = view.nodes.filter((node) => node !== whom);
  return command(by, ['CLUSTER', 'MEET', ...(await whom.meetingPoint(others))]);
}

/** A node that was forgotten by CLUSTER FORGET is refused for a minute, since 7.2 by the whole cluster. */
const REFUSAL_LIMIT_S = 70;

async function acquaint(view: ClusterView, transcript: Transcript): Promise<void> {
  for (let second = 1; second <= REFUSAL_LIMIT_S; second++) {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    await view.reload();
    const pairs = view.forgotten();
    if (pairs.length === 0) {
      transcript.progress('\n');
      return;
    }
    transcript.progress('.');
    for (const pair of pairs) await send(await meeting(view, pair), DEFAULT_TIMEOUT_MS);
  }
  throw new TribError('\n[ERR] Some nodes do not get to know each other: check the cluster bus ports');
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
): Promise<Repair[]> {
  const accepted: Repair[] = [];
  for (const { which, question, slots, repairs } of coverage) {
    transcript.line(`The following uncovered slots ${which}:`);
    transcript.line(slots);
    if (options.has('yes') || options.has('dry-run') || (await agreed(transcript, question)))
      accepted.push(...repairs);
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
