/** Six nodes for redis-trib to work on, ours or real or both by turns, and what a test does to them by hand. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { wordsFor } from '../trib/checking-client.ts';
import { OurServer } from './our-server.ts';
import { RedisServer } from './redis-server.ts';

export type Server = OurServer | RedisServer;
export type Kind = 'redis-servers' | 'nodes of ours' | 'a mix of both';

const TIMEOUT = 5000;

export class TribCluster {
  readonly base: number;
  readonly kind: Kind;
  readonly servers: Server[] = [];

  constructor(kind: Kind, base: number) {
    this.kind = kind;
    this.base = base;
  }

  /** One more node, on the next port. */
  async startNode(): Promise<Server> {
    const i = this.servers.length;
    const real = this.kind === 'redis-servers' || (this.kind === 'a mix of both' && i % 2 === 1);
    const server = real ? await theirs(this.base + i) : await ours(this.base + i);
    this.servers.push(server);
    return server;
  }

  server(i: number): Server {
    const found = this.servers[i];
    assert.ok(found);
    return found;
  }

  address(i: number): string {
    return `127.0.0.1:${this.base + i}`;
  }

  /** Where a server may stand that is no cluster. */
  get plain(): number {
    return this.base + 9;
  }

  /** The node that most tests tell redis-trib about. */
  get seed(): string {
    return this.address(0);
  }

  call(i: number, ...argv: readonly (string | number)[]): Promise<string> {
    return this.server(i).call(...argv);
  }

  id(i: number): Promise<string> {
    return this.call(i, 'CLUSTER', 'MYID');
  }

  /** Keys of a slot, put on a node whether or not it owns the slot. */
  async put(i: number, slot: number, names: readonly string[]): Promise<void> {
    const word = wordsFor([slot]).get(slot);
    for (const name of names) {
      await this.call(i, 'ASKING');
      await this.call(i, 'SET', `{${word}}${name}`, name);
    }
  }

  /** As `put`, and closed again: a stray. */
  async putAstray(i: number, slot: number, names: readonly string[]): Promise<void> {
    await this.call(i, 'CLUSTER', 'SETSLOT', slot, 'IMPORTING', await this.id(i === 0 ? 1 : 0));
    await this.put(i, slot, names);
    await this.call(i, 'CLUSTER', 'SETSLOT', slot, 'STABLE');
  }

  /** The names of the keys that the slot's owners have. */
  async names(slot: number): Promise<string[]> {
    const lists = await Promise.all(
      [0, 1, 2].map(async (i) => {
        const keys = await this.call(i, 'CLUSTER', 'GETKEYSINSLOT', slot, 100);
        return keys.split('\n').filter(Boolean);
      }),
    );
    assert.equal(lists.filter(({ length }) => length > 0).length, 1, 'on one node only');
    return lists
      .flat()
      .map((key) => key.replace(/^\{.*\}/, ''))
      .sort();
  }

  /** `redis-cli --cluster check` has nothing to object to, as soon as all nodes have heard of what was done. */
  async redisCliAgrees(): Promise<void> {
    let said = '';
    const content = async () => {
      const { code, text } = await run('redis-cli', ['--cluster', 'check', this.seed]);
      said = text;
      const isWhole = /All nodes agree about slots configuration[\s\S]*All 16384 slots covered/.test(text);
      return code === 0 && isWhole && !/\[ERR\]|\[WARNING\]/.test(text);
    };
    await until('redis-cli is content', content, () => said);
  }

  async stop(): Promise<void> {
    for (const server of this.servers) await server.stop();
  }
}

function ours(port: number): Promise<OurServer> {
  return OurServer.start(port, 'cluster-enabled yes', `cluster-node-timeout ${TIMEOUT}`);
}

function theirs(port: number): Promise<RedisServer> {
  const flags = [
    '--cluster-enabled',
    'yes',
    '--cluster-node-timeout',
    TIMEOUT,
    '--repl-diskless-sync-delay',
    0,
  ];
  return RedisServer.start(port, ...flags);
}

/** Not spawnSync: our nodes live in this process. */
export function run(program: string, args: readonly string[]): Promise<{ code: number; text: string }> {
  return new Promise((resolve) => {
    execFile(program, args, { timeout: 30_000 }, (error, out, problem) =>
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), text: `${out}${problem}` }),
    );
  });
}

/** Waits for what takes a cluster some time; `last` is what was seen instead. */
export async function until(what: string, condition: () => Promise<boolean>, last = () => ''): Promise<void> {
  const end = performance.now() + 15_000;
  while (!(await condition())) {
    if (performance.now() > end) assert.fail(`not within 15 s: ${what}\n${last()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
