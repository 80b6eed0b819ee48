/** Directives that a node of ours takes, tells in CONFIG GET, and does nothing with. */
import type { ConfEntry } from '../../redis/config/parse-conf.ts';
import { formatValue } from '../../redis/config/value.ts';

/** By their newest names: what belongs to TLS, to the allocator, to threads and to the kernel, and what Redis only tunes. */
export const WITHOUT_EFFECT: ReadonlySet<string> = new Set([
  'tcp-backlog',
  'tcp-keepalive',
  'socket-mark-id',
  'tls-session-cache-size',
  'syslog-enabled',
  'syslog-ident',
  'syslog-facility',
  'crash-memcheck-enabled',
  'always-show-logo',
  'locale-collate',
  'lua-enable-deprecated-api',
  'repl-disable-tcp-nodelay',
  'propagation-error-behavior',
  'active-expire-effort',
  'replica-lazy-flush',
  'lazyfree-lazy-user-del',
  'activedefrag',
  'active-defrag-ignore-bytes',
  'active-defrag-threshold-lower',
  'active-defrag-threshold-upper',
  'active-defrag-cycle-min',
  'active-defrag-cycle-max',
  'active-defrag-max-scan-fields',
  'jemalloc-bg-thread',
  'io-threads',
  'io-threads-do-reads',
  'disable-thp',
  'server-cpulist',
  'bio-cpulist',
  'aof-rewrite-cpulist',
  'bgsave-cpulist',
  'ignore-warnings',
  'dynamic-hz',
  'shutdown-on-sigint',
  'shutdown-on-sigterm',
  'list-compress-depth',
  'activerehashing',
  'watchdog-period',
  'use-exit-on-panic',
]);

/** The names of those that a file sets to something else than the default. */
export function namesWithoutEffect(entries: readonly ConfEntry[]): string[] {
  const names = entries.flatMap(({ directive, facts, value }) => {
    if (directive === undefined || value === undefined || !WITHOUT_EFFECT.has(directive.name)) return [];
    return formatValue(value) === (facts?.default ?? '') ? [] : [directive.name];
  });
  return [...new Set(names)].sort();
}
