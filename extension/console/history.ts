/** The lines typed before, newest last, and where in them the user is looking. */
export class History {
  readonly #limit: number;
  readonly #keep: (lines: readonly string[]) => void;
  #lines: string[];
  /** Place shown now; `#lines.length` is the line being typed. */
  #at: number;
  /** The line being typed, kept while older ones are shown. */
  #draft = '';

  /** `keep` is given the lines whenever one came: a window that closes asks nobody beforehand. */
  constructor(
    lines: readonly string[] = [],
    limit = 500,
    keep: (lines: readonly string[]) => void = () => undefined,
  ) {
    this.#limit = limit;
    this.#keep = keep;
    this.#lines = limit > 0 ? lines.slice(-limit) : [];
    this.#at = this.#lines.length;
  }

  get lines(): readonly string[] {
    return this.#lines;
  }

  /** A line was entered. The same line twice in a row is kept once. */
  add(line: string): void {
    if (line.trim() !== '' && this.#lines.at(-1) !== line) {
      this.#lines.push(line);
      if (this.#lines.length > this.#limit) this.#lines.splice(0, this.#lines.length - this.#limit);
      this.#keep(this.#lines);
    }
    this.leave();
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
