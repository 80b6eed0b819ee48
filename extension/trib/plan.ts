/**
 * What a subcommand is about to do: the exact commands, node by node, decided before the first of them is sent.
 * `--dry-run` prints a plan, `apply` in apply.ts carries it out.
 */
import type { ClusterNode } from './cluster-node.ts';
import type { Options } from './options.ts';
import {
  confirm,
  type Json,
  type PlanToRead,
  type Transcript,
  type Transfer,
  TribError,
} from './transcript.ts';

type Argv = readonly (string | number | Buffer)[];

/** Commands for one node, or for several at once; each node gets them pipelined. */
export interface CommandStep {
  readonly kind: 'command';
  readonly nodes: readonly ClusterNode[];
  readonly argvs: readonly Argv[];
  /** Errors that are no harm here. */
  readonly tolerates?: RegExp;
}

/** All keys of a slot, by MIGRATE, as many at a time as the pace allows. */
export interface KeysStep {
  readonly kind: 'keys';
  readonly slot: number;
  readonly source: ClusterNode;
  readonly target: ClusterNode;
  /** Counted when the plan was made. */
  readonly keys: number;
}

export interface WaitStep {
  readonly kind: 'wait';
  /** For the reader of a plan: "until …". */
  readonly until: string;
  readonly run: () => Promise<void>;
}

export type Step = CommandStep | KeysStep | WaitStep;

/** What is done as a whole or not at all: a cancel comes between two of them. */
export interface Action {
  /** The line said when it begins. */
  readonly says?: string;
  /** What is said of a slot when it has moved; dots for its keys follow. "Moving slot 5 from … to …: ". */
  readonly moving?: ReadonlyMap<number, string>;
  /** How many slots it moves, when not one: the measure of progress. */
  readonly slots?: number;
  /** Called when it is done. */
  readonly done?: () => void;
  readonly steps: readonly Step[];
}

export function command(
  nodes: ClusterNode | readonly ClusterNode[],
  argv: Argv,
  tolerates?: RegExp,
): CommandStep {
  return commands(nodes, [argv], tolerates);
}

export function commands(
  nodes: ClusterNode | readonly ClusterNode[],
  argvs: readonly Argv[],
  tolerates?: RegExp,
): CommandStep {
  const all = 'id' in nodes ? [nodes] : nodes;
  return { kind: 'command', nodes: all, argvs, ...(tolerates && { tolerates }) };
}

export function slotsOfPlan(actions: readonly Action[]): number {
  return actions.reduce((sum, { slots = 1 }) => sum + slots, 0);
}

export function keysOf(actions: readonly Action[]): number {
  const steps = actions.flatMap((action) => action.steps);
  return steps.reduce((sum, step) => sum + (step.kind === 'keys' ? step.keys : 0), 0);
}

/** A plan as lines to read: `host:port> COMMAND`. */
function renderPlan(actions: readonly Action[]): string[] {
  return actions.flatMap(({ says, moving, steps }) => {
    const headings = says === undefined ? [...(moving?.values() ?? [])] : [says];
    return [...headings.map((text) => `# ${text.replace(/: $/, '')}`), ...steps.flatMap(renderStep)];
  });
}

function planToRead(actions: readonly Action[]): PlanToRead {
  const transfers = new Map<string, Transfer>();
  for (const step of actions.flatMap(({ steps }) => steps)) {
    if (step.kind !== 'keys') continue;
    const [from, to] = [step.source.name, step.target.name];
    const { slots = 0, keys = 0 } = transfers.get(`${from} ${to}`) ?? {};
    transfers.set(`${from} ${to}`, { from, to, slots: slots + 1, keys: keys + step.keys });
  }
  return { lines: renderPlan(actions), transfers: [...transfers.values()] };
}

function renderStep(step: Step): string[] {
  if (step.kind === 'wait') return [`# wait until ${step.until}`];
  if (step.kind === 'command')
    return step.nodes.flatMap(({ name }) => step.argvs.map((argv) => `${name}> ${words(argv)}`));
  const { source, target, slot, keys } = step;
  if (keys === 0) return [];
  const { host, port } = addressFor(source, target);
  return [`${source.name}> MIGRATE ${host} ${port} "" 0 … KEYS … (slot ${slot}: ${keys} keys)`];
}

export function reportPlan(actions: readonly Action[]): Json {
  return actions.flatMap(({ steps }) =>
    steps.flatMap((step): Json[] => {
      if (step.kind === 'wait') return [{ wait: step.until }];
      if (step.kind === 'keys') {
        const { slot, keys, source, target } = step;
        return [{ node: source.name, moveKeys: { slot, keys, to: target.name } }];
      }
      return step.nodes.flatMap(({ name }) =>
        step.argvs.map((argv) => ({ node: name, command: argv.map(word) })),
      );
    }),
  );
}

/** The target's address as the source has it from gossip: ours may be one that only we can reach. */
export function addressFor(source: ClusterNode, target: ClusterNode): { host: string; port: number } {
  const known = source.friends.find(({ id }) => id === target.id)?.address;
  return known?.host ? known : target.address;
}

function words(argv: Argv): string {
  return argv
    .map(word)
    .map((text) => (text === '' ? '""' : text))
    .join(' ');
}

function word(argument: string | number | Buffer): string {
  return Buffer.isBuffer(argument) ? `(${argument.length} bytes)` : String(argument);
}

/**
 * Prints the plan when that is all that was asked for, else asks: whoever reads plans about the plan itself, others by
 * the question, unless it was answered with `--yes`. True when the plan is to be applied.
 */
export async function approved(
  actions: readonly Action[],
  { options, transcript }: { readonly options: Options; readonly transcript: Transcript },
  question?: string,
): Promise<boolean> {
  if (options.has('dry-run')) {
    for (const line of renderPlan(actions)) transcript.line(line);
    return false;
  }
  if (transcript.approve) {
    if (await transcript.approve(planToRead(actions))) return true;
    throw new TribError('*** Aborting...');
  }
  if (question !== undefined && !options.has('yes')) await confirm(transcript, question);
  return true;
}
