/** Carries a plan out, action by action, and tells how far it has come. */
import { messageOf } from '../redis/caught.ts';
import { formatRange, rangesOf } from '../redis/slots.ts';
import { addressText } from './connection.ts';
import { averageKeySize, DEFAULT_TIMEOUT_MS, type MoveOptions, moveKeys, Pace } from './move-keys.ts';
import type { MoveGroup } from './move-slot.ts';
import { errorLine, NodeError } from './node-error.ts';
import type { Options } from './options.ts';
import { patiently } from './patience.ts';
import { type Action, type CommandStep, keysOf, slotsOfPlan } from './plan.ts';
import { type Report, type Transcript, TribError } from './transcript.ts';

export function moveOptions(options: Options): MoveOptions {
  return {
    pipeline: options.count('pipeline', 0) || undefined,
    // redis-trib 3.2 took a missing timeout for 0, and MIGRATE with 0 waits for one millisecond only.
    timeoutMs: options.count('timeout', DEFAULT_TIMEOUT_MS) || DEFAULT_TIMEOUT_MS,
    replace: options.has('replace'),
  };
}

/** What was done when a plan came to its end or was cancelled. */
export interface Outcome {
  /** Slots, or whatever else the actions of the plan are about. */
  readonly done: number;
  readonly keys: number;
  readonly seconds: number;
  readonly cancelled: boolean;
}

/** Counts, and tells whoever shows a bar. */
class Tally {
  readonly startedAt = performance.now();
  done = 0;
  keys = 0;
  private readonly total: { readonly slots: number; readonly keys: number };
  private readonly transcript: Transcript;

  constructor(actions: readonly Action[], transcript: Transcript) {
    this.total = { slots: slotsOfPlan(actions), keys: keysOf(actions) };
    this.transcript = transcript;
  }

  get seconds(): number {
    return (performance.now() - this.startedAt) / 1000;
  }

  tell(): void {
    // A slot without keys is work too: about as much as one key.
    const share = (this.done + this.keys) / (this.total.slots + this.total.keys);
    this.transcript.status?.({
      slots: { done: this.done, total: this.total.slots },
      keys: { done: this.keys, total: Math.max(this.total.keys, this.keys) },
      keysPerSecond: this.keys / Math.max(this.seconds, 0.001),
      secondsLeft: share > 0 ? Math.max(0, (this.seconds * (1 - share)) / share) : undefined,
    });
  }
}

/** What the actions of one plan share. */
interface Work {
  readonly options: MoveOptions;
  readonly transcript: Transcript;
  readonly tally: Tally;
}

/**
 * Lanes go side by side, the actions of each one after the other. A cancel ends every lane after the action it is in;
 * an error ends them too, and is thrown when all have ended, so that nothing is left half-done that need not be.
 */
export async function apply(
  lanes: readonly (readonly Action[])[],
  options: MoveOptions,
  transcript: Transcript,
): Promise<Outcome> {
  const work = { options, transcript, tally: new Tally(lanes.flat(), transcript) };
  const failures: unknown[] = [];
  const cutShort: Action[] = [];
  const follow = async (lane: readonly Action[]): Promise<void> => {
    try {
      const pace = await paceOf(lane, options);
      for (const action of lane) {
        if (transcript.cancelled || failures.length > 0) return;
        cutShort.push(action);
        await perform(action, work, pace);
        cutShort.splice(cutShort.indexOf(action), 1);
      }
    } catch (error) {
      failures.push(error);
    }
  };
  try {
    await Promise.all(lanes.map(follow));
  } finally {
    transcript.status?.(undefined);
  }
  const { done, keys, seconds } = work.tally;
  const [failure] = failures;
  if (failure !== undefined) {
    const open = cutShort.flatMap(({ moving }) => [...(moving?.keys() ?? [])]);
    throw new TribError([errorLine(failure), ...howToGoOn(open)].join('\n'), { done, keys });
  }
  return { done, keys, seconds, cancelled: done < slotsOfPlan(lanes.flat()) };
}

/** What may stand behind the words of what failed: the source deletes a key when the target has taken it. */
function howToGoOn(slots: readonly number[]): string[] {
  if (slots.length === 0) return [];
  const which = rangesOf(slots).map(formatRange).join(', ');
  return [
    `*** Cut short, with slots ${which} open: each key is on one of the two nodes. Run fix, which goes on, once both reply.`,
  ];
}

async function paceOf(lane: readonly Action[], { pipeline }: MoveOptions): Promise<Pace> {
  const first = lane.flatMap(({ steps }) => steps).find((step) => step.kind === 'keys');
  if (pipeline !== undefined || first === undefined) return new Pace(pipeline);
  return new Pace(undefined, await averageKeySize(first.source));
}

export function reportOutcome({ done, keys, seconds }: Outcome): Report {
  return { done, keys, seconds: Number(seconds.toFixed(3)) };
}

async function perform(
  { says, moving, slots = 1, done, steps }: Action,
  work: Work,
  pace: Pace,
): Promise<void> {
  const { transcript, tally } = work;
  if (says !== undefined) transcript.line(says);
  for (const step of steps) {
    if (step.kind === 'wait') await step.run();
    else if (step.kind === 'command') await send(step, work.options.timeoutMs);
    else {
      const keys = await moveKeys(step, work.options, pace, (moved) => {
        tally.keys += moved;
        tally.tell();
      });
      const text = moving?.get(step.slot);
      if (text !== undefined) transcript.line(`${text}${'.'.repeat(keys)}`);
    }
  }
  done?.();
  tally.done += slots;
  tally.tell();
}

/** A node that is busy, with a script or with loading, is waited for. */
export async function send({ nodes, argvs, tolerates }: CommandStep, limitMs: number): Promise<void> {
  await Promise.all(
    nodes.flatMap(({ connection }) =>
      argvs.map(async (argv) => {
        const [name = '', ...args] = argv;
        try {
          await patiently(limitMs, () => connection.call(String(name), ...args));
        } catch (error) {
          if (tolerates?.test(messageOf(error))) return;
          throw new TribError(NodeError.of(error, addressText(connection.address), argv).line);
        }
      }),
    ),
  );
}

/** While a MIGRATE of one action keeps the nodes busy, the other has its beginning or end told. */
const LANES_PER_SOURCE = 2;

/** Lanes for groups of moves: those of one source go in order, two at a time. */
export function lanesBySource(
  groups: readonly MoveGroup[],
  toAction: (group: MoveGroup) => Action,
): Action[][] {
  const sources = [...new Set(groups.map(({ source }) => source))];
  return sources.flatMap((source) => {
    const actions = groups.filter((group) => group.source === source).map(toAction);
    return Array.from({ length: LANES_PER_SOURCE }, (_, lane) =>
      actions.filter((__, i) => i % LANES_PER_SOURCE === lane),
    ).filter(({ length }) => length > 0);
  });
}
