/** redis.conf: SNAPSHOTTING. */
import { bool, type Directive, directive, from, oneOf, RESTART, special, text } from '../directive.ts';

export const snapshotting: readonly Directive[] = [
  directive(
    'save',
    { kind: 'save-points', accumulates: true },
    special('3600 1 300 100 60 10000', [0, Infinity]),
    from('7.0', special('3600 1 300 100 60 10000', [0, Infinity], { argsMultipleOf: 2, resplit: true })),
  ),
  directive('stop-writes-on-bgsave-error', {}, bool('yes')),
  directive('rdbcompression', {}, bool('yes')),
  directive('rdbchecksum', {}, bool('yes', RESTART)),
  directive('sanitize-dump-payload@6.2.0', {}, oneOf('no yes clients', 'no')),
  directive(
    'dbfilename',
    { kind: 'basename' },
    text('dump.rdb', { check: 'basename' }),
    from('7.0', text('dump.rdb', { protected: true, check: 'basename' })),
    from('valkey-8.0', text('dump.rdb', { protected: true, check: 'basename-nonempty' })),
  ),
  directive('rdb-del-sync-files@6.0.0', {}, bool('no')),
  directive(
    'dir',
    { kind: 'path-dir' },
    special(undefined, [1, 1]),
    from('7.0', special(undefined, [1, 1], { protected: true })),
  ),
  directive('rdb-save-incremental-fsync@5.0.0', {}, bool('yes')),
];
