/** Which server a file is written for. */

import { isTarget, productOf, TARGETS, type Target } from '../extension/redis/config/directive.ts';
import { directives, factsFor } from '../extension/redis/config/directives.ts';
import type { ServerSettings, TargetAnswer } from './protocol.ts';

/** Lines looked at for a modeline, from either end of a file. */
export const MODELINES = 10;

/**
 * A line `# redis-conf: target=redis-7.0` among the first or last ten decides, else the setting; undefined: the directives
 * of the file have to.
 */
export function targetAskedFor(text: string, setting: ServerSettings['target']): TargetAnswer | undefined {
  const named = modeline(text);
  if (named !== undefined) return { target: named, decidedBy: 'modeline' };
  return setting === 'auto' ? undefined : { target: setting, decidedBy: 'setting' };
}

/**
 * The newest version that knows the directives of a file, or lacks fewest of them: Valkey for a file named after it, Redis
 * for others. Only the name of `path` counts.
 */
export function targetFor(path: string, names: ReadonlySet<string>): Target {
  const product = /(?:^|[/\\])valkey[^/\\]*$/i.test(path) ? 'valkey' : 'redis';
  const candidates = TARGETS.filter((target) => productOf(target) === product).reverse();
  return newestThatKnows(names, candidates);
}

function modeline(text: string): Target | undefined {
  for (const line of [...linesFrom(text, 'start'), ...linesFrom(text, 'end')]) {
    const { target } = targetNamedIn(line) ?? {};
    if (target !== undefined && isTarget(target)) return target;
  }
  return undefined;
}

/** What a line names as its target, be there such a server or not, and where in the line. */
export function targetNamedIn(line: string): { readonly target: string; readonly at: number } | undefined {
  const [before, target] = /^\s*#.*\bredis-conf:\s*target\s*=\s*([\w.-]*)/.exec(line) ?? [];
  return before === undefined || target === undefined
    ? undefined
    : { target, at: before.length - target.length };
}

function linesFrom(text: string, end: 'start' | 'end'): string[] {
  // Ten lines are rarely longer; a modeline is short.
  const part = end === 'start' ? text.slice(0, 4000) : text.slice(-4000);
  const lines = part.split('\n');
  return end === 'start' ? lines.slice(0, MODELINES) : lines.slice(-MODELINES);
}

/** The newest of `candidates` (newest first) that lacks fewest: names that all of them lack decide nothing. */
function newestThatKnows(names: ReadonlySet<string>, candidates: readonly Target[]): Target {
  let best: Target = candidates[0] ?? 'redis-7.2';
  let fewest = Infinity;
  for (const target of candidates) {
    let missing = 0;
    const bit = 1 << TARGETS.indexOf(target);
    for (const name of names) if (((knownTo.get(name) ?? 0) & bit) === 0) missing++;
    if (missing >= fewest) continue;
    best = target;
    fewest = missing;
  }
  return best;
}

/** For each name a bit for each target that knows it. */
const knownTo = new Map<string, number>();

for (const directive of directives) {
  for (const [index, target] of TARGETS.entries()) {
    for (const name of factsFor(directive, target)?.names ?? [])
      knownTo.set(name, (knownTo.get(name) ?? 0) | (1 << index));
  }
}
