/**
 * Keeps an eye on a cluster from outside: asks every node again and again, finds nodes that joined, and comes back to the
 * cluster through any node it ever knew when the others are gone. Sends nothing that changes anything.
 */
import { messageOf } from '../redis/caught.ts';
import { type NodeLine, parseClusterNodes } from './cluster-nodes.ts';
import { type ClusterPicture, fieldsOf, NOTHING_YET, pictureOf, type Told } from './cluster-picture.ts';
import { addressText, type Dial, type NodeAddress, type NodeConnection, textOf } from './connection.ts';
import { TribError } from './transcript.ts';

/** Often enough to see a failover happen, seldom enough to be no load: three commands a node. */
const PERIOD_MS = 2000;
/** While nobody answers, at most. */
const LONGEST_PERIOD_MS = 15_000;
/** A node that is stopped takes connections and never answers. */
const ANSWER_LIMIT_MS = 5000;
/** Longer than a connection may take to come about: why it did not says more than that it did not. */
const DIAL_LIMIT_MS = 6000;
/** Counted in so many parts: a computer that slept wakes up to answers that it has not read, and to timers that are due. */
const TICKS = 50;

export class ClusterWatch {
  readonly #seeds: readonly NodeAddress[];
  readonly #dial: Dial;
  readonly #changed: (picture: ClusterPicture) => void;
  readonly #connections = new Map<string, NodeConnection>();
  /** Where nodes were once found. */
  #known: readonly NodeAddress[] = [];
  #picture = NOTHING_YET;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  #failures = 0;
  #stopped = false;

  constructor(
    seeds: readonly NodeAddress[],
    dial: Dial,
    changed: (picture: ClusterPicture) => void = () => {},
  ) {
    this.#seeds = seeds;
    this.#dial = dial;
    this.#changed = changed;
  }

  get picture(): ClusterPicture {
    return this.#picture;
  }

  /** Rejects with what each seed said when none of them leads to the cluster; nothing is watched then. */
  async start(): Promise<void> {
    await this.refresh();
    if (this.#picture.state !== 'lost') return;
    this.stop();
    throw new TribError(this.#picture.cause ?? '');
  }

  /** Looks now. */
  async refresh(): Promise<void> {
    // What is on its way may have been asked before the change that the caller wants to see.
    await this.#looking;
    clearTimeout(this.#timer);
    this.#looking = this.#look();
    await this.#looking;
    this.#looking = undefined;
    if (this.#stopped) return;
    const wait = Math.min(PERIOD_MS * 2 ** this.#failures, LONGEST_PERIOD_MS);
    this.#timer = setTimeout(() => void this.refresh(), wait);
    this.#timer.unref();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    for (const connection of this.#connections.values()) connection.close();
    this.#connections.clear();
  }

  async #look(): Promise<void> {
    const causes: string[] = [];
    const silent = new Map<string, string>();
    for (const address of this.#places()) {
      try {
        const first = await this.#ask(address);
        this.#adopt(await this.#askAll(first, silent));
        this.#failures = 0;
        return;
      } catch (error) {
        const cause = messageOf(error).replace(/^\[ERR\] /, '');
        causes.push(cause);
        if (error instanceof NoAnswer) silent.set(addressText(address), cause);
      }
    }
    this.#failures++;
    const clusterState = 'unknown' as const;
    this.#adopt({ ...this.#picture, state: 'lost', cause: causes.join('\n'), clusterState });
  }

  /** Connected nodes first, then whoever was known, then where it all began. */
  #places(): NodeAddress[] {
    const open = [...this.#connections.values()].map(({ address }) => address);
    const all = [...open, ...this.#known, ...this.#seeds];
    return [...new Map(all.map((address) => [addressText(address), address])).values()];
  }

  /** Everybody that the first one knows, or that somebody knows whom it knows; who has just been silent is not asked again. */
  async #askAll(first: Told, silent: ReadonlyMap<string, string>): Promise<ClusterPicture> {
    const told = [first];
    const refusals = new Map<string, string>();
    const seen = new Set(ids(first.lines.filter(({ flags }) => flags.has('myself'))));
    for (let lines = first.lines; lines.length > 0; ) {
      const strangers = new Map(
        lines
          .filter(({ id, flags }) => !seen.has(id) && !flags.has('handshake'))
          .map((line) => [line.id, line]),
      );
      for (const id of strangers.keys()) seen.add(id);
      const answers = await Promise.all(
        [...strangers.values()].map((line) =>
          this.#askOrSay(line, refusals, silent.get(addressText(line.address))),
        ),
      );
      const reached = answers.filter((answer) => answer !== undefined);
      told.push(...reached);
      lines = reached.flatMap((one) => one.lines);
    }
    this.#known = told.map(({ address }) => address);
    this.#hangUp(this.#known);
    return pictureOf(told, refusals);
  }

  async #askOrSay(
    line: NodeLine,
    refusals: Map<string, string>,
    silence: string | undefined,
  ): Promise<Told | undefined> {
    try {
      if (silence !== undefined) throw new NoAnswer(silence);
      if (line.flags.has('noaddr')) throw new TribError(`${line.id} has no address`);
      return await this.#ask(line.address);
    } catch (error) {
      refusals.set(line.id, messageOf(error).replace(/^\[ERR\] /, ''));
      return undefined;
    }
  }

  async #ask(address: NodeAddress): Promise<Told> {
    const kept = this.#connections.get(addressText(address));
    try {
      return await this.#question(address);
    } catch (error) {
      // "Connection is closed" is no cause: dialling again says what is the matter, or finds the node back.
      if (kept === undefined || error instanceof NoAnswer) throw error;
      return this.#question(address);
    }
  }

  async #question(address: NodeAddress): Promise<Told> {
    const name = addressText(address);
    const connection = this.#connections.get(name) ?? (await this.#reach(address));
    if (this.#stopped) {
      connection.close();
      throw new TribError(`${name}: no longer watched`);
    }
    this.#connections.set(name, connection);
    try {
      const answers = Promise.all([
        connection.call('CLUSTER', 'NODES'),
        connection.call('CLUSTER', 'INFO'),
        connection.call('INFO'),
      ]);
      const [nodes, clusterInfo, info] = (await within(ANSWER_LIMIT_MS, answers, name)).map(textOf);
      return {
        address,
        lines: parseClusterNodes(nodes ?? ''),
        clusterInfo: fieldsOf(clusterInfo ?? ''),
        info: fieldsOf(info ?? ''),
      };
    } catch (error) {
      this.#connections.delete(name);
      connection.close();
      if (error instanceof TribError) throw error;
      throw new TribError(`${name}: ${messageOf(error)}`);
    }
  }

  /** A stopped node takes the connection as well, and does not greet. */
  async #reach(address: NodeAddress): Promise<NodeConnection> {
    const dialled = this.#dial(address);
    try {
      return await within(DIAL_LIMIT_MS, dialled, addressText(address));
    } catch (error) {
      // It may come yet, and nobody will want it.
      dialled.then((late) => late.close()).catch(() => undefined);
      throw error;
    }
  }

  /** Those that were asked for the way only: a seed may have another name than the one its node announces. */
  #hangUp(but: readonly NodeAddress[]): void {
    const wanted = new Set(but.map(addressText));
    for (const [name, connection] of this.#connections) {
      if (wanted.has(name)) continue;
      connection.close();
      this.#connections.delete(name);
    }
  }

  #adopt(picture: ClusterPicture): void {
    if (this.#stopped) return;
    const same = JSON.stringify(picture) === JSON.stringify(this.#picture);
    this.#picture = picture;
    if (!same) this.#changed(picture);
  }
}

class NoAnswer extends TribError {}

function within<T>(ms: number, promise: Promise<T>, name: string): Promise<T> {
  return new Promise((resolve, reject) => {
    let ticks = 0;
    const timer = setInterval(() => {
      if (++ticks === TICKS) reject(new NoAnswer(`${name}: no answer within ${ms / 1000} s`));
    }, ms / TICKS);
    promise.then(resolve, reject).finally(() => clearInterval(timer));
  });
}

function ids(lines: readonly NodeLine[]): string[] {
  return lines.map(({ id }) => id);
}
