/**
 * All keys of one slot from one node to another by MIGRATE, while clients go on reading and writing. MIGRATE blocks
 * both nodes, so the number of keys in one follows from how long the last took.
 */
import { messageOf } from '../redis/caught.ts';
import type { ClusterNode } from './cluster-node.ts';
import { type Argument, buffersOf, type Credentials, textOf } from './connection.ts';
import { NodeError } from './node-error.ts';
import { isPassing, patiently } from './patience.ts';
import { addressFor, type KeysStep } from './plan.ts';
import { TribError } from './transcript.ts';

/** How long a source may wait for a target without a byte (redis-trib's own default). */
export const DEFAULT_TIMEOUT_MS = 60_000;

/** Keys in the first MIGRATE and at most, where nobody asked for a number. */
const FIRST_BATCH = 100;
const LARGEST_BATCH = 500;
/** A MIGRATE is held in memory whole, by both nodes: so many bytes of average keys at most. */
const BATCH_BYTES = 4 << 20;
/** Clients of both nodes wait as long as one MIGRATE takes. */
const LONG_MS = 100;

/** Broken off while sending or receiving. What arrived at the target may stand on both sides. */
const BROKEN = /IOERR/;
const BROKEN_LIMIT = 5;
/** DEBUG DIGEST-VALUE of a key that is not there. */
const NO_KEY = '0'.repeat(40);

export interface MoveOptions {
  /** Keys in one MIGRATE; undefined: as many as fit into a short time. */
  readonly pipeline: number | undefined;
  readonly timeoutMs: number;
  /** Overwrite keys which the target has already with another value. */
  readonly replace: boolean;
}

/** How many keys the next MIGRATE takes. One for each lane, so that a slot profits from the one before it. */
export class Pace {
  private size: number;
  private readonly limit: number;
  private readonly fixed: boolean;

  constructor(pipeline: number | undefined, averageBytes = 0) {
    this.fixed = pipeline !== undefined;
    this.limit = Math.max(1, Math.min(LARGEST_BATCH, Math.floor(BATCH_BYTES / Math.max(1, averageBytes))));
    this.size = pipeline ?? Math.min(FIRST_BATCH, this.limit);
  }

  get batch(): number {
    return this.size;
  }

  took(milliseconds: number, keys: number): void {
    if (this.fixed) return;
    if (milliseconds > LONG_MS) this.size = Math.max(1, Math.floor(keys / 2));
    else if (milliseconds < LONG_MS / 2 && keys >= this.size) this.size = Math.min(this.limit, this.size * 2);
  }

  /** A MIGRATE broke: whatever was asked for, fewer keys have a better chance. */
  broke(): void {
    this.size = Math.max(1, Math.floor(this.size / 2));
  }
}

/** Bytes of memory that a key of this node takes on average. */
export async function averageKeySize({ connection }: ClusterNode): Promise<number> {
  const [memory, keys] = await Promise.all([connection.call('INFO', 'memory'), connection.call('DBSIZE')]);
  const bytes = Number(/^used_memory_dataset:(\d+)/m.exec(textOf(memory))?.[1] ?? 0);
  return bytes / Math.max(1, Number(keys));
}

export async function moveKeys(
  step: KeysStep,
  options: MoveOptions,
  pace: Pace,
  moved: (keys: number) => void,
): Promise<number> {
  const { slot, source } = step;
  const askOnce = () => source.cluster('GETKEYSINSLOT', slot, pace.batch).then(buffersOf);
  const ask = () => patiently(options.timeoutMs, askOnce);
  let total = 0;
  for (let keys = await ask(), failures = 0; keys.length > 0; ) {
    const startedAt = performance.now();
    const migrated = migrate(step, keys, options, options.replace);
    // The next keys are asked for in the same breath: when all goes well those of this batch are gone by then.
    const next = askOnce();
    next.catch(() => {});
    const error = await migrated.then(() => undefined, textWith(step.source));
    if (error === undefined) {
      pace.took(performance.now() - startedAt, keys.length);
      failures = 0;
    } else {
      await recover(step, keys, options, { error, failures: ++failures, pace });
    }
    if (error === undefined || error.includes('BUSYKEY')) {
      total += keys.length;
      moved(keys.length);
    }
    keys = error === undefined ? await next.catch(ask) : await ask();
  }
  return total;
}

async function migrate(
  { source, target }: KeysStep,
  keys: readonly Buffer[],
  { timeoutMs }: MoveOptions,
  replace: boolean,
): Promise<void> {
  const { host, port } = addressFor(source, target);
  const flags = [...(replace ? ['REPLACE'] : []), ...authentication(source.connection.credentials)];
  await source.connection.call('MIGRATE', host, port, '', 0, timeoutMs, ...flags, 'KEYS', ...keys);
}

/** The words by which MIGRATE makes itself known to the other node. */
export function authentication({ username, password }: Credentials): string[] {
  if (password === undefined) return [];
  return username === undefined ? ['AUTH', password] : ['AUTH2', username, password];
}

/** Returns when it is worth going on with whatever keys the source still has. */
async function recover(
  step: KeysStep,
  keys: readonly Buffer[],
  options: MoveOptions,
  { error, failures, pace }: { readonly error: string; readonly failures: number; readonly pace: Pace },
): Promise<void> {
  if (error.includes('BUSYKEY')) return replaceEqual(step, keys, options);
  if (BROKEN.test(error) && failures < BROKEN_LIMIT) {
    pace.broke();
    return;
  }
  if (!(await isPassing(error, failures, options.timeoutMs))) throw failure(step, error);
}

/** What MIGRATE is told is the source's, or the target's by way of it; that nothing came is not said by either. */
function textWith(source: ClusterNode): (error: unknown) => string {
  return (error) =>
    error instanceof NodeError && !error.replied
      ? `${source.name} did not reply: ${error.message}`
      : messageOf(error);
}

function failure({ slot, source, target }: KeysStep, text: string): TribError {
  return new TribError(
    `[ERR] Calling MIGRATE for slot ${slot} from ${source.name} to ${target.name}: ${text}`,
  );
}

/**
 * The target has some of the keys already. Where the values are equal an earlier MIGRATE was cut short after the target
 * had the key and before the source deleted it: replacing loses nothing. Where they differ only the user can choose.
 */
async function replaceEqual(step: KeysStep, keys: readonly Buffer[], options: MoveOptions): Promise<void> {
  const { source, target } = step;
  const [here, there] = await Promise.all([valuesOf(source, keys), valuesOf(target, keys)]);
  const different = keys.filter(
    (_, i) => there[i] !== undefined && here[i] !== undefined && here[i] !== there[i],
  );
  if (different.length > 0) {
    throw new TribError(
      [
        `*** Found ${different.length} key(s) in both source node and target node having different values.`,
        `    Source node: ${source.name}`,
        `    Target node: ${target.name}`,
        '    Key(s):',
        ...different.map((key) => `    - ${key.toString()}`),
        '*** Please fix the above key(s) manually, or use --replace to overwrite the keys of the target.',
      ].join('\n'),
    );
  }
  await migrate(step, keys, options, true).catch((error: unknown) => {
    throw failure(step, textWith(source)(error));
  });
}

/** A text for each key's value; undefined where there is none. */
async function valuesOf(node: ClusterNode, keys: readonly Buffer[]): Promise<(string | undefined)[]> {
  try {
    const digests = await node.connection.call('DEBUG', 'DIGEST-VALUE', ...keys);
    if (!Array.isArray(digests)) throw new TribError('no digests');
    return digests.map(textOf).map((digest) => (digest === NO_KEY ? undefined : digest));
  } catch {
    // DEBUG is off on most servers since 7.0.
    return Promise.all(keys.map((key) => dumpOf(node, key)));
  }
}

/** A migrating slot refers to the other side for a key that is gone, as one may be which MIGRATE has moved meanwhile. */
const GONE = /^ASK /;

/** ASKING opens an importing slot for the one command after it. */
async function dumpOf(node: ClusterNode, key: Argument): Promise<string | undefined> {
  const [, dump = null] = await Promise.all([
    node.connection.call('ASKING'),
    node.connection.call('DUMP', key).catch((error: unknown) => {
      if (GONE.test(messageOf(error))) return null;
      throw error;
    }),
  ]);
  return Buffer.isBuffer(dump) ? dump.toString('latin1') : undefined;
}
