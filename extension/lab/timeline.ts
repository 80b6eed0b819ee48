/** What happens in the lab, in words, as it happens: the nodes' events and the user's deeds. */

import type { NodeEvent } from '../node/observer.ts';
import { formatRange } from '../redis/slots.ts';
import { Listeners } from './listeners.ts';
import type { TimelineEntry, Unsubscribe } from './protocol.ts';

/** Entries of one moment (an election is a dozen) reach the listeners together. */
const GATHER_MS = 50;

type Kind = TimelineEntry['kind'];
/** How a node is called in the lab: by its port. */
export type NameOf = (id: string) => string;

export class Timeline {
  readonly #listeners = new Listeners<readonly TimelineEntry[]>();
  #gathered: TimelineEntry[] = [];
  #timer: NodeJS.Timeout | undefined;

  onEntries(listener: (entries: readonly TimelineEntry[]) => void): Unsubscribe {
    return this.#listeners.add(listener);
  }

  add(kind: Kind, port: number | undefined, text: string): void {
    this.#gathered.push({ at: Date.now(), port, kind, text });
    this.#timer ??= setTimeout(() => this.flush(), GATHER_MS);
  }

  /** A node's event, if it is worth a line. */
  event(port: number, event: NodeEvent, nameOf: NameOf): void {
    const described = describe(event, nameOf);
    if (described !== undefined) this.add(described[0], port, described[1]);
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#gathered.length === 0) return;
    const entries = this.#gathered;
    this.#gathered = [];
    this.#listeners.tell(entries);
  }
}

function describe(event: NodeEvent, nameOf: NameOf): readonly [Kind, string] | undefined {
  switch (event.type) {
    case 'started':
      return ['lab', event.id === undefined ? 'started' : `started as ${event.id}`];
    case 'stopped':
      return ['lab', 'stopped'];
    case 'log':
      return ['log', event.text];
    case 'role':
      return event.role === 'primary'
        ? ['role', 'is a primary now']
        : ['role', `replicates ${event.primaryId === undefined ? 'a primary' : nameOf(event.primaryId)} now`];
    case 'cluster-state':
      return ['state', event.ok ? 'cluster_state:ok' : `cluster_state:fail (${event.reason})`];
    case 'known-node':
      return ['state', `${nameOf(event.peerId)} ${KNOWN_NODE[event.change]}`];
    case 'failure':
      return ['failure', FAILURE[event.state](nameOf(event.peerId))];
    case 'election':
      return ['election', election(event, nameOf)];
    case 'slots': {
      const slots = event.ranges.map(formatRange).join(' ');
      const what = slots === '' ? 'no slots' : `slots ${slots}`;
      return ['slots', `${nameOf(event.ownerId)} owns ${what} since epoch ${event.epoch}`];
    }
    case 'replication-link':
      return ['sync', `link to the primary ${event.primary} is ${event.up ? 'up' : 'down'}`];
    case 'sync':
      return ['sync', sync(event)];
    case 'bus':
      return undefined;
  }
}

const KNOWN_NODE = {
  joined: 'joined',
  forgotten: 'was forgotten',
  address: 'has another address',
} as const;

const FAILURE = {
  pfail: (name: string) => `${name} does not answer (PFAIL)`,
  fail: (name: string) => `${name} has failed: most primaries agree (FAIL)`,
  ok: (name: string) => `${name} answers again`,
} as const;

function election(event: Extract<NodeEvent, { type: 'election' }>, nameOf: NameOf): string {
  const other = event.peerId === undefined ? 'a replica' : nameOf(event.peerId);
  switch (event.step) {
    case 'started':
      return 'waits to stand for election';
    case 'requested':
      return `asks for votes in epoch ${event.epoch}`;
    case 'voted':
      return `votes for ${other} in epoch ${event.epoch}`;
    case 'won':
      return `won the election of epoch ${event.epoch}`;
    case 'lost':
      return `lost the election of epoch ${event.epoch}`;
  }
}

function sync(event: Extract<NodeEvent, { type: 'sync' }>): string {
  const size = event.bytes === undefined ? '' : ` (${event.bytes} bytes)`;
  switch (event.step) {
    case 'full-started':
      return `full synchronisation with ${event.peer} started`;
    case 'full-finished':
      return `full synchronisation with ${event.peer} finished${size}`;
    case 'partial':
      return `went on from where it was with ${event.peer}${size}`;
  }
}
