/** Files that load, and after which the server exits. */

import type { ConfEntry } from '../../extension/redis/config/parse-conf.ts';
import { findStartupFailures, type StartupFailure } from '../../extension/redis/config/startup.ts';
import { moveComment } from '../comment-fix.ts';
import type { Finding, Fix, Rule } from '../finding.ts';
import type { Translate } from '../localize.ts';
import { type ConfDocument, spanOf, topOf } from '../parser.ts';
import { clip } from '../value-text.ts';

export const checkStartup: Rule = (document, translate) => {
  // The server does not get this far with a file it refuses.
  if (document.conf.problems.length > 0) return [];
  const { options } = document;
  const failures = findStartupFailures(document.conf, options, document.settings);
  return failures
    .filter((failure) => !(document.hasUnreadParts && MISSING.has(failure.refusal)))
    .map((failure) => describe(document, failure, translate));
};

/** What an include that cannot be read may supply. */
const MISSING: ReadonlySet<string> = new Set([
  'module-not-loaded',
  'tls-certificate-missing',
  'tls-ca-missing',
  'nothing-to-listen-on',
]);

function describe(document: ConfDocument, failure: StartupFailure, t: Translate): Finding {
  const [chief, ...others] = failure.at;
  const word = clip(chief?.words[1 + (failure.word ?? 0)]?.text ?? '');
  const trailing = failure.word !== undefined && chief?.words[1 + failure.word]?.raw.startsWith('#');
  const related = others.map((entry) => ({ at: spanOf(entry), message: entry.line.text.trim() }));
  return {
    code: trailing ? 'trailing-comment' : failure.refusal,
    severity: 'error',
    at: chief ? spanOf(chief, failure.word) : topOf(document),
    message: trailing
      ? t('There are no comments behind a directive: the server takes “#” and what follows for arguments.')
      : messageOf(failure, word, t),
    ...(related.length > 0 && { related }),
    ...(chief && !chief.source && fixesOf(failure, chief, trailing === true, t)),
  };
}

function fixesOf(
  { refusal, word = 0 }: StartupFailure,
  chief: ConfEntry,
  trailing: boolean,
  t: Translate,
): { fixes?: Fix[] } {
  if (trailing) return { fixes: [moveComment(chief, word, t)] };
  const written = chief.words[word + 1]?.text ?? '';
  const apart = written.split(/[,;]+/).filter((part) => part !== '');
  if (refusal !== 'malformed-bind-address' || apart.join('') === written) return {};
  const text = apart.join(' ');
  return {
    fixes: [
      {
        title: t('Change to “{0}”', clip(text)),
        edits: [{ at: spanOf(chief, word), text }],
        preferred: true,
      },
    ],
  };
}

function messageOf(failure: StartupFailure, word: string, t: Translate): string {
  switch (failure.refusal) {
    case 'port-in-use':
      return t('port and tls-port are the same: the server exits, the address is in use.');
    case 'bus-port-in-use':
      return t('The bus port is a client port of the same node: the server exits, the address is in use.');
    case 'bus-port-too-high':
      return t('The bus port would be above 65535: use a port up to 55535, or set cluster-port.');
    case 'bus-needs-bind':
      return t('Cluster mode needs an address to listen on.');
    case 'nothing-to-listen-on':
      return t('The server exits: it has no port, no address and no socket to listen on.');
    case 'duplicate-bind-address':
      return t('“{0}” is already covered: the server exits, the address is in use.', word);
    case 'malformed-bind-address':
      return t('“{0}” is neither an address nor a host name: the server exits.', word);
    case 'socket-path-too-long':
      return t('The path of a Unix socket has at most 107 bytes.');
    case 'file-name-too-long':
      return t('File systems keep names of up to 255 bytes, with what the server adds: it exits.');
    case 'directory-for-file':
      return t('“{0}” is a directory, and the server wants a file there: it exits.', word);
    case 'file-used-twice':
      return t('“{0}” is the file of the node as well (cluster-config-file): the server exits.', word);
    case 'tls-certificate-missing':
      return t('TLS needs tls-cert-file and tls-key-file.');
    case 'tls-ca-missing':
      return t(
        'TLS needs tls-ca-cert-file or tls-ca-cert-dir, unless tls-auth-clients is no and neither cluster nor replication use TLS.',
      );
    case 'unknown-tls-protocol':
      return t(
        'tls-protocols takes TLSv1, TLSv1.1, TLSv1.2 and TLSv1.3, in one quoted word with single blanks.',
      );
    case 'unknown-tls-cipher':
      return t('“{0}” names no cipher that TLS knows: the server exits.', word);
    case 'malformed-locale':
      return t('“{0}” is not the name of a locale: the server exits.', word);
    case 'nodes-file-unusable':
      return t('“{0}” cannot be the file of the node: it needs the name of a file of its own.', word);
    case 'aclfile-with-users':
      return t('aclfile and user lines exclude each other.');
    case 'acl-file-refused':
      return t('The server exits, for it does not take the ACL file: {0}', aclErrors(failure));
    case 'blank-in-user-name':
      return t('A user name must not contain blanks.');
    case 'unknown-acl-command':
      return t('The rule “{0}” names a command or category that does not exist: the server exits.', word);
    case 'invalid-user-rule':
      return t('A rule of this user is refused when the server starts: {0}', failure.log[0] ?? '');
    case 'module-not-found':
      return t('There is no module “{0}”: the server exits.', word);
    case 'module-not-loaded':
      return t('A name with a dot is a setting of a module, and no module is loaded: the server exits.');
  }
}

/** Of many errors in a file the first ones are enough, in characters. */
const MOST_OF_ERRORS = 300;

/** Without what stands around the errors in the log. */
function aclErrors({ log: [line = ''] }: StartupFailure): string {
  const errors = line.slice(line.indexOf(': ') + 2).replace(/\s*WARNING: ACL errors detected.*$/, '');
  return errors.length <= MOST_OF_ERRORS ? errors : `${errors.slice(0, MOST_OF_ERRORS)}…`;
}
