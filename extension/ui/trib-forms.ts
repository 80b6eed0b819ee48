/** What redis-trib's subcommands want to know, asked step by step. Undefined everywhere: it was left. */
import * as vscode from 'vscode';
import { SLOT_COUNT } from '../redis/slots.ts';
import { MINIMUM_PRIMARIES, SHORTEST_NODE_TIMEOUT_MS } from '../trib/limits.ts';
import { addressesIn, addressProblem } from './connect-form.ts';
import { askAll, type Choice, pick, type Step, text } from './multi-step.ts';
import { addressOf, type Target, type TargetNode } from './targets.ts';
import type { TribRequest } from './trib-requests.ts';

const t = vscode.l10n.t;

export type Asked = Promise<TribRequest | undefined>;

function whole(words: string, least: number, most: number): string | undefined {
  const good = /^\d{1,10}$/.test(words) && Number(words) >= least && Number(words) <= most;
  return good ? undefined : t('A whole number from {0} to {1}.', least, most);
}

function nodeChoice<T>(node: TargetNode, value: T): Choice<T> {
  const role = node.role === 'primary' ? t('primary') : t('replica');
  const detail = node.role === 'primary' ? t('{0} · {1} slots', role, node.slots) : role;
  return { label: addressOf(node), description: detail, value };
}

function primariesOf({ nodes }: Target): readonly TargetNode[] {
  return nodes.filter(({ role }) => role === 'primary');
}

function numberStep(
  prompt: () => string,
  initial: string,
  limits: readonly [number, number],
  take: (n: string) => void,
): Step {
  let value = initial;
  return text({
    prompt,
    value: () => value,
    problem: (words) => whole(words, ...limits),
    take: (words) => {
      value = words;
      take(words);
    },
  });
}

function oneAddress(prompt: () => string, take: (address: string) => void): Step {
  let value = '';
  return text({
    prompt,
    placeholder: '10.0.0.7:6379',
    value: () => value,
    problem: addressProblem,
    take: (words) => {
      value = words;
      take(words);
    },
  });
}

export async function askCreate(): Asked {
  const title = t('Create Cluster');
  let addresses: string[] = [];
  let replicas = '1';
  const done = await askAll(title, [
    text({
      prompt: () => t('Addresses of empty nodes with cluster-enabled yes; the first ones become primaries'),
      placeholder: '10.0.0.1:6379 10.0.0.2:6379 10.0.0.3:6379',
      value: () => addresses.join(' '),
      problem: (words) => {
        const given = addressesIn(words);
        const wrong = given.map(addressProblem).find((problem) => problem !== undefined);
        return (
          wrong ?? (given.length < MINIMUM_PRIMARIES ? t('At least three nodes are needed.') : undefined)
        );
      },
      take: (words) => {
        addresses = addressesIn(words);
      },
    }),
    text({
      prompt: () => t('Replicas for each primary'),
      value: () => replicas,
      problem: (words) =>
        whole(words, 0, 5) ??
        (Math.floor(addresses.length / (Number(words) + 1)) < MINIMUM_PRIMARIES
          ? t('{0} nodes are too few for three primaries with {1} replicas each.', addresses.length, words)
          : undefined),
      take: (words) => {
        replicas = words;
      },
    }),
  ]);
  if (!done) return undefined;
  return {
    ...{ subcommand: 'create', title, newcomers: addresses },
    words: (_, nodes) => ['--replicas', replicas, ...nodes],
  };
}

export async function askCheck(): Asked {
  const title = t('Check Cluster');
  let search = false;
  const done = await askAll(title, [
    pick({
      placeholder: () => t('How thoroughly?'),
      choices: () => [
        { label: t('Check'), description: t('agreement, open slots, coverage'), value: false },
        {
          label: t('Check every slot of every node'),
          description: t('also for keys that are where they should not be'),
          value: true,
        },
      ],
      take: ([value = false]) => {
        search = value;
      },
    }),
  ]);
  if (!done) return undefined;
  return {
    ...{ subcommand: 'check', title, newcomers: [] },
    words: (seed) => [...(search ? ['--search-multiple-owners'] : []), seed],
  };
}

export async function askInfo(): Asked {
  return { subcommand: 'info', title: t('Cluster Info'), newcomers: [], words: (seed) => [seed] };
}

export async function askFix(): Asked {
  const title = t('Fix Cluster');
  let flags: readonly string[] = [];
  const done = await askAll(title, [
    pick({
      placeholder: () => t('Open and uncovered slots are fixed in any case. What else?'),
      many: true,
      choices: () => [
        {
          label: t('Keys that are where they should not be'),
          description: t('looks into every slot of every node'),
          value: '--search-multiple-owners',
        },
        {
          label: t('Slots of primaries that cannot be reached'),
          description: t('only when they are gone for good: their data is lost'),
          value: '--fix-with-unreachable-masters',
        },
      ],
      take: (chosen) => {
        flags = chosen;
      },
    }),
  ]);
  if (!done) return undefined;
  return { subcommand: 'fix', title, newcomers: [], words: (seed) => ['--yes', ...flags, seed] };
}

export async function askReshard(target: Target, receiver: string | undefined): Asked {
  const title = t('Reshard');
  let to = receiver;
  let from: readonly string[] = [];
  let count = '';
  const givers = () => primariesOf(target).filter(({ id, slots }) => id !== to && slots > 0);
  const available = () => givers().reduce((sum, { id, slots }) => sum + (from.includes(id) ? slots : 0), 0);
  const done = await askAll(title, [
    pick({
      when: () => receiver === undefined,
      placeholder: () => t('Which primary gets the slots?'),
      choices: () => primariesOf(target).map((node) => nodeChoice(node, node.id)),
      take: ([id]) => {
        to = id;
      },
    }),
    pick({
      placeholder: () => t('From which primaries? Each gives in proportion to what it has'),
      many: true,
      choices: () => givers().map((node) => ({ ...nodeChoice(node, node.id), picked: true })),
      take: (ids) => {
        from = ids.length > 0 ? ids : givers().map(({ id }) => id);
      },
    }),
    text({
      prompt: () => t('How many slots?'),
      value: () => count,
      problem: (words) => whole(words, 1, Math.min(available(), SLOT_COUNT)),
      take: (words) => {
        count = words;
      },
    }),
  ]);
  if (!done || to === undefined) return undefined;
  const ids = ['--from', from.join(','), '--to', to, '--slots', count];
  return { subcommand: 'reshard', title, newcomers: [], words: (seed) => [...ids, '--yes', seed] };
}

export async function askRebalance(target: Target): Asked {
  const title = t('Rebalance');
  const primaries = primariesOf(target);
  const usual = primaries.map((node) => `${addressOf(node)}=1`).join(' ');
  let options: readonly ('empty' | 'weights')[] = [];
  let weights = usual;
  let threshold = '2';
  const done = await askAll(title, [
    pick<'empty' | 'weights'>({
      placeholder: () => t('Every primary gets its share of the slots. Anything else?'),
      many: true,
      choices: () => [
        { label: t('Primaries without slots get some, too'), value: 'empty', picked: true },
        { label: t('Give primaries different weights'), value: 'weights' },
      ],
      take: (chosen) => {
        options = chosen;
      },
    }),
    text({
      when: () => options.includes('weights'),
      prompt: () => t('Weight of each primary; one with 0 gives all its slots away'),
      value: () => weights,
      problem: (words) => weightsProblem(words, primaries),
      take: (words) => {
        weights = words;
      },
    }),
    numberStep(
      () => t('Per cent that a primary may be off its share before anything moves'),
      threshold,
      [0, 100],
      (words) => {
        threshold = words;
      },
    ),
  ]);
  if (!done) return undefined;
  const flags = [
    ...(options.includes('empty') ? ['--use-empty-masters'] : []),
    ...(options.includes('weights') ? ['--weight', ...weightsById(weights, primaries)] : []),
    ...['--threshold', threshold],
  ];
  return { subcommand: 'rebalance', title, newcomers: [], words: (seed) => [seed, ...flags] };
}

function weightsProblem(words: string, primaries: readonly TargetNode[]): string | undefined {
  const pairs = addressesIn(words).map((word) => word.split('='));
  const good = pairs.every(([address = '', weight = '']) => {
    return primaries.some((node) => addressOf(node) === address) && /^\d+(\.\d+)?$/.test(weight);
  });
  if (!good) return t('host:port=weight for each primary, such as {0}=1.', primaries.map(addressOf)[0] ?? '');
  return pairs.every(([, weight]) => Number(weight) === 0) ? t('Somebody must hold the slots.') : undefined;
}

function weightsById(words: string, primaries: readonly TargetNode[]): string[] {
  return addressesIn(words).map((word) => {
    const [address, weight] = word.split('=');
    return `${primaries.find((node) => addressOf(node) === address)?.id ?? ''}=${weight}`;
  });
}

export async function askAddNode(target: Target): Asked {
  const title = t('Add Node');
  let address = '';
  let role: readonly string[] = [];
  const done = await askAll(title, [
    oneAddress(
      () => t('Address of the new node: empty, with cluster-enabled yes'),
      (words) => {
        address = words;
      },
    ),
    pick<readonly string[]>({
      placeholder: () => t('What does it become?'),
      choices: () => [
        { label: t('A primary'), description: t('without slots, until you reshard or rebalance'), value: [] },
        { label: t('A replica'), description: t('of the primary with the fewest'), value: ['--slave'] },
        ...primariesOf(target).map((node) => ({
          label: t('A replica of {0}', addressOf(node)),
          value: ['--slave', '--master-id', node.id],
        })),
      ],
      take: ([value = []]) => {
        role = value;
      },
    }),
  ]);
  if (!done) return undefined;
  return {
    ...{ subcommand: 'add-node', title, newcomers: [address] },
    words: (seed, [newcomer = address]) => [newcomer, seed, ...role],
  };
}

export async function askDelNode(target: Target, node: string | undefined): Asked {
  const title = t('Remove Node');
  let id = node;
  let shutdown = false;
  const done = await askAll(title, [
    pick({
      when: () => node === undefined,
      placeholder: () => t('Which node? Its slots must have been given away before'),
      choices: () => target.nodes.map((one) => nodeChoice(one, one.id)),
      take: ([value]) => {
        id = value;
      },
    }),
    pick({
      placeholder: () => t('What becomes of it?'),
      choices: () => [
        { label: t('Reset'), description: t('it goes on, empty, with a new id'), value: false },
        { label: t('Shut Down'), value: true },
      ],
      take: ([value = false]) => {
        shutdown = value;
      },
    }),
  ]);
  if (!done || id === undefined) return undefined;
  const removed = id;
  const flags = shutdown ? ['--shutdown'] : [];
  return {
    ...{ subcommand: 'del-node', title, newcomers: [], avoids: removed },
    words: (seed) => [seed, removed, ...flags],
  };
}

export async function askTimeout(): Asked {
  const title = t('Set Node Timeout');
  let timeout = '15000';
  const done = await askAll(title, [
    numberStep(
      () => t('cluster-node-timeout of all nodes, in milliseconds; it is written to their files'),
      timeout,
      [SHORTEST_NODE_TIMEOUT_MS, 2 ** 31 - 1],
      (words) => {
        timeout = words;
      },
    ),
  ]);
  if (!done) return undefined;
  return { subcommand: 'set-timeout', title, newcomers: [], words: (seed) => [seed, timeout] };
}
