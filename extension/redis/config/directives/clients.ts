/** redis.conf: CLIENTS. */
import {
  bytes,
  bytesOrPercent,
  type Directive,
  directive,
  from,
  integer,
  LONG_MAX,
  lenient,
  lenientBytes,
  OPEN,
  special,
  UINT_MAX,
} from '../directive.ts';

const MIB = 1024 * 1024;

export const clients: readonly Directive[] = [
  directive('maxclients', {}, lenient(1, OPEN, 10000), from('6.0', integer('uint', 1, UINT_MAX, 10000))),
  directive(
    'client-output-buffer-limit',
    { kind: 'buffer-classes', accumulates: true },
    special('normal 0 0 0 replica 268435456 67108864 60 pubsub 33554432 8388608 60', [4, 4]),
    from(
      '7.0',
      special('normal 0 0 0 replica 268435456 67108864 60 pubsub 33554432 8388608 60', [0, Infinity], {
        argsMultipleOf: 4,
        resplit: true,
      }),
    ),
  ),
  directive(
    'client-query-buffer-limit@4.0.7',
    { unit: 'bytes' },
    lenientBytes(OPEN, OPEN, 1024 * MIB),
    from('6.2', bytes('size_t', MIB, LONG_MAX, 1024 * MIB)),
  ),
  directive('maxmemory-clients@7.0.0', { unit: 'bytes' }, bytesOrPercent('ssize_t', LONG_MAX, 0)),
  directive(
    'proto-max-bulk-len@4.0.7',
    { unit: 'bytes' },
    lenientBytes(OPEN, OPEN, 512 * MIB),
    from('6.0', bytes('longlong', MIB, LONG_MAX, 512 * MIB)),
  ),
  directive(
    'client-default-resp@7.2.0',
    {},
    integer('uint', 2, 3, 2, { restart: true, hidden: true, build: 'log-req-res' }),
  ),
];
