/** COMMAND DOCS: the documentation of commands as a reply. */
import { type ArgumentDoc, commandDocs } from '../../redis/command-docs/index.ts';
import type { Reply } from '../../redis/resp/reply.ts';
import type { CommandEntry } from '../command-table.ts';

type Field = readonly [name: string, write: () => void];

/** Name and documentation of one command, its subcommands included. */
export function replyDocs(reply: Reply, { row, group, subcommands }: CommandEntry): void {
  const doc = commandDocs().get(row.name);
  const fields: Field[] = [];
  const add = (name: string, value: string | undefined): void => {
    if (value !== undefined && value !== '') fields.push([name, () => reply.text(value)]);
  };
  add('summary', doc?.summary);
  add('since', doc?.since);
  add('group', group);
  add('complexity', doc?.complexity);
  if (doc?.deprecated !== undefined) fields.push(['doc_flags', () => replyWords(reply, ['deprecated'])]);
  add('deprecated_since', doc?.deprecated?.since);
  add('replaced_by', doc?.deprecated?.replacement);
  if (doc !== undefined && doc.args.length > 0) {
    fields.push(['arguments', () => replyArguments(reply, doc.args)]);
  }
  if (subcommands.size > 0) fields.push(['subcommands', () => replySubcommands(reply, subcommands)]);
  reply.binary(row.name);
  replyFields(reply, fields);
}

function replySubcommands(reply: Reply, subcommands: CommandEntry['subcommands']): void {
  reply.map(subcommands.size);
  for (const subcommand of subcommands.values()) replyDocs(reply, subcommand);
}

function replyArguments(reply: Reply, args: readonly ArgumentDoc[]): void {
  reply.array(args.length);
  for (const arg of args) replyArgument(reply, arg);
}

function replyArgument(reply: Reply, arg: ArgumentDoc): void {
  const { name, type, token, shown, keySpec } = arg;
  const isCompound = type === 'oneof' || type === 'block';
  const flags = [
    ...(arg.optional ? ['optional'] : []),
    ...(arg.multiple ? ['multiple'] : []),
    ...(arg.multipleToken ? ['multiple_token'] : []),
  ];
  const fields: Field[] = [
    ['name', () => reply.binary(name)],
    ['type', () => reply.binary(type)],
  ];
  if (!isCompound) fields.push(['display_text', () => reply.binary(shown)]);
  if (keySpec !== undefined) fields.push(['key_spec_index', () => reply.integer(keySpec)]);
  if (token !== undefined) fields.push(['token', () => reply.binary(token)]);
  if (flags.length > 0) fields.push(['flags', () => replyWords(reply, flags)]);
  if (isCompound) fields.push(['arguments', () => replyArguments(reply, arg.args)]);
  replyFields(reply, fields);
}

function replyWords(reply: Reply, words: readonly string[]): void {
  reply.set(words.length);
  for (const word of words) reply.simple(word);
}

function replyFields(reply: Reply, fields: readonly Field[]): void {
  reply.map(fields.length);
  for (const [name, write] of fields) {
    reply.binary(name);
    write();
  }
}
