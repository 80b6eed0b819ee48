/** Six nodes for redis-trib to work on, ours or real or both by turns or a lab's, and what a test does to them by hand. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { LabSnapshot } from '../../extension/lab/protocol.ts';
import { WorkerLab } from '../../extension/lab/worker-lab.ts';
import { wordsFor } from '../trib/checking-client.ts';
import { until } from '../until.ts';
import { OurServer } from './our-server.ts';
import { RedisServer, RespClient } from './redis-server.ts';

export type Kind = 'redis-servers' | 'nodes of ours' | 'a mix of both' | 'the lab';

/** One line of redis.conf each. */
type Directives = Readonly<Record<string, string | number>>;

/** A node of the lab, which starts and stops it. */
class LabMember {
  readonly client: RespClient;

  constructor(client: RespClient) {
    this.client = client;
  }

  call(...argv: readonly (string | number)[]): Promise<string> {
    return this.client.call(...argv);
  }

  stop(): void {
    this.client.close();
  }
}

type Server = OurServer | RedisServer | LabMember;

export class TribCluster {
  readonly base: number;
  readonly kind: Kind;
  readonly servers: Server[] = [];
  readonly #directives: (i: number) => Directives;
  #lab: WorkerLab | undefined;

  /** `directives` of each node, beside those that all clusters of tests have. */
  constructor(kind: Kind, base: number, directives: (i: number) => Directives = () => ({})) {
    this.kind = kind;
    this.base = base;
    this.#directives = (i) => ({ 'cluster-node-timeout': 5000, ...directives(i) });
  }

  /** Nodes which are a cluster only in the lab, which comes as one. */
  async start(nodes = 6): Promise<void> {
    if (this.kind === 'the lab') await this.#startLab(nodes);
    else for (let i = 0; i < nodes; i++) await this.startNode();
  }

  async #startLab(nodes: number): Promise<void> {
    this.#lab = new WorkerLab();
    // A node that ends by itself has broken: the tests behind it can only say that nobody answers.
    this.#lab.onSnapshot(({ error, nodes }) => {
      const broken = nodes.filter((node) => node.error !== undefined);
      if (error !== undefined || broken.length > 0) console.error(JSON.stringify({ error, broken }));
    });
    const lines = Object.entries(this.#directives(0)).map(([name, value]) => [name, String(value)]);
    await this.#lab.start({
      ...{ basePort: this.base, nodes, replicasPerPrimary: 1, host: '127.0.0.1' },
      ...{ folder: mkdtempSync(path.join(os.tmpdir(), 'trib-lab-')), directives: Object.fromEntries(lines) },
    });
    for (let i = 0; i < nodes; i++) this.servers.push(new LabMember(await RespClient.connect(this.base + i)));
  }

  /** What the tree is drawn from. */
  async labShows(wanted: (snapshot: LabSnapshot) => boolean): Promise<void> {
    const snapshot = () => this.#lab?.snapshot;
    const isSo = async () => wanted(snapshot() ?? assert.fail('this is no lab'));
    await until(isSo, 'the lab shows it', () => JSON.stringify(snapshot(), undefined, 1));
  }

  /** One more node, on the next port. */
  async startNode(): Promise<void> {
    const i = this.servers.length;
    const ours = this.kind === 'nodes of ours' || (this.kind === 'a mix of both' && i % 2 === 0);
    const folder = mkdtempSync(path.join(os.tmpdir(), 'trib-node-'));
    this.servers.push(await this.#run(ours ? OurServer : RedisServer, i, folder));
  }

  #run(
    program: typeof OurServer | typeof RedisServer,
    i: number,
    folder: string,
  ): Promise<OurServer | RedisServer> {
    const port = this.base + i;
    // Nobody waits five seconds for more replicas before the first one gets its data.
    const always = { 'cluster-enabled': 'yes', 'repl-diskless-sync-delay': 0 };
    const directives = Object.entries({ ...always, ...this.#directives(i) });
    return program === OurServer
      ? OurServer.startIn(folder, port, ...directives.map((pair) => pair.join(' ')))
      : RedisServer.startIn(folder, port, ...directives.flatMap(([name, value]) => [`--${name}`, value]));
  }

  /** At once, as by SIGKILL; its files stay. */
  async kill(i: number): Promise<void> {
    await this.#process(i).kill();
  }

  pause(i: number): void {
    this.#process(i).pause();
  }

  resume(i: number): void {
    this.#process(i).resume();
  }

  /** A node that was killed comes back with what it left in its files. */
  async restart(i: number): Promise<void> {
    const dead = this.#process(i);
    const program = dead instanceof OurServer ? OurServer : RedisServer;
    this.servers[i] = await this.#run(program, i, dead.folder);
  }

  #process(i: number): OurServer | RedisServer {
    const server = this.server(i);
    assert.ok(!(server instanceof LabMember), 'the lab kills its nodes itself');
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
  async redisCliAgrees(asked = 0): Promise<void> {
    let said = '';
    const content = async () => {
      const { code, text } = await run('redis-cli', ['--cluster', 'check', this.address(asked)]);
      said = text;
      const isWhole = /All nodes agree about slots configuration[\s\S]*All 16384 slots covered/.test(text);
      return code === 0 && isWhole && !/\[ERR\]|\[WARNING\]/.test(text);
    };
    await until(content, 'redis-cli is content', () => said);
  }

  async stop(): Promise<void> {
    for (const server of this.servers) await server.stop();
    await this.#lab?.dispose();
    if (this.#lab) rmSync(this.#lab.snapshot.options.folder, { recursive: true });
  }
}

/** Not spawnSync: our nodes live in this process. */
export function run(program: string, args: readonly string[]): Promise<{ code: number; text: string }> {
  return new Promise((resolve) => {
    execFile(program, args, { timeout: 30_000 }, (error, out, problem) =>
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), text: `${out}${problem}` }),
    );
  });
}
