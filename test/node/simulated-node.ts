/** Whole nodes on hosts of a simulated network, and clients that talk to them in virtual time. */
import assert from 'node:assert/strict';
import { Configuration, TARGET } from '../../extension/node/configuration/configuration.ts';
import { Node } from '../../extension/node/node.ts';
import type { NodeEvent } from '../../extension/node/observer.ts';
import type { StartError } from '../../extension/node/start-up.ts';
import { parseConf } from '../../extension/redis/config/parse-conf.ts';
import { encodeCommand } from '../../extension/redis/resp/encode-command.ts';
import { ReplyDecoder, type RespValue } from '../../extension/redis/resp/reply-decoder.ts';
import type { Connection, DialEvents } from '../../extension/redis/world.ts';
import { Simulation } from '../../extension/worlds/simulated.ts';

/** Long enough for every answer over a calm network. */
const PATIENCE_MS = 60_000;
export const PORT = 6379;

/** Replies as plain values: strings, numbers, null, arrays, maps as arrays of pairs; errors as `-CODE text`. */
export type Plain = string | number | bigint | boolean | null | readonly Plain[];

export function listOf(reply: Plain | undefined): readonly Plain[] {
  assert.ok(typeof reply === 'object' && reply !== null, `no array: ${reply}`);
  return reply;
}

export function plain(reply: RespValue): Plain {
  if ('items' in reply) return reply.items.map(plain);
  if ('entries' in reply) return reply.entries.map(([key, value]) => [plain(key), plain(value)]);
  if (reply.type === 'error') return `-${reply.value}`;
  return reply.type === 'null' ? null : reply.value;
}

export class SimulatedNode {
  readonly simulation: Simulation;
  readonly host: string;
  readonly node: Node;
  readonly events: NodeEvent[] = [];
  readonly log: string[] = [];
  exitCode: number | undefined;
  #clients = 0;

  /** Not started yet. `lines` are those of a conf file. */
  constructor(lines: readonly string[] = [], { simulation = new Simulation(1), host = '10.0.0.1' } = {}) {
    this.simulation = simulation;
    this.host = host;
    const configuration = new Configuration('/data', '/data/redis.conf');
    // Whatever the address: in here nobody is on the same machine.
    const conf = [`port ${PORT}`, 'protected-mode no', 'save ""', 'enable-debug-command yes', ...lines];
    const parsed = parseConf(conf.join('\n'), { target: TARGET });
    assert.deepEqual(parsed.problems, []);
    configuration.load(parsed);
    this.node = new Node({
      world: simulation.world(host),
      configuration,
      observer: { event: (event) => this.events.push(event), wantsBus: false },
      print: (line) => this.log.push(line),
      ended: (code) => {
        this.exitCode = code;
      },
    });
  }

  static started(
    lines: readonly string[] = [],
    where?: { simulation: Simulation; host: string },
  ): SimulatedNode {
    const simulated = new SimulatedNode(lines, where);
    assert.equal(simulated.start(), undefined);
    return simulated;
  }

  start(): StartError | undefined {
    const outcome: { done: boolean; error?: StartError | undefined } = { done: false };
    this.node.start((error) => {
      outcome.done = true;
      outcome.error = error;
    });
    this.simulation.runUntil(() => outcome.done, PATIENCE_MS);
    return outcome.error;
  }

  /** A client on a host of its own, connected. */
  client(host = `10.1.0.${++this.#clients}`): TestClient {
    const client = new TestClient(this.simulation, host, this.host);
    this.simulation.runUntil(() => client.connected || client.closed, PATIENCE_MS);
    return client;
  }
}

export class TestClient {
  connected = false;
  closedByServer = false;
  /** Replies that nobody has asked for yet, pushes included. */
  readonly received: RespValue[] = [];
  readonly connection: Connection;
  readonly #simulation: Simulation;

  constructor(simulation: Simulation, host: string, server: string) {
    this.#simulation = simulation;
    const decoder = new ReplyDecoder((reply) => this.received.push(reply));
    const events: DialEvents = {
      connected: () => {
        this.connected = true;
      },
      data: (bytes, start, end) => decoder.feed(bytes, start, end),
      closed: () => {
        this.closedByServer = true;
      },
    };
    this.connection = simulation.world(host).network.connect({ host: server, port: PORT }, events);
  }

  get closed(): boolean {
    return this.closedByServer;
  }

  /** Sends a command and nothing else. */
  send(...argv: readonly (string | number)[]): void {
    const { bytes } = encodeCommand(argv.map(String));
    this.connection.write(Uint8Array.from(bytes));
  }

  /** Sends bytes as they are. */
  sendRaw(text: string): void {
    this.connection.write(Uint8Array.from(text, (char) => char.charCodeAt(0)));
  }

  /** The next reply. */
  next(): Plain {
    this.#simulation.runUntil(() => this.received.length > 0, PATIENCE_MS);
    const reply = this.received.shift();
    assert.ok(reply);
    return plain(reply);
  }

  /** Sends a command and waits for its reply. */
  call(...argv: readonly (string | number)[]): Plain {
    this.send(...argv);
    return this.next();
  }

  /** The same for what must be answered with an array. */
  list(...argv: readonly (string | number)[]): readonly Plain[] {
    return listOf(this.call(...argv));
  }

  /** What arrives while `ms` pass. */
  wait(ms: number): Plain[] {
    this.#simulation.runFor(ms);
    return this.received.splice(0).map(plain);
  }
}

/** Field of an INFO text or of a CLIENT LIST line. */
export function field(text: Plain, name: string): string | undefined {
  return new RegExp(`(?:^|[\\s])${name}[:=]([^\\s]*)`).exec(String(text))?.[1];
}
