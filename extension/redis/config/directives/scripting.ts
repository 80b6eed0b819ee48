/** redis.conf: LUA SCRIPTING, SENTINEL AND WHAT ONLY DEVELOPERS OF THE SERVER SET. */
import {
  bool,
  type Directive,
  dead,
  directive,
  from,
  INT_MAX,
  INT_MIN,
  int,
  integer,
  LONG_MAX,
  lenient,
  OPEN,
  optional,
  RESTART,
  special,
  text,
} from '../directive.ts';

const MIB = 1024 * 1024;

export const scripting: readonly Directive[] = [
  directive(
    'busy-reply-threshold@7.0.0 lua-time-limit',
    { unit: 'milliseconds' },
    lenient(OPEN, OPEN, 5000),
    from('6.0', integer('longlong', 0, LONG_MAX, 5000)),
  ),
  directive(
    'lua-replicate-commands@5.0.0',
    {},
    bool('yes', RESTART),
    from('6.0', bool('yes')),
    from('7.0', dead()),
  ),
  directive('lua-enable-deprecated-api@6.2.20/7.2.11', {}, bool('no', { restart: true, hidden: true })),
  directive('sentinel', { accumulates: true }, special(undefined, [0, Infinity], RESTART)),
  directive('watchdog-period@7.0.0', { unit: 'milliseconds' }, int(0, INT_MAX, 0, { hidden: true })),
  directive(
    'key-load-delay@6.0.0',
    { unit: 'microseconds' },
    int(0, INT_MAX, 0),
    from('6.2', int(INT_MIN, INT_MAX, 0)),
    from('7.0', int(INT_MIN, INT_MAX, 0, { hidden: true })),
  ),
  directive(
    'rdb-key-save-delay@6.0.0',
    { unit: 'microseconds' },
    int(0, INT_MAX, 0),
    from('6.2', int(INT_MIN, INT_MAX, 0)),
    from('7.0', int(INT_MIN, INT_MAX, 0, { hidden: true })),
  ),
  directive(
    'loading-process-events-interval-bytes@7.0.0',
    { unit: 'bytes' },
    integer('off_t', 1024, INT_MAX, 2 * MIB, { hidden: true }),
  ),
  directive('use-exit-on-panic@6.2.0', {}, bool('no'), from('7.0', bool('no', { hidden: true }))),
  directive('enable-debug-assert@/8.0.0', {}, bool('no', { restart: true, hidden: true })),
  directive('debug-context@/8.0.0', {}, text('', { hidden: true })),
  directive(
    'req-res-logfile@7.2.0',
    { kind: 'path-file' },
    optional({ restart: true, hidden: true, build: 'log-req-res' }),
  ),
];
