/** Which server a file is written for. */

import { isTarget, productOf, TARGETS, type Target } from '../extension/redis/config/directive.ts';
import { factsFor, findDirective } from '../extension/redis/config/directives.ts';
import type { ServerSettings, TargetAnswer } from './protocol.ts';

/** Looked at for a modeline, from either end of a file. */
const MODELINES = 10;
/** A larger file is taken for one of today. */
const MOST_CHARACTERS = 1 << 20;

/**
 * A line `# redis-conf: target=redis-7.0` among the first or last ten decides, else the setting, else the newest version that
 * knows every directive of the file: Valkey for a file named after it, Redis for others. Only the name of `path` counts.
 */
export function chooseTarget(path: string, text: string, setting: ServerSettings['target']): TargetAnswer {
  const named = modeline(text);
  if (named !== undefined) return { target: named, decidedBy: 'modeline' };
  if (setting !== 'auto') return { target: setting, decidedBy: 'setting' };
  const product = /(?:^|[/\\])valkey[^/\\]*$/i.test(path) ? 'valkey' : 'redis';
  const candidates = TARGETS.filter((target) => productOf(target) === product).reverse();
  return { target: newestThatKnows(namesIn(text), candidates), decidedBy: 'file' };
}

function modeline(text: string): Target | undefined {
  for (const line of [...linesFrom(text, 'start'), ...linesFrom(text, 'end')]) {
    const target = /^\s*#.*\bredis-conf:\s*target\s*=\s*([a-z]+-[0-9.]+)/.exec(line)?.[1];
    if (target !== undefined && isTarget(target)) return target;
  }
  return undefined;
}

function linesFrom(text: string, end: 'start' | 'end'): string[] {
  // Ten lines are rarely longer; a modeline is short.
  const part = end === 'start' ? text.slice(0, 4000) : text.slice(-4000);
  const lines = part.split('\n');
  return end === 'start' ? lines.slice(0, MODELINES) : lines.slice(-MODELINES);
}

function namesIn(text: string): Set<string> {
  const names = new Set<string>();
  if (text.length > MOST_CHARACTERS) return names;
  for (const [, name = ''] of text.matchAll(/^[ \t]*([A-Za-z][A-Za-z0-9-]*)/gm))
    names.add(name.toLowerCase());
  return names;
}

/** The newest of `candidates` (newest first) that lacks fewest: names that all of them lack decide nothing. */
function newestThatKnows(names: ReadonlySet<string>, candidates: readonly Target[]): Target {
  let best: Target = candidates[0] ?? 'redis-7.2';
  let fewest = Infinity;
  for (const target of candidates) {
    let missing = 0;
    for (const name of names) if (!knows(target, name)) missing++;
    if (missing >= fewest) continue;
    best = target;
    fewest = missing;
  }
  return best;
}

function knows(target: Target, name: string): boolean {
  const directive = findDirective(name);
  return (directive && factsFor(directive, target)?.names.includes(name)) ?? false;
}
