/** redis-trib's subcommands: one row each, the only truth about its arguments, options and help. */
import { check, info } from './check.ts';
import type { Dial } from './connection.ts';
import { create } from './create.ts';
import { callEverywhere, setTimeoutEverywhere } from './everywhere.ts';
import { fix } from './fix.ts';
import { importKeys } from './import.ts';
import { addNode, delNode } from './membership.ts';
import type { OptionKind, Options } from './options.ts';
import { rebalance } from './rebalance.ts';
import { reshard } from './reshard.ts';
import type { Transcript } from './transcript.ts';

export interface Invocation {
  readonly args: readonly string[];
  readonly options: Options;
  readonly dial: Dial;
  readonly transcript: Transcript;
}

export interface Subcommand {
  readonly name: string;
  /** Number of arguments; negative: at least. */
  readonly arity: number;
  readonly usage: string;
  readonly options: Readonly<Record<string, OptionKind>>;
  readonly run: (invocation: Invocation) => Promise<void>;
}

const moving = { timeout: 'value', pipeline: 'value', replace: 'flag' } as const;

export const subcommands: readonly Subcommand[] = [
  row('create', -1, 'host1:port1 ... hostN:portN', { replicas: 'value', yes: 'flag' }, create),
  row('check', 1, 'host:port', {}, check),
  row('info', 1, 'host:port', {}, info),
  row('fix', 1, 'host:port', { timeout: 'value', pipeline: 'value', yes: 'flag' }, fix),
  row(
    'reshard',
    1,
    'host:port',
    { from: 'value', to: 'value', slots: 'value', yes: 'flag', 'dry-run': 'flag', ...moving },
    reshard,
  ),
  row(
    'rebalance',
    1,
    'host:port',
    { weight: 'list', 'use-empty-masters': 'flag', simulate: 'flag', threshold: 'value', ...moving },
    rebalance,
  ),
  row(
    'add-node',
    2,
    'new_host:new_port existing_host:existing_port',
    { slave: 'flag', replica: 'flag', 'master-id': 'value' },
    addNode,
  ),
  row('del-node', 2, 'host:port node_id', {}, delNode),
  row('set-timeout', 2, 'host:port milliseconds', {}, setTimeoutEverywhere),
  row(
    'call',
    -2,
    'host:port command arg arg .. arg',
    { 'only-masters': 'flag', 'only-replicas': 'flag' },
    callEverywhere,
  ),
  row(
    'import',
    1,
    'host:port',
    { from: 'value', copy: 'flag', replace: 'flag', timeout: 'value' },
    importKeys,
  ),
];

function row(
  name: string,
  arity: number,
  usage: string,
  options: Readonly<Record<string, OptionKind>>,
  run: Subcommand['run'],
): Subcommand {
  return { name, arity, usage, options, run };
}

/** What `help` and a call without arguments print. */
export function helpText(program: string): string {
  const lines = subcommands.flatMap(({ name, usage, options }) => [
    `  ${name.padEnd(15)} ${usage}`,
    ...Object.entries(options).map(
      ([option, kind]) => `${' '.repeat(18)}--${option}${kind === 'flag' ? '' : ' <arg>'}`,
    ),
  ]);
  return [
    `Usage: ${program} <command> <options> <arguments ...>`,
    '',
    ...lines,
    `  ${'help'.padEnd(15)} (show this help)`,
    '',
    'For check, fix, reshard, del-node, set-timeout you can specify the host and port of any working node in the cluster.',
    'Every command takes --user <name> and --pass <password>.',
  ].join('\n');
}
