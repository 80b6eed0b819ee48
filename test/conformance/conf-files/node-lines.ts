/** Ports, sockets, TLS, cluster mode and addresses in every combination: lines of which one may undo another. */
import type { SeededRandom } from '../../redis/seeded-random.ts';
import type { Ports } from './generated-file.ts';
import { addresses } from './spellings.ts';

const TLS_FILES = ['tls-cert-file redis.crt', 'tls-key-file redis.key', 'tls-ca-cert-file ca.crt'];

type Line = (ports: Ports, random: SeededRandom) => readonly string[];

const LINES: readonly Line[] = [
  () => ['cluster-enabled yes'],
  () => ['cluster-enabled yes'],
  (_, random) => [`cluster-enabled ${random.pick(['yes', 'no', '"yes"', 'YES'])}`],
  ({ port, tlsPort }, random) => [`port ${random.pick([0, port, tlsPort, 55535, 55536, 65535])}`],
  ({ port, tlsPort }, random) => [`tls-port ${random.pick([0, tlsPort, tlsPort, port, 60000])}`],
  ({ port, tlsPort }, random) => [
    `cluster-port ${random.pick([0, port, tlsPort, port + 10000, port + 360, 65535])}`,
  ],
  (_, random) => TLS_FILES.filter(() => random.below(6) > 0),
  (_, random) => TLS_FILES.filter(() => random.below(6) > 0),
  (_, random) => [`tls-cluster ${random.pick(['yes', 'no'])}`],
  (_, random) => [`tls-replication ${random.pick(['yes', 'no'])}`],
  (_, random) => [`tls-auth-clients ${random.pick(['yes', 'no', 'optional'])}`],
  (_, random) => [`tls-ca-cert-dir ${random.pick(['.', '""'])}`],
  (_, random) => [`tls-protocols ${tlsProtocols(random)}`],
  (_, random) => [`tls-ciphers ${cipherList(random)}`],
  (_, random) => [
    `tls-ciphersuites ${random.pick(['TLS_AES_128_GCM_SHA256', '""', 'TLS_NOPE', 'TLS_AES_256_GCM_SHA384:X'])}`,
  ],
  (_, random) => [
    `tls-ciphersuites "${random.pick(['TLS_AES_128_GCM_SHA256', 'x', ''])}${random.pick([':', ' : ', ' ', ','])}${random.pick(['TLS_CHACHA20_POLY1305_SHA256', 'tls_aes_128_gcm_sha256', ''])}"`,
  ],
  (_, random) => [`bind ${addresses(random)}`],
  (_, random) => [`bind ${random.pick(['127.0.0.1', '127.0.0.1 ::1', '* -::*', '""', '', '0.0.0.0'])}`],
  (_, random) => [`unixsocket ${random.pick(['r.sock', '""', 'r.sock'])}`],
  (_, random) => [`unixsocketperm ${random.pick(['700', '0', '777', '778', '""', '-1'])}`],
  (_, random) => [
    `${random.pick(['replicaof', 'slaveof'])} ${random.pick(['no one', '127.0.0.1 6379', 'NO ONE', 'h 0'])}`,
  ],
  (_, random) => [`cluster-config-file ${random.pick(['nodes.conf', 'nodes.conf', '""', '.', 'n-1.conf'])}`],
  (_, random) => [
    `cluster-announce-hostname ${random.pick(['h.example', '""', 'h_1', 'h:1', 'a'.repeat(255), 'a'.repeat(256)])}`,
  ],
  (_, random) => [`cluster-announce-ip ${random.pick(['10.0.0.1', '""', 'nonsense', '::1'])}`],
  ({ port }, random) => [`cluster-announce-bus-port ${random.pick([0, port, 65535, 65536, -1])}`],
  (_, random) => [
    `proc-title-template ${random.pick(['{server-mode}', '{title}', '{unixsocket}', '{port}', '{tls-port}'])}`,
  ],
  (_, random) => [`databases ${random.pick([1, 16, 100, 0])}`],
  (_, random) => [`aclfile ${random.pick(['users.acl', '""'])}`],
  () => ['user a on nopass'],
  (_, random) => [`logfile ${random.pick(['""', 'redis.log', '.'])}`],
  (_, random) => [
    `${random.pick(['a.b', 'search.timeout', 'redis.port'])} ${random.pick(['', 'x', 'x y', '""'])}`,
  ],
  (_, random) => [`protected-mode ${random.pick(['yes', 'no'])}`],
];

const CIPHERS = [
  ...[
    'DEFAULT',
    'ALL',
    'HIGH',
    'MEDIUM',
    'LOW',
    'FIPS',
    'eNULL',
    'aNULL',
    'NULL',
    'RC4',
    '3DES',
    'kRSA',
    'aECDH',
  ],
  ...['ECDHE', 'AESGCM', 'SHA384', 'TLSv1.2', 'TLSv1.3', 'SSLv3', 'PSK', 'NOPE', 'SUITEB128', 'EXPORT', ''],
  ...['ECDHE-RSA-AES128-GCM-SHA256', 'AES256-SHA', 'ecdhe-rsa-aes256-gcm-sha384', 'DES-CBC3-SHA', 'RC4-MD5'],
  ...['@STRENGTH', '@SECLEVEL=1', '@SECLEVEL=9', '@x', '*', 'é', 'TLS_AES_128_GCM_SHA256', 'nope/x', 'AES#'],
];

function cipherList(random: SeededRandom): string {
  const item = (): string => random.pick(['', '', '', '', '!', '-', '+']) + random.pick(CIPHERS);
  const list = Array.from({ length: random.pick([1, 1, 2, 2, 3, 4]) }, item);
  return `"${list.join(random.pick([':', ':', ':', ' ', ',', ';', '+', '@']))}"`;
}

function tlsProtocols(random: SeededRandom): string {
  const one = (): string =>
    random.pick(['TLSv1.2', 'TLSv1.3', 'TLSv1', 'TLSv1.1', 'tlsv1.3', 'SSLv3', 'TLSv1.4', 'TLS1.2', '']);
  const list = Array.from({ length: random.below(4) }, one).join(random.pick([' ', ' ', ' ', ',', '  ']));
  return `"${list}"`;
}

export function nodeLines(ports: Ports, random: SeededRandom): string[] {
  return Array.from({ length: 2 + random.below(6) }, () => random.pick(LINES)(ports, random)).flat();
}
