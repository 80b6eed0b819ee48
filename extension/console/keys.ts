/** What a terminal sends for keys, read into named keys: text, control characters, escape sequences, pasted blocks. */

export type KeyName =
  | 'enter'
  | 'tab'
  | 'backspace'
  | 'delete'
  | 'left'
  | 'right'
  | 'word-left'
  | 'word-right'
  | 'up'
  | 'down'
  | 'home'
  | 'end'
  | 'interrupt' // Ctrl-C
  | 'end-of-input' // Ctrl-D
  | 'delete-to-end' // Ctrl-K
  | 'delete-to-start' // Ctrl-U
  | 'delete-word' // Ctrl-W, Alt-Backspace
  | 'clear-screen' // Ctrl-L
  | 'search-history' // Ctrl-R
  | 'transpose' // Ctrl-T
  | 'escape';

/** `text` holds printable characters only; `paste` may hold line ends, always `\n`. */
export type Key =
  | { readonly name: KeyName }
  | { readonly name: 'text'; readonly text: string }
  | { readonly name: 'paste'; readonly text: string };

/** The terminal wraps pasted text in PASTE_START and PASTE_END once this was written to it. */
export const ASK_FOR_PASTE_MARKS = '\x1b[?2004h';
const PASTE_START = '[200~';
const PASTE_END = '\x1b[201~';

const CONTROLS: ReadonlyMap<string, KeyName> = new Map([
  ['\r', 'enter'],
  ['\n', 'enter'],
  ['\t', 'tab'],
  ['\x7f', 'backspace'],
  ['\b', 'backspace'],
  ['\x01', 'home'],
  ['\x02', 'left'],
  ['\x03', 'interrupt'],
  ['\x04', 'end-of-input'],
  ['\x05', 'end'],
  ['\x06', 'right'],
  ['\x0b', 'delete-to-end'],
  ['\x0c', 'clear-screen'],
  ['\x0e', 'down'],
  ['\x10', 'up'],
  ['\x12', 'search-history'],
  ['\x14', 'transpose'],
  ['\x15', 'delete-to-start'],
  ['\x17', 'delete-word'],
]);

/** What follows ESC. `[` sequences come in two modes: `[A` and, with application cursor keys, `OA`. */
const SEQUENCES: ReadonlyMap<string, KeyName> = new Map([
  ['[A', 'up'],
  ['[B', 'down'],
  ['[C', 'right'],
  ['[D', 'left'],
  ['[H', 'home'],
  ['[F', 'end'],
  ['[1~', 'home'],
  ['[4~', 'end'],
  ['[7~', 'home'],
  ['[8~', 'end'],
  ['[3~', 'delete'],
  ['[1;5C', 'word-right'],
  ['[1;5D', 'word-left'],
  ['[1;3C', 'word-right'],
  ['[1;3D', 'word-left'],
  ['OA', 'up'],
  ['OB', 'down'],
  ['OC', 'right'],
  ['OD', 'left'],
  ['OH', 'home'],
  ['OF', 'end'],
  ['f', 'word-right'],
  ['b', 'word-left'],
  ['\x7f', 'delete-word'],
]);

/** ESC [ parameters intermediates final, ESC O letter, or ESC and one character. */
const SEQUENCE = /^(?:\[[0-?]*[ -/]*[@-~]|O[@-~]|[^[O])/u;
/** The start of a sequence whose rest has not arrived. */
const UNFINISHED = /^(?:\[[0-?]*[ -/]*|O)$/;

/** Reads keys out of chunks as they come; what is cut at the end of a chunk waits for the next one. */
export class KeyReader {
  #pending = '';
  /** Text pasted so far, while between the marks. */
  #pasted: string | undefined;

  read(chunk: string): Key[] {
    const keys: Key[] = [];
    let rest = this.#pending + chunk;
    this.#pending = '';
    while (rest !== '')
      rest = this.#pasted === undefined ? this.#readKey(rest, keys) : this.#readPaste(rest, keys);
    return keys;
  }

  /** Takes one key, or a run of text, off the front; returns what remains. */
  #readKey(input: string, keys: Key[]): string {
    const text = /^\P{Cc}+/u.exec(input)?.[0];
    if (text !== undefined) {
      keys.push({ name: 'text', text });
      return input.slice(text.length);
    }
    if (input.startsWith('\x1b')) return this.#readSequence(input.slice(1), keys);
    // A line end of a terminal without paste marks may be CR LF: one Enter.
    const taken = input.startsWith('\r\n') ? 2 : 1;
    const name = CONTROLS.get(input.charAt(0));
    if (name) keys.push({ name });
    return input.slice(taken);
  }

  #readSequence(input: string, keys: Key[]): string {
    if (input.startsWith(PASTE_START)) {
      this.#pasted = '';
      return input.slice(PASTE_START.length);
    }
    // ESC with nothing behind it is the key itself: terminals send sequences in one piece.
    if (input === '' || input.startsWith('\x1b')) {
      keys.push({ name: 'escape' });
      return input;
    }
    if (UNFINISHED.test(input)) {
      this.#pending = `\x1b${input}`;
      return '';
    }
    const sequence = SEQUENCE.exec(input)?.[0] ?? input.charAt(0);
    const name = SEQUENCES.get(sequence);
    if (name) keys.push({ name });
    return input.slice(sequence.length);
  }

  #readPaste(input: string, keys: Key[]): string {
    const end = input.indexOf(PASTE_END);
    if (end < 0) {
      const held = startOfMark(input);
      this.#pasted += input.slice(0, input.length - held);
      this.#pending = input.slice(input.length - held);
      return '';
    }
    const text = (this.#pasted ?? '') + input.slice(0, end);
    this.#pasted = undefined;
    // Other control characters would move the cursor behind the editor's back.
    keys.push({ name: 'paste', text: text.replace(/\r\n?/g, '\n').replace(/[^\P{Cc}\n\t]/gu, '') });
    return input.slice(end + PASTE_END.length);
  }
}

/** How many characters at the end of `input` may be the beginning of the mark that ends a paste. */
function startOfMark(input: string): number {
  for (let length = Math.min(PASTE_END.length - 1, input.length); length > 0; length--) {
    if (PASTE_END.startsWith(input.slice(-length))) return length;
  }
  return 0;
}
