/** Clusters that are not open to everybody: passwords, TLS, announced addresses that can't be reached. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, describe, it } from 'node:test';
import { Conversation } from '../../extension/console/conversation.ts';
import { type Access, openSocket } from '../../extension/trib/connection.ts';
import { accessOf, type ClusterProfile } from '../../extension/trib/profile.ts';
import { wordsFor } from '../trib/checking-client.ts';
import { trib } from '../trib/transcripts.ts';
import { Authority, needsOpenssl } from './certificates.ts';
import { needsRedisServer, RedisServer } from './redis-server.ts';

const BASE = 22_140;
/** Nobody listens here. */
const ANNOUNCED = 22_190;
const PORTS = [0, 1, 2].map((i) => BASE + i);
const ADDRESSES = PORTS.map((port) => `127.0.0.1:${port}`);
const SEED = `127.0.0.1:${BASE}`;

/** A console on the cluster asks for a key of the last node: what it prints. */
async function asked(port: number, access: Access): Promise<string> {
  let printed = '';
  const { password } = access.credentials ?? {};
  const conversation = new Conversation({
    ...{ host: '127.0.0.1', port, followsRedirects: () => true, printsUtf8: () => false },
    openSocket: (host, to) => openSocket({ host, port: to }, access),
    ...(password && { login: ['AUTH', password] }),
    print: (text) => {
      printed += text;
    },
    onClosed: () => {},
  });
  await conversation.run(['GET', 'foo']);
  conversation.drop();
  return printed;
}

const PROFILE: ClusterProfile = {
  ...{ id: 'p', name: 'p', seeds: [SEED], username: '', tls: undefined, hostMap: '', allowsChanges: false },
};

describe('redis-trib reaches', needsRedisServer, () => {
  const servers: RedisServer[] = [];
  const start = async (options: (i: number) => readonly (string | number)[]) => {
    for (const [i, port] of PORTS.entries())
      servers.push(await RedisServer.start(port, '--cluster-enabled', 'yes', ...options(i)));
  };
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.stop();
  });

  it('a cluster with a password, and its nodes reach each other with it', async () => {
    await start(() => []);
    for (const server of servers) await server.call('CONFIG', 'SET', 'requirepass', 'secret');
    const refused = await trib(['create', ...ADDRESSES, '--yes']);
    assert.equal(refused.status, 1);
    assert.match(refused.text, /127\.0\.0\.1:22140: NOAUTH Authentication required\.$/m);
    const encrypted = await trib(['check', SEED, '--tls']);
    assert.match(encrypted.text, /ETIMEDOUT: it is out of reach, or does not speak TLS$/m);
    const created = await trib(['create', ...ADDRESSES, '--yes', '-a', 'secret']);
    assert.equal(created.status, 0, created.text);
    const [first, second] = servers;
    assert.ok(first && second);
    const word = wordsFor([5]).get(5);
    for (let i = 0; i < 20; i++) await first.call('SET', `{${word}}${i}`, i);
    const words = [
      '--from',
      await first.call('CLUSTER', 'MYID'),
      '--to',
      await second.call('CLUSTER', 'MYID'),
    ];
    const moved = await trib(['reshard', ...words, '--slots', '10', '--yes', '--pass', 'secret', SEED]);
    assert.equal(moved.status, 0, moved.text);
    assert.equal(await second.call('CLUSTER', 'COUNTKEYSINSLOT', 5), '20');
    const asUser = await trib(['info', '--user', 'default', '--pass', 'secret', SEED]);
    assert.match(asUser.text, /\[OK\] 20 keys in 3 masters/);
    const printed = await asked(BASE, accessOf(PROFILE, 'secret'));
    assert.match(printed, /^-> Redirected to slot \[12182\] located at 127\.0\.0\.1:22142\n\(nil\)\n$/);
    assert.match(await asked(BASE, accessOf(PROFILE, 'wrong')), /^\(error\) WRONGPASS [\s\S]*NOAUTH/);
  });

  it('a cluster where one node refuses something: it is named', async () => {
    await start(() => []);
    const created = await trib(['create', ...ADDRESSES, '--yes']);
    assert.equal(created.status, 0, created.text);
    const may = async (...rules: readonly (readonly string[])[]) => {
      for (const [i, server] of servers.entries())
        await server.call('ACL', 'SETUSER', 'tim', 'reset', 'on', '>pw', '+@all', ...(rules[i] ?? []));
    };
    const asTim = (...words: readonly string[]) => trib([...words, '--user', 'tim', '--pass', 'pw', SEED]);
    await may([], ['-dbsize']);
    const { text } = await asTim('info');
    assert.match(text, /^\[ERR\] Node 127\.0\.0\.1:22141 replied to DBSIZE: NOPERM .*'dbsize'/m);
    await may([], [], ['-cluster']);
    const check = await asTim('check');
    assert.match(
      check.text,
      /^\[ERR\] Node 127\.0\.0\.1:22142 replied to CLUSTER NODES: NOPERM .*'cluster\|nodes'/m,
    );
    const json: unknown = JSON.parse((await asTim('fix', '--json')).text);
    assert.match(JSON.stringify(json), /\*\*\* 1 master\(s\) can't be reached/);
    await may(['-cluster|countkeysinslot']);
    const from = ['--from', 'all', '--to', (await servers[1]?.call('CLUSTER', 'MYID')) ?? ''];
    const reshard = await asTim('reshard', ...from, '--slots', '10', '--yes');
    assert.match(
      reshard.text,
      /^\[ERR\] Node 127\.0\.0\.1:22140 replied to CLUSTER COUNTKEYSINSLOT \d+: NOPERM/m,
    );
  });

  it('nodes whose announced addresses only the cluster itself understands', async () => {
    await start((i) => [
      '--cluster-announce-port',
      ANNOUNCED + i,
      '--cluster-announce-bus-port',
      BASE + i + 10_000,
    ]);
    const created = await trib(['create', ...ADDRESSES, '--yes', ...map()]);
    assert.equal(created.status, 0, created.text);
    const lost = await trib(['check', SEED]);
    assert.match(
      lost.text,
      new RegExp(`can't connect to node 127.0.0.1:${ANNOUNCED + 1}: connect ECONNREFUSED`),
    );
    const { status, text } = await trib(['info', ...map(), SEED]);
    assert.equal(status, 0);
    assert.match(text, /\[OK\] 0 keys in 3 masters/);
    const hostMap = PORTS.map((port, i) => `127.0.0.1:${ANNOUNCED + i}=127.0.0.1:${port}`).join(', ');
    const printed = await asked(BASE, accessOf({ ...PROFILE, hostMap }, ''));
    assert.match(printed, new RegExp(`located at 127\\.0\\.0\\.1:${ANNOUNCED + 2}\n\\(nil\\)`));
  });

  it('a cluster behind TLS', needsOpenssl, async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'trib-tls-'));
    const authority = new Authority(folder);
    const ca = authority.certificate;
    const { certificate, key } = authority.issue('node', 'IP:127.0.0.1,DNS:localhost');
    const files = ['--tls-cert-file', certificate, '--tls-key-file', key, '--tls-ca-cert-file', ca];
    await start((i) => [
      '--tls-port',
      BASE + 20 + i,
      '--tls-auth-clients',
      'no',
      '--tls-cluster',
      'yes',
      ...files,
    ]);
    const secure = [0, 1, 2].map((i) => `127.0.0.1:${BASE + 20 + i}`);
    const trust = ['--tls', '--cacert', ca];
    const created = await trib(['create', ...secure, '--yes', ...trust]);
    assert.equal(created.status, 0, created.text);
    const { status, text } = await trib(['info', `127.0.0.1:${BASE + 20}`, ...trust]);
    assert.equal(status, 0, text);
    assert.match(text, /\[OK\] 0 keys in 3 masters/);
    const stranger = await trib(['info', `127.0.0.1:${BASE + 20}`, '--tls']);
    assert.match(stranger.text, /self-signed certificate/);
    await servers[0]?.call('CONFIG', 'SET', 'tls-auth-clients', 'yes');
    const nobody = await trib(['info', `127.0.0.1:${BASE + 20}`, ...trust]);
    assert.match(
      nobody.text,
      /can't connect to node 127\.0\.0\.1:22160: .*(alert certificate required|may demand a client certificate)\n/,
    );
    const somebody = await trib([
      'info',
      `127.0.0.1:${BASE + 20}`,
      ...trust,
      '--cert',
      certificate,
      '--key',
      key,
    ]);
    assert.match(somebody.text, /\[OK\] 0 keys in 3 masters/);
    await servers[0]?.call('CONFIG', 'SET', 'tls-auth-clients', 'no');
    const tls = { cacert: ca };
    const printed = await asked(BASE + 20, accessOf({ ...PROFILE, tls }, ''));
    assert.match(printed, new RegExp(`located at 127\\.0\\.0\\.1:${BASE + 22}\n\\(nil\\)`));
    const distrusted = await asked(BASE + 20, accessOf({ ...PROFILE, tls: {} }, ''));
    assert.match(distrusted, /Could not connect to Redis at 127\.0\.0\.1:22160: .*self-signed certificate/i);
    rmSync(folder, { recursive: true });
  });
});

function map(): string[] {
  return PORTS.flatMap((port, i) => ['--host-map', `127.0.0.1:${ANNOUNCED + i}=127.0.0.1:${port}`]);
}
