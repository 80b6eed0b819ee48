/** A line that is to say which server the file is for, and names none that there is. */
import { isTarget, TARGETS } from '../../extension/redis/config/directive.ts';
import type { Rule } from '../finding.ts';
import { MODELINES, targetNamedIn } from '../target.ts';

export const checkTargetLine: Rule = function* ({ conf: { lines } }, translate) {
  for (const line of new Set([...lines.slice(0, MODELINES), ...lines.slice(-MODELINES)])) {
    const named = targetNamedIn(line.text);
    if (named === undefined || isTarget(named.target)) continue;
    yield {
      code: 'unknown-target',
      severity: 'warning',
      at: { line, start: named.at, end: named.at + named.target.length },
      message: translate(
        'This line decides nothing: no server “{0}” is known here. Known are {1}.',
        named.target,
        TARGETS.join(', '),
      ),
    };
  }
};
