/**
 * Files that load, and after which the server exits all the same: what follows from the text alone, in the
 * order the server finds it.
 */

import { type AclOptions, hasBlanks } from './acl-selector.ts';
import { isAtLeast, type Target } from './directive.ts';
import { findDirective } from './directives.ts';
import { byteLength, type Encoding } from './encoded-text.ts';
import { type ConfEntry, type ConfOptions, isModuleSetting, type ParsedConf } from './parse-conf.ts';
import { Settings } from './settings.ts';
import {
  BLANK_IN_USER_NAME,
  checkUserRules,
  ruleFailure,
  USERS_NOT_LOADED,
  USERS_TWICE,
} from './user-rules.ts';
import { isIPv4, isIPv6 } from './value.ts';

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
  | 'tls-certificate-missing'
  | 'tls-ca-missing'
  | 'unknown-tls-protocol'
  | 'unknown-tls-cipher'
  | 'malformed-locale'
  | 'nodes-file-unusable'
  | 'aclfile-with-users'
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
  extends Pick<ConfOptions, 'encoding' | 'hasModule'>,
    Omit<AclOptions, 'allChannels'> {
  readonly target: Target;
}

/** A client port above this leaves no room for the bus: 65535 - 10000. */
const MAX_PORT_WITH_BUS = 55535;
const BUS_PORT_OFFSET = 10000;
/** sun_path has 108 bytes, the closing NUL included. */
const MAX_SOCKET_PATH = 107;

/** NAME_MAX of every file system in use, in bytes. */
export const MAX_FILE_NAME = 255;
/** The longest name that the server puts together around appendfilename: `temp-NAME.manifest`. */
const MAX_APPEND_FILE_NAME = MAX_FILE_NAME - 'temp-.manifest'.length;
export const FILE_NAME_TOO_LONG = 'File name too long';

/** The last part of a path is longer than a file system keeps. */
export function isNameTooLong(path: string, most: number, encoding: Encoding | undefined): boolean {
  return path.length * 3 > most && path.split('/').some((part) => byteLength(part, encoding) > most);
}

/** Names of files that are opened while the data are loaded. */
function checkFileNames(settings: Settings, encoding: Encoding | undefined): StartupFailure[] {
  const found: StartupFailure[] = [];
  const check = (name: string, most: number, log: (text: string) => readonly string[]): void => {
    const text = settings.text(name);
    if (isNameTooLong(text, most, encoding))
      found.push(failure('file-name-too-long', log(text), [settings.entry(name)], 0));
  };
  const modern = isAtLeast(settings.target, '7.0');
  check('aclfile', MAX_FILE_NAME, (text) => [
    `Aborting Redis startup because of ACL errors: Error loading ACLs, opening file '${text}': ${FILE_NAME_TOO_LONG}`,
  ]);
  if (!settings.isOn('appendonly')) {
    check('dbfilename', MAX_FILE_NAME, (text) =>
      isAtLeast(settings.target, '7.2')
        ? [
            `Fatal error: can't open the RDB file ${text} for reading: ${FILE_NAME_TOO_LONG}`,
            'Fatal error loading the DB, check server logs. Exiting.',
          ]
        : [`Fatal error loading the DB: ${FILE_NAME_TOO_LONG}. Exiting.`],
    );
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

export function findStartupFailures(
  conf: ParsedConf,
  options: StartupOptions,
  settings = new Settings(conf, options.target),
): StartupFailure[] {
  const { encoding } = options;
  const listeners = [...checkTls(settings), ...checkListeners(settings, encoding)];
  const bus = checkBus(settings, encoding);
  const others = [
    ...checkModules(conf, options),
    ...checkUsers(settings, options),
    ...checkFileNames(settings, encoding),
  ];
  const busListener = checkBusListener(settings);
  // Before 7.2 a server listened first.
  return isAtLeast(options.target, '7.2')
    ? [...checkLocale(settings), ...bus, ...others, ...listeners, ...busListener]
    : [...listeners, ...bus, ...busListener, ...others];
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

function checkBus(settings: Settings, encoding: Encoding | undefined): StartupFailure[] {
  if (!settings.isOn('cluster-enabled')) return [];
  const found: StartupFailure[] = [];
  const file = settings.text('cluster-config-file');
  const tooLong = isNameTooLong(file, MAX_FILE_NAME, encoding) ? FILE_NAME_TOO_LONG : undefined;
  const unusable = file === '' ? 'No such file or directory' : isDirectory(file) ? 'Is a directory' : tooLong;
  if (unusable !== undefined) {
    const log = [`Can't open ${file} in order to acquire a lock: ${unusable}`];
    found.push(failure('nodes-file-unusable', log, [settings.entry('cluster-config-file')], 0));
  }
  const base = settings.entry(settings.isOn('tls-cluster') ? 'tls-port' : 'port');
  if (settings.number('cluster-port') === 0 && basePort(settings) > MAX_PORT_WITH_BUS) {
    const log = [
      'Redis port number too high. Cluster communication port is 10,000 port numbers higher than your Redis port. Your Redis port number must be 55535 or less.',
    ];
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

/** Of a cipher list at least one word must name something: OpenSSL passes over the words it does not know. */
function checkCiphers(settings: Settings, end: string): StartupFailure[] {
  const found: StartupFailure[] = [];
  for (const { name, what, known } of CIPHER_LISTS) {
    const list = settings.text(name);
    const words = list.split(/[:;, ]/).filter((word) => word !== '');
    if (list === '' || words.some((word) => known.test(word))) continue;
    const log = [`Failed to configure ${what}: ${list}`, end];
    found.push(failure('unknown-tls-cipher', log, [settings.entry(name)], 0));
  }
  return found;
}

/** Ciphers of TLS 1.2 go by keys, algorithms and strengths in many combinations; those of 1.3 are five. */
const CIPHER_LISTS = [
  {
    name: 'tls-ciphers',
    what: 'ciphers',
    known:
      /^\+?(?:ALL|DEFAULT|COMPLEMENTOFALL|COMPLEMENTOFDEFAULT|HIGH|MEDIUM|LOW|PSK|SUITE\w+|PROFILE=\w+|@\w+(?:=\d)?|TLSv1(?:\.[02])?|SSLv3|[ak]?(?:RSA|DHE?|EDH|ECDHE?|EECDH|ECDSA|PSK|SRP|GOST\w*)|AES\w*|CHACHA20|CAMELLIA\w*|ARIA\w*|SHA\d*|MD5|[A-Za-z0-9]*(?:AES|CHACHA20|RSA|ECDHE|DHE|AESGCM|CAMELLIA|ARIA)[A-Za-z0-9+-]*)(?:[+-][A-Za-z0-9+-]+)?$/,
  },
  {
    name: 'tls-ciphersuites',
    what: 'ciphersuites',
    known:
      /^TLS_(?:AES_128_GCM_SHA256|AES_256_GCM_SHA384|CHACHA20_POLY1305_SHA256|AES_128_CCM(?:_8)?_SHA256)$/,
  },
] as const;

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
  if (bytes <= MAX_SOCKET_PATH) return [];
  const log = [`Failed opening Unix socket: unix socket path too long (${bytes}), must be under 108`];
  return [failure('socket-path-too-long', log, [settings.entry('unixsocket')], 0)];
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
    if (!mayResolve(address)) {
      return [failure('malformed-bind-address', warn('Name or service not known'), [bind], word)];
    }
    if (isLinkLocal(address) || isMapped(address)) {
      return [failure('malformed-bind-address', warn('bind: Invalid argument'), [bind], word)];
    }
    const known = canonicalAddress(address);
    if (seen.some((other) => collide(other, known))) {
      return [failure('duplicate-bind-address', warn('bind: Address already in use'), [bind], word)];
    }
    seen.push(known);
  }
  return [];
}

/** Names may resolve, but not with characters no name has, and four numbers are an address or nothing. */
function mayResolve(address: string): boolean {
  if (address === '*' || address === '::*') return true;
  if (address.includes(':'))
    return /^[^%]*(?:%[^%]+)?$/.test(address) && isIPv6(address.split('%', 1)[0] ?? '');
  if (isInetAddress(address)) return true;
  const last = address.slice(address.lastIndexOf('.') + 1);
  // A line that lost its end brought these along; and no name ends in a number.
  if (/^(?:yes|no|\d+)$/i.test(last) || findDirective(last)) return false;
  return /^[A-Za-z0-9_.-]+$/.test(address);
}

/** fe80::/10: it says nothing without the interface it is meant on (`fe80::1%eth0`). */
function isLinkLocal(address: string): boolean {
  return /^fe[89ab][0-9a-f]:/i.test(address) && !address.includes('%');
}

/** ::ffff:0:0/96: the other family's address in this one's dress cannot be listened on. */
function isMapped(address: string): boolean {
  return address.includes(':') && canonicalAddress(address).startsWith('0:0:0:0:0:ffff:');
}

/** inet_aton: up to four numbers, decimal, octal (0…) or hexadecimal (0x…); the last one fills what is left of 32 bits. */
function isInetAddress(address: string): boolean {
  const parts = address.split('.');
  if (parts.length > 4 || !parts.every((part) => /^(?:0x[0-9a-f]+|0[0-7]*|[1-9][0-9]*)$/i.test(part)))
    return false;
  const numbers = inetNumbers(address);
  const most = 256 ** (5 - parts.length);
  return numbers.slice(0, -1).every((number) => number < 256) && (numbers.at(-1) ?? most) < most;
}

function inetNumbers(address: string): number[] {
  return address.split('.').map((part) => Number(/^0[0-7]/.test(part) ? `0o${part.slice(1)}` : part));
}

const ALL_IPV4 = '0.0.0.0';
const ALL_IPV6 = '0:0:0:0:0:0:0:0';

/** The same text for the same address. */
function canonicalAddress(address: string): string {
  if (address === '*') return ALL_IPV4;
  if (address === '::*') return ALL_IPV6;
  if (!address.includes(':')) return isInetAddress(address) ? dotted(address) : address.toLowerCase();
  // The last two groups may be written as an IPv4 address.
  const hex = address.replace(/[^:]*\..*$/, (tail) => {
    const [a = 0, b = 0, c = 0, d = 0] = tail.split('.').map(Number);
    return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
  });
  const [head = '', tail] = hex.toLowerCase().split('::');
  const groups = (part: string | undefined): string[] => (part ? part.split(':') : []);
  const left = groups(head);
  const right = groups(tail);
  const zeros =
    tail === undefined ? [] : Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0');
  return [...left, ...zeros, ...right].map((group) => group.replace(/^0+(?=.)/, '')).join(':');
}

/** What inet_aton reads, as four decimal numbers. */
function dotted(address: string): string {
  const numbers = inetNumbers(address);
  const last = numbers.pop() ?? 0;
  const rest = Array.from({ length: 4 - numbers.length }, (_, at) => Math.floor(last / 256 ** at) % 256);
  return [...numbers, ...rest.reverse()].join('.');
}

/** Equal, or one of them the wildcard of the other's family. */
function collide(a: string, b: string): boolean {
  if (a === b) return true;
  const pair = [a, b];
  if (pair.includes(ALL_IPV4)) return pair.every(isIPv4);
  return pair.includes(ALL_IPV6) && pair.every((address) => address.includes(':'));
}
