/** COMMAND: the table, told to clients. */

import { TIPS } from '../../redis/command-docs/tips.ts';
import { type Command, command, LOADING, NO_MANDATORY_KEYS, STALE } from '../../redis/commands/command.ts';
import { keyUses } from '../../redis/commands/key-positions.ts';
import { type KeySpec, NO_KEYS } from '../../redis/commands/key-spec.ts';
import { flagNames, legacyRange } from '../../redis/commands/traits.ts';
import { errors } from '../../redis/errors.ts';
import { globMatches } from '../../redis/glob.ts';
import { Args } from '../../redis/resp/args.ts';
import type { Reply } from '../../redis/resp/reply.ts';
import type { NodeCall } from '../call.ts';
import type { CommandEntry } from '../command-table.ts';
import { replyDocs } from './command-docs.ts';
import { replyHelp } from './help.ts';

const FLAGS = LOADING | STALE;

export const commandCommands: readonly Command<NodeCall>[] = [
  command('command', -1, FLAGS, NO_KEYS, all),
  command('command|count', 2, FLAGS, NO_KEYS, count),
  command('command|docs', -2, FLAGS, NO_KEYS, docs),
  command('command|getkeys', -3, FLAGS, NO_KEYS, getKeys),
  command('command|getkeysandflags', -3, FLAGS, NO_KEYS, getKeysAndFlags),
  command('command|help', 2, FLAGS, NO_KEYS, help),
  command('command|info', -2, FLAGS, NO_KEYS, info),
  command('command|list', -2, FLAGS, NO_KEYS, list),
];

function all({ node, reply }: NodeCall): void {
  reply.array(node.commands.byName.size);
  for (const entry of node.commands.byName.values()) replyInfo(reply, entry);
}

function count({ node, reply }: NodeCall): void {
  reply.integer(node.commands.byName.size);
}

function info(call: NodeCall): void {
  const { args, node, reply } = call;
  if (args.count === 2) {
    all(call);
    return;
  }
  reply.array(args.count - 2);
  for (let i = 2; i < args.count; i++) {
    const entry = node.commands.named(args.binary(i));
    if (entry === undefined) reply.null();
    else replyInfo(reply, entry);
  }
}

function replyInfo(reply: Reply, entry: CommandEntry): void {
  const { row, subcommands } = entry;
  const [first, last, step] = legacyRange(row.keys);
  reply.array(10);
  reply.binary(row.name);
  reply.integer(row.arity);
  replySet(reply, flagNames(row.flags, row.keys));
  reply.integer(first);
  reply.integer(last);
  reply.integer(step);
  replySet(
    reply,
    entry.categories.map((category) => `@${category}`),
  );
  const tips = TIPS.get(row.name) ?? [];
  reply.set(tips.length);
  for (const tip of tips) reply.binary(tip);
  reply.set(row.keys.length);
  for (const spec of row.keys) replyKeySpec(reply, spec);
  reply.array(subcommands.size);
  for (const subcommand of subcommands.values()) replyInfo(reply, subcommand);
}

function replySet(reply: Reply, words: readonly string[]): void {
  reply.set(words.length);
  for (const word of words) reply.simple(word);
}

function replyKeySpec(reply: Reply, spec: KeySpec): void {
  reply.map(3);
  reply.binary('flags');
  replySet(reply, spec.flags.split(' '));
  reply.binary('begin_search');
  replyStep(reply, ...beginning(spec));
  reply.binary('find_keys');
  replyStep(reply, ...finding(spec));
}

type Step = readonly [type: string, spec: Readonly<Record<string, number | string>>];

function beginning(spec: KeySpec): Step {
  switch (spec.at) {
    case 'range':
      return ['index', { index: spec.first }];
    case 'numkeys':
      return ['index', { index: spec.count }];
    case 'keyword':
      return ['keyword', { keyword: spec.keyword, startfrom: spec.from }];
    case 'code':
      return ['unknown', {}];
  }
}

function finding(spec: KeySpec): Step {
  switch (spec.at) {
    case 'range':
      return [
        'range',
        { lastkey: spec.last < 0 ? spec.last : spec.last - spec.first, keystep: spec.step, limit: 0 },
      ];
    case 'numkeys':
      return ['keynum', { keynumidx: 0, firstkey: spec.first - spec.count, keystep: spec.step }];
    case 'keyword':
      return ['range', { lastkey: spec.last, keystep: spec.step, limit: spec.limit }];
    case 'code':
      return ['unknown', {}];
  }
}

function replyStep(reply: Reply, type: string, spec: Step[1]): void {
  const entries = Object.entries(spec);
  reply.map(2);
  reply.binary('type');
  reply.binary(type);
  reply.binary('spec');
  reply.map(entries.length);
  for (const [name, value] of entries) {
    reply.binary(name);
    if (typeof value === 'number') reply.integer(value);
    else reply.binary(value);
  }
}

function docs({ args, node, reply }: NodeCall): void {
  const entries: CommandEntry[] = [];
  if (args.count === 2) entries.push(...node.commands.byName.values());
  for (let i = 2; i < args.count; i++) {
    const entry = node.commands.named(args.binary(i));
    if (entry !== undefined) entries.push(entry);
  }
  reply.map(entries.length);
  for (const entry of entries) replyDocs(reply, entry);
}

function list({ args, node, reply }: NodeCall): void {
  let chosen = [...node.commands.all()].map((entry) => entry.row.name);
  if (args.count !== 2) {
    if (args.count !== 5 || !args.is(2, 'filterby')) throw errors.syntax();
    chosen = filtered(chosen, args, node.commands);
  }
  reply.array(chosen.length);
  for (const name of chosen) reply.binary(name);
}

function filtered(names: readonly string[], args: Args, table: NodeCall['node']['commands']): string[] {
  const value = args.binary(4).toLowerCase();
  if (args.is(3, 'pattern')) return names.filter((name) => globMatches(value, name, true));
  if (args.is(3, 'module')) return [];
  if (!args.is(3, 'aclcat')) throw errors.syntax();
  return names.filter((name) => {
    return table.named(name)?.categories.includes(value) === true;
  });
}

function getKeys(call: NodeCall): void {
  const { reply } = call;
  const found = keysOfInner(call);
  reply.array(found.length);
  for (const { key } of found) reply.binary(key);
}

function getKeysAndFlags(call: NodeCall): void {
  const { reply } = call;
  const found = keysOfInner(call);
  reply.array(found.length);
  for (const { key, flags } of found) {
    reply.array(2);
    reply.binary(key);
    replySet(reply, flags.split(' '));
  }
}

function keysOfInner({ args, node }: NodeCall): { key: string; flags: string }[] {
  const inner = Args.from(args.binaries(2));
  const entry = node.commands.find(inner);
  if (entry === undefined) throw errors.invalidCommand();
  if (entry.row.keys.every(({ flags }) => flags === 'not_key')) throw errors.commandWithoutKeys();
  if (!entry.accepts(inner.count)) throw errors.invalidCommandArguments();
  const positions = keyUses(entry.row, inner);
  if (positions === undefined || positions.length === 0) {
    if ((entry.flags & NO_MANDATORY_KEYS) !== 0) return [];
    throw errors.invalidArgumentsForCommand();
  }
  return positions.map(({ at, flags }) => ({ key: inner.binary(at), flags }));
}

function help({ reply }: NodeCall): void {
  replyHelp(reply, 'COMMAND', [
    ['(no subcommand)', 'Everything about every command.'],
    ['COUNT', 'How many commands there are.'],
    ['DOCS [<command-name> [<command-name> ...]]', 'The documentation of commands.'],
    ['GETKEYS <full-command>', 'The keys of a command.'],
    ['GETKEYSANDFLAGS <full-command>', 'The keys of a command, and what it does with each.'],
    ['INFO [<command-name> [<command-name> ...]]', 'Everything about these commands.'],
    ['LIST [FILTERBY (MODULE <name>|ACLCAT <category>|PATTERN <pattern>)]', 'The names of commands.'],
  ]);
}
