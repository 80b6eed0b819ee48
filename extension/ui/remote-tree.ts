/** A cluster elsewhere as a tree for people, as lab/tree-model.ts does it for the lab. Pure: knows no editor. */
import type { Translate } from '../lab/message.ts';
import {
  detailOf,
  escapeMarkdown,
  formatBytes,
  formatRanges,
  type TreeIcon,
  type TreeNode,
} from '../lab/tree-model.ts';
import { countSlots, SLOT_COUNT } from '../redis/slots.ts';
import type { ClusterPicture, PicturedNode } from '../trib/cluster-picture.ts';
import type { ClusterProfile } from '../trib/profile.ts';
import { tribWords } from './trib-words.ts';

const GREEN = 'testing.iconPassed';
const RED = 'testing.iconFailed';
const YELLOW = 'testing.iconQueued';
const GREY = 'disabledForeground';

/** Of one that is not connected the root only. */
export function remoteTree(
  profile: ClusterProfile,
  picture: ClusterPicture | undefined,
  t: Translate,
): TreeNode {
  const { id, name, allowsChanges } = profile;
  const access = allowsChanges ? t('changes allowed') : t('read-only');
  const { words, icon, state, slots } = stateOf(picture, t);
  return {
    id: `remote:${id}`,
    label: name,
    // What one may do before the slots: a narrow side bar cuts the end.
    description: [words, access, ...slots].join(' · '),
    tooltip: rootTooltip(profile, picture, [words, access, ...slots], t),
    icon,
    context: `remote;${state};${allowsChanges ? 'writable' : 'readonly'}`,
    expanded: true,
    remote: { cluster: id },
    children: picture === undefined ? [] : shardsOf(id, picture.nodes, t),
  };
}

interface State {
  readonly words: string;
  readonly icon: TreeIcon;
  readonly slots: readonly string[];
  readonly state: 'off' | 'connecting' | 'connected' | 'lost';
}

function stateOf(picture: ClusterPicture | undefined, t: Translate): State {
  const slots: readonly string[] = [];
  if (picture === undefined)
    return { words: t('not connected'), icon: { id: 'debug-disconnect', color: GREY }, state: 'off', slots };
  const { state, clusterState, slotsCovered } = picture;
  if (state === 'connecting') return { words: t('connecting…'), icon: { id: 'loading~spin' }, state, slots };
  if (state === 'lost')
    return { words: t('connection lost'), icon: { id: 'debug-disconnect', color: RED }, state, slots };
  const icon = clusterState === 'ok' ? { id: 'pass-filled', color: GREEN } : { id: 'error', color: RED };
  return { words: clusterState, icon, state, slots: [t('{0}/{1} slots', slotsCovered, SLOT_COUNT)] };
}

function rootTooltip(
  { name, seeds, username, tls }: ClusterProfile,
  picture: ClusterPicture | undefined,
  words: readonly string[],
  t: Translate,
): string {
  const versions = [...new Set(picture?.nodes.map(({ version }) => version))].filter(Boolean);
  const lines = [
    `**${escapeMarkdown(name)}**`,
    escapeMarkdown(words.join(' · ')),
    t('Found through {0}', escapeMarkdown(seeds.join(', '))),
    ...(username === '' ? [] : [t('As user {0}', escapeMarkdown(username))]),
    ...(tls ? [t('Over TLS')] : []),
    ...(versions.length > 0 ? [escapeMarkdown(versions.join(', '))] : []),
    ...(picture?.state === 'connected' ? [t('Current epoch: {0}', picture.currentEpoch)] : []),
    ...(picture?.cause === undefined
      ? []
      : picture.cause.split('\n').map((cause) => escapeMarkdown(tribWords(cause, t)))),
  ];
  return lines.join('\n\n');
}

/**
 * Each primary with whoever follows it. In the order of their addresses (the nodes' own), so that a shard stays where it
 * is whoever leads it and whatever slots it has.
 */
function shardsOf(cluster: string, nodes: readonly PicturedNode[], t: Translate): TreeNode[] {
  const heads = nodes.filter(
    ({ role, primaryId }) => role === 'primary' || !nodes.some(({ id }) => id === primaryId),
  );
  const place = (head: PicturedNode): number =>
    nodes.findIndex(({ id, primaryId }) => id === head.id || primaryId === head.id);
  heads.sort((a, b) => place(a) - place(b));
  return heads.map((head, at) => {
    const members = [head, ...nodes.filter(({ primaryId }) => primaryId === head.id)];
    const served = head.health !== 'fail' && head.unreachable === undefined;
    const count = countSlots(head.slots);
    const ranges = formatRanges(head.slots);
    return {
      id: `remote:${cluster}:shard:${head.id}`,
      label: t('Shard {0}', at + 1),
      description: count === 0 ? t('no slots') : served ? ranges : t('{0} · not served', ranges),
      tooltip: [
        t('**Shard {0}**', at + 1),
        t(
          '{0} of {1} slots: {2}',
          count,
          SLOT_COUNT,
          formatRanges(head.slots, Number.POSITIVE_INFINITY) || '—',
        ),
      ].join('\n\n'),
      icon: served || count === 0 ? { id: 'layers' } : { id: 'layers', color: RED },
      context: 'shard',
      expanded: true,
      children: members.map((node) => nodeOf(cluster, node, t)),
    };
  });
}

function nodeOf(cluster: string, node: PicturedNode, t: Translate): TreeNode {
  const { id, address, role } = node;
  const name = `${address.host}:${address.port}`;
  const condition = conditionOf(node, t);
  const usual = role === 'primary' ? keysText(node, t) : lagText(node, t);
  return {
    id: `remote:${cluster}:node:${id}`,
    label: name,
    description: [role === 'primary' ? t('primary') : t('replica'), condition ?? usual].join(' · '),
    tooltip: nodeTooltip(name, node, condition, t),
    icon: iconOf(node),
    context: `member;${role};${node.unreachable === undefined ? 'reachable' : 'unreachable'}`,
    expanded: false,
    remote: { cluster, node: id },
    children: node.unreachable === undefined ? detailsOf(cluster, node, t) : [],
  };
}

/** What is the matter with it; undefined when nothing is. */
function conditionOf(node: PicturedNode, t: Translate): string | undefined {
  if (node.health === 'fail') return t('unreachable (FAIL)');
  if (node.unreachable !== undefined) return t('cannot be reached');
  if (node.health === 'pfail') return t('suspected (PFAIL)');
  if (!node.clusterOk) return t('says cluster_state:fail');
  if (node.openSlots.length > 0) return t('{0} open slots', node.openSlots.length);
  return undefined;
}

function keysText({ keys }: PicturedNode, t: Translate): string {
  return keys === 1 ? t('1 key') : t('{0} keys', keys);
}

function lagText({ primaryLinkUp, lagBytes }: PicturedNode, t: Translate): string {
  if (primaryLinkUp === false) return t('not linked to its primary');
  if (lagBytes === undefined) return t('lag unknown');
  return lagBytes === 0 ? t('in sync') : t('{0} bytes behind', lagBytes);
}

function iconOf(node: PicturedNode): TreeIcon {
  if (node.health === 'fail') return { id: 'error', color: RED };
  if (node.unreachable !== undefined) return { id: 'debug-disconnect', color: YELLOW };
  if (node.health === 'pfail' || !node.clusterOk || node.openSlots.length > 0)
    return { id: 'warning', color: YELLOW };
  if (node.role === 'primary') return { id: 'database', color: GREEN };
  return { id: 'copy', color: node.primaryLinkUp === false ? YELLOW : GREEN };
}

function nodeTooltip(name: string, node: PicturedNode, condition: string | undefined, t: Translate): string {
  const rows = [
    [t('Role'), node.role === 'primary' ? t('primary') : t('replica')],
    [t('State'), condition ?? t('ok')],
    ...(node.unreachable === undefined ? [] : [[t('Cause'), escapeMarkdown(tribWords(node.unreachable, t))]]),
    [t('Id'), `\`${node.id}\``],
    [t('Server'), escapeMarkdown(node.version || '—')],
    [t('Slots'), escapeMarkdown(formatRanges(node.slots) || '—')],
    [t('Keys'), String(node.keys)],
    [t('Memory'), escapeMarkdown(formatBytes(node.usedBytes))],
    [t('Config epoch'), String(node.configEpoch)],
    [t('Replication offset'), String(node.replicationOffset)],
    ...(node.role === 'replica' ? [[t('Replication'), escapeMarkdown(lagText(node, t))]] : []),
    [t('Clients'), String(node.clients)],
  ];
  const table = rows.map(([title = '', value = '']) => `| ${title} | ${value} |`).join('\n');
  return `**${escapeMarkdown(name)}**\n\n| | |\n|---|---|\n${table}`;
}

function detailsOf(cluster: string, node: PicturedNode, t: Translate): TreeNode[] {
  const detail = (name: string, label: string, value: string, icon: string): TreeNode =>
    detailOf(`remote:${cluster}:node:${node.id}`, name, label, value, icon);
  const count = countSlots(node.slots);
  const slots = count === 0 ? t('none') : t('{0} ({1})', formatRanges(node.slots), count);
  return [
    ...(node.role === 'primary' ? [detail('slots', t('Slots'), slots, 'symbol-array')] : []),
    ...(node.openSlots.length > 0
      ? [detail('open', t('Open slots'), node.openSlots.join(', '), 'warning')]
      : []),
    detail('keys', t('Keys'), t('{0} ({1})', node.keys, formatBytes(node.usedBytes)), 'key'),
    node.role === 'replica'
      ? detail('lag', t('Replication'), lagText(node, t), 'sync')
      : detail('offset', t('Replication offset'), String(node.replicationOffset), 'sync'),
  ];
}
