/**
 * TLS with the real tools: redis-cli talks to a node of ours, and a node of ours and redis-server replicate from each
 * other, all of it encrypted and each side checked by the other.
 */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import path from 'node:path';
import { describe, it } from 'node:test';
import { connect } from 'node:tls';
import { until } from '../until.ts';
import { OurServer } from './our-server.ts';
import { needsRedisServer, RedisServer } from './redis-server.ts';

const OURS = 21_690;
const OURS_TLS = 21_691;
const THEIRS = 21_692;
const THEIRS_TLS = 21_693;

const FOLDER = path.join(import.meta.dirname, 'conf-files/tls');
const [AUTHORITY, CERTIFICATE, KEY] = ['ca.crt', 'redis.crt', 'redis.key'].map((name) =>
  path.join(FOLDER, name),
);
const KEYS = [`tls-cert-file ${CERTIFICATE}`, `tls-key-file ${KEY}`, `tls-ca-cert-file ${AUTHORITY}`];

/** What redis-cli prints. */
function cli(port: number, options: readonly string[], ...command: readonly string[]): Promise<string> {
  const child = spawn('redis-cli', ['-p', String(port), ...options, ...command]);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said += text));
  return new Promise((resolve) => child.on('close', () => resolve(said.trim())));
}

const TRUSTING = ['--tls', '--cacert', String(AUTHORITY)];
const KNOWN = [...TRUSTING, '--cert', String(CERTIFICATE), '--key', String(KEY)];

/** Debian's tools have TLS; whoever built their own without it has nothing to compare with. */
const knowsTls = String(spawnSync('redis-cli', ['--help']).stdout).includes('--tls');
const needsTls = knowsTls || process.env['CI'] ? needsRedisServer : { skip: 'redis-cli knows no TLS' };

describe('tls-port', needsTls, () => {
  it('serves who shows a certificate, and nobody else', async () => {
    const ours = await OurServer.start(OURS, `tls-port ${OURS_TLS}`, ...KEYS);
    try {
      assert.equal(await cli(OURS_TLS, KNOWN, 'SET', 'k', 'x'.repeat(100_000)), 'OK');
      assert.equal(await cli(OURS_TLS, KNOWN, 'STRLEN', 'k'), '100000');
      assert.equal((await cli(OURS_TLS, KNOWN, 'GET', 'k')).length, 100_000);
      assert.equal(await ours.call('STRLEN', 'k'), '100000');
      assert.match(await cli(OURS_TLS, TRUSTING, 'PING'), /Error/);
      assert.match(await cli(OURS_TLS, [], 'PING'), /Error/);
      assert.match(await ours.call('INFO', 'server'), /name=tls,bind=127\.0\.0\.1,port=21691/);
    } finally {
      ours.stop();
    }
  });

  it('may ask for no certificate, or for none but a right one', async () => {
    const ours = await OurServer.start(OURS, `tls-port ${OURS_TLS}`, 'tls-auth-clients no', ...KEYS);
    try {
      assert.equal(await cli(OURS_TLS, TRUSTING, 'PING'), 'PONG');
      assert.equal(await ours.call('CONFIG', 'SET', 'tls-auth-clients', 'optional'), 'OK');
      assert.equal(await cli(OURS_TLS, TRUSTING, 'PING'), 'PONG');
      assert.equal(await cli(OURS_TLS, KNOWN, 'PING'), 'PONG');
      assert.equal(await ours.call('CONFIG', 'SET', 'tls-auth-clients', 'yes'), 'OK');
      assert.match(await cli(OURS_TLS, TRUSTING, 'PING'), /Error/);
    } finally {
      ours.stop();
    }
  });

  it('speaks the versions of tls-protocols only, from the next connection on', async () => {
    const ours = await OurServer.start(OURS, `tls-port ${OURS_TLS}`, 'tls-auth-clients no', ...KEYS);
    const version = () =>
      new Promise<string | null>((resolve) => {
        const options = { port: OURS_TLS, rejectUnauthorized: false, minVersion: 'TLSv1.2' } as const;
        const socket = connect(options, () => {
          resolve(socket.getProtocol());
          socket.destroy();
        });
      });
    try {
      assert.equal(await version(), 'TLSv1.3');
      await ours.call('CONFIG', 'SET', 'tls-protocols', 'TLSv1.2');
      assert.equal(await version(), 'TLSv1.2');
    } finally {
      ours.stop();
    }
  });

  it('opens and closes at run time, and keeps its keys when new ones do not do', async () => {
    const ours = await OurServer.start(OURS, ...KEYS);
    try {
      assert.equal(await ours.call('CONFIG', 'SET', 'tls-port', OURS_TLS), 'OK');
      assert.equal(await cli(OURS_TLS, KNOWN, 'PING'), 'PONG');
      for (const [name, value] of [
        ['tls-cert-file', '/nowhere.crt'],
        ['tls-key-file', String(CERTIFICATE)],
        ['tls-ca-cert-file', ''],
      ] as const) {
        await assert.rejects(
          ours.call('CONFIG', 'SET', name, value),
          /Unable to update TLS configuration\. Check server logs\.$/,
        );
      }
      assert.match(
        ours.log.join(''),
        /Failed to load certificate: \/nowhere\.crt: No such file or directory/,
      );
      assert.equal(await cli(OURS_TLS, KNOWN, 'PING'), 'PONG');
      assert.equal(await ours.call('CONFIG', 'SET', 'tls-port', 0), 'OK');
      assert.match(await cli(OURS_TLS, KNOWN, 'PING'), /Could not connect/);
    } finally {
      ours.stop();
    }
  });

  it('keeps a node from starting without its keys', async () => {
    await assert.rejects(OurServer.start(OURS, `tls-port ${OURS_TLS}`), /Failed to configure TLS/);
  });
});

describe('tls-replication', needsTls, () => {
  const theirs = () =>
    RedisServer.start(
      THEIRS,
      ...['--tls-port', THEIRS_TLS, '--tls-replication', 'yes', '--repl-diskless-sync-delay', 0],
      ...['--tls-cert-file', String(CERTIFICATE), '--tls-key-file', String(KEY)],
      ...['--tls-ca-cert-file', String(AUTHORITY)],
    );
  const ours = () =>
    OurServer.start(
      OURS,
      `tls-port ${OURS_TLS}`,
      'tls-replication yes',
      'repl-diskless-sync-delay 0',
      ...KEYS,
    );
  const pairs = {
    'ours from redis-server': async () => {
      const [primary, replica] = [await theirs(), await ours()];
      return { primary, replica, port: THEIRS_TLS };
    },
    'redis-server from ours': async () => {
      const [primary, replica] = [await ours(), await theirs()];
      return { primary, replica, port: OURS_TLS };
    },
  };

  for (const [name, start] of Object.entries(pairs)) {
    it(`replicates ${name}`, async () => {
      const { primary, replica, port } = await start();
      try {
        await primary.call('SET', 'before', 'x'.repeat(100_000));
        await replica.call('REPLICAOF', '127.0.0.1', port);
        await until(async () => (await replica.call('INFO', 'replication')).includes('link_status:up'));
        await primary.call('SET', 'after', 1);
        await until(async () => (await replica.call('EXISTS', 'after')) === '1');
        assert.equal(await replica.call('STRLEN', 'before'), '100000');
      } finally {
        await primary.stop();
        await replica.stop();
      }
    });
  }
});

describe('tls-cluster', needsTls, () => {
  it('joins nodes of both kinds over an encrypted bus, and sends clients to ports of their kind', async () => {
    const lines = [
      'cluster-enabled yes',
      'tls-cluster yes',
      'tls-replication yes',
      'repl-diskless-sync-delay 0',
    ];
    const [ours, theirs] = await Promise.all([
      OurServer.start(OURS, `tls-port ${OURS_TLS}`, ...lines, ...KEYS),
      RedisServer.start(
        THEIRS,
        ...['--tls-port', THEIRS_TLS],
        ...[...lines, ...KEYS].flatMap((line) => {
          const [name, value] = line.split(' ');
          return [`--${name}`, String(value)];
        }),
      ),
    ]);
    try {
      await ours.call('CLUSTER', 'ADDSLOTSRANGE', 0, 8191);
      await theirs.call('CLUSTER', 'ADDSLOTSRANGE', 8192, 16383);
      // As whoever joins an encrypted cluster does: at the port for TLS.
      await ours.call('CLUSTER', 'MEET', '127.0.0.1', THEIRS_TLS);
      for (const one of [ours, theirs]) {
        await until(async () => (await one.call('CLUSTER', 'INFO')).includes('cluster_state:ok'));
      }
      assert.equal(await cli(OURS_TLS, [...KNOWN, '-c'], 'SET', 'foo', 'bar'), 'OK');
      assert.equal(await cli(THEIRS_TLS, [...KNOWN, '-c'], 'GET', 'foo'), 'bar');
      // foo is in slot 12182: theirs.
      assert.match(await cli(OURS_TLS, KNOWN, 'GET', 'foo'), /^MOVED 12182 127\.0\.0\.1:21693$/);
      await assert.rejects(ours.call('GET', 'foo'), /^Error: MOVED 12182 127\.0\.0\.1:21692$/);
      assert.match(await cli(OURS_TLS, KNOWN, 'CLUSTER', 'NODES'), /127\.0\.0\.1:21693@31693/);
      assert.match(await ours.call('CLUSTER', 'NODES'), /127\.0\.0\.1:21692@31693/);
      assert.match(await cli(OURS_TLS, KNOWN, 'CLUSTER', 'SLOTS'), /21693/);
      // bar is in slot 5061: ours.
      assert.match(await cli(THEIRS_TLS, KNOWN, 'GET', 'bar'), /^MOVED 5061 127\.0\.0\.1:21691$/);
      await assert.rejects(theirs.call('GET', 'bar'), /^Error: MOVED 5061 127\.0\.0\.1:21690$/);
    } finally {
      ours.stop();
      await theirs.stop();
    }
  });

  it('replicates and moves keys over TLS, too', async () => {
    const lines = [
      'cluster-enabled yes',
      'tls-cluster yes',
      'tls-replication yes',
      'repl-diskless-sync-delay 0',
    ];
    const primary = await OurServer.start(OURS, `tls-port ${OURS_TLS}`, ...lines, ...KEYS);
    const other = await OurServer.start(THEIRS, `tls-port ${THEIRS_TLS}`, ...lines, ...KEYS);
    try {
      await primary.call('CLUSTER', 'ADDSLOTSRANGE', 0, 16383);
      await primary.call('CLUSTER', 'MEET', '127.0.0.1', THEIRS_TLS);
      await until(async () => (await other.call('CLUSTER', 'INFO')).includes('cluster_slots_ok:16384'));
      await primary.call('SET', 'k', 1);
      const [id, otherId] = [await primary.call('CLUSTER', 'MYID'), await other.call('CLUSTER', 'MYID')];
      await primary.call('MIGRATE', '127.0.0.1', THEIRS_TLS, 'nothing', 0, 1000);
      await other.call('CLUSTER', 'SETSLOT', 7629, 'IMPORTING', id);
      await primary.call('CLUSTER', 'SETSLOT', 7629, 'MIGRATING', otherId);
      assert.equal(await primary.call('MIGRATE', '127.0.0.1', THEIRS_TLS, 'k', 0, 5000), 'OK');
      assert.equal(await other.call('CLUSTER', 'COUNTKEYSINSLOT', 7629), '1');
      await other.call('FLUSHALL');
      for (const one of [other, primary]) await one.call('CLUSTER', 'SETSLOT', 7629, 'NODE', id);
      await primary.call('SET', 'k', 2);
      await other.call('CLUSTER', 'REPLICATE', id);
      await until(async () => (await other.call('INFO', 'replication')).includes('link_status:up'));
      await other.call('READONLY');
      await until(async () => (await other.call('GET', 'k')) === '2');
      assert.match(await other.call('INFO', 'replication'), /master_port:21691/);
    } finally {
      primary.stop();
      other.stop();
    }
  });
});
