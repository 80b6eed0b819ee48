/** redis.conf: SECURITY. */
import {
  type Directive,
  directive,
  from,
  integer,
  LONG_MAX,
  oneOf,
  optional,
  RESTART,
  special,
  text,
} from '../directive.ts';

export const security: readonly Directive[] = [
  directive(
    'user@6.0.0',
    { kind: 'acl-rules', accumulates: true },
    special(undefined, [1, Infinity], RESTART),
  ),
  directive('acllog-max-len@6.0.0', {}, integer('ulong', 0, LONG_MAX, 128)),
  directive('aclfile@6.0.0', { kind: 'path-file' }, text('', RESTART)),
  directive(
    'requirepass',
    { kind: 'secret' },
    text(undefined, { maxLength: 512 }),
    from('6.2', optional({ sensitive: true })),
  ),
  directive(
    'acl-pubsub-default@6.2.0',
    {},
    oneOf('allchannels resetchannels', 'allchannels'),
    from('7.0', oneOf('allchannels resetchannels', 'resetchannels')),
  ),
  directive(
    'rename-command',
    { kind: 'command-rename', accumulates: true },
    special(undefined, [2, 2], RESTART),
  ),
  directive('tracking-table-max-keys@6.0.0', {}, integer('size_t', 0, LONG_MAX, 1_000_000)),
];
