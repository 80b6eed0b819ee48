/** One connection of a simulated client to one node: commands out, replies in, in order. */
import { encodeCommand } from '../../extension/redis/resp/encode-command.ts';
import { ReplyDecoder, type RespValue } from '../../extension/redis/resp/reply-decoder.ts';
import type { Address, Connection, Timer } from '../../extension/redis/world.ts';
import type { Simulation } from '../../extension/worlds/simulated.ts';
import { outcome, type Script } from './script.ts';

/** `lost`: the connection broke or the time was up; nobody knows whether the command was carried out. */
export type Reply = RespValue | { readonly type: 'lost' };

const LOST: Reply = { type: 'lost' };

export class Session {
  readonly address: Address;
  closed = false;
  readonly #simulation: Simulation;
  readonly #connection: Connection;
  readonly #waiting: ((reply: Reply) => void)[] = [];

  constructor(simulation: Simulation, from: string, address: Address) {
    this.#simulation = simulation;
    this.address = address;
    const decoder = new ReplyDecoder((reply) => this.#waiting.shift()?.(reply));
    this.#connection = simulation.world(from).network.connect(address, {
      connected: () => {},
      data: (bytes, start, end) => decoder.feed(bytes, start, end),
      closed: () => this.#lost(),
    });
  }

  /** A reply that does not come within `limitMs` ends the session: what would come later could not be told apart. */
  send(argv: readonly (string | number)[], limitMs: number, answer: (reply: Reply) => void): void {
    if (this.closed) {
      answer(LOST);
      return;
    }
    let timer: Timer | undefined;
    this.#waiting.push((reply) => {
      timer?.cancel();
      answer(reply);
    });
    this.#connection.write(encodeCommand(argv.map(String)).bytes);
    timer = this.#simulation.after(limitMs, () => this.close());
  }

  *call(limitMs: number, ...argv: readonly (string | number)[]): Script<Reply> {
    return yield* outcome<Reply>((answer) => this.send(argv, limitMs, answer));
  }

  close(): void {
    if (this.closed) return;
    this.#connection.destroy();
    this.#lost();
  }

  #lost(): void {
    this.closed = true;
    for (const answer of this.#waiting.splice(0)) answer(LOST);
  }
}

export function errorOf(reply: Reply): string | undefined {
  return reply.type === 'error' ? reply.value : undefined;
}

export function isOk(reply: Reply): boolean {
  return reply.type === 'simple' && reply.value === 'OK';
}

/** Strings of an array or set reply; [] for anything else. */
export function itemsOf(reply: Reply): string[] {
  if (reply.type !== 'array' && reply.type !== 'set') return [];
  return reply.items.map((item) => (item.type === 'bulk' ? item.value : ''));
}
