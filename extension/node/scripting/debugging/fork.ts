/**
 * What is a forked child in redis-server: a second node in this process that has the data of the moment in which EVAL
 * came and the session of the client that debugs, but no port, no bus, no disk and no replicas. Its script may do what it
 * likes: nobody hears of it, and it is gone with the connection.
 */
import type { Park } from '../../../redis/commands/command.ts';
import type { Args } from '../../../redis/resp/args.ts';
import type { Keyspace } from '../../../redis/store/keyspace.ts';
import { RdbFileReader } from '../../../redis/store/rdb/file-reader.ts';
import { RdbFileWriter } from '../../../redis/store/rdb/file-writer.ts';
import type { Connection, ProcessWorld } from '../../../redis/world.ts';
import type { NodeCall, NodeScripting, NodeServices } from '../../call.ts';
import { Client, type ClientHost } from '../../clients/client.ts';
import type { ClusterNode } from '../../cluster/cluster.ts';
import type { Configuration } from '../../configuration/configuration.ts';
import type { Observer } from '../../observer.ts';
import { RdbLoader } from '../../persistence/loader.ts';
import { Snapshot } from '../../persistence/snapshot.ts';
import { ForkedWorld } from './forked-world.ts';

/** A node that was made as a copy, as far as it is needed here. */
export interface ForkedNode extends ClientHost {
  readonly databases: readonly Keyspace[];
  readonly scripting: NodeScripting;
  readonly cluster: ClusterNode | undefined;
  readonly clients: NodeServices['clients'];
  readonly replication: NodeServices['replication'];
  kill(): void;
}

/** Whoever has a script to be debugged on a copy. */
export interface ForkHost {
  readonly node: NodeServices;
  readonly clientHost: ClientHost;
  /** A node that is a copy of this one, without its data yet. */
  fork(world: ProcessWorld, configuration: Configuration, observer: Observer): ForkedNode;
}

/** What else is as in the original. */
const KEEPS_NOTHING = [
  ['appendonly', 'no'],
  ['save', ''],
  ['logfile', ''],
] as const;

/** Another image is being made: this one waits for so long and looks again. */
const RETRY_MS = 10;

export class DebugFork {
  readonly #host: ForkHost;
  readonly #client: Client;
  readonly #args: Args;
  readonly #ended: () => void;
  readonly #node: ForkedNode;
  #session: Client | undefined;
  #snapshot: Snapshot | undefined;
  #over = false;

  constructor(host: ForkHost, { args, client }: NodeCall, ended: () => void) {
    const { node } = host;
    this.#host = host;
    this.#client = client;
    this.#args = args.detach();
    this.#ended = ended;
    const observer: Observer = {
      wantsBus: false,
      event: (event) => {
        if (event.type === 'log') node.log(event.level, event.text);
      },
    };
    this.#node = host.fork(new ForkedWorld(node.world), node.settings.copy(KEEPS_NOTHING), observer);
    const { primary } = node.replication;
    if (node.cluster !== undefined) this.#node.cluster?.mirror(node.cluster);
    else if (primary !== undefined) this.#node.replication.follow(primary);
  }

  /** The client is its alone from here on. */
  start(): Park {
    const client = this.#client;
    this.#host.node.clients.remove(client);
    this.#copy();
    return client.park({
      timedOut: () => {},
      input: (bytes, start, end) => this.#session?.data(bytes, start, end),
      released: () => {
        this.#session?.closed();
        this.kill();
      },
    });
  }

  kill(): void {
    if (this.#over) return;
    this.#over = true;
    this.#snapshot?.cancel();
    this.#node.kill();
    this.#client.close();
    this.#ended();
  }

  #copy(): void {
    const { node } = this.#host;
    if (this.#over) return;
    if (node.databases.some(({ watcher }) => watcher !== undefined)) {
      node.world.clock.after(RETRY_MS, () => this.#copy());
      return;
    }
    const loader = new RdbLoader({
      databases: this.#node.databases,
      log: () => {},
      dropExpiredAt: undefined,
      wallMs: node.world.clock.wallMs(),
    });
    const reader = new RdbFileReader(loader, false);
    const writer = new RdbFileWriter({ compress: false, checksum: false });
    this.#snapshot = new Snapshot(node, writer, {
      write: (bytes) => {
        reader.feed(bytes, 0, bytes.length);
        return true;
      },
      // Behind the turn that EVAL came in: its replies leave first.
      finished: () => node.world.clock.after(0, () => this.#run()),
    });
    this.#snapshot.start();
  }

  #run(): void {
    if (this.#over) return;
    const { clientHost, node } = this.#host;
    const parent = this.#client;
    clientHost.pendingWrites.flush();
    node.log('notice', 'Redis forked for debugging eval');
    const session = new Client(parent.id, this.#connection(), this.#node);
    session.user = parent.user;
    session.trusted = parent.trusted;
    session.database = parent.database;
    session.protocol = parent.protocol;
    session.readonlyMode = parent.readonlyMode;
    session.name = parent.name;
    this.#session = session;
    this.#node.clients.add(session);
    this.#node.scripting.debugging.set(session, 'sync');
    this.#node.turns.run(() => {
      this.#node.execute(session, this.#args);
      session.flush();
    });
  }

  /** That of our client, which the copy writes to itself. */
  #connection(): Connection {
    const { connection } = this.#client;
    const end = (): void => {
      this.#host.node.log('notice', 'Lua debugging session child exiting');
      this.#client.closeAfterReply();
    };
    return {
      local: connection.local,
      remote: connection.remote,
      unixSocket: connection.unixSocket,
      get pendingBytes() {
        return connection.pendingBytes;
      },
      write: (bytes, from, to) => connection.write(bytes, from, to),
      pause: () => connection.pause(),
      resume: () => connection.resume(),
      end,
      destroy: end,
    };
  }
}
