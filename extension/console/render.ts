/** Replies as redis-cli prints them to a terminal: `(integer) 1`, `1) "a"`, `1# "f" => "v"`. Lines end with `\n`. */
import { type Binary, textOf } from '../redis/bytes.ts';
import { quoteArg } from '../redis/config/split-args.ts';
import type { RespValue } from '../redis/resp/reply-decoder.ts';

export interface RenderOptions {
  /** Shows UTF-8 text as text; redis-cli shows its bytes as `\xe4\xbd\xa0`. */
  readonly utf8: boolean;
}

/** A reply on its own. */
export function renderReply(reply: RespValue, options: RenderOptions): string {
  if (isInvalidation(reply)) return renderInvalidation(reply);
  return render(reply, '', options);
}

/** A reply whose text is made to be read: INFO, CLUSTER NODES … Nothing is quoted, not even what went wrong. */
export function renderRaw(reply: RespValue, options: RenderOptions): string {
  switch (reply.type) {
    case 'bulk':
    case 'simple':
    case 'verbatim':
    case 'error':
      // Most pages end their last line themselves.
      return harmless(reply.value).replace(/[^\n]$/, '$&\n');
    default:
      return renderReply(reply, options);
  }
}

/** `prefix` indents the second and later rows of an aggregate to where its first one stands. */
function render(reply: RespValue, prefix: string, options: RenderOptions): string {
  switch (reply.type) {
    case 'error':
      return `(error) ${harmless(reply.value)}\n`;
    case 'simple':
    case 'verbatim':
      return `${harmless(reply.value)}\n`;
    case 'integer':
      return `(integer) ${reply.value}\n`;
    case 'double':
      return `(double) ${reply.text}\n`;
    case 'bulk':
      return `${quote(reply.value, options)}\n`;
    case 'null':
      return '(nil)\n';
    case 'boolean':
      return reply.value ? '(true)\n' : '(false)\n';
    case 'big-number':
      return `(big number) ${reply.value}\n`;
    case 'array':
    case 'push':
      return renderItems(reply.items, ')', `(empty ${reply.type})\n`, prefix, options);
    case 'set':
      return renderItems(reply.items, '~', '(empty set)\n', prefix, options);
    case 'map':
    case 'attribute':
      return renderEntries(reply.entries, prefix, options);
  }
}

/** A number's room: redis-cli counts digits by dividing, so that 9 items take one column and 10 take two. */
function numberWidth(count: number): number {
  return String(count).length;
}

function renderItems(
  items: readonly RespValue[],
  mark: string,
  empty: string,
  prefix: string,
  options: RenderOptions,
): string {
  if (items.length === 0) return empty;
  const width = numberWidth(items.length);
  const inner = prefix + ' '.repeat(width + 2);
  return items
    .map((item, at) => {
      // The row of the first item was begun by whoever prints around it.
      const start = at === 0 ? '' : prefix;
      return `${start}${String(at + 1).padStart(width)}${mark} ${render(item, inner, options)}`;
    })
    .join('');
}

function renderEntries(
  entries: readonly (readonly [RespValue, RespValue])[],
  prefix: string,
  options: RenderOptions,
): string {
  if (entries.length === 0) return '(empty hash)\n';
  const width = numberWidth(entries.length);
  const inner = prefix + ' '.repeat(width + 2);
  return entries
    .map(([key, value], at) => {
      const start = at === 0 ? '' : prefix;
      const name = render(key, inner, options).slice(0, -1);
      const lineBreak = hasManyRows(value) ? `\n${inner}` : '';
      const row = `${name} => ${lineBreak}${render(value, inner, options)}`;
      return `${start}${String(at + 1).padStart(width)}# ${row}`;
    })
    .join('');
}

function hasManyRows(reply: RespValue): boolean {
  switch (reply.type) {
    case 'array':
    case 'set':
    case 'push': {
      const [first] = reply.items;
      return reply.items.length > 1 || (first !== undefined && hasManyRows(first));
    }
    case 'map': {
      const [first] = reply.entries;
      return reply.entries.length > 1 || (first !== undefined && hasManyRows(first[1]));
    }
    default:
      return false;
  }
}

/** Client-side caching's push; a flush comes with null in place of keys. */
function isInvalidation(reply: RespValue): reply is RespValue & { type: 'push' } {
  if (reply.type !== 'push' || reply.items.length !== 2) return false;
  const [kind, keys] = reply.items;
  return kind?.type === 'bulk' && kind.value === 'invalidate' && keys?.type === 'array';
}

function renderInvalidation(reply: RespValue & { type: 'push' }): string {
  const keys = reply.items[1];
  const names = keys?.type === 'array' ? keys.items.map((key) => (key.type === 'bulk' ? key.value : '')) : [];
  return `-> invalidate: ${names.map((name) => `'${harmless(name)}'`).join(', ')}\n`;
}

function quote(value: Binary, options: RenderOptions): string {
  if (!options.utf8) return quoteArg(value);
  // Runs of bytes that are UTF-8 text stay text, everything else is written as redis-cli writes it.
  return `"${value
    .split(/((?:[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3})+)/)
    .map((piece, at) => (at % 2 === 1 ? utf8Or(piece) : quoteArg(piece).slice(1, -1)))
    .join('')}"`;
}

function utf8Or(bytes: Binary): string {
  const text = textOf(bytes);
  return /[\ufffd\p{Cc}]/u.test(text) ? quoteArg(bytes).slice(1, -1) : text;
}

/** Text of a server, made safe to write: an escape sequence in a value must not drive the user's terminal. */
function harmless(value: Binary): string {
  return textOf(value).replace(/[^\P{Cc}\n\r\t]/gu, (char) => quoteArg(char).slice(1, -1));
}
