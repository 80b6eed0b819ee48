/** JSON as Lua values, with lua-cjson's liberties and its complaints. */
import { Buffer } from 'node:buffer';
import type { Binary } from '../../bytes.ts';
import { parseNumber } from '../numbers.ts';
import type { LuaValue } from '../values.ts';
import { LuaTable } from '../values.ts';
import type { JsonSettings } from './json-settings.ts';

interface Token {
  /** As complaints name it. */
  readonly type: string;
  readonly at: number;
  readonly value: LuaValue;
}

const SINGLE: Readonly<Record<string, string>> = {
  '{': 'T_OBJ_BEGIN',
  '}': 'T_OBJ_END',
  '[': 'T_ARR_BEGIN',
  ']': 'T_ARR_END',
  ':': 'T_COLON',
  ',': 'T_COMMA',
};

const WORDS = [
  ['true', 'T_BOOLEAN', true],
  ['false', 'T_BOOLEAN', false],
  ['null', 'T_NULL', undefined],
] as const;

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  t: '\t',
  n: '\n',
  f: '\f',
  r: '\r',
};

/** What strtod takes. */
const NUMBER =
  /[+-]?(?:0[xX][\da-fA-F]+(?:\.[\da-fA-F]*)?(?:[pP][+-]?\d+)?|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|inf(?:inity)?|nan)/iy;
/** Numbers to C that are none to JSON. */
const INVALID = /\+|-?(?:0[xX\d]|inf|nan)/iy;

export class JsonReader {
  readonly #text: Binary;
  readonly #settings: JsonSettings;
  readonly #fail: (message: string) => never;
  /** Stands for null: a table cannot hold nil. */
  readonly #null: LuaValue;
  #at = 0;
  #depth = 0;

  constructor(text: Binary, settings: JsonSettings, nothing: LuaValue, fail: (message: string) => never) {
    this.#text = text;
    this.#settings = settings;
    this.#null = nothing;
    this.#fail = fail;
  }

  /** The one value there is. */
  whole(): LuaValue {
    const text = this.#text;
    if (text.length >= 2 && (text.charAt(0) === '\0' || text.charAt(1) === '\0')) {
      this.#fail('JSON parser does not support UTF-16 or UTF-32');
    }
    const value = this.#value(this.#next());
    const end = this.#next();
    if (end.type !== 'T_END') this.#expected('the end', end);
    return value;
  }

  #expected(what: string, { type, at }: Token): never {
    this.#fail(`Expected ${what} but found ${type} at character ${at + 1}`);
  }

  #value(token: Token): LuaValue {
    switch (token.type) {
      case 'T_STRING':
      case 'T_NUMBER':
      case 'T_BOOLEAN':
        return token.value;
      case 'T_NULL':
        return this.#null;
      case 'T_OBJ_BEGIN':
        return this.#object();
      case 'T_ARR_BEGIN':
        return this.#array();
      default:
        return this.#expected('value', token);
    }
  }

  #descend(): void {
    if (++this.#depth <= this.#settings.decodeDepth) return;
    this.#fail(`Found too many nested data structures (${this.#depth}) at character ${this.#at}`);
  }

  #object(): LuaTable {
    this.#descend();
    const table = new LuaTable();
    let token = this.#next();
    if (token.type !== 'T_OBJ_END') {
      for (;;) {
        if (token.type !== 'T_STRING') this.#expected('object key string', token);
        const colon = this.#next();
        if (colon.type !== 'T_COLON') this.#expected('colon', colon);
        table.set(token.value, this.#value(this.#next()));
        token = this.#next();
        if (token.type === 'T_OBJ_END') break;
        if (token.type !== 'T_COMMA') this.#expected('comma or object end', token);
        token = this.#next();
      }
    }
    this.#depth--;
    return table;
  }

  #array(): LuaTable {
    this.#descend();
    const items: LuaValue[] = [];
    let token = this.#next();
    if (token.type !== 'T_ARR_END') {
      for (;;) {
        items.push(this.#value(token));
        token = this.#next();
        if (token.type === 'T_ARR_END') break;
        if (token.type !== 'T_COMMA') this.#expected('comma or array end', token);
        token = this.#next();
      }
    }
    this.#depth--;
    return new LuaTable(items);
  }

  #next(): Token {
    const text = this.#text;
    while (/[ \t\n\r]/.test(text.charAt(this.#at))) this.#at++;
    const at = this.#at;
    const char = text.charAt(at);
    // A NUL ends the text, as everywhere in C.
    if (char === '' || char === '\0') return { type: 'T_END', at, value: undefined };
    const single = SINGLE[char];
    if (single !== undefined) {
      this.#at++;
      return { type: single, at, value: undefined };
    }
    if (char === '"') return this.#string(at);
    const word = WORDS.find(([name]) => text.startsWith(name, at));
    if (word !== undefined) {
      this.#at += word[0].length;
      return { type: word[1], at, value: word[2] };
    }
    return this.#number(at, /[-\d]/.test(char));
  }

  #number(at: number, looksLikeOne: boolean): Token {
    INVALID.lastIndex = NUMBER.lastIndex = at;
    const isInvalid = INVALID.test(this.#text);
    if (looksLikeOne ? isInvalid && !this.#settings.decodeInvalid : !isInvalid) {
      return { type: looksLikeOne ? 'invalid number' : 'invalid token', at, value: undefined };
    }
    if (!looksLikeOne && !this.#settings.decodeInvalid)
      return { type: 'invalid token', at, value: undefined };
    const found = NUMBER.exec(this.#text)?.[0];
    if (found === undefined) return { type: 'invalid number', at, value: undefined };
    this.#at += found.length;
    return { type: 'T_NUMBER', at, value: parseNumber(found) };
  }

  #string(at: number): Token {
    const text = this.#text;
    let value = '';
    let copied = ++this.#at;
    for (;;) {
      const char = text.charAt(this.#at);
      if (char === '"') break;
      if (char === '' || char === '\0')
        return { type: 'unexpected end of string', at: this.#at, value: undefined };
      if (char !== '\\') {
        this.#at++;
        continue;
      }
      value += text.slice(copied, this.#at);
      const kind = text.charAt(this.#at + 1);
      const escaped = kind === 'u' ? this.#unicode() : ESCAPES[kind];
      if (escaped === undefined) {
        const type = kind === 'u' ? 'invalid unicode escape code' : 'invalid escape code';
        return { type, at: this.#at, value: undefined };
      }
      if (kind !== 'u') this.#at += 2;
      value += escaped;
      copied = this.#at;
    }
    value += text.slice(copied, this.#at++);
    return { type: 'T_STRING', at, value };
  }

  /** `\uXXXX`, or two of them for what lies beyond: as UTF-8. */
  #unicode(): Binary | undefined {
    const unit = (at: number): number | undefined => {
      const digits = /^\\u([\da-fA-F]{4})/.exec(this.#text.slice(at, at + 6))?.[1];
      return digits === undefined ? undefined : Number.parseInt(digits, 16);
    };
    const first = unit(this.#at);
    if (first === undefined) return undefined;
    let code = first;
    let size = 6;
    if (first >= 0xd800 && first < 0xe000) {
      const second = unit(this.#at + 6);
      if (first >= 0xdc00 || second === undefined || second < 0xdc00 || second > 0xdfff) return undefined;
      code = 0x10000 + ((first & 0x3ff) << 10) + (second & 0x3ff);
      size = 12;
    }
    this.#at += size;
    return Buffer.from(String.fromCodePoint(code), 'utf8').toString('latin1');
  }
}
