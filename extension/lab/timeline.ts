/** What happens in the lab, in words, as it happens: the nodes' events and the user's deeds. */

import type { NodeEvent } from '../node/observer.ts';
import { formatRange } from '../redis/slots.ts';
import { Listeners } from './listeners.ts';
import { quote, say } from './message.ts';
import type { Message, TimelineEntry, Unsubscribe } from './protocol.ts';

/** Entries of one moment (an election is a dozen) reach the listeners together. */
const GATHER_MS = 50;

type Kind = TimelineEntry['kind'];
/** How a node is called in the lab: by its port. */
export type NameOf = (id: string) => string;

interface Gathered {
  readonly at: number;
  readonly port: number | undefined;
  readonly event: NodeEvent;
  readonly nameOf: NameOf;
}

export class Timeline {
  readonly #listeners = new Listeners<readonly TimelineEntry[]>();
  #gathered: (TimelineEntry | Gathered)[] = [];
  #timer: NodeJS.Timeout | undefined;

  onEntries(listener: (entries: readonly TimelineEntry[]) => void): Unsubscribe {
    return this.#listeners.add(listener);
  }

  add(kind: Kind, port: number | undefined, message: Message): void {
    this.#gather({ at: Date.now(), port, kind, ...message });
  }

  /** A node's event, if it is worth a line. Put into words when all of its moment are told: by then every node has a name. */
  event(port: number, event: NodeEvent, nameOf: NameOf): void {
    this.#gather({ at: Date.now(), port, event, nameOf });
  }

  #gather(what: TimelineEntry | Gathered): void {
    this.#gathered.push(what);
    this.#timer ??= setTimeout(() => this.flush(), GATHER_MS);
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#gathered.length === 0) return;
    const entries = this.#gathered.flatMap((what) => ('event' in what ? entryOf(what) : [what]));
    this.#gathered = [];
    if (entries.length > 0) this.#listeners.tell(entries);
  }
}

function entryOf({ at, port, event, nameOf }: Gathered): TimelineEntry[] {
  const described = describe(event, nameOf);
  return described === undefined ? [] : [{ at, port, kind: described[0], ...described[1] }];
}

function describe(event: NodeEvent, nameOf: NameOf): readonly [Kind, Message] | undefined {
  switch (event.type) {
    case 'started':
      return ['lab', event.id === undefined ? say('started') : say('started as {0}', event.id)];
    case 'stopped':
      return ['lab', say('stopped')];
    case 'log':
      return ['log', quote(event.text)];
    case 'role':
      return ['role', role(event, nameOf)];
    case 'cluster-state':
      return ['state', clusterState(event)];
    case 'known-node':
      return ['state', KNOWN_NODE[event.change](nameOf(event.peerId))];
    case 'failure':
      return [event.state === 'ok' ? 'state' : 'failure', FAILURE[event.state](nameOf(event.peerId))];
    case 'election':
      return ['election', election(event, nameOf)];
    case 'slots': {
      const slots = event.ranges.map(formatRange).join(' ');
      const owner = nameOf(event.ownerId);
      return [
        'slots',
        slots === ''
          ? say('{0} owns no slots since epoch {1}', owner, event.epoch)
          : say('{0} owns slots {1} since epoch {2}', owner, slots, event.epoch),
      ];
    }
    case 'replication-link':
      return ['sync', link(event)];
    case 'sync':
      return ['sync', sync(event)];
    case 'bus':
      return undefined;
  }
}

function clusterState({ ok, lack }: Extract<NodeEvent, { type: 'cluster-state' }>): Message {
  if (ok) return quote('cluster_state:ok');
  if (lack === undefined) return quote('cluster_state:fail');
  return lack.what === 'primaries'
    ? say('cluster_state:fail ({0} of {1} primaries reachable)', lack.have, lack.of)
    : say('cluster_state:fail ({0} of {1} slots served)', lack.have, lack.of);
}

function link({ up, primary }: Extract<NodeEvent, { type: 'replication-link' }>): Message {
  if (up) return say('link to the primary {0} is up', primary);
  // Who was made a primary has none any more.
  return primary === ''
    ? say('link to the primary is down')
    : say('link to the primary {0} is down', primary);
}

function role(event: Extract<NodeEvent, { type: 'role' }>, nameOf: NameOf): Message {
  if (event.role === 'primary') return say('is a primary now');
  if (event.primaryId === undefined) return say('is a replica now');
  return say('replicates {0} now', nameOf(event.primaryId));
}

const KNOWN_NODE = {
  joined: (name: string) => say('{0} joined', name),
  forgotten: (name: string) => say('{0} was forgotten', name),
  address: (name: string) => say('{0} has another address', name),
} as const;

const FAILURE = {
  pfail: (name: string) => say('{0} does not answer (PFAIL)', name),
  fail: (name: string) => say('{0} has failed: most primaries agree (FAIL)', name),
  ok: (name: string) => say('{0} answers again', name),
} as const;

function election(event: Extract<NodeEvent, { type: 'election' }>, nameOf: NameOf): Message {
  switch (event.step) {
    case 'started':
      return say('waits to stand for election');
    case 'requested':
      return say('asks for votes in epoch {0}', event.epoch);
    case 'voted':
      return event.peerId === undefined
        ? say('votes in epoch {0}', event.epoch)
        : say('votes for {0} in epoch {1}', nameOf(event.peerId), event.epoch);
    case 'won':
      return say('won the election of epoch {0}', event.epoch);
    case 'lost':
      return say('lost the election of epoch {0}', event.epoch);
  }
}

function sync(event: Extract<NodeEvent, { type: 'sync' }>): Message {
  const told = SYNC[event.step](event.peer);
  return event.bytes === undefined ? told : say('{0} ({1} bytes)', told, event.bytes);
}

const SYNC = {
  'full-started': (peer: string) => say('full synchronisation with {0} started', peer),
  'full-finished': (peer: string) => say('full synchronisation with {0} finished', peer),
  partial: (peer: string) => say('went on from where it was with {0}', peer),
} as const;
