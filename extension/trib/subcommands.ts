/** redis-trib's subcommands: one row each, the only truth about its arguments, options and help. */
import { backup } from './backup.ts';
import { check, info } from './check.ts';
import { create } from './create.ts';
import { callEverywhere, setTimeoutEverywhere } from './everywhere.ts';
import { fix } from './fix.ts';
import { importKeys } from './import.ts';
import type { Invocation } from './invocation.ts';
import { addNode, delNode } from './membership.ts';
import type { OptionKind } from './options.ts';
import { rebalance } from './rebalance.ts';
import { reshard } from './reshard.ts';
import type { Report } from './transcript.ts';

export interface Subcommand {
  readonly name: string;
  /** Number of arguments; negative: at least. */
  readonly arity: number;
  readonly usage: string;
  readonly options: Readonly<Record<string, OptionKind>>;
  /** Returns what `--json` prints. */
  readonly run: (invocation: Invocation) => Promise<Report>;
}

/** Of every subcommand, whether or not it has anything to ask or more to tell: redis-cli takes them so. */
export const general = { json: 'flag', yes: 'flag', verbose: 'flag' } as const;
const changing = { 'dry-run': 'flag' } as const;
const moving = { timeout: 'value', pipeline: 'value', replace: 'flag', ...changing } as const;
const owners = { 'search-multiple-owners': 'flag' } as const;

export const subcommands: readonly Subcommand[] = [
  row('create', -1, 'host1:port1 ... hostN:portN', { replicas: 'value', ...changing }, create),
  row('check', 1, 'host:port', owners, check),
  row('info', 1, 'host:port', {}, info),
  row('fix', 1, 'host:port', { ...owners, 'fix-with-unreachable-masters': 'flag', ...moving }, fix),
  row('reshard', 1, 'host:port', { from: 'value', to: 'value', slots: 'value', ...moving }, reshard),
  row(
    'rebalance',
    1,
    'host:port',
    {
      weight: 'list',
      // redis-trib 3.2 knows it, for what is the case anyway: who was given no weight has 1.
      'auto-weights': 'flag',
      'use-empty-masters': 'flag',
      simulate: 'flag',
      threshold: 'value',
      ...moving,
    },
    rebalance,
  ),
  row(
    'add-node',
    2,
    'new_host:new_port existing_host:existing_port',
    { slave: 'flag', replica: 'flag', 'master-id': 'value', ...changing },
    addNode,
  ),
  row('del-node', 2, 'host:port node_id', { shutdown: 'flag', ...changing }, delNode),
  row('set-timeout', 2, 'host:port milliseconds', changing, setTimeoutEverywhere),
  row(
    'call',
    -2,
    'host:port command arg arg .. arg',
    { 'only-masters': 'flag', 'only-replicas': 'flag', ...changing },
    callEverywhere,
  ),
  row(
    'import',
    1,
    'host:port',
    {
      from: 'value',
      'from-user': 'value',
      'from-pass': 'value',
      'from-askpass': 'flag',
      copy: 'flag',
      ...moving,
    },
    importKeys,
  ),
  row('backup', 2, 'host:port backup_directory', {}, backup),
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
    ...optionLines(options),
  ]);
  return [
    `Usage: ${program} <command> <options> <arguments ...>`,
    '',
    ...lines,
    `  ${'help'.padEnd(15)} (show this help)`,
    '',
    'For check, fix, reshard, del-node, set-timeout, info, rebalance, call, import, backup you can specify the host and port of any working node in the cluster.',
    '',
    ...ENDING,
  ].join('\n');
}

/** What `SUBCOMMAND --help` prints. */
export function helpFor(program: string, { name, usage, options }: Subcommand): string {
  return [`Usage: ${program} ${name} ${usage} <options>`, '', ...optionLines(options), '', ...ENDING].join(
    '\n',
  );
}

function optionLines(options: Subcommand['options']): string[] {
  return Object.entries(options).map(
    ([option, kind]) => `${' '.repeat(18)}--${option}${kind === 'flag' ? '' : ' <arg>'}`,
  );
}

const ENDING = [
  'Options of every command:',
  '  --yes                         no questions',
  '  --verbose                     rebalance tells of every node',
  '  --json                        one JSON document instead of words',
  '  --user <name>, --pass <password> (-a), --askpass; REDISCLI_AUTH in the environment',
  '  --tls, --cacert <file>, --cacertdir <folder>, --cert <file>, --key <file>, --sni <host>, --insecure,',
  '  --tls-ciphers <list>, --tls-ciphersuites <list>',
  '  --host-map <announced>=<reachable>  for nodes whose announced address can only be reached under another',
  'Each option may be spelled as redis-cli or valkey-cli do, --cluster-yes for --yes.',
  '',
  '--dry-run prints the commands that would be sent, node by node, and sends none of them.',
];
