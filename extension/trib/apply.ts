/** Carries a plan out, action by action, and tells how far it has come. */
import { addressText, messageOf } from './connection.ts';
import { DEFAULT_TIMEOUT_MS, type MoveOptions, moveKeys, Pace } from './move-keys.ts';
import type { Options } from './options.ts';
import { type Action, type CommandStep, keysOf, type Step } from './plan.ts';
import { type Report, type Transcript, TribError } from './transcript.ts';

export function moveOptions(options: Options): MoveOptions {
  return {
    pipeline: options.number('pipeline', 0) || undefined,
    // redis-trib 3.2 took a missing timeout for 0, and MIGRATE with 0 waits for one millisecond only.
    timeoutMs: options.number('timeout', DEFAULT_TIMEOUT_MS) || DEFAULT_TIMEOUT_MS,
    replace: options.has('replace'),
  };
}

/** What was done when a plan came to its end or was cancelled. */
export interface Outcome {
  readonly actions: number;
  readonly keys: number;
  readonly seconds: number;
  readonly cancelled: boolean;
}

/** Counts, and tells whoever shows a bar. */
class Tally {
  readonly startedAt = performance.now();
  actions = 0;
  keys = 0;
  private readonly total: { readonly actions: number; readonly keys: number };
  private readonly transcript: Transcript;

  constructor(actions: readonly Action[], transcript: Transcript) {
    this.total = { actions: actions.length, keys: keysOf(actions) };
    this.transcript = transcript;
  }

  get seconds(): number {
    return (performance.now() - this.startedAt) / 1000;
  }

  tell(): void {
    // A slot without keys is work too: about as much as one key.
    const share = (this.actions + this.keys) / (this.total.actions + this.total.keys);
    this.transcript.status?.({
      slots: { done: this.actions, total: this.total.actions },
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
  const follow = async (lane: readonly Action[]): Promise<void> => {
    const pace = new Pace(options.pipeline);
    for (const action of lane) {
      if (transcript.cancelled || failures.length > 0) return;
      try {
        await perform(action, work, pace);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  try {
    await Promise.all(lanes.map(follow));
  } finally {
    transcript.status?.(undefined);
  }
  const { actions, keys, seconds } = work.tally;
  const [failure] = failures;
  if (failure instanceof TribError) throw new TribError(failure.message, { done: actions, keys });
  if (failure !== undefined) throw failure;
  return { actions, keys, seconds, cancelled: actions < lanes.flat().length };
}

export function reportOutcome({ actions, keys, seconds }: Outcome): Report {
  return { done: actions, keys, seconds: Number(seconds.toFixed(3)) };
}

async function perform({ says, moving, done, steps }: Action, work: Work, pace: Pace): Promise<void> {
  const { transcript, tally } = work;
  if (says !== undefined) transcript.line(says);
  let keys = 0;
  for (const step of steps) keys += await take(step, work, pace);
  if (moving !== undefined) transcript.line(`${moving}${'.'.repeat(keys)}`);
  done?.();
  tally.actions++;
  tally.tell();
}

/** Number of keys it has moved. */
async function take(step: Step, { options, tally }: Work, pace: Pace): Promise<number> {
  if (step.kind === 'wait') {
    await step.run();
    return 0;
  }
  if (step.kind === 'command') {
    await send(step);
    return 0;
  }
  return moveKeys(step, options, pace, (keys) => {
    tally.keys += keys;
    tally.tell();
  });
}

async function send({ nodes, argv, tolerates }: CommandStep): Promise<void> {
  const [name = '', ...args] = argv;
  await Promise.all(
    nodes.map(async ({ connection }) => {
      try {
        await connection.call(String(name), ...args);
      } catch (error) {
        const text = messageOf(error);
        if (tolerates?.test(text)) return;
        const words = argv.slice(0, 5).join(' ');
        throw new TribError(`[ERR] Node ${addressText(connection.address)} replied to ${words}: ${text}`);
      }
    }),
  );
}

/** One lane for each source, for plans that move slots only. */
export function lanesBySource<T extends { readonly source: unknown }>(
  moves: readonly T[],
  toAction: (move: T) => Action,
): Action[][] {
  const sources = [...new Set(moves.map(({ source }) => source))];
  return sources.map((source) => moves.filter((move) => move.source === source).map(toAction));
}
