/** import: which key goes where, what is refused, and how far it came when it ends early. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { keySlotOf } from '../../extension/redis/slots.ts';
import type { Answer, Dial } from '../../extension/trib/connection.ts';
import { runTrib } from '../../extension/trib/trib.ts';
import { StandingCluster, sharing } from './standing-cluster.ts';

const cluster = new StandingCluster(sharing({ a: 5461, b: 5462, c: 5461 }));
const ownerOf = (key: string) => (keySlotOf(key) < 5461 ? 7000 : keySlotOf(key) < 10_923 ? 7001 : 7002);

interface Source {
  /** SCAN's pages, and whether it is a node of a cluster. */
  readonly pages?: readonly (readonly string[])[];
  readonly clustered?: boolean;
  /** What MIGRATE number so and so answers. */
  readonly fails?: number;
}

interface Imported {
  readonly status: number;
  readonly text: string;
  /** The words of each MIGRATE behind its name. */
  readonly migrated: readonly (readonly string[])[];
  readonly credentials: unknown;
}

/** Imports from a server that has these keys; it stands at port 9000. */
async function imported(line: string, source: Source = {}, cancelAfter = Infinity): Promise<Imported> {
  const { pages = [['k']], clustered = false, fails = Infinity } = source;
  const migrated: string[][] = [];
  let text = '';
  let credentials: unknown;
  const answers: Record<string, (words: readonly string[]) => Answer> = {
    INFO: () => `cluster_enabled:${clustered ? 1 : 0}\r\n`,
    DBSIZE: () => pages.flat().length,
    SCAN: ([cursor = '0']) => {
      const page = Number(cursor);
      const next = page + 1 < pages.length ? page + 1 : 0;
      return [String(next), (pages[page] ?? []).map((key) => Buffer.from(key))];
    },
    MIGRATE: (words) => {
      if (migrated.length === fails) throw new Error('ERR Target instance replied with error: BUSYKEY');
      migrated.push([...words]);
      return 'OK';
    },
  };
  const dialWith = (access: { credentials?: unknown }): Dial => {
    return async (address) => {
      if (address.port !== 9000) return cluster.dial(address);
      credentials = access.credentials;
      const call = async (name: string, ...args: readonly (string | number | Buffer)[]) =>
        answers[name]?.(args.map((word) => word.toString())) ?? null;
      return { address, credentials: {}, call, close: () => {} };
    };
  };
  const status = await runTrib(
    ['import', ...line.split(' ').filter(Boolean), '127.0.0.1:7000'],
    {
      line: (said) => {
        text += `${said}\n`;
      },
      progress: () => {},
      ask: async (_, secret) => (secret ? 'typed' : 'yes'),
      get cancelled() {
        return migrated.length >= cancelAfter;
      },
    },
    { dialWith },
  );
  assert.equal(cluster.open, 0, 'however it ends, no connection is left open');
  return { status, text, migrated, credentials };
}

const FROM = '--from 127.0.0.1:9000';
const names = (count: number) => Array.from({ length: count }, (_, n) => `key:${n}`);
const keysOf = (words: readonly string[]) => words.slice(words.indexOf('KEYS') + 1);

describe('import', () => {
  it('sends every key of every page to the owner of its slot, a hundred at most at a time', async () => {
    const pages = [names(700), [], ['last']];
    const { status, text, migrated } = await imported(FROM, { pages });
    assert.equal(status, 0, text);
    for (const words of migrated) {
      assert.deepEqual(words.slice(0, 6), ['127.0.0.1', words[1], '', '0', '60000', 'KEYS']);
      assert.ok(keysOf(words).length <= 100);
      for (const key of keysOf(words)) assert.equal(ownerOf(key), Number(words[1]), key);
    }
    assert.deepEqual(migrated.flatMap(keysOf).sort(), pages.flat().sort());
    assert.ok(migrated.some((words) => keysOf(words).length === 100));
    assert.match(text, /^\*\*\* Importing 701 keys from DB 0$/m);
    assert.match(text, /^Migrating last to 127\.0\.0\.1:700\d: OK$/m);
  });

  it('takes the flags and the number of keys that it is given', async () => {
    const { migrated } = await imported(`${FROM} --copy --replace --pipeline 3 --timeout 500`, {
      pages: [names(20)],
    });
    for (const words of migrated) assert.deepEqual(words.slice(2, 7), ['', '0', '500', 'COPY', 'REPLACE']);
    assert.equal(Math.max(...migrated.map((words) => keysOf(words).length)), 3);
  });

  it('copies a key once that SCAN names twice; one that is moved and there again is moved again', async () => {
    const pages = [['x', 'y'], ['x']];
    const copied = await imported(`${FROM} --copy`, { pages });
    assert.deepEqual(copied.migrated.flatMap(keysOf).sort(), ['x', 'y']);
    const moved = await imported(FROM, { pages });
    assert.deepEqual(moved.migrated.flatMap(keysOf).sort(), ['x', 'x', 'y']);
  });

  it('logs in to the source as it is told', async () => {
    assert.deepEqual((await imported(`${FROM} --from-user u --from-pass p`)).credentials, {
      username: 'u',
      password: 'p',
    });
    assert.deepEqual((await imported(`${FROM} --from-askpass`)).credentials, { password: 'typed' });
    assert.deepEqual((await imported(FROM)).credentials, {});
  });

  it('moves nothing in a dry run', async () => {
    const { status, text, migrated } = await imported(`${FROM} --dry-run --json`, { pages: [names(5)] });
    assert.deepEqual(JSON.parse(text), { command: 'import', ok: true, dryRun: true, keys: 5 });
    assert.deepEqual([status, migrated], [0, []]);
  });

  it('says how many keys are over when it ends early', async () => {
    const pages = [names(50)];
    const broken = await imported(`${FROM} --pipeline 1 --json`, { pages, fails: 7 });
    assert.equal(broken.status, 1);
    assert.deepEqual(JSON.parse(broken.text), {
      ...{ command: 'import', ok: false, keys: 7 },
      error: '[ERR] Calling MIGRATE: ERR Target instance replied with error: BUSYKEY',
    });
    const cancelled = await imported(`${FROM} --pipeline 1`, { pages }, 9);
    assert.equal(cancelled.status, 1);
    assert.match(cancelled.text, /\*\*\* Cancelled: 9 keys are imported\. Run import again to go on\.\n$/);
  });

  it('wants a source, and one that is no node of a cluster', async () => {
    assert.match((await imported('')).text, /^Option '--from' is required for subcommand 'import'$/m);
    const { status, text, migrated } = await imported(FROM, { clustered: true });
    assert.deepEqual([status, migrated], [1, []]);
    assert.match(text, /\[ERR\] The source node should not be a cluster node\.\n$/);
  });
});
