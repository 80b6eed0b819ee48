/** How many terminal cells a text takes, as xterm.js counts them with Unicode 11 widths (VS Code's default). */

/**
 * First and last code point of every block two cells wide (UAX #11, Wide and Fullwidth); gaps without assigned letters
 * are bridged. Ascending.
 */
const WIDE: readonly (readonly [first: number, last: number])[] = [
  [0x1100, 0x115f], // Hangul Jamo
  [0x231a, 0x231b], // watch, hourglass
  [0x2329, 0x232a], // angle brackets
  [0x23e9, 0x23ec], // media buttons
  [0x2e80, 0x303e], // CJK radicals, punctuation
  [0x3041, 0x33ff], // kana, bopomofo, CJK compatibility
  [0x3400, 0x4dbf], // CJK extension A
  [0x4e00, 0xa4cf], // CJK ideographs, Yi
  [0xa960, 0xa97f], // Hangul Jamo extended A
  [0xac00, 0xd7a3], // Hangul syllables
  [0xf900, 0xfaff], // CJK compatibility ideographs
  [0xfe30, 0xfe6f], // CJK compatibility forms
  [0xff01, 0xff60], // fullwidth forms
  [0xffe0, 0xffe6],
  [0x1f300, 0x1f64f], // pictographs, emoticons
  [0x1f680, 0x1f6ff], // transport
  [0x1f900, 0x1f9ff], // supplemental pictographs
  [0x20000, 0x3fffd], // CJK extensions B and later
];

/** Combining marks and format characters such as joiners: they are drawn into the cell before them. */
const ZERO_WIDTH = /^[\p{Mn}\p{Me}\p{Cf}]$/u;

function widthOfCodePoint(codePoint: number, char: string): number {
  if (codePoint < 0x300) return 1;
  if (ZERO_WIDTH.test(char)) return 0;
  return WIDE.some(([first, last]) => codePoint >= first && codePoint <= last) ? 2 : 1;
}

/** Cells of a text without control characters. */
export function cellWidth(text: string): number {
  let width = 0;
  for (const char of text) width += widthOfCodePoint(char.codePointAt(0) ?? 0, char);
  return width;
}

/** Where the cursor stands after `text` was written from column 0 into lines of `columns` cells. */
export function cellPosition(
  text: string,
  columns: number,
): { readonly row: number; readonly column: number } {
  let row = 0;
  let column = 0;
  for (const char of text) {
    const width = widthOfCodePoint(char.codePointAt(0) ?? 0, char);
    // A wide character that would be cut by the margin goes to the next line as a whole.
    if (column + width > columns) {
      row++;
      column = 0;
    }
    column += width;
  }
  // Behind the last cell the terminal waits for one more character before it wraps; the editor forces the wrap.
  return column >= columns ? { row: row + 1, column: 0 } : { row, column };
}
