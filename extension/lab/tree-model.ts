/**
 * The lab's snapshot as a tree for people: cluster -> shards -> primary and replicas -> what each holds. Pure: texts go
 * through `translate`, and what changed between two trees is told item by item.
 */
import { countSlots, formatRange, SLOT_COUNT, type SlotRange } from '../redis/slots.ts';
import { localize, type Translate } from './message.ts';
import type { LabSnapshot, NodeSnapshot } from './protocol.ts';

/** Icons and colours by the names VS Code gives them. */
export interface TreeIcon {
  readonly id: string;
  readonly color?: string;
}

export interface TreeNode {
  /** Stays the same while the thing it stands for is the same. */
  readonly id: string;
  readonly label: string;
  readonly description: string;
  /** Markdown. */
  readonly tooltip: string;
  readonly icon: TreeIcon;
  /** What menus match on: `node;primary;running`. */
  readonly context: string;
  readonly expanded: boolean;
  /** The node's client port, for commands on it. */
  readonly port?: number;
  /** On what belongs to a cluster elsewhere: which cluster, and the node's id. */
  readonly remote?: { readonly cluster: string; readonly node?: string };
  readonly children: readonly TreeNode[];
}

const GREEN = 'testing.iconPassed';
const RED = 'testing.iconFailed';
const YELLOW = 'testing.iconQueued';
const GREY = 'disabledForeground';
/** Above all ports: a node that is in no cluster makes a group of its own, behind the shards. */
const OUTSIDE = 100_000;

/** Remembers which shard a node belonged to, so that a dead primary stays where the user saw it last. */
export class TreeModel {
  readonly #t: Translate;
  /** Shard key by port: the port of the shard's first primary. */
  readonly #shardOf = new Map<number, number>();
  /** Keys of the shards in their order: by slots when the lab was ready. Then a shard keeps its number. */
  #order: readonly number[] = [];
  /** Some running nodes say ok: one that does not is worth a word. When all fail, the cluster's row says it. */
  #someSayOk = false;

  constructor(translate: Translate) {
    this.#t = translate;
  }

  /** The whole tree; empty when there is nothing to show. */
  build(snapshot: LabSnapshot): readonly TreeNode[] {
    if (snapshot.state === 'stopped') {
      this.#shardOf.clear();
      this.#order = [];
      return [];
    }
    const cluster = this.#cluster(snapshot);
    // Whose slots are whose is not told yet.
    if (snapshot.state === 'starting') this.#order = [];
    return [cluster];
  }

  #cluster(snapshot: LabSnapshot): TreeNode {
    const t = this.#t;
    const { options, slotsCovered, currentEpoch, nodes } = snapshot;
    this.#someSayOk = nodes.some((node) => node.process === 'running' && node.clusterOk);
    const last = options.basePort + options.nodes - 1;
    const { label, icon } = this.#clusterState(snapshot);
    const lines = [
      t('**Redis Cluster Lab** on {0}:{1}-{2}', options.host, options.basePort, last),
      t('{0} of {1} slots served', slotsCovered, SLOT_COUNT),
      t('Current epoch: {0}', currentEpoch),
      ...(snapshot.startedInMs === undefined
        ? []
        : [t('Ready after {0} ms', Math.round(snapshot.startedInMs))]),
      ...(snapshot.error === undefined ? [] : [escapeMarkdown(localize(snapshot.error, t))]),
    ];
    return {
      id: 'cluster',
      label,
      description:
        snapshot.error === undefined
          ? (this.#sides(nodes) ?? t('{0}/{1} slots', slotsCovered, SLOT_COUNT))
          : localize(snapshot.error, t),
      tooltip: lines.join('\n\n'),
      icon,
      context: `cluster;${snapshot.state}`,
      expanded: true,
      children: this.#shards(nodes),
    };
  }

  /** `7000 | 7001 7002 7003`: the sides of a partition; undefined when there is none. */
  #sides(nodes: readonly NodeSnapshot[]): string | undefined {
    const side = (cutOff: boolean) =>
      nodes
        .filter((node) => node.cutOff === cutOff)
        .map(({ port }) => port)
        .join(' ');
    return nodes.some((node) => node.cutOff) ? `${side(true)} | ${side(false)}` : undefined;
  }

  #clusterState(snapshot: LabSnapshot): { label: string; icon: TreeIcon } {
    const t = this.#t;
    if (snapshot.state === 'failed')
      return { label: t('Cluster: failed to run'), icon: { id: 'error', color: RED } };
    if (snapshot.state === 'starting')
      return { label: t('Cluster: starting…'), icon: { id: 'loading~spin' } };
    if (snapshot.state === 'stopping')
      return { label: t('Cluster: stopping…'), icon: { id: 'loading~spin' } };
    if (snapshot.nodes.some((node) => node.cutOff))
      return { label: t('Cluster: network split'), icon: { id: 'debug-disconnect', color: YELLOW } };
    if (snapshot.clusterState === 'ok')
      return { label: t('Cluster: ok'), icon: { id: 'pass-filled', color: GREEN } };
    if (snapshot.clusterState === 'fail')
      return { label: t('Cluster: fail'), icon: { id: 'error', color: RED } };
    return { label: t('Cluster: state unknown'), icon: { id: 'question', color: YELLOW } };
  }

  #shards(nodes: readonly NodeSnapshot[]): readonly TreeNode[] {
    // As long as nobody has slots there are no shards.
    if (nodes.every(({ slots }) => slots.length === 0)) return nodes.map((node) => this.#node(node));
    const members = this.#assign(nodes);
    return [...members].map(([key, shard], place) => this.#shard(key, place + 1, shard));
  }

  /** The nodes of each shard, shards in their order, primaries first. */
  #assign(nodes: readonly NodeSnapshot[]): Map<number, NodeSnapshot[]> {
    const owners = nodes.filter((node) => owns(node, nodes));
    const claimed = new Set<number>();
    for (const owner of owners) {
      const known = this.#shardOf.get(owner.port);
      const key = known === undefined || known > OUTSIDE || claimed.has(known) ? owner.port : known;
      claimed.add(key);
      this.#shardOf.set(owner.port, key);
    }
    const primaries = new Map(owners.map((owner) => [owner.id, owner.port]));
    for (const node of nodes) {
      if (owners.includes(node)) continue;
      if (node.outside) {
        this.#shardOf.set(node.port, OUTSIDE + node.port);
        continue;
      }
      const primary = node.role === 'replica' ? primaries.get(node.primaryId) : undefined;
      const last = this.#shardOf.get(node.port) ?? node.port;
      const key = primary === undefined ? last % OUTSIDE : this.#shardOf.get(primary);
      // A node that belongs to nobody, and never did, makes a shard of its own.
      this.#shardOf.set(node.port, key ?? node.port);
    }
    const shards = new Map<number, NodeSnapshot[]>();
    for (const key of this.#ordered(nodes))
      shards.set(key, nodes.filter((node) => this.#shardOf.get(node.port) === key).sort(ownerFirst(nodes)));
    return shards;
  }

  /** Keys of the shards: those with a number as they were, then newcomers by their slots, then what is outside. */
  #ordered(nodes: readonly NodeSnapshot[]): readonly number[] {
    const firstSlot = (key: number): number =>
      Math.min(
        SLOT_COUNT,
        ...nodes
          .filter((node) => this.#shardOf.get(node.port) === key && owns(node, nodes))
          .flatMap(({ slots }) => slots.map(([first]) => first)),
      );
    const keys = new Set(nodes.map((node) => this.#shardOf.get(node.port) ?? node.port));
    const numbered = this.#order.filter((key) => keys.has(key));
    const newcomers = [...keys].filter((key) => !numbered.includes(key));
    newcomers.sort((a, b) => firstSlot(a) - firstSlot(b) || a - b);
    const inside = [...numbered, ...newcomers].filter((key) => key <= OUTSIDE);
    this.#order = inside;
    return [...inside, ...newcomers.filter((key) => key > OUTSIDE)];
  }

  #shard(key: number, number: number, nodes: readonly NodeSnapshot[]): TreeNode {
    const t = this.#t;
    const slots = nodes.flatMap((node) => (owns(node, nodes) ? node.slots : []));
    const served = nodes.some((node) => isServing(node));
    const ranges = formatRanges(slots);
    const count = countSlots(slots);
    return {
      id: `shard:${key}`,
      label: key > OUTSIDE ? t('Outside the cluster') : t('Shard {0}', number),
      description: slots.length === 0 ? t('no slots') : served ? ranges : t('{0} · not served', ranges),
      tooltip: [
        key > OUTSIDE ? t('Outside the cluster') : t('**Shard {0}**', number),
        t('{0} of {1} slots: {2}', count, SLOT_COUNT, formatRanges(slots, Number.POSITIVE_INFINITY) || '—'),
        served || count === 0 ? '' : t('No running primary: these slots are not served.'),
      ]
        .filter(Boolean)
        .join('\n\n'),
      icon: served || count === 0 ? { id: 'layers' } : { id: 'layers', color: RED },
      context: 'shard',
      expanded: true,
      children: nodes.map((node) => this.#node(node)),
    };
  }

  #node(node: NodeSnapshot): TreeNode {
    const condition = this.#condition(node);
    return {
      id: `node:${node.port}`,
      // All are on one host, and a narrow side bar cuts off what stands last.
      label: String(node.port),
      description: this.#nodeDescription(node, condition),
      tooltip: this.#nodeTooltip(node, condition),
      icon: nodeIcon(node, this.#dissents(node)),
      context: `node;${node.role};${node.process}`,
      expanded: false,
      port: node.port,
      children: this.#details(node),
    };
  }

  /** What is not as it should be; undefined for a healthy node. */
  #condition(node: NodeSnapshot): string | undefined {
    const t = this.#t;
    switch (node.process) {
      case 'starting':
        return t('starting');
      case 'paused':
        return node.health === 'fail' ? t('paused (FAIL)') : t('paused');
      case 'killed':
        return node.health === 'fail' ? t('killed (FAIL)') : t('killed');
      case 'stopped':
        return t('stopped');
      case 'failed':
        return node.error === undefined ? t('failed') : t('failed: {0}', localize(node.error, t));
      case 'running':
        if (node.cutOff) return node.clusterOk ? t('cut off') : t('cut off, says cluster_state:fail');
        if (node.health === 'fail') return t('unreachable (FAIL)');
        if (node.health === 'pfail') return t('suspected (PFAIL)');
        return this.#dissents(node) ? t('says cluster_state:fail') : undefined;
    }
  }

  #dissents(node: NodeSnapshot): boolean {
    return !node.clusterOk && !node.outside && this.#someSayOk;
  }

  #nodeDescription(node: NodeSnapshot, condition: string | undefined): string {
    const t = this.#t;
    const role = node.role === 'primary' ? t('primary') : t('replica');
    const usual = node.role === 'primary' ? this.#keys(node.keys) : this.#lag(node);
    const slower = node.delayMs > 0 ? [t('{0} ms slower', node.delayMs)] : [];
    return [role, condition ?? usual, ...slower].join(' · ');
  }

  #keys(keys: number): string {
    return keys === 1 ? this.#t('1 key') : this.#t('{0} keys', keys);
  }

  #lag(node: NodeSnapshot): string {
    const t = this.#t;
    if (node.primaryLinkUp === false) return t('not linked to its primary');
    if (node.lagBytes === undefined) return t('lag unknown');
    return node.lagBytes === 0 ? t('in sync') : t('{0} bytes behind', node.lagBytes);
  }

  #nodeTooltip(node: NodeSnapshot, condition: string | undefined): string {
    const t = this.#t;
    const rows = [
      [t('Role'), node.role === 'primary' ? t('primary') : t('replica')],
      [t('State'), condition ?? t('ok')],
      [t('Id'), node.id === undefined ? '—' : `\`${node.id}\``],
      [t('Cluster bus'), `${node.host}:${node.busPort}`],
      [t('Slots'), node.slots.length === 0 ? '—' : formatRanges(node.slots)],
      [t('Keys'), String(node.keys)],
      [t('Memory'), formatBytes(node.usedBytes)],
      [t('Config epoch'), String(node.configEpoch)],
      [t('Replication offset'), String(node.replicationOffset)],
      ...(node.role === 'replica' ? [[t('Replication'), this.#lag(node)]] : []),
      [t('Clients'), String(node.clients)],
    ];
    const table = rows.map(([name = '', value = '']) => `| ${name} | ${escapeCell(value)} |`).join('\n');
    return `**${node.host}:${node.port}**\n\n| | |\n|---|---|\n${table}`;
  }

  #details(node: NodeSnapshot): readonly TreeNode[] {
    if (node.process !== 'running' && node.process !== 'paused') return [];
    const t = this.#t;
    const slotCount = countSlots(node.slots);
    const slots =
      node.role === 'primary'
        ? [
            this.#detail(
              node,
              'slots',
              t('Slots'),
              slotCount === 0 ? t('none') : t('{0} ({1})', formatRanges(node.slots), slotCount),
              'symbol-array',
            ),
          ]
        : [];
    const replication =
      node.role === 'replica'
        ? this.#detail(node, 'lag', t('Replication'), this.#lag(node), 'sync')
        : this.#detail(node, 'offset', t('Replication offset'), String(node.replicationOffset), 'sync');
    return [
      ...slots,
      this.#detail(node, 'keys', t('Keys'), t('{0} ({1})', node.keys, formatBytes(node.usedBytes)), 'key'),
      replication,
    ];
  }

  #detail(node: NodeSnapshot, name: string, label: string, value: string, icon: string): TreeNode {
    return detailOf(`node:${node.port}`, name, label, value, icon);
  }
}

/** What a node holds, a line below it; `parent` is the node's id in the tree. */
export function detailOf(parent: string, name: string, label: string, value: string, icon: string): TreeNode {
  return {
    id: `${parent}:${name}`,
    label,
    description: value,
    tooltip: escapeMarkdown(`${label}: ${value}`),
    icon: { id: icon },
    context: `detail;${name}`,
    expanded: false,
    children: [],
  };
}

function isServing(node: NodeSnapshot): boolean {
  return (
    node.role === 'primary' && node.slots.length > 0 && node.process === 'running' && node.health !== 'fail'
  );
}

function nodeIcon(node: NodeSnapshot, dissents: boolean): TreeIcon {
  switch (node.process) {
    case 'starting':
      return { id: 'loading~spin' };
    case 'paused':
      return { id: 'debug-pause', color: YELLOW };
    case 'killed':
      return { id: 'error', color: RED };
    case 'stopped':
      return { id: 'circle-slash', color: GREY };
    case 'failed':
      return { id: 'error', color: RED };
    case 'running':
      break;
  }
  if (node.cutOff) return { id: 'debug-disconnect', color: YELLOW };
  if (node.health === 'fail') return { id: 'error', color: RED };
  if (node.health === 'pfail' || dissents) return { id: 'warning', color: YELLOW };
  if (node.role === 'primary') return { id: 'database', color: GREEN };
  return { id: 'copy', color: node.primaryLinkUp === false ? YELLOW : GREEN };
}

/** Ranges for one row of text: after `most` ranges the rest is counted. */
export function formatRanges(ranges: readonly SlotRange[], most = 4): string {
  const shown = ranges.slice(0, most).map(formatRange).join(', ');
  return ranges.length <= most ? shown : `${shown}, +${ranges.length - most}`;
}

/** Powers of 1024 with one decimal, as INFO's *_human fields. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

/** Owners before those that copy them or did own, each group by port. */
function ownerFirst(nodes: readonly NodeSnapshot[]): (a: NodeSnapshot, b: NodeSnapshot) => number {
  const rank = (node: NodeSnapshot) => (owns(node, nodes) ? 0 : 1);
  return (a, b) => rank(a) - rank(b) || a.port - b.port;
}

/**
 * Whether the slots that a node claims are its own: a node that is gone is shown with what it had, which a successor may
 * own by now. The higher config epoch is right, as between nodes.
 */
function owns(node: NodeSnapshot, nodes: readonly NodeSnapshot[]): boolean {
  if (node.role !== 'primary' || node.slots.length === 0) return false;
  return !nodes.some(
    (other) =>
      other.role === 'primary' && other.configEpoch > node.configEpoch && overlap(node.slots, other.slots),
  );
}

function overlap(some: readonly SlotRange[], others: readonly SlotRange[]): boolean {
  return some.some(([first, last]) => others.some(([start, end]) => start <= last && first <= end));
}

export function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_{}[\]()#+!|<>~-]/g, '\\$&');
}

function escapeCell(text: string): string {
  return text.startsWith('`') ? text : escapeMarkdown(text);
}

/**
 * Which items must be drawn again to get from one tree to the other: the topmost ones only, since drawing an item draws
 * what is below it. `'all'` when the roots differ.
 */
export function changedItems(
  before: readonly TreeNode[],
  after: readonly TreeNode[],
): readonly string[] | 'all' {
  if (!sameIds(before, after)) return 'all';
  const changed: string[] = [];
  after.forEach((item, at) => {
    collectChanges(before[at], item, changed);
  });
  return changed;
}

function collectChanges(before: TreeNode | undefined, after: TreeNode, changed: string[]): void {
  if (before === undefined || !sameFace(before, after) || !sameIds(before.children, after.children)) {
    changed.push(after.id);
    return;
  }
  after.children.forEach((child, at) => {
    collectChanges(before.children[at], child, changed);
  });
}

function sameIds(before: readonly TreeNode[], after: readonly TreeNode[]): boolean {
  return before.length === after.length && before.every((item, at) => item.id === after[at]?.id);
}

function sameFace(before: TreeNode, after: TreeNode): boolean {
  return (
    before.label === after.label &&
    before.description === after.description &&
    before.tooltip === after.tooltip &&
    before.context === after.context &&
    before.icon.id === after.icon.id &&
    before.icon.color === after.icon.color
  );
}
