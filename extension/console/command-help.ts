/** Completion, hints and HELP out of what the server tells about its commands (COMMAND DOCS, or COMMAND before 7.0). */
import { textOf } from '../redis/bytes.ts';
import type { RespValue } from '../redis/resp/reply-decoder.ts';

interface Help {
  /** In capitals: `CLUSTER NODES`. */
  readonly name: string;
  readonly summary: string;
  readonly since: string;
  readonly group: string;
  /** The syntax of each argument in turn: `key`, `[NX | XX]`. */
  readonly syntax: readonly string[];
}

const USAGE = `redis-cluster-lab console
To get help about Redis commands type:
      "help <command>" for help on <command>
      "help @<group>" to get a list of commands in <group>
      "quit" or Ctrl-D to exit

To set preferences:
      ":set hints" or ":set nohints"
      ":redirects on" or ":redirects off": follow MOVED and ASK, or show them
`;

export class CommandHelp {
  /** By name, in the order of the alphabet. */
  #commands: ReadonlyMap<string, Help> = new Map();

  /** False when the reply holds no documentation: an older server, or an error. */
  learnDocs(reply: RespValue): boolean {
    const commands = [...fieldsOf(reply)].flatMap(([name, docs]) => helpsOf(name, docs));
    if (commands.length === 0) return false;
    this.#keep(commands);
    return true;
  }

  /** COMMAND's reply: names are all it is good for. */
  learnNames(reply: RespValue): void {
    const rows = reply.type === 'array' ? reply.items : [];
    const names = rows.map((row) => (row.type === 'array' ? stringOf(row.items[0]) : ''));
    this.#keep(
      names.filter(Boolean).map((name) => ({
        name: name.toUpperCase(),
        summary: '',
        since: '',
        group: '',
        syntax: [],
      })),
    );
  }

  #keep(commands: readonly Help[]): void {
    const sorted = [...commands].sort((a, b) => (a.name < b.name ? -1 : 1));
    this.#commands = new Map(sorted.map((help) => [help.name, help]));
  }

  /** Lines that begin with this one and end with a command's name. */
  completions(line: string): readonly string[] {
    const help = /^help\s+/i.exec(line)?.[0] ?? '';
    const typed = line.slice(help.length).toUpperCase();
    if (typed === '') return [];
    return [...this.#commands.keys()].filter((name) => name.startsWith(typed)).map((name) => help + name);
  }

  /** The arguments still to come, with the blank that parts them from what is typed. */
  hint(line: string): string {
    const words = line.split(/\s+/).filter(Boolean);
    const found = this.#find(words);
    if (!found) return '';
    const { help, length } = found;
    const complete = /\s$/.test(line);
    // A name that is not followed by a blank may be the beginning of another one.
    if (!complete && words.length === length && this.#isBeginning(help.name)) return '';
    const rest = help.syntax.slice(words.length - length).join(' ');
    return rest === '' ? '' : (complete ? '' : ' ') + rest;
  }

  /** What HELP prints. */
  page(words: readonly string[]): string {
    const [first = ''] = words;
    if (first === '') return USAGE;
    const groups = first.startsWith('@')
      ? (help: Help) => help.group === first.slice(1).toLowerCase()
      : undefined;
    const name = words.join(' ').toUpperCase();
    const fits = groups ?? ((help: Help) => help.name === name || help.name.startsWith(`${name} `));
    const pages = [...this.#commands.values()].filter(fits).map((help) => pageOf(help, groups === undefined));
    return `${pages.join('')}\n`;
  }

  #isBeginning(name: string): boolean {
    return [...this.#commands.keys()].some((other) => other !== name && other.startsWith(name));
  }

  /** The command the words begin with: the subcommand before its container. */
  #find(words: readonly string[]): { readonly help: Help; readonly length: number } | undefined {
    for (const length of [2, 1]) {
      const help =
        words.length >= length && this.#commands.get(words.slice(0, length).join(' ').toUpperCase());
      if (help) return { help, length };
    }
    return undefined;
  }
}

function pageOf(help: Help, withGroup: boolean): string {
  const lines = [
    `  ${[help.name, ...help.syntax].join(' ')}`,
    ...(help.summary ? [`  summary: ${help.summary}`] : []),
    ...(help.since ? [`  since: ${help.since}`] : []),
    ...(withGroup && help.group ? [`  group: ${help.group}`] : []),
  ];
  return `\n${lines.join('\n')}\n`;
}

/** The command and its subcommands; a container that does nothing by itself has no arguments, and no page. */
function helpsOf(name: string, docs: RespValue): Help[] {
  const fields = fieldsOf(docs);
  const subcommands = fieldsOf(fields.get('subcommands'));
  const own: Help = {
    name: name.replace('|', ' ').toUpperCase(),
    summary: stringOf(fields.get('summary')),
    since: stringOf(fields.get('since')),
    group: stringOf(fields.get('group')),
    syntax: itemsOf(fields.get('arguments')).map(syntaxOf),
  };
  return [own, ...[...subcommands].flatMap(([subname, subdocs]) => helpsOf(subname, subdocs))];
}

/** One argument as manuals write it. */
function syntaxOf(argument: RespValue): string {
  const fields = fieldsOf(argument);
  const flags = itemsOf(fields.get('flags')).map(stringOf);
  const token = stringOf(fields.get('token'));
  const parts = itemsOf(fields.get('arguments')).map(syntaxOf);
  const value = valueSyntax(stringOf(fields.get('type')), parts, fields);
  const optional = flags.includes('optional');
  let syntax = [token, value].filter(Boolean).join(' ');
  if (flags.includes('multiple')) {
    const again = flags.includes('multiple_token') ? syntax : value;
    syntax = `${syntax} [${again} ...]`;
  }
  return optional ? `[${syntax}]` : syntax;
}

function valueSyntax(type: string, parts: readonly string[], fields: ReadonlyMap<string, RespValue>): string {
  const optional = itemsOf(fields.get('flags')).map(stringOf).includes('optional');
  switch (type) {
    case 'pure-token':
      return '';
    case 'oneof':
      return optional ? parts.join(' | ') : `<${parts.join(' | ')}>`;
    case 'block':
      return parts.join(' ');
    default:
      return stringOf(fields.get('display_text')) || stringOf(fields.get('name'));
  }
}

/** Fields by name: a map in RESP3, names and values in turn in RESP2. */
function fieldsOf(value: RespValue | undefined): ReadonlyMap<string, RespValue> {
  const fields = new Map<string, RespValue>();
  if (value?.type === 'map') for (const [key, field] of value.entries) fields.set(stringOf(key), field);
  if (value?.type !== 'array') return fields;
  for (let at = 0; at + 1 < value.items.length; at += 2) {
    const field = value.items[at + 1];
    if (field) fields.set(stringOf(value.items[at]), field);
  }
  return fields;
}

function itemsOf(value: RespValue | undefined): readonly RespValue[] {
  return value?.type === 'array' || value?.type === 'set' ? value.items : [];
}

function stringOf(value: RespValue | undefined): string {
  return value?.type === 'bulk' || value?.type === 'simple' ? textOf(value.value) : '';
}
