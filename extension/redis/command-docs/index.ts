/**
 * What people read about commands: COMMAND DOCS answers with it, and hints and hovers are made of it. One entry takes
 * three lines:
 *
 *     getset @1.0.0 O(1) !6.2.0 SET        name, since, complexity, since when deprecated and in favour of what
 *       key:key0 value                     arguments, `-` for none
 *       Sets a string and answers …        what it does
 *
 * Arguments: `name` is a string, `name:type` something else (`key0`: a key of the row's first key specification);
 * `+NX` a word that stands for itself, `change+CH` one of another name; `EX=seconds:integer` a word and what follows it;
 * `name(a|b)` one of several, `name{a b}` several in a row; `name/shown` has another name in the syntax. `[…]` may be
 * left out; `...` may come again, `....` together with its word.
 */
import { bitmaps } from './bitmaps.ts';
import { cluster } from './cluster.ts';
import { connections } from './connections.ts';
import { hashes } from './hashes.ts';
import { hyperLogLogs } from './hyperloglogs.ts';
import { keys } from './keys.ts';
import { lists } from './lists.ts';
import { places } from './places.ts';
import { pubsub } from './pubsub.ts';
import { scripting } from './scripting.ts';
import { server } from './server.ts';
import { sets } from './sets.ts';
import { sortedSets } from './sorted-sets.ts';
import { streams } from './streams.ts';
import { strings } from './strings.ts';
import { transactions } from './transactions.ts';

export interface CommandDoc {
  /** Lower case; a subcommand is `container|name`. */
  readonly name: string;
  readonly since: string;
  readonly complexity: string | undefined;
  readonly summary: string;
  readonly deprecated: { readonly since: string; readonly replacement: string } | undefined;
  readonly args: readonly ArgumentDoc[];
}

export type ArgumentType =
  | 'string'
  | 'integer'
  | 'double'
  | 'key'
  | 'pattern'
  | 'unix-time'
  | 'pure-token'
  | 'oneof'
  | 'block';

export interface ArgumentDoc {
  readonly name: string;
  readonly type: ArgumentType;
  /** The word in front of it, or that it is. */
  readonly token: string | undefined;
  /** Its name in the syntax line. */
  readonly shown: string;
  /** Which of the command's key specifications finds it. */
  readonly keySpec: number | undefined;
  readonly optional: boolean;
  readonly multiple: boolean;
  /** Its word comes again each time. */
  readonly multipleToken: boolean;
  readonly args: readonly ArgumentDoc[];
}

const FAMILIES = [
  bitmaps,
  cluster,
  connections,
  hashes,
  hyperLogLogs,
  keys,
  lists,
  places,
  pubsub,
  scripting,
  server,
  sets,
  sortedSets,
  streams,
  strings,
  transactions,
];

let read: ReadonlyMap<string, CommandDoc> | undefined;

/** All of it, by name; read when it is first asked for. */
export function commandDocs(): ReadonlyMap<string, CommandDoc> {
  read ??= new Map(FAMILIES.flatMap(readFamily).map((doc) => [doc.name, doc]));
  return read;
}

function readFamily(text: string): CommandDoc[] {
  const lines = text.trim().split('\n');
  const docs: CommandDoc[] = [];
  for (let at = 0; at < lines.length; at += 3) {
    const [head = '', syntax = '', summary = ''] = lines.slice(at, at + 3).map((line) => line.trim());
    docs.push(readDoc(head, syntax, summary));
  }
  return docs;
}

const HEAD = /^(\S+) @(\S+)(?: (O\(\S+))?(?: !(\S+) ?(.*))?$/;

function readDoc(head: string, syntax: string, summary: string): CommandDoc {
  const [, name = '', since = '', complexity, deprecatedSince, replacement = ''] = HEAD.exec(head) ?? [];
  return {
    name,
    since,
    complexity,
    summary,
    deprecated: deprecatedSince === undefined ? undefined : { since: deprecatedSince, replacement },
    args: syntax === '-' ? [] : new SyntaxReader(syntax).sequence(),
  };
}

const TYPES: Readonly<Record<string, ArgumentType>> = {
  integer: 'integer',
  double: 'double',
  key: 'key',
  pattern: 'pattern',
  time: 'unix-time',
};

/** Token of the word before `=`, name, token behind `+`, type, key specification, shown name. */
const ELEMENT =
  /(?:([^\s[\](){}|=+]+)=)?([A-Za-z0-9-]*)(?:\+([^\s[\](){}|.]+))?(?::([a-z]+)(\d*))?(?:\/([a-z:-]+))?/y;

class SyntaxReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Elements up to the end, or to what closes them. */
  sequence(separator = ' '): ArgumentDoc[] {
    const elements = [this.#element()];
    while (this.#take(separator)) elements.push(this.#element());
    return elements;
  }

  #element(): ArgumentDoc {
    const optional = this.#take('[');
    ELEMENT.lastIndex = this.#at;
    const [whole = '', word, name = '', itself, type, keySpec, shown] = ELEMENT.exec(this.#text) ?? [];
    this.#at += whole.length;
    const [kind, args] = this.#inner();
    const multiple = this.#take('...');
    const multipleToken = multiple && this.#take('.');
    if (optional) this.#take(']');
    const plain = itself === undefined ? (TYPES[type ?? ''] ?? 'string') : 'pure-token';
    return {
      name: name === '' ? (itself ?? '').toLowerCase() : name,
      type: kind ?? plain,
      token: itself ?? word,
      shown: shown ?? (name === '' ? (itself ?? '').toLowerCase() : name),
      keySpec: keySpec === undefined || keySpec === '' ? undefined : Number(keySpec),
      optional,
      multiple,
      multipleToken,
      args,
    };
  }

  #inner(): readonly [kind: 'oneof' | 'block' | undefined, args: readonly ArgumentDoc[]] {
    if (this.#take('(')) {
      const args = this.sequence('|');
      this.#take(')');
      return ['oneof', args];
    }
    if (this.#take('{')) {
      const args = this.sequence();
      this.#take('}');
      return ['block', args];
    }
    return [undefined, []];
  }

  #take(text: string): boolean {
    if (!this.#text.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }
}
