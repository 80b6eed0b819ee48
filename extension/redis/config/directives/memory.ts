/** redis.conf: MEMORY MANAGEMENT, LAZY FREEING, DEFRAGMENTATION. */
import {
  bool,
  bytes,
  type Directive,
  directive,
  from,
  INT_MAX,
  int,
  integer,
  LONG_MAX,
  lenient,
  lenientBytes,
  OPEN,
  oneOf,
  ULONG_MAX,
} from '../directive.ts';

const MIB = 1024 * 1024;

export const memory: readonly Directive[] = [
  directive(
    'maxmemory',
    { unit: 'bytes' },
    lenientBytes(OPEN, OPEN, 0),
    from('6.0', bytes('ulonglong', 0, ULONG_MAX, 0)),
  ),
  directive(
    'maxmemory-policy',
    {},
    oneOf('volatile-lru volatile-random volatile-ttl allkeys-lru allkeys-random noeviction', 'noeviction'),
    from(
      '4.0',
      oneOf(
        'volatile-lru volatile-lfu volatile-random volatile-ttl allkeys-lru allkeys-lfu allkeys-random noeviction',
        'noeviction',
      ),
    ),
  ),
  directive(
    'maxmemory-samples',
    {},
    lenient(1, OPEN, 5),
    from('6.0', int(1, INT_MAX, 5)),
    from(['7.4', 'valkey-8.0'], int(1, 64, 5)),
  ),
  directive('maxmemory-eviction-tenacity@6.2.0', { unit: 'percent' }, int(0, 100, 10)),
  directive('replica-ignore-maxmemory@5.0.0 slave-ignore-maxmemory@5.0.0', {}, bool('yes')),
  directive('active-expire-effort@6.0.0', {}, int(1, 10, 1)),
  directive('lfu-log-factor@4.0.0', {}, lenient(0, OPEN, 10), from('6.0', int(0, INT_MAX, 10))),
  directive(
    'lfu-decay-time@4.0.0',
    { unit: 'minutes' },
    lenient(0, OPEN, 1),
    from('6.0', int(0, INT_MAX, 1)),
  ),
  directive('lazyfree-lazy-eviction@4.0.0', {}, bool('no'), from('valkey-8.0', bool('yes'))),
  directive('lazyfree-lazy-expire@4.0.0', {}, bool('no'), from('valkey-8.0', bool('yes'))),
  directive('lazyfree-lazy-server-del@4.0.0', {}, bool('no'), from('valkey-8.0', bool('yes'))),
  directive(
    'replica-lazy-flush@5.0.0 slave-lazy-flush@4.0.0',
    {},
    bool('no'),
    from('valkey-8.0', bool('yes')),
  ),
  directive('lazyfree-lazy-user-del@6.0.0', {}, bool('no'), from('valkey-8.0', bool('yes'))),
  directive('lazyfree-lazy-user-flush@6.2.0', {}, bool('no'), from('valkey-8.0', bool('yes'))),
  directive('activedefrag@4.0.0', {}, bool('no'), from('6.0', bool('no', { check: 'needs-jemalloc-build' }))),
  directive(
    'active-defrag-ignore-bytes@4.0.0',
    { unit: 'bytes' },
    lenientBytes(1, OPEN, 100 * MIB),
    from('6.0', bytes('size_t', 1, LONG_MAX, 100 * MIB)),
  ),
  directive(
    'active-defrag-threshold-lower@4.0.0',
    { unit: 'percent' },
    lenient(0, OPEN, 10),
    from('5.0', lenient(0, 1000, 10)),
    from('6.0', int(0, 1000, 10)),
  ),
  directive(
    'active-defrag-threshold-upper@4.0.0',
    { unit: 'percent' },
    lenient(0, OPEN, 100),
    from('5.0', lenient(0, 1000, 100)),
    from('6.0', int(0, 1000, 100)),
  ),
  directive(
    'active-defrag-cycle-min@4.0.0',
    { unit: 'percent' },
    lenient(1, 99, 25),
    from('5.0', lenient(1, 99, 5)),
    from('6.0', int(1, 99, 1)),
  ),
  directive(
    'active-defrag-cycle-max@4.0.0',
    { unit: 'percent' },
    lenient(1, 99, 75),
    from('6.0', int(1, 99, 25)),
  ),
  directive(
    'active-defrag-max-scan-fields@5.0.0',
    {},
    lenient(1, OPEN, 1000),
    from('6.0', integer('ulong', 1, LONG_MAX, 1000)),
  ),
  directive('jemalloc-bg-thread@6.0.0', {}, bool('yes')),
];
