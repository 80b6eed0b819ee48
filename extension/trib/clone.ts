/**
 * The shape of a cluster, to be tried out on another one: ids, roles, epochs and slots go into files nodes.conf for nodes
 * somewhere else, and as many keys as there were, though not the same, go into each slot. Only the copy is written to.
 */
import { BUS_PORT_OFFSET } from '../redis/config/ports.ts';
import { formatRange, keySlotOf, SLOT_COUNT } from '../redis/slots.ts';
import { type ClusterNode, sequence } from './cluster-node.ts';
import type { NodeLine } from './cluster-nodes.ts';
import { ClusterView } from './cluster-view.ts';
import { addressText, type Dial, type NodeAddress, type NodeConnection, textOf } from './connection.ts';
import { countKeys } from './move-slot.ts';
import { errorLine } from './node-error.ts';
import { type Transcript, TribError } from './transcript.ts';

/** A rehearsal shows how long things take from one slot to the next; ten times as many keys show no more of it. */
const MOST_KEYS = 100_000;
/** Keys in one MSET. */
const CHUNK = 500;
/** Slots that are filled side by side. */
const AT_ONCE = 100;
/** A primary that starts with slots takes no writes for two seconds; some gossip comes before. */
const SERVE_LIMIT_MS = 20_000;
const SERVE_POLL_MS = 100;
/** Keys of one slot on one node, which need not own it. */
interface Pile {
  readonly node: string;
  readonly slot: number;
  readonly keys: number;
  readonly owned: boolean;
}

interface OpenSlot {
  readonly node: string;
  readonly slot: number;
  readonly words: readonly string[];
}

export interface CloneOfCluster {
  /** Ids, in the order of the places that the copy is given. */
  readonly ids: readonly string[];
  /** Nodes that could not be asked and have no copy. */
  readonly leftOut: readonly string[];
  /** Slots without an owner: a copy whose nodes insist on all slots would never serve. */
  readonly uncovered: number;
  /** What the original has, and how many of them the copy gets. */
  readonly keys: { readonly original: number; readonly copied: number };
  /** The text of nodes.conf for each node, when the copies stand at these places. */
  files(places: readonly NodeAddress[]): string[];
  /** Waits until the copies serve, then gives them keys and opens the slots that were open. */
  fill(places: readonly NodeAddress[], dial: Dial): Promise<void>;
}

/** Looks at the cluster; asks only. */
export async function cloneOf(
  seeds: readonly NodeAddress[],
  dial: Dial,
  transcript: Transcript,
): Promise<CloneOfCluster> {
  const view = await firstView(seeds, dial, transcript);
  try {
    const nodes = view.nodes.toSorted(
      (a, b) => Number(a.isReplica) - Number(b.isReplica) || lowest(a) - lowest(b),
    );
    const piles = await countPiles(view);
    const original = piles.reduce((sum, { keys }) => sum + keys, 0);
    const scale = Math.min(1, MOST_KEYS / Math.max(original, 1));
    const scaled = piles.map((pile) => ({ ...pile, keys: Math.ceil(pile.keys * scale) }));
    const epochs = await Promise.all(nodes.map(currentEpoch));
    const epoch = Math.max(0, ...epochs);
    const open = nodes.flatMap(openSlots);
    return {
      ids: nodes.map(({ id }) => id),
      leftOut: view.unreachable.map(({ address }) => addressText(address)),
      uncovered: view.uncoveredSlots().length,
      keys: { original, copied: scaled.reduce((sum, { keys }) => sum + keys, 0) },
      files: (places) => nodes.map((node) => fileOf(node, nodes, places, epoch)),
      fill: (places, dialCopy) => fill(nodes, places, dialCopy, scaled, open),
    };
  } finally {
    view.close();
  }
}

async function firstView(
  seeds: readonly NodeAddress[],
  dial: Dial,
  transcript: Transcript,
): Promise<ClusterView> {
  const causes: string[] = [];
  for (const seed of seeds) {
    try {
      return await ClusterView.from(seed, dial, transcript);
    } catch (error) {
      causes.push(errorLine(error));
    }
  }
  throw new TribError(causes.join('\n'));
}

function lowest({ slots }: ClusterNode): number {
  return Math.min(SLOT_COUNT, ...slots);
}

async function currentEpoch(node: ClusterNode): Promise<number> {
  const info = textOf(await node.cluster('INFO'));
  return Number(/^cluster_current_epoch:(\d+)/m.exec(info)?.[1] ?? 0);
}

async function countPiles(view: ClusterView): Promise<Pile[]> {
  const slots = sequence(0, SLOT_COUNT - 1);
  const counted = await Promise.all(
    view.primaries.map(async (node) => {
      const counts = await countKeys(node, slots);
      return [...counts].map(([slot, keys]) => ({ node: node.id, slot, keys, owned: node.slots.has(slot) }));
    }),
  );
  return counted.flat().filter(({ keys }) => keys > 0);
}

function openSlots({ id, migrating, importing }: ClusterNode): OpenSlot[] {
  return [
    ...[...migrating].map(([slot, peer]) => ({ node: id, slot, words: ['MIGRATING', peer] })),
    ...[...importing].map(([slot, peer]) => ({ node: id, slot, words: ['IMPORTING', peer] })),
  ];
}

/** What the node believes, disagreements included; nodes that have no copy are left out. */
function fileOf(
  node: ClusterNode,
  nodes: readonly ClusterNode[],
  places: readonly NodeAddress[],
  epoch: number,
): string {
  const lines = node.self ? [node.self, ...node.friends] : node.friends;
  const known = lines.flatMap((line) => {
    const place = places[nodes.findIndex(({ id }) => id === line.id)];
    return place === undefined ? [] : [lineOf(line, place)];
  });
  return `${known.join('\n')}\nvars currentEpoch ${epoch} lastVoteEpoch 0\n`;
}

function lineOf({ id, flags, primaryId, configEpoch, slots }: NodeLine, { host, port }: NodeAddress): string {
  const role = primaryId === undefined ? 'master' : 'slave';
  const words = flags.has('myself') ? `myself,${role}` : role;
  const ranges = slots.map((range) => ` ${formatRange(range)}`).join('');
  return `${id} ${host}:${port}@${port + BUS_PORT_OFFSET} ${words} ${primaryId ?? '-'} 0 0 ${configEpoch} connected${ranges}`;
}

async function fill(
  nodes: readonly ClusterNode[],
  places: readonly NodeAddress[],
  dial: Dial,
  piles: readonly Pile[],
  open: readonly OpenSlot[],
): Promise<void> {
  const connections = new Map<string, NodeConnection>();
  try {
    for (const [i, { id }] of nodes.entries()) {
      const place = places[i];
      if (place) connections.set(id, await dial(place));
    }
    await untilServing([...connections.values()]);
    const words = wordsOf(new Set(piles.map(({ slot }) => slot)));
    const putPile = async (pile: Pile): Promise<void> => {
      const connection = connections.get(pile.node);
      if (connection) await put(connection, pile, words.get(pile.slot) ?? '');
    };
    const owned = piles.filter((pile) => pile.owned);
    for (let at = 0; at < owned.length; at += AT_ONCE)
      await Promise.all(owned.slice(at, at + AT_ONCE).map(putPile));
    for (const pile of piles) if (!pile.owned) await putPile(pile);
    for (const { node, slot, words: how } of open)
      await connections.get(node)?.call('CLUSTER', 'SETSLOT', slot, ...how);
  } finally {
    for (const connection of connections.values()) connection.close();
  }
}

async function untilServing(connections: readonly NodeConnection[]): Promise<void> {
  const end = performance.now() + SERVE_LIMIT_MS;
  for (;;) {
    const infos = await Promise.all(connections.map((connection) => connection.call('CLUSTER', 'INFO')));
    if (infos.every((info) => textOf(info).includes('cluster_state:ok'))) return;
    if (performance.now() > end) throw new TribError('[ERR] The copy of the cluster does not serve');
    await new Promise((resolve) => setTimeout(resolve, SERVE_POLL_MS));
  }
}

/** A word that hashes to each of the slots: `{word}:0`, `{word}:1` … are keys of it. */
function wordsOf(slots: ReadonlySet<number>): Map<number, string> {
  const words = new Map<number, string>();
  for (let n = 0; words.size < slots.size; n++) {
    const word = n.toString(36);
    const slot = keySlotOf(word);
    if (slots.has(slot) && !words.has(slot)) words.set(slot, word);
  }
  return words;
}

async function put(connection: NodeConnection, { slot, keys, owned }: Pile, word: string): Promise<void> {
  // Keys that the node should not have come in as they would by a migration.
  const id = owned ? '' : textOf(await connection.call('CLUSTER', 'MYID'));
  const others = owned ? [] : await othersThan(connection, id);
  if (!owned) await connection.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', others[0] ?? id);
  for (let at = 0; at < keys; at += CHUNK) {
    const pairs = sequence(at, Math.min(at + CHUNK, keys) - 1).flatMap((n) => [`{${word}}:${n}`, '']);
    await Promise.all([...(owned ? [] : [connection.call('ASKING')]), connection.call('MSET', ...pairs)]);
  }
  if (!owned) await connection.call('CLUSTER', 'SETSLOT', slot, 'STABLE');
}

async function othersThan(connection: NodeConnection, id: string): Promise<string[]> {
  const ids = textOf(await connection.call('CLUSTER', 'NODES'))
    .split('\n')
    .filter((line) => / (?:myself,)?master /.test(line))
    .map((line) => line.split(' ')[0] ?? '');
  return ids.filter((other) => other !== '' && other !== id);
}
