/**
 * What goes over the cluster bus, in lines that a person can follow: PING and PONG, a hundred a second in a lab of six,
 * are counted; everything else is an occasion of its own.
 */
import type { NodeEvent } from '../node/observer.ts';
import { say } from './message.ts';
import type { NameOf, Timeline } from './timeline.ts';

type BusEvent = Extract<NodeEvent, { type: 'bus' }>;

const PERIOD_MS = 1000;
const HEARTBEATS: ReadonlySet<string> = new Set(['ping', 'pong']);

export class Gossip {
  readonly #timeline: Timeline;
  readonly #counts = new Map<string, number>();
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(timeline: Timeline) {
    this.#timeline = timeline;
  }

  /** Nodes tell of their messages only while somebody watches: it costs an event a message. */
  get wanted(): boolean {
    return this.#timer !== undefined;
  }

  watch(wanted: boolean): void {
    clearInterval(this.#timer);
    this.#timer = wanted ? setInterval(() => this.#tell(), PERIOD_MS) : undefined;
    this.#timer?.unref();
    this.#forget();
  }

  hear(port: number, { direction, message, peerId, bytes }: BusEvent, nameOf: NameOf): void {
    if (!this.wanted || direction === 'received') return;
    const type = message.toLowerCase();
    if (HEARTBEATS.has(type)) {
      this.#counts.set(type, (this.#counts.get(type) ?? 0) + 1);
      this.#bytes += bytes;
    } else if (peerId === '') this.#timeline.add('gossip', port, say('sends {0}', message.toUpperCase()));
    else this.#timeline.add('gossip', port, say('sends {0} to {1}', message.toUpperCase(), nameOf(peerId)));
  }

  #tell(): void {
    const count = (type: string): number => this.#counts.get(type) ?? 0;
    this.#timeline.add(
      'gossip',
      undefined,
      say('in the last second {0} PING and {1} PONG, {2} bytes', count('ping'), count('pong'), this.#bytes),
    );
    this.#forget();
  }

  #forget(): void {
    this.#counts.clear();
    this.#bytes = 0;
  }
}
