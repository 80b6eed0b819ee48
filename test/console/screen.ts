/** A terminal for tests: keeps what an 80 x n terminal would show, for the sequences the console writes. */
import { cellWidth } from '../../extension/console/cell-width.ts';

const ESC = '\x1b';
/** A control sequence or a character. */
const PIECE = new RegExp(`${ESC}\\[\\??[\\d;]*[A-Za-z]|[^${ESC}]`, 'gu');

export class Screen {
  readonly columns: number;
  #rows: string[][] = [[]];
  #row = 0;
  #column = 0;

  constructor(columns = 80) {
    this.columns = columns;
  }

  /** Rows without trailing blanks, and without empty rows at the end. */
  get rows(): string[] {
    return this.#rows.map((row) =>
      Array.from(row, (cell) => cell ?? ' ')
        .join('')
        .trimEnd(),
    );
  }

  get text(): string {
    return this.rows.join('\n').trimEnd();
  }

  get cursor(): { readonly row: number; readonly column: number } {
    return { row: this.#row, column: this.#column };
  }

  readonly write = (output: string): void => {
    for (const piece of output.match(PIECE) ?? []) {
      if (piece.startsWith(ESC)) this.#control(piece);
      else this.#put(piece);
    }
  };

  #put(char: string): void {
    if (char === '\r') this.#column = 0;
    else if (char === '\n') this.#goDown(1);
    else if (char !== '\x07') this.#print(char);
  }

  #print(char: string): void {
    const width = cellWidth(char);
    if (this.#column + width > this.columns) {
      this.#column = 0;
      this.#goDown(1);
    }
    const row = this.#rows[this.#row] ?? [];
    row[this.#column] = char;
    if (width === 2) row[this.#column + 1] = '';
    this.#column += width;
  }

  #control(sequence: string): void {
    const count = Number(/\d+/.exec(sequence)?.[0] ?? 1);
    switch (sequence.at(-1)) {
      case 'A':
        this.#row = Math.max(0, this.#row - count);
        break;
      case 'B':
        this.#goDown(count);
        break;
      case 'C':
        this.#column = Math.min(this.columns - 1, this.#column + count);
        break;
      case 'H':
        this.#row = 0;
        this.#column = 0;
        break;
      case 'K':
        this.#rows[this.#row]?.splice(this.#column);
        break;
      case 'J':
        if (sequence === '\x1b[2J') this.#rows = [[]];
        else this.#eraseBelow();
    }
  }

  #eraseBelow(): void {
    this.#rows[this.#row]?.splice(this.#column);
    this.#rows.splice(this.#row + 1);
  }

  #goDown(rows: number): void {
    this.#row += rows;
    while (this.#rows.length <= this.#row) this.#rows.push([]);
  }
}
