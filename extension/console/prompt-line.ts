/** Draws the prompt and the line under editing into a terminal, over as many rows as they need. */
import { cellPosition } from './cell-width.ts';

export interface Drawing {
  readonly prompt: string;
  readonly text: string;
  /** Index into `text`. */
  readonly cursor: number;
  /** Shown in grey behind the text. */
  readonly hint: string;
}

const HIDE_CURSOR = '\x1b[?25l';
const SHOW_CURSOR = '\x1b[?25h';
const ERASE_BELOW = '\x1b[J';
const GREY = '\x1b[90m';
const PLAIN = '\x1b[0m';
export const CLEAR_SCREEN = '\x1b[H\x1b[2J\x1b[3J';

export class PromptLine {
  columns: number;
  /** Rows between the first row of the drawing and the cursor. */
  #cursorRow = 0;
  /** Rows between the first row and the last. */
  #lastRow = 0;

  constructor(columns: number) {
    this.columns = columns;
  }

  /** What to write so that the drawing replaces the one before it. */
  draw(drawing: Drawing): string {
    const { prompt, cursor, hint } = drawing;
    // A tab would take a width that depends on where it stands.
    const text = drawing.text.replaceAll('\t', ' ');
    const before = cellPosition(prompt + text.slice(0, cursor), this.columns);
    const shownHint = this.#fit(prompt + text, hint);
    const end = cellPosition(prompt + text + shownHint, this.columns);
    const wrap = end.column === 0 && end.row > 0 ? '\r\n' : '';
    const grey = shownHint === '' ? '' : GREY + shownHint + PLAIN;
    const output =
      HIDE_CURSOR + this.#home() + ERASE_BELOW + prompt + text + grey + wrap + up(end.row - before.row);
    this.#cursorRow = before.row;
    this.#lastRow = end.row;
    return `${output}\r${right(before.column)}${SHOW_CURSOR}`;
  }

  /** Takes the drawing off the screen: output may follow where it began. */
  erase(): string {
    const output = this.#home() + ERASE_BELOW;
    this.forget();
    return output;
  }

  /** Leaves the drawing on the screen and goes to the row below it. */
  leave(): string {
    const output = `${down(this.#lastRow - this.#cursorRow)}\r\n`;
    this.forget();
    return output;
  }

  /** The next drawing begins where the cursor is. */
  forget(): void {
    this.#cursorRow = 0;
    this.#lastRow = 0;
  }

  #home(): string {
    return `${up(this.#cursorRow)}\r`;
  }

  /** As much of the hint as the row has room for: a hint never makes the drawing longer. */
  #fit(line: string, hint: string): string {
    const room = this.columns - cellPosition(line, this.columns).column - 1;
    let fitting = '';
    for (const char of hint) {
      if (cellPosition(fitting + char, Number.POSITIVE_INFINITY).column > room) break;
      fitting += char;
    }
    return fitting;
  }
}

function up(rows: number): string {
  return rows > 0 ? `\x1b[${rows}A` : '';
}

function down(rows: number): string {
  return rows > 0 ? `\x1b[${rows}B` : '';
}

function right(columns: number): string {
  return columns > 0 ? `\x1b[${columns}C` : '';
}
