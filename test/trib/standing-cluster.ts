/**
 * A cluster that stands still: its nodes tell who they are as they were described, and only note what they are told to do.
 * What redis-trib plans, asks and refuses shows on it; what becomes of a cluster is told in test/conformance.
 */
import assert from 'node:assert/strict';
import { sequence } from '../../extension/trib/cluster-node.ts';
import type { Answer, Argument, Dial, NodeConnection } from '../../extension/trib/connection.ts';
import { type Run, type Told, trib } from './transcripts.ts';

export interface Described {
  /** First and last slot of each range. */
  readonly slots?: readonly (readonly [number, number])[];
  /** The name of its primary. */
  readonly replicaOf?: string;
  readonly epoch?: number;
  /** As CLUSTER NODES has it: `[5->-b]` with the other's name. */
  readonly open?: string;
  /** How many keys of which slot. */
  readonly keys?: Readonly<Record<number, number>>;
  /** What it does not know, or thinks to be dead. */
  readonly forgot?: readonly string[];
  readonly failed?: readonly string[];
  /** What it thinks another one has, when that is not what that one says. */
  readonly believes?: Readonly<Record<string, readonly (readonly [number, number])[]>>;
  /** Not in a cluster with the others. */
  readonly alone?: boolean;
  readonly plain?: boolean;
  readonly unreachable?: boolean;
  readonly functions?: boolean;
  readonly currentEpoch?: number;
}

/** `a` has the id aaaa… and the port 7000 plus its place. */
export const idOf = (name: string): string => name.repeat(40).slice(0, 40);

/** So many slots from the first one on, cut among primaries by their names. */
export function sharing(shares: Readonly<Record<string, number>>): Record<string, Described> {
  let next = 0;
  return Object.fromEntries(
    Object.entries(shares).map(([name, count]) => {
      const first = next;
      next += count;
      return [name, count === 0 ? {} : { slots: [[first, next - 1]] as const }];
    }),
  );
}

export class StandingCluster {
  /** `b> CLUSTER MEET …`, in the order in which it came; not what was only asked. */
  readonly told: string[] = [];
  /** Connections that are not closed. */
  open = 0;
  readonly #nodes: Map<string, Described>;
  readonly #keys: Map<string, Map<number, string[]>>;

  constructor(nodes: Readonly<Record<string, Described>>) {
    this.#nodes = new Map(Object.entries(nodes));
    this.#keys = new Map(
      [...this.#nodes].map(([name, { keys = {} }]) => [
        name,
        new Map(
          Object.entries(keys).map(([slot, count]) => [
            Number(slot),
            sequence(1, count).map((n) => `${name}${n}`),
          ]),
        ),
      ]),
    );
  }

  address(name: string): string {
    return `127.0.0.1:${this.#portOf(name)}`;
  }

  /** Runs a command line on it; names of nodes in words like `@b` and `#b` become addresses and ids. */
  async trib(line: string, run: Run = {}): Promise<Told> {
    const words = line.split(' ').map((word) => this.#spelled(word));
    const answers = (run.answers ?? []).map((answer) => this.#spelled(answer));
    const told = await trib(words, { ...run, answers, dialWith: () => this.dial });
    assert.equal(this.open, 0, 'however it ends, no connection is left open');
    return told;
  }

  /** A text with names of nodes for their addresses and ids: `@b` and `#b`. */
  short(text: string): string {
    let found = text;
    for (const name of this.#nodes.keys())
      found = found.replaceAll(this.address(name), `@${name}`).replaceAll(idOf(name), `#${name}`);
    return found;
  }

  #spelled(word: string): string {
    return word
      .replace(/@([a-z])\b/g, (_, name: string) => this.address(name))
      .replace(/#([a-z])\b/g, (_, name: string) => idOf(name));
  }

  #portOf(name: string): number {
    return 7000 + [...this.#nodes.keys()].indexOf(name);
  }

  readonly dial: Dial = async (address) => {
    const name = [...this.#nodes.keys()][address.port - 7000] ?? '';
    const node = this.#nodes.get(name);
    if (!node || node.unreachable) throw new Error(`can't connect to ${name}`);
    const call: NodeConnection['call'] = async (command, ...args) => this.#answer(name, node, command, args);
    this.open++;
    const close = () => {
      this.open--;
    };
    return { address, credentials: {}, call, close };
  };

  #answer(name: string, node: Described, command: string, args: readonly Argument[]): Answer {
    const [what = '', slot] = args;
    const keys = this.#keys.get(name) ?? new Map<number, string[]>();
    switch (`${command} ${command === 'MIGRATE' ? '' : what}`.trim()) {
      case 'CLUSTER NODES':
        return this.#table(name, node);
      case 'CLUSTER INFO':
        return `cluster_state:ok\r\ncluster_current_epoch:${node.currentEpoch ?? 9}\r\n`;
      case 'INFO cluster':
        return `cluster_enabled:${node.plain ? 0 : 1}\r\n`;
      case 'INFO memory':
        return 'used_memory_dataset:1000\r\n';
      case 'DBSIZE':
        return [...keys.values()].flat().length;
      case 'CLUSTER COUNTKEYSINSLOT':
        return keys.get(Number(slot))?.length ?? 0;
      case 'CLUSTER GETKEYSINSLOT':
        return (keys.get(Number(slot)) ?? []).slice(0, Number(args[2])).map((key) => Buffer.from(key));
      case 'FUNCTION LIST':
        return node.functions ? ['a library'] : [];
      case 'FUNCTION DUMP':
        return Buffer.from('a dump');
    }
    const words = args.map((word) => word.toString());
    if (command === 'MIGRATE')
      for (const [of, all] of keys)
        keys.set(
          of,
          all.filter((key) => !words.includes(key)),
        );
    this.told.push(this.short(`${name}> ${[command, ...words].join(' ')}`));
    return 'OK';
  }

  /** CLUSTER NODES of one node. */
  #table(me: string, node: Described): string {
    const known = [...this.#nodes].filter(
      ([name, other]) => name === me || (!node.alone && !other.alone && !node.forgot?.includes(name)),
    );
    return known
      .map(([name, other]) => {
        const flags = [
          ...(name === me ? ['myself'] : []),
          other.replicaOf ? 'slave' : 'master',
          ...(node.failed?.includes(name) ? ['fail'] : []),
        ].join(',');
        const slots = (name === me ? undefined : node.believes?.[name]) ?? other.slots ?? [];
        const ranges = slots.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`));
        const open = name === me && node.open ? node.open.split(' ') : [];
        const opened = open.map((word) => word.replace(/([a-z])\]$/, (_, peer: string) => `${idOf(peer)}]`));
        const primary = other.replicaOf ? idOf(other.replicaOf) : '-';
        const port = this.#portOf(name);
        const place = `127.0.0.1:${port}@${port + 10_000}`;
        return [
          idOf(name),
          place,
          flags,
          primary,
          0,
          0,
          other.epoch ?? 0,
          'connected',
          ...ranges,
          ...opened,
        ].join(' ');
      })
      .join('\n');
  }
}
