/** redis.conf: APPEND ONLY MODE, SHUTDOWN. */
import {
  bool,
  bytes,
  type Directive,
  directive,
  from,
  INT_MAX,
  int,
  LONG_MAX,
  lenient,
  lenientBytes,
  OPEN,
  oneOf,
  someOf,
  text,
} from '../directive.ts';

const MIB = 1024 * 1024;

export const appendOnly: readonly Directive[] = [
  directive('appendonly', {}, bool('no')),
  directive(
    'appendfilename',
    { kind: 'basename' },
    text('appendonly.aof', { restart: true, check: 'basename' }),
    from('6.0', text('appendonly.aof', { restart: true, check: 'basename-nonempty' })),
  ),
  directive(
    'appenddirname@7.0.0',
    { kind: 'basename' },
    text('appendonlydir', { restart: true, check: 'basename-nonempty' }),
  ),
  directive('appendfsync', {}, oneOf('everysec always no', 'everysec')),
  directive('no-appendfsync-on-rewrite', {}, bool('no')),
  directive(
    'auto-aof-rewrite-percentage',
    { unit: 'percent' },
    lenient(0, OPEN, 100),
    from('6.0', int(0, INT_MAX, 100)),
  ),
  directive(
    'auto-aof-rewrite-min-size',
    { unit: 'bytes' },
    lenientBytes(OPEN, OPEN, 64 * MIB),
    from('6.0', bytes('off_t', 0, LONG_MAX, 64 * MIB)),
  ),
  directive('aof-load-truncated', {}, bool('yes')),
  directive('aof-use-rdb-preamble@4.0.0', {}, bool('no'), from('5.0', bool('yes'))),
  directive('aof-timestamp-enabled@7.0.0', {}, bool('no')),
  directive('aof-rewrite-incremental-fsync', {}, bool('yes')),
  directive('aof-disable-auto-gc@7.0.0', {}, bool('no'), from('7.2', bool('no', { hidden: true }))),
  directive('shutdown-timeout@7.0.0', { unit: 'seconds' }, int(0, INT_MAX, 10)),
  directive(
    'shutdown-on-sigint@7.0.0',
    {},
    someOf('default save nosave now force', 'default', { resplit: true, check: 'no-save-with-nosave' }),
  ),
  directive(
    'shutdown-on-sigterm@7.0.0',
    {},
    someOf('default save nosave now force', 'default', { resplit: true, check: 'no-save-with-nosave' }),
  ),
];
