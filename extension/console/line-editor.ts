/** One line of input under editing: its text, the cursor, history, search and completion. Draws nothing. */
import type { History } from './history.ts';
import type { Key, KeyName } from './keys.ts';

/** What a key led to; `bell` is a key that can do nothing here. */
export type Edit = 'changed' | 'accept' | 'interrupt' | 'end-of-input' | 'clear-screen' | 'bell';

/** Whole lines that the line may be completed to, in the order they are offered. */
export type Completer = (line: string) => readonly string[];

interface Completion {
  readonly typed: string;
  readonly offers: readonly string[];
  /** The offer shown; `offers.length` is what was typed. */
  at: number;
}

interface Search {
  readonly typed: string;
  query: string;
  /** Place in the history of the line shown. */
  at: number;
}

const characters = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** Word characters for Alt-B, Alt-F and Ctrl-W, as linenoise has them: everything but the blank. */
const BLANK = ' ';

export class LineEditor {
  readonly #history: History;
  readonly #complete: Completer;
  #text = '';
  /** Index into `#text`, always between two characters as a reader counts them. */
  #cursor = 0;
  #completion: Completion | undefined;
  #search: Search | undefined;

  constructor(history: History, complete: Completer = () => []) {
    this.#history = history;
    this.#complete = complete;
  }

  get text(): string {
    return this.#text;
  }

  get cursor(): number {
    return this.#cursor;
  }

  /** What Ctrl-R looks for, while it looks. */
  get query(): string | undefined {
    return this.#search?.query;
  }

  /** Starts over with an empty line. */
  reset(): void {
    this.#set('');
    this.#completion = undefined;
    this.#search = undefined;
  }

  handle(key: Key): Edit {
    if (this.#search) return this.#handleSearch(this.#search, key);
    if (key.name === 'tab') return this.#nextOffer();
    const offered = this.#completion;
    this.#completion = undefined;
    if (offered && key.name === 'escape') return this.#set(offered.typed);
    if (key.name === 'text' || key.name === 'paste') return this.#insert(key.text.replaceAll('\n', BLANK));
    return this.#handleNamed(key.name);
  }

  #handleNamed(name: KeyName): Edit {
    switch (name) {
      case 'enter':
        return 'accept';
      case 'interrupt':
        return 'interrupt';
      case 'end-of-input':
        return this.#text === '' ? 'end-of-input' : this.#delete(this.#cursor, this.#right());
      case 'clear-screen':
        return 'clear-screen';
      case 'backspace':
        return this.#delete(this.#left(), this.#cursor);
      case 'delete':
        return this.#delete(this.#cursor, this.#right());
      case 'delete-to-end':
        return this.#delete(this.#cursor, this.#text.length);
      case 'delete-to-start':
        return this.#delete(0, this.#cursor);
      case 'delete-word':
        return this.#delete(this.#wordLeft(), this.#cursor);
      case 'transpose':
        return this.#transpose();
      case 'up':
        return this.#show(this.#history.older(this.#text));
      case 'down':
        return this.#show(this.#history.newer());
      case 'search-history':
        this.#search = { typed: this.#text, query: '', at: this.#history.lines.length };
        return 'changed';
      default:
        return this.#handleMove(name);
    }
  }

  #handleMove(name: KeyName): Edit {
    switch (name) {
      case 'left':
        return this.#move(this.#left());
      case 'right':
        return this.#move(this.#right());
      case 'word-left':
        return this.#move(this.#wordLeft());
      case 'word-right':
        return this.#move(this.#wordRight());
      case 'home':
        return this.#move(0);
      case 'end':
        return this.#move(this.#text.length);
      default:
        return 'bell';
    }
  }

  #handleSearch(search: Search, key: Key): Edit {
    switch (key.name) {
      case 'text':
      case 'paste':
        search.query += key.text.replaceAll('\n', BLANK);
        return this.#find(search, search.at + 1);
      case 'backspace':
        search.query = search.query.slice(0, lastBoundary(search.query));
        return this.#find(search, this.#history.lines.length);
      case 'search-history':
        return this.#find(search, search.at);
      case 'escape':
      case 'interrupt':
        this.#search = undefined;
        return this.#set(search.typed);
      default:
        // Any other key takes the line found and does its own work on it.
        this.#search = undefined;
        return this.handle(key);
    }
  }

  #find(search: Search, before: number): Edit {
    const found = this.#history.find(search.query, before);
    if (!found) return 'bell';
    search.at = found.at;
    return this.#set(found.line);
  }

  #nextOffer(): Edit {
    this.#completion ??= { typed: this.#text, offers: this.#complete(this.#text), at: -1 };
    const { typed, offers } = this.#completion;
    if (offers.length === 0) {
      this.#completion = undefined;
      return 'bell';
    }
    this.#completion.at = (this.#completion.at + 1) % (offers.length + 1);
    return this.#set(offers[this.#completion.at] ?? typed);
  }

  #insert(text: string): Edit {
    this.#text = this.#text.slice(0, this.#cursor) + text + this.#text.slice(this.#cursor);
    return this.#move(this.#cursor + text.length, true);
  }

  #delete(from: number, to: number): Edit {
    if (from === to) return 'bell';
    this.#text = this.#text.slice(0, from) + this.#text.slice(to);
    return this.#move(from, true);
  }

  #transpose(): Edit {
    const right = this.#cursor === this.#text.length ? this.#cursor : this.#right();
    const middle = lastBoundary(this.#text.slice(0, right));
    const left = lastBoundary(this.#text.slice(0, middle));
    if (left === middle) return 'bell';
    const swapped = this.#text.slice(middle, right) + this.#text.slice(left, middle);
    this.#text = this.#text.slice(0, left) + swapped + this.#text.slice(right);
    return this.#move(right, true);
  }

  #show(line: string | undefined): Edit {
    return line === undefined ? 'bell' : this.#set(line);
  }

  #set(text: string): Edit {
    this.#text = text;
    return this.#move(text.length, true);
  }

  #move(to: number, changed = false): Edit {
    if (to === this.#cursor && !changed) return 'bell';
    this.#cursor = to;
    return 'changed';
  }

  #left(): number {
    return lastBoundary(this.#text.slice(0, this.#cursor));
  }

  #right(): number {
    const first = characters.segment(this.#text.slice(this.#cursor)).containing(0);
    return this.#cursor + (first?.segment.length ?? 0);
  }

  #wordLeft(): number {
    let at = this.#cursor;
    while (at > 0 && this.#text[at - 1] === BLANK) at--;
    while (at > 0 && this.#text[at - 1] !== BLANK) at--;
    return at;
  }

  #wordRight(): number {
    let at = this.#cursor;
    while (at < this.#text.length && this.#text[at] === BLANK) at++;
    while (at < this.#text.length && this.#text[at] !== BLANK) at++;
    return at;
  }
}

/** Where the last character of a text begins. */
function lastBoundary(text: string): number {
  return text === '' ? 0 : (characters.segment(text).containing(text.length - 1)?.index ?? 0);
}
