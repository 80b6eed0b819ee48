/** Lua values and replies as the debugger shows them. */
import { type Binary, binaryOf } from '../../../redis/bytes.ts';
import { quoteArg } from '../../../redis/config/split-args.ts';
import { general } from '../../../redis/lua/numbers.ts';
import { typeName } from '../../../redis/lua/state.ts';
import { addressOf, LuaTable, type LuaValue } from '../../../redis/lua/values.ts';

/** LDB_MAX_VALUES_DEPTH: half of LUA_MINSTACK. */
const DEEPEST = 10;
/** printf's `%g`. */
const DIGITS = 6;

export function describeValue(value: LuaValue, depth = 0): Binary {
  if (depth === DEEPEST) return '<max recursion level reached! Nested table?>';
  switch (typeof value) {
    case 'string':
      return quoteArg(value);
    case 'boolean':
      return String(value);
    case 'number':
      return general(value, DIGITS, false);
    case 'undefined':
      return 'nil';
  }
  return value instanceof LuaTable
    ? describeTable(value, depth + 1)
    : `"${typeName(value)}@${addressOf(value)}"`;
}

/** As a list when its keys come as 1, 2, 3 …, else with its keys. */
function describeTable(table: LuaTable, depth: number): Binary {
  const entries = [...table.entries()];
  const isList = entries.every(([key], i) => key === i + 1);
  const items = entries.map(([key, value]) => {
    const shown = describeValue(value, depth);
    return isList ? shown : `[${describeValue(key, depth)}]=${shown}`;
  });
  return `{${items.join('; ')}}`;
}

/** The reply that begins at `start`, RESP2 or RESP3. */
export function describeReply(bytes: Uint8Array, start: number): Binary {
  return new ReplyDescription(bytes, start).text();
}

class ReplyDescription {
  readonly #bytes: Uint8Array;
  #at: number;

  constructor(bytes: Uint8Array, start: number) {
    this.#bytes = bytes;
    this.#at = start;
  }

  text(): Binary {
    const line = this.#line();
    const rest = line.slice(1);
    switch (line.charAt(0)) {
      case ':':
        return rest;
      case '$':
        return this.#bulk(Number(rest));
      case '+':
      case '-':
        return quoteArg(line);
      case '*':
        return rest === '-1' ? 'NULL' : `[${this.#items(Number(rest)).join(',')}]`;
      case '~':
        return `~(${this.#items(Number(rest)).join(',')})`;
      case '%':
        return `{${this.#pairs(Number(rest)).join(',')}}`;
      case '_':
        return '(null)';
      case '#':
        return rest === 't' ? '#true' : '#false';
      case ',':
        return `(double) ${rest}`;
      default:
        // Of the types that came with RESP3 redis-server shows no more.
        return '';
    }
  }

  #line(): Binary {
    const end = this.#bytes.indexOf(0x0d, this.#at);
    const line = binaryOf(this.#bytes, this.#at, end);
    this.#at = end + 2;
    return line;
  }

  #bulk(size: number): Binary {
    if (size < 0) return 'NULL';
    const text = binaryOf(this.#bytes, this.#at, this.#at + size);
    this.#at += size + 2;
    return quoteArg(text);
  }

  #items(count: number): Binary[] {
    return Array.from({ length: count }, () => this.text());
  }

  #pairs(count: number): Binary[] {
    return Array.from({ length: count }, () => {
      const key = this.text();
      return `${key} => ${this.text()}`;
    });
  }
}
