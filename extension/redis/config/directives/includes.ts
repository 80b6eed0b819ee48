/** redis.conf: INCLUDES, MODULES. */
import { type Directive, directive, RESTART, special } from '../directive.ts';

export const includes: readonly Directive[] = [
  directive('include', { kind: 'glob-path', accumulates: true }, special(undefined, [1, 1], RESTART)),
  directive(
    'loadmodule@4.0.0',
    { kind: 'module', accumulates: true },
    special(undefined, [1, Infinity], RESTART),
  ),
];
