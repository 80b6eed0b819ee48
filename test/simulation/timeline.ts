/** What happened in a run, in virtual time: what a failing seed tells. */
import type { NodeEvent } from '../../extension/node/observer.ts';
import { formatRange } from '../../extension/redis/slots.ts';

interface Entry {
  readonly ms: number;
  readonly who: string;
  readonly what: string | NodeEvent;
}

export class Timeline {
  /** Node id -> name of its host. */
  readonly names = new Map<string, string>();
  /** False: what happens is forgotten. Thousands of nodes that meet each other would fill the memory with it. */
  records = true;
  readonly #entries: Entry[] = [];

  /** Events are put into words only when somebody reads them. */
  add(ms: number, who: string, what: string | NodeEvent): void {
    if (this.records) this.#entries.push({ ms, who, what });
  }

  /** Node ids in a text, replaced by the names of their hosts. */
  named(text: string): string {
    return text.replace(
      /\b[0-9a-f]{40}\b(?: \(\))?/g,
      (id) => this.names.get(id.slice(0, 40)) ?? id.slice(0, 8),
    );
  }

  toString(): string {
    return this.#entries
      .map(({ ms, who, what }) => ({ ms, who, text: typeof what === 'string' ? what : describe(what) }))
      .filter(({ text }) => text !== '')
      .map(
        ({ ms, who, text }) =>
          `${(ms / 1000).toFixed(3).padStart(9)} s  ${who.padEnd(4)} ${this.named(text)}`,
      )
      .join('\n');
  }
}

function describe(event: NodeEvent): string {
  switch (event.type) {
    case 'log':
      return event.text;
    case 'slots':
      return `slots of ${event.ownerId} by epoch ${event.epoch}: ${event.ranges.map((range) => formatRange(range)).join(' ') || 'none'}`;
    case 'failure':
      return `holds ${event.peerId} for ${event.state}`;
    case 'election':
      return `election, epoch ${event.epoch}: ${event.step}${event.peerId ? ` ${event.peerId}` : ''}`;
    case 'cluster-state':
      return `state ${event.lack ? `fail: ${event.lack.have} of ${event.lack.of} ${event.lack.what}` : 'ok'}`;
    default:
      // The log says it as well.
      return '';
  }
}
