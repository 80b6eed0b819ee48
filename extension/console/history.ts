/** Where lines outlive their console. Other windows read and write there, too. */
interface HistoryStore {
  read(): readonly string[];
  write(lines: readonly string[]): void;
}

/** The lines typed before, newest last, and where in them the user is looking. */
export class History {
  readonly #limit: number;
  readonly #store: HistoryStore | undefined;
  #lines: readonly string[];
  /** Place shown now; `#lines.length` is the line being typed. */
  #at: number;
  /** The line being typed, kept while older ones are shown. */
  #draft = '';

  /** The store is given each line when it comes: a window that closes asks nobody beforehand. */
  constructor(store?: HistoryStore, limit = 500) {
    this.#limit = limit;
    this.#store = store;
    this.#lines = limit > 0 ? (store?.read() ?? []).slice(-limit) : [];
    this.#at = this.#lines.length;
  }

  get lines(): readonly string[] {
    return this.#lines;
  }

  /** A line was entered. The same line twice in a row is kept once. */
  add(line: string): void {
    if (line.trim() !== '') {
      this.#lines = this.#with(line, this.#lines);
      // Behind what other windows wrote meanwhile, which is not shown here: one step back is what was typed last here.
      if (this.#store !== undefined) this.#store.write(this.#with(line, this.#store.read()));
    }
    this.leave();
  }

  #with(line: string, lines: readonly string[]): readonly string[] {
    if (lines.at(-1) === line) return lines;
    return [...lines, line].slice(Math.max(0, lines.length + 1 - this.#limit));
  }

  /** Looking ends: the next step back starts from the newest line. */
  leave(): void {
    this.#at = this.#lines.length;
    this.#draft = '';
  }

  /** One line back from `current`; undefined at the oldest. */
  older(current: string): string | undefined {
    if (this.#at === 0) return undefined;
    if (this.#at === this.#lines.length) this.#draft = current;
    this.#at--;
    return this.#lines[this.#at];
  }

  /** One line forward, at last the one being typed; undefined when there. */
  newer(): string | undefined {
    if (this.#at >= this.#lines.length) return undefined;
    this.#at++;
    return this.#at === this.#lines.length ? this.#draft : this.#lines[this.#at];
  }

  /** The newest line before place `before` that holds `text`, for Ctrl-R. */
  find(
    text: string,
    before = this.#lines.length,
  ): { readonly line: string; readonly at: number } | undefined {
    for (let at = Math.min(before, this.#lines.length) - 1; at >= 0; at--) {
      const line = this.#lines[at];
      if (line?.includes(text)) return { line, at };
    }
    return undefined;
  }
}
