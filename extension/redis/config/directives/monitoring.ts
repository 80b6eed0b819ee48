/** redis.conf: SLOW LOG, LATENCY, EVENT NOTIFICATION. */
import {
  bool,
  type Directive,
  directive,
  from,
  integer,
  LONG_MAX,
  lenient,
  OPEN,
  special,
} from '../directive.ts';

export const monitoring: readonly Directive[] = [
  directive(
    'slowlog-log-slower-than',
    { unit: 'microseconds' },
    lenient(OPEN, OPEN, 10000),
    from('6.0', integer('longlong', -1, LONG_MAX, 10000)),
  ),
  directive('slowlog-max-len', {}, lenient(OPEN, OPEN, 128), from('6.0', integer('ulong', 0, LONG_MAX, 128))),
  directive(
    'latency-monitor-threshold',
    { unit: 'milliseconds' },
    lenient(0, OPEN, 0),
    from('6.0', integer('longlong', 0, LONG_MAX, 0)),
  ),
  directive('latency-tracking@7.0.0', {}, bool('yes')),
  directive(
    'latency-tracking-info-percentiles@7.0.0',
    { kind: 'percentiles' },
    special('50 99 99.9', [0, Infinity], { resplit: true }),
  ),
  directive(
    'notify-keyspace-events',
    { kind: 'event-flags' },
    special('', [1, 1], { chars: 'Ag$lshzxeKE' }),
    from('5.0', special('', [1, 1], { chars: 'Ag$lshzxeKEt' })),
    from('6.0', special('', [1, 1], { chars: 'Ag$lshzxeKEtm' })),
    from('6.2', special('', [1, 1], { chars: 'Ag$lshzxeKEtmd' })),
    from('7.0', special('', [1, 1], { chars: 'Ag$lshzxeKEtmdn' })),
  ),
];
