/**
 * Files that load, and after which the server exits all the same: what follows from the text alone, in the
 * order the server finds it.
 */

import { readAclText } from './acl-file-text.ts';
import { type AclOptions, hasBlanks } from './acl-selector.ts';
import { isAtLeast, type Target } from './directive.ts';
import { byteLength, type Encoding } from './encoded-text.ts';
import { canonicalAddress, collide, findFault } from './listen-address.ts';
import { type ConfEntry, type ConfOptions, isModuleSetting, type ParsedConf } from './parse-conf.ts';
import { BUS_PORT_OFFSET, MAX_PORT_WITH_BUS, PORT_TOO_HIGH } from './ports.ts';
import { Settings } from './settings.ts';
import { namesCipher, namesCipherSuite } from './tls-ciphers.ts';
import {
  BLANK_IN_USER_NAME,
  checkUserRules,
  ruleFailure,
  USERS_NOT_LOADED,
  USERS_TWICE,
} from './user-rules.ts';

export type StartupRefusal =
  | 'port-in-use'
  | 'bus-port-in-use'
  | 'bus-port-too-high'
  | 'bus-needs-bind'
  | 'nothing-to-listen-on'
  | 'duplicate-bind-address'
  | 'malformed-bind-address'
  | 'socket-path-too-long'
  | 'file-name-too-long'
  | 'directory-for-file'
  | 'file-used-twice'
  | 'tls-certificate-missing'
  | 'tls-ca-missing'
  | 'unknown-tls-protocol'
  | 'unknown-tls-cipher'
  | 'malformed-locale'
  | 'nodes-file-unusable'
  | 'aclfile-with-users'
  | 'acl-file-refused'
  | 'blank-in-user-name'
  | 'unknown-acl-command'
  | 'invalid-user-rule'
  | 'module-not-loaded'
  | 'module-not-found';

export interface StartupFailure {
  readonly refusal: StartupRefusal;
  /** The lines of the server's log. */
  readonly log: readonly string[];
  /** The lines at fault, the chief one first; empty when something is missing from the file. */
  readonly at: readonly ConfEntry[];
  /** The word of the chief line, counted from 0 behind the directive. */
  readonly word?: number;
}

export interface StartupOptions
  extends Pick<ConfOptions, 'encoding' | 'hasModule' | 'readAclFile' | 'isItself'>,
    Omit<AclOptions, 'allChannels'> {
  readonly target: Target;
}

/** sun_path has 108 bytes, the closing NUL included. */
const MAX_SOCKET_PATH = 107;

/** NAME_MAX of every file system in use, in bytes. */
export const MAX_FILE_NAME = 255;
/** The longest name that the server puts together around appendfilename: `temp-NAME.manifest`. */
const MAX_APPEND_FILE_NAME = MAX_FILE_NAME - 'temp-.manifest'.length;
/** The node's file is written beside, as NAME.tmp-PID-MILLISECONDS; a process has a number of one digit at least. */
const MAX_NODES_FILE_NAME = MAX_FILE_NAME - '.tmp-1-1700000000000'.length;
export const FILE_NAME_TOO_LONG = 'File name too long';

/** The last part of a path is longer than a file system keeps. */
export function isNameTooLong(path: string, most: number, encoding: Encoding | undefined): boolean {
  return path.length * 3 > most && path.split('/').some((part) => byteLength(part, encoding) > most);
}

function checkName(
  settings: Settings,
  encoding: Encoding | undefined,
  name: string,
  most: number,
  log: (text: string) => readonly string[],
): StartupFailure[] {
  const text = settings.text(name);
  if (!isNameTooLong(text, most, encoding)) return [];
  return [failure('file-name-too-long', log(text), [settings.entry(name)], 0)];
}

function checkAclFileName(settings: Settings, encoding: Encoding | undefined): StartupFailure[] {
  return checkName(settings, encoding, 'aclfile', MAX_FILE_NAME, (text) => [
    `Aborting Redis startup because of ACL errors: Error loading ACLs, opening file '${text}': ${FILE_NAME_TOO_LONG}`,
  ]);
}

/** Names of files that are opened while the data are loaded. */
function checkDataNames(settings: Settings, encoding: Encoding | undefined): StartupFailure[] {
  const found: StartupFailure[] = [];
  const check = (name: string, most: number, log: (text: string) => readonly string[]): void => {
    found.push(...checkName(settings, encoding, name, most, log));
  };
  const modern = isAtLeast(settings.target, '7.0');
  if (!settings.isOn('appendonly')) {
    check('dbfilename', MAX_FILE_NAME, (text) => [
      ...(isAtLeast(settings.target, '7.2')
        ? [`Fatal error: can't open the RDB file ${text} for reading: ${FILE_NAME_TOO_LONG}`]
        : []),
      snapshotNotLoaded(settings.target, FILE_NAME_TOO_LONG),
    ]);
    if (/^\.{1,2}$/.test(settings.text('dbfilename'))) {
      const log = ['Short read or OOM loading DB. Unrecoverable error, aborting now.'];
      found.push(failure('directory-for-file', log, [settings.entry('dbfilename')], 0));
    }
    return found;
  }
  if (modern) {
    check('appenddirname', MAX_FILE_NAME, (text) => [
      `Can't open or create append-only dir ${text}: ${FILE_NAME_TOO_LONG}`,
    ]);
  }
  check('appendfilename', modern ? MAX_APPEND_FILE_NAME : MAX_FILE_NAME, (text) => [
    byteLength(text, encoding) > MAX_FILE_NAME - '.1.base.rdb'.length
      ? `Error moving temp append only file on the final destination: ${FILE_NAME_TOO_LONG}`
      : `Can't open the AOF manifest file temp-${text}.manifest: ${FILE_NAME_TOO_LONG}`,
  ]);
  return found;
}

function snapshotNotLoaded(target: Target, reason: string): string {
  const why = isAtLeast(target, '7.2') ? ', check server logs' : `: ${reason}`;
  return `Fatal error loading the DB${why}. Exiting.`;
}

/** The node's own file stands where another one is looked for: it was written a moment before. */
function checkNodesFile(settings: Settings): StartupFailure[] {
  if (!settings.isOn('cluster-enabled')) return [];
  const file = settings.text('cluster-config-file');
  const taken = (name: string, ...log: string[]): StartupFailure[] => {
    if (settings.text(name) !== file) return [];
    const at = [settings.entry(name) ?? settings.entry('cluster-config-file')];
    return [failure('file-used-twice', log, at, 0)];
  };
  if (!settings.isOn('appendonly')) {
    const refused = snapshotNotLoaded(settings.target, 'Invalid argument');
    return taken('dbfilename', 'Wrong signature trying to load DB from file', refused);
  }
  if (!isAtLeast(settings.target, '7.0')) return [];
  return taken('appenddirname', `Can't open or create append-only dir ${file}: Not a directory`);
}

export function findStartupFailures(
  conf: ParsedConf,
  options: StartupOptions,
  settings = new Settings(conf, options.target),
): StartupFailure[] {
  const { encoding } = options;
  const listeners = [...checkTls(settings), ...checkListeners(settings, encoding)];
  const bus = checkBus(settings, options);
  const others = [
    ...checkModules(conf, options),
    ...checkUsers(settings, options),
    ...checkAclFile(settings, options),
    ...checkAclFileName(settings, encoding),
  ];
  const data = [...checkDataNames(settings, encoding), ...checkNodesFile(settings)];
  const busListener = checkBusListener(settings);
  // Before 7.2 a server listened first.
  return isAtLeast(options.target, '7.2')
    ? [...checkLocale(settings), ...bus, ...others, ...listeners, ...busListener, ...data]
    : [...listeners, ...bus, ...busListener, ...others, ...data];
}

/** The port other nodes talk to: cluster-port, or 10000 above the port clients of the bus' kind use. */
export function busPort(settings: Settings): number {
  return settings.number('cluster-port') || basePort(settings) + BUS_PORT_OFFSET;
}

function basePort(settings: Settings): number {
  return settings.number(settings.isOn('tls-cluster') ? 'tls-port' : 'port');
}

function failure(
  refusal: StartupRefusal,
  log: readonly string[],
  at: readonly (ConfEntry | undefined)[],
  word?: number,
): StartupFailure {
  const entries = at.filter((entry) => entry !== undefined);
  return word === undefined ? { refusal, log, at: entries } : { refusal, log, at: entries, word };
}

function checkModules(conf: ParsedConf, { hasModule }: StartupOptions): StartupFailure[] {
  const loading = conf.entries.filter(({ directive }) => directive?.name === 'loadmodule');
  if (loading.length > 0) {
    const missing = loading.filter(({ words }) => hasModule?.(words[1]?.text ?? '') === false);
    return missing.map((entry) => {
      const path = entry.words[1]?.text ?? '';
      const log = [`Can't load module from ${path}: server aborting`];
      return failure('module-not-found', log, [entry], 0);
    });
  }
  const foreign = conf.entries.filter(
    ({ directive, name, words }) => directive === undefined && isModuleSetting(name) && words.length > 1,
  );
  const log = ['Module Configuration detected without loadmodule directive or no ApplyConfig call: aborting'];
  return foreign.map((entry) => failure('module-not-loaded', log, [entry]));
}

function checkBus(settings: Settings, { encoding, isItself }: StartupOptions): StartupFailure[] {
  if (!settings.isOn('cluster-enabled')) return [];
  const found: StartupFailure[] = [];
  const file = settings.text('cluster-config-file');
  const tooLong = isNameTooLong(file, MAX_FILE_NAME, encoding) ? FILE_NAME_TOO_LONG : undefined;
  const unusable = file === '' ? 'No such file or directory' : isDirectory(file) ? 'Is a directory' : tooLong;
  if (unusable !== undefined) {
    const log = [`Can't open ${file} in order to acquire a lock: ${unusable}`];
    found.push(failure('nodes-file-unusable', log, [settings.entry('cluster-config-file')], 0));
  } else if (isAtLeast(settings.target, '7.2') && isNameTooLong(file, MAX_NODES_FILE_NAME, encoding)) {
    const log = [`Could not open temp cluster config file: ${FILE_NAME_TOO_LONG}`];
    found.push(failure('file-name-too-long', log, [settings.entry('cluster-config-file')], 0));
  } else if (isItself?.(file)) {
    // The first line that is none of such a file is told.
    const log = ['Unrecoverable error: corrupted cluster config file'];
    found.push(failure('nodes-file-unusable', log, [settings.entry('cluster-config-file')], 0));
  }
  const base = settings.entry(settings.isOn('tls-cluster') ? 'tls-port' : 'port');
  if (settings.number('cluster-port') === 0 && basePort(settings) > MAX_PORT_WITH_BUS) {
    const log = [PORT_TOO_HIGH];
    found.push(failure('bus-port-too-high', log, [base, settings.entry('cluster-enabled')], 0));
  }
  if (settings.bindAddresses().length === 0) {
    const log = ['No bind address is configured, but it is required for the Cluster bus.'];
    found.push(failure('bus-needs-bind', log, [settings.entry('bind')]));
  }
  return found;
}

function checkBusListener(settings: Settings): StartupFailure[] {
  if (!settings.isOn('cluster-enabled')) return [];
  const base = settings.entry(settings.isOn('tls-cluster') ? 'tls-port' : 'port');
  const taken = ['port', 'tls-port'].find((name) => settings.number(name) === busPort(settings));
  if (taken === undefined) return [];
  const log = inUse(settings, busPort(settings), 'cluster');
  const at = [settings.entry('cluster-port') ?? base, settings.entry(taken)];
  return [failure('bus-port-in-use', log, at, 0)];
}

/** Which locales exist is the machine's affair, but this is how their names look: `C`, `de_DE.UTF-8`, `sr_RS@latin`. */
function checkLocale(settings: Settings): StartupFailure[] {
  const name = settings.text('locale-collate');
  // A bare `no` may be Norwegian; who writes it here means something else.
  const looksRight = /^(?:|C|POSIX|(?:C|[a-z]{2,3}(?:_[A-Z]{2})?)(?:\.[\w-]+)?(?:@\w+)?)$/.test(name);
  if (looksRight && !/^(?:yes|no)$/.test(name)) return [];
  const log = ['Failed to configure LOCALE for invalid locale name.'];
  return [failure('malformed-locale', log, [settings.entry('locale-collate')], 0)];
}

/** A path that can only be a folder. */
export function isDirectory(path: string): boolean {
  return /(?:^|\/)\.{0,2}$/.test(path);
}

/** Since 7.2 by the name of the connection type. */
function transport(target: Target, kind: 'TCP' | 'TLS' | 'cluster'): string {
  return isAtLeast(target, '7.2') ? kind.toLowerCase() : kind;
}

function inUse(settings: Settings, port: number, kind: 'TCP' | 'TLS' | 'cluster'): string[] {
  const [first = '*'] = settings.bindAddresses();
  return [
    `Warning: Could not create server TCP listening socket ${first.replace(/^-/, '')}:${port}: bind: Address already in use`,
    `Failed listening on port ${port} (${transport(settings.target, kind)}), aborting.`,
  ];
}

function checkUsers(settings: Settings, options: StartupOptions): StartupFailure[] {
  const users = settings.all('user');
  const file = settings.entry('aclfile');
  if (users.length > 0 && settings.text('aclfile') !== '') {
    return [failure('aclfile-with-users', [USERS_TWICE], [file, ...users])];
  }
  const found: StartupFailure[] = [];
  const allChannels = settings.text('acl-pubsub-default') === 'allchannels';
  for (const entry of users) {
    const [, name = '', ...rules] = entry.words.map(({ text }) => text);
    if (hasBlanks(name)) {
      found.push(failure('blank-in-user-name', [BLANK_IN_USER_NAME, USERS_NOT_LOADED], [entry], 0));
    }
    // What passed line by line may fail now: a later line may have changed the default.
    const error = checkUserRules(rules, { ...options, allChannels });
    if (error === undefined) continue;
    const log = [ruleFailure(error.text, name, error.message), USERS_NOT_LOADED];
    found.push(
      failure(error.late ? 'unknown-acl-command' : 'invalid-user-rule', log, [entry], error.rule + 1),
    );
  }
  return found;
}

/** What stands in it is read when all else is settled. With `user` lines the server does not get that far. */
function checkAclFile(settings: Settings, options: StartupOptions): StartupFailure[] {
  const path = settings.text('aclfile');
  if (path === '' || settings.all('user').length > 0) return [];
  const text = options.readAclFile?.(path);
  if (text === undefined) return [];
  const allChannels = settings.text('acl-pubsub-default') === 'allchannels';
  const read = readAclText(text, path, { ...options, allChannels });
  if (typeof read !== 'string') return [];
  const log = [`Aborting Redis startup because of ACL errors: ${read}`];
  return [failure('acl-file-refused', log, [settings.entry('aclfile')], 0)];
}

/** Of the ciphers that a list names there must be one. */
function checkCiphers(settings: Settings, end: string): StartupFailure[] {
  const found: StartupFailure[] = [];
  const lists = [
    { name: 'tls-ciphers', what: 'ciphers', names: namesCipher },
    { name: 'tls-ciphersuites', what: 'ciphersuites', names: namesCipherSuite },
  ];
  for (const { name, what, names } of lists) {
    const list = settings.text(name);
    if (list === '' || names(list)) continue;
    const log = [`Failed to configure ${what}: ${list}`, end];
    found.push(failure('unknown-tls-cipher', log, [settings.entry(name)], 0));
  }
  return found;
}

const TLS_VERSIONS = new Set(['tlsv1', 'tlsv1.1', 'tlsv1.2', 'tlsv1.3']);

function checkTls(settings: Settings): StartupFailure[] {
  const between = settings.isOn('tls-cluster') || settings.isOn('tls-replication');
  if (!between && settings.number('tls-port') === 0) return [];
  const asked = ['tls-port', 'tls-cluster', 'tls-replication'].map((name) => settings.entry(name));
  const end = 'Failed to configure TLS. Check logs for more info.';
  const missing = ['tls-cert-file', 'tls-key-file'].find((name) => settings.text(name) === '');
  if (missing !== undefined) {
    return [failure('tls-certificate-missing', [`No ${missing} configured!`, end], asked)];
  }
  const found: StartupFailure[] = [];
  const authorities = settings.text('tls-ca-cert-file') + settings.text('tls-ca-cert-dir');
  if (authorities === '' && (between || settings.text('tls-auth-clients') !== 'no')) {
    const log = [
      'Either tls-ca-cert-file or tls-ca-cert-dir must be specified when tls-cluster, tls-replication or tls-auth-clients are enabled!',
      end,
    ];
    found.push(failure('tls-ca-missing', log, asked));
  }
  const protocols = settings.text('tls-protocols');
  const unknown = protocols.split(' ').find((word) => !TLS_VERSIONS.has(word.toLowerCase()));
  if (protocols !== '' && unknown !== undefined) {
    const log = [
      "Invalid tls-protocols specified. Use a combination of 'TLSv1', 'TLSv1.1', 'TLSv1.2' and 'TLSv1.3'.",
      end,
    ];
    found.push(failure('unknown-tls-protocol', log, [settings.entry('tls-protocols')], 0));
  }
  return [...found, ...checkCiphers(settings, end)];
}

function checkListeners(settings: Settings, encoding: Encoding | undefined): StartupFailure[] {
  const port = settings.number('port');
  const tlsPort = settings.number('tls-port');
  const socket = settings.text('unixsocket');
  const bind = settings.entry('bind');
  const addresses = settings.bindAddresses();
  const found: StartupFailure[] = [];
  if ((port === 0 && tlsPort === 0) || addresses.length === 0) {
    if (socket !== '') return checkSocketPath(settings, byteLength(socket, encoding));
    const at = addresses.length === 0 ? [bind] : [settings.entry('port'), settings.entry('tls-port')];
    return [failure('nothing-to-listen-on', ['Configured to not listen anywhere, exiting.'], at)];
  }
  if (port !== 0 && port === tlsPort) {
    found.push(
      failure(
        'port-in-use',
        inUse(settings, port, 'TLS'),
        [settings.entry('tls-port'), settings.entry('port')],
        0,
      ),
    );
  }
  found.push(...checkAddresses(addresses, bind, port || tlsPort, settings.target));
  return [...found, ...checkSocketPath(settings, byteLength(socket, encoding))];
}

function checkSocketPath(settings: Settings, bytes: number): StartupFailure[] {
  const at = [settings.entry('unixsocket')];
  if (bytes > MAX_SOCKET_PATH) {
    const log = [`Failed opening Unix socket: unix socket path too long (${bytes}), must be under 108`];
    return [failure('socket-path-too-long', log, at, 0)];
  }
  if (bytes === 0 || !isDirectory(settings.text('unixsocket'))) return [];
  return [failure('directory-for-file', ['Failed opening Unix socket: bind: Address already in use'], at, 0)];
}

function checkAddresses(
  addresses: readonly string[],
  bind: ConfEntry | undefined,
  port: number,
  target: Target,
): StartupFailure[] {
  const seen: string[] = [];
  for (const [word, written] of addresses.entries()) {
    const address = written.replace(/^-/, '');
    const warn = (reason: string): string[] => [
      `Warning: Could not create server TCP listening socket ${address}:${port}: ${reason}`,
      `Failed listening on port ${port} (${transport(target, 'TCP')}), aborting.`,
    ];
    const reason = findFault(address);
    if (reason !== undefined) return [failure('malformed-bind-address', warn(reason), [bind], word)];
    const known = canonicalAddress(address);
    if (seen.some((other) => collide(other, known))) {
      return [failure('duplicate-bind-address', warn('bind: Address already in use'), [bind], word)];
    }
    seen.push(known);
  }
  return [];
}
