/** Directives that do not fit each other, cluster or not. */

import { isIPv4 } from '../../extension/redis/config/value.ts';
import type { Code, Finding, Rule, Severity } from '../finding.ts';
import type { Translate } from '../localize.ts';
import { type ConfDocument, spanOf } from '../parser.ts';

export const checkServer: Rule = (document, translate) =>
  [
    softLimits,
    evictionWithoutLimit,
    replicationTimeout,
    defragBounds,
    daemonAndSupervisor,
    lostLog,
    overriddenPassword,
    openToEveryone,
  ].flatMap((check) => check(document, translate) ?? []);

type Check = (document: ConfDocument, t: Translate) => Finding | undefined;

/** Shown at the line of the first of `names` that the file sets. */
function at(
  { settings }: ConfDocument,
  names: readonly string[],
  code: Code,
  severity: Severity,
  message: string,
): Finding | undefined {
  const entries = names.flatMap((name) => settings.entry(name) ?? []);
  const [first, ...others] = entries;
  if (first === undefined) return undefined;
  const related = others.map((entry) => ({ at: spanOf(entry), message: entry.line.text.trim() }));
  return { code, severity, at: spanOf(first), message, ...(related.length > 0 && { related }) };
}

const softLimits: Check = (document, t) => {
  const crossed = document.settings.bufferLimits().find(({ hard, soft }) => hard > 0n && soft > hard);
  if (crossed === undefined) return undefined;
  const message = t('The soft limit of {0} is above its hard limit and never reached.', crossed.client);
  return at(document, ['client-output-buffer-limit'], 'soft-limit-above-hard', 'warning', message);
};

const evictionWithoutLimit: Check = (document, t) => {
  const policy = document.settings.text('maxmemory-policy');
  if (policy === 'noeviction' || document.settings.number('maxmemory') !== 0) return undefined;
  if (document.hasUnreadParts) return undefined;
  const message = t('{0} evicts nothing while maxmemory is 0, that is without a limit.', policy);
  return at(document, ['maxmemory-policy'], 'eviction-without-limit', 'information', message);
};

const replicationTimeout: Check = (document, t) => {
  const { settings } = document;
  if (settings.number('repl-timeout') > settings.number('repl-ping-replica-period')) return undefined;
  const message = t('repl-timeout must be above repl-ping-replica-period: links break between two pings.');
  return at(
    document,
    ['repl-timeout', 'repl-ping-replica-period'],
    'repl-timeout-too-short',
    'warning',
    message,
  );
};

const defragBounds: Check = (document, t) => {
  const { settings } = document;
  for (const [low, high] of [
    ['active-defrag-cycle-min', 'active-defrag-cycle-max'],
    ['active-defrag-threshold-lower', 'active-defrag-threshold-upper'],
  ] as const) {
    if (settings.number(low) <= settings.number(high)) continue;
    return at(document, [low, high], 'defrag-bounds-crossed', 'warning', t('{0} is above {1}.', low, high));
  }
  return undefined;
};

const daemonAndSupervisor: Check = (document, t) => {
  const supervisor = document.settings.text('supervised');
  if (!document.settings.isOn('daemonize') || !['systemd', 'upstart'].includes(supervisor)) return undefined;
  const message = t('A server that goes into the background loses {0}: use daemonize no.', supervisor);
  return at(document, ['daemonize', 'supervised'], 'daemonize-with-supervised', 'warning', message);
};

const lostLog: Check = (document, t) => {
  const { settings } = document;
  if (!settings.isOn('daemonize') || settings.text('logfile') !== '' || settings.isOn('syslog-enabled'))
    return undefined;
  // Only a file that says so, not one that says nothing.
  const message = t('A server in the background has no standard output: its log is lost.');
  return at(
    document,
    ['logfile', 'daemonize'].slice(settings.has('logfile') ? 0 : 2),
    'log-lost',
    'warning',
    message,
  );
};

const overriddenPassword: Check = (document, t) => {
  const { settings } = document;
  const byUser = settings.all('user').some((entry) => entry.words[1]?.text === 'default');
  const byFile = settings.text('aclfile') !== '';
  if (settings.text('requirepass') === '' || (!byUser && !byFile)) return undefined;
  const message = byFile
    ? t('requirepass may have no effect: the ACL file defines the users.')
    : t('requirepass has no effect: the line “user default” resets that user.');
  return at(document, ['requirepass'], 'requirepass-overridden', 'warning', message);
};

export function isLoopback(address: string): boolean {
  const plain = address.replace(/^-/, '');
  return (isIPv4(plain) && plain.startsWith('127.')) || plain === '::1' || plain === 'localhost';
}

/** Only an explicit bind tells what somebody wants. */
const openToEveryone: Check = (document, t) => {
  const { settings } = document;
  const addresses = settings.has('bind') ? settings.bindAddresses() : [];
  // What is no address is refused elsewhere.
  const plausible = addresses.every((address) => /^[\w.:*%-]+$/.test(address));
  const remote = plausible && addresses.some((address) => !isLoopback(address));
  const secured =
    ['requirepass', 'aclfile'].some((name) => settings.text(name) !== '') || settings.has('user');
  if (!remote || secured || document.hasUnreadParts) return undefined;
  if (settings.isOn('protected-mode')) {
    const message = t('Clients of other hosts are refused: protected-mode is on and there is no password.');
    return at(document, ['bind', 'protected-mode'], 'remote-clients-refused', 'warning', message);
  }
  const message = t(
    'Everybody who reaches this address may do everything: no password, and protected-mode is off.',
  );
  return at(document, ['protected-mode', 'bind'], 'open-to-everyone', 'warning', message);
};
