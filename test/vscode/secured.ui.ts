/**
 * A cluster behind TLS that demands certificates, whose nodes announce addresses where nobody listens: connected through
 * the form, step by step, with the true cause of what is missing each time; then looked at, changed and written to.
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { Authority, needsOpenssl } from '../conformance/certificates.ts';
import { needsRedisServer } from '../conformance/redis-server.ts';
import { TribCluster } from '../conformance/trib-cluster.ts';
import { trib } from '../trib/transcripts.ts';
import { scratchFolder } from './sandbox.ts';
import type { Workbench } from './workbench.ts';

const NODES = [0, 1, 2];
/** The certificates are for this name only. */
const NAME = 'redis.example';
/** Beside the plain ports, which only the test itself uses. */
const TLS_PORTS = 10;
/** Nobody listens there. */
const ANNOUNCED = 15;

export function workspace(): string {
  const folder = scratchFolder('secured');
  writeFileSync(path.join(folder, 'try.redis'), 'SET foo bar\nGET foo\n');
  return folder;
}

interface Place {
  readonly cluster: TribCluster;
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  readonly hostMap: string;
}

async function startCluster(base: number): Promise<Place> {
  const authority = new Authority(scratchFolder('certificates'));
  const ca = authority.certificate;
  const node = authority.issue('node', `DNS:${NAME}`);
  const person = authority.issue('person', 'DNS:somebody.example');
  const kind = 'skip' in needsRedisServer ? 'nodes of ours' : 'redis-servers';
  const cluster = new TribCluster(kind, base, (i) => ({
    ...{ 'tls-port': base + TLS_PORTS + i, 'cluster-announce-tls-port': base + ANNOUNCED + i },
    ...{ 'tls-cert-file': node.certificate, 'tls-key-file': node.key, 'tls-ca-cert-file': ca },
    ...{ 'tls-auth-clients': 'yes', 'tls-cluster': 'yes', 'tls-replication': 'yes' },
  }));
  await cluster.start(NODES.length);
  const { certificate: cert, key } = person;
  const access = ['--tls', '--cacert', ca, '--cert', cert, '--key', key, '--sni', NAME];
  const pairs = NODES.map((i) => `127.0.0.1:${base + ANNOUNCED + i}=127.0.0.1:${base + TLS_PORTS + i}`);
  const hostMap = pairs.join(', ');
  const addresses = NODES.map((i) => `127.0.0.1:${base + TLS_PORTS + i}`);
  const created = await trib(['create', '--yes', ...access, '--host-map', hostMap, ...addresses]);
  assert.equal(created.status, 0, created.text);
  return { cluster, ca, cert, key, hostMap };
}

export default async function secured(workbench: Workbench): Promise<void> {
  if ('skip' in needsOpenssl) {
    console.log(`  secured.ui.ts: ${needsOpenssl.skip}`);
    return;
  }
  const place = await startCluster(workbench.basePort);
  try {
    await refusedByName(workbench, place);
    await refusedWithoutCertificate(workbench, place);
    await reachedThroughMap(workbench, place);
    await look(workbench);
    await runFile(workbench, place);
  } finally {
    await place.cluster.stop();
  }
}

const seedOf = ({ basePort }: Workbench) => `127.0.0.1:${basePort + TLS_PORTS}`;

async function refusedByName(workbench: Workbench, { ca }: Place): Promise<void> {
  await workbench.view('Redis Cluster Lab');
  await workbench.command('Redis Cluster Lab: Connect to Cluster…');
  await workbench.answer('Addresses of one or more', seedOf(workbench));
  await workbench.answer('A name for this cluster', 'secured');
  await workbench.tick('What does it take to reach', ['TLS']);
  await workbench.draft('File of the CA certificate', '/nowhere/ca.crt');
  await workbench.answer('There is no such file.', ca);
  await workbench.confirm('File of the client certificate');
  await workbench.confirm('Server name (SNI)');
  const refused = /No connection to secured: .*does not match certificate's altnames/;
  await workbench.message(refused);
  await workbench.picture('secured-name');
  await workbench.reply(refused, 'Change the Connection…');
}

/** The name is right now; who is asking is not known. */
async function refusedWithoutCertificate(workbench: Workbench, { cert, key }: Place): Promise<void> {
  await again(workbench, ['TLS']);
  await workbench.confirm('File of the CA certificate');
  await workbench.confirm('File of the client certificate');
  await workbench.answer('Server name (SNI)', NAME);
  const refused =
    /No connection to secured: .*: .*(alert certificate required|may demand a client certificate)/;
  await workbench.message(refused);
  await workbench.picture('secured-certificate');
  await workbench.reply(refused, 'Change the Connection…');
  await again(workbench, ['TLS']);
  await workbench.confirm('File of the CA certificate');
  await workbench.answer('File of the client certificate', cert);
  await workbench.answer('File of the client’s private key', key);
  await workbench.confirm('Server name (SNI)');
}

/** One of three nodes was given; the others are where nobody listens, until the map says where to go instead. */
async function reachedThroughMap(workbench: Workbench, { hostMap }: Place): Promise<void> {
  const announced = (i: number) => `127.0.0.1:${workbench.basePort + ANNOUNCED + i}`;
  await workbench.treeRow(new RegExp(`${announced(1)}.*cannot be reached`)).waitFor();
  await workbench.picture('secured-unreachable');
  await workbench.contextMenu(workbench.treeRow(/^secured/), 'Change the Connection…');
  await again(workbench, ['TLS', 'Other addresses']);
  for (const question of ['CA certificate', 'client certificate', 'private key', 'Server name (SNI)'])
    await workbench.confirm(question);
  await workbench.draft('Announced address = reachable address', '127.0.0.1:1=127.0.0.1');
  await workbench.answer('both with a port or both without', hostMap);
  await workbench.treeRow(/^secured.*ok · read-only · 16384\/16384 slots/).waitFor();
  for (const i of NODES) await workbench.treeRow(new RegExp(`${announced(i)}.*primary · 0 keys`)).waitFor();
  await workbench.picture('secured-connected');
}

async function again(workbench: Workbench, needs: readonly string[]): Promise<void> {
  for (const question of ['Addresses of one or more', 'A name for this cluster'])
    await workbench.confirm(question);
  await workbench.tick('What does it take to reach', needs);
}

/** redis-trib goes the same way as the tree. */
async function look(workbench: Workbench): Promise<void> {
  await workbench.contextMenu(workbench.treeRow(/^secured/), 'Check Cluster…');
  await workbench.choose('How thoroughly?', 'Check every slot of every node');
  await workbench.read('Check Cluster on secured: done. No multiple owners found.');
}

/** The lens of a command file, with no lab about: read-only first, then allowed, through a redirection. */
async function runFile(workbench: Workbench, { cluster }: Place): Promise<void> {
  await workbench.open('try.redis');
  const rows = workbench.page.locator('.terminal-wrapper.active .xterm-rows');
  await workbench.lens('Run', rows);
  await workbench.terminalShows(/\(error\) “secured” is read-only here/);
  await workbench.picture('secured-read-only');
  await workbench.contextMenu(workbench.treeRow(/^secured/), 'Allow Changes');
  await workbench.treeRow(/^secured.*changes allowed/).waitFor();
  await workbench.open('try.redis');
  await workbench.lens('Run', rows);
  await workbench.terminalShows(/-> Redirected to slot \[12182\] located at [\d.:]+\s+OK/);
  await workbench.picture('secured-run');
  assert.equal(await cluster.call(2, 'GET', 'foo'), 'bar');
}
