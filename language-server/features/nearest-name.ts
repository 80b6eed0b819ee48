/** Finds the name somebody meant. */

import type { Target } from '../../extension/redis/config/directive.ts';
import { directives, factsFor } from '../../extension/redis/config/directives.ts';

const namesByTarget = new Map<Target, readonly string[]>();

/** All names `target` accepts. */
export function namesOf(target: Target): readonly string[] {
  let names = namesByTarget.get(target);
  if (names === undefined) {
    names = directives.flatMap((directive) => factsFor(directive, target)?.names ?? []);
    namesByTarget.set(target, names);
  }
  return names;
}

/** Looking for a near name costs; what was asked before is asked again after each edit. */
const REMEMBERED = 2000;
const found = new WeakMap<readonly string[], Map<string, string | undefined>>();

/** As `nearestName`, and remembered as long as the list of names is. */
export function nearestNameAgain(written: string, names: readonly string[]): string | undefined {
  let known = found.get(names);
  if (known === undefined || known.size >= REMEMBERED) {
    known = new Map();
    found.set(names, known);
  }
  if (known.has(written)) return known.get(written);
  const nearest = nearestName(written, names);
  known.set(written, nearest);
  return nearest;
}

/** The name nearest to a misspelt one; undefined when none is near enough. */
export function nearestName(written: string, names: readonly string[]): string | undefined {
  // `cluster_enabled`, `clusterEnabled` and `cluster.enabled` differ by convention only.
  const wanted = plain(written);
  if (wanted === '' || wanted.length > 64) return undefined;
  const most = wanted.length < 5 ? 1 : wanted.length < 9 ? 2 : 3;
  let nearest: string | undefined;
  let least = most + 1;
  for (const name of names) {
    const candidate = plain(name);
    if (Math.abs(candidate.length - wanted.length) >= least) continue;
    const distance = editDistance(wanted, candidate, least);
    if (distance < least) {
      nearest = name;
      least = distance;
    }
  }
  return nearest;
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[-_.\s]/g, '');
}

/** Insertions, deletions, replacements and swaps of neighbours; stops at `limit`. */
function editDistance(a: string, b: string, limit: number): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    let best = row;
    for (let column = 1; column <= b.length; column++) {
      const same = a.charAt(row - 1) === b.charAt(column - 1);
      const swapped =
        a.charAt(row - 1) === b.charAt(column - 2) && a.charAt(row - 2) === b.charAt(column - 1);
      const cost = Math.min(
        (previous[column] ?? limit) + 1,
        (current[column - 1] ?? limit) + 1,
        (previous[column - 1] ?? limit) + (same ? 0 : 1),
        row > 1 && column > 1 && swapped ? (before[column - 2] ?? limit) + 1 : limit,
      );
      current.push(cost);
      best = Math.min(best, cost);
    }
    if (best >= limit) return limit;
    before = previous;
    previous = current;
  }
  return previous[b.length] ?? limit;
}
