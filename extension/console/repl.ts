/** The console: reads keys, edits and runs lines, draws. Knows a terminal only as text in and text out. */
import { type Binary, binaryOfText } from '../redis/bytes.ts';
import { splitArgs } from '../redis/config/split-args.ts';
import { holdsSecret, splitRepeat } from './command-conventions.ts';
import { CommandHelp } from './command-help.ts';
import { Conversation } from './conversation.ts';
import type { History } from './history.ts';
import { ASK_FOR_PASTE_MARKS, type Key, KeyReader } from './keys.ts';
import { LineEditor } from './line-editor.ts';
import { CLEAR_SCREEN, PromptLine } from './prompt-line.ts';
import { ReadOnly } from './read-only.ts';
import type { OpenSocket } from './session.ts';

export interface ReplOptions {
  readonly host: string;
  readonly port: number;
  readonly columns: number;
  readonly history: History;
  readonly followsRedirects: () => boolean;
  readonly printsUtf8: () => boolean;
  readonly openSocket?: OpenSocket;
  readonly login?: readonly Binary[];
  /** What to say instead of running a command that may change something; undefined while anything may be changed. */
  readonly refusal?: () => string | undefined;
  /** Takes what a terminal understands. */
  readonly write: (output: string) => void;
  /** The user said quit. */
  readonly exit: () => void;
}

const READING = 'Reading messages... (press Ctrl-C to quit or any key to type command)';
/** Commands slower than this are followed by the time they took, as in redis-cli. */
const SLOW_MS = 500;

type Mode =
  | 'busy' // a command runs: keys wait, Ctrl-C ends it
  | 'editing'
  | 'reading'; // subscribed: messages are printed until a key is pressed

export class Repl {
  readonly #options: ReplOptions;
  readonly #keys = new KeyReader();
  readonly #history: History;
  readonly #help = new CommandHelp();
  readonly #editor: LineEditor;
  readonly #prompt: PromptLine;
  readonly #conversation: Conversation;
  readonly #readOnly: ReadOnly;
  #mode: Mode = 'busy';
  #hints = true;
  #closed = false;
  /** Set by `:redirects`; the setting counts while it is undefined. */
  #follows: boolean | undefined;
  /** Keys typed or pasted while a command runs. */
  readonly #waiting: Key[] = [];

  constructor(options: ReplOptions) {
    this.#options = options;
    this.#history = options.history;
    this.#editor = new LineEditor(options.history, (line) => this.#help.completions(line));
    this.#prompt = new PromptLine(options.columns);
    this.#conversation = new Conversation({
      host: options.host,
      port: options.port,
      followsRedirects: () => this.#follows ?? options.followsRedirects(),
      printsUtf8: options.printsUtf8,
      ...(options.openSocket && { openSocket: options.openSocket }),
      ...(options.login && { login: options.login }),
      print: (text) => this.#print(text),
      onClosed: () => this.#onClosed(),
    });
    this.#readOnly = new ReadOnly((argv) => this.#conversation.ask(argv));
  }

  /** Connects and shows the first prompt. */
  async open(): Promise<void> {
    this.#options.write(ASK_FOR_PASTE_MARKS);
    await this.#work(async () => {
      if (await this.#conversation.connect()) await this.#learnCommands();
    });
  }

  close(): void {
    this.#closed = true;
    this.#conversation.drop();
  }

  resize(columns: number): void {
    this.#prompt.columns = columns;
    if (this.#mode === 'editing') this.#draw();
  }

  /** What the terminal sends when keys are pressed. */
  input(data: string): void {
    for (const key of this.#keys.read(data)) this.#press(key);
  }

  #press(key: Key): void {
    switch (this.#mode) {
      case 'busy':
        if (key.name !== 'interrupt') this.#waiting.push(key);
        else this.#interrupt();
        return;
      case 'reading':
        this.#stopReading();
        if (key.name === 'interrupt') this.#interrupt();
        else this.#edit(key);
        return;
      case 'editing':
        this.#edit(key);
    }
  }

  #edit(key: Key): void {
    this.#mode = 'editing';
    // A block of lines is run line by line, as if typed; what follows its last line end stays to be edited.
    if (key.name === 'paste' && key.text.includes('\n')) {
      this.#paste(key.text);
      return;
    }
    switch (this.#editor.handle(key)) {
      case 'changed':
        this.#draw();
        break;
      case 'bell':
        this.#options.write('\x07');
        break;
      case 'clear-screen':
        this.#prompt.forget();
        this.#options.write(CLEAR_SCREEN);
        this.#draw();
        break;
      case 'interrupt':
        this.#abandonLine();
        break;
      case 'end-of-input':
        this.#leaveLine();
        this.#exit();
        break;
      case 'accept':
        this.#accept();
    }
  }

  #paste(text: string): void {
    const [first = '', ...others] = text.split('\n');
    const keys: Key[] = [{ name: 'text', text: first }];
    for (const line of others) keys.push({ name: 'enter' }, { name: 'text', text: line });
    for (const key of keys) if (key.name !== 'text' || key.text !== '') this.#press(key);
  }

  #accept(): void {
    const line = this.#editor.text;
    this.#leaveLine();
    this.#editor.reset();
    void this.#work(() => this.#run(line));
  }

  /** redis-cli ends here; in an editor a slip of the finger should not close the console. */
  #abandonLine(): void {
    this.#leaveLine('^C');
    this.#editor.reset();
    this.#history.leave();
    if (this.#conversation.subscribed) this.#interrupt();
    else this.#draw();
  }

  #interrupt(): void {
    this.#waiting.length = 0;
    void this.#conversation.abort().then(() => this.#ready());
    this.#mode = 'busy';
  }

  /** Draws the line once more without its hint, and goes below it. */
  #leaveLine(mark = ''): void {
    const text = this.#editor.text + mark;
    const drawn = this.#prompt.draw({
      prompt: this.#conversation.prompt,
      text,
      cursor: text.length,
      hint: '',
    });
    this.#options.write(drawn + this.#prompt.leave());
  }

  /** Does something during which no line can be edited. */
  async #work(work: () => Promise<void>): Promise<void> {
    this.#mode = 'busy';
    await work();
    this.#ready();
  }

  /** Back to the prompt, or to reading messages; then come the keys that waited. */
  #ready(): void {
    if (this.#closed) return;
    if (this.#conversation.subscribed && this.#waiting.length === 0) {
      this.#startReading();
      return;
    }
    this.#mode = 'editing';
    this.#draw();
    // Each key may start a command, after which the rest waits again.
    for (
      let key = this.#waiting.shift();
      key;
      key = this.#mode === 'editing' ? this.#waiting.shift() : undefined
    )
      this.#press(key);
  }

  #startReading(): void {
    this.#mode = 'reading';
    this.#conversation.listening = true;
    this.#options.write(`\x1b[90m${READING}\x1b[0m`);
  }

  #stopReading(): void {
    this.#conversation.listening = false;
    this.#options.write('\r\x1b[K');
    this.#mode = 'editing';
  }

  async #run(line: string): Promise<void> {
    // Clients send text as UTF-8; from here on it is bytes.
    const words = splitArgs(binaryOfText(line));
    const split = words && splitRepeat(words);
    if (!split || !holdsSecret(split.argv)) this.#history.add(line);
    else this.#history.leave();
    if (!split) {
      this.#print(words ? 'Invalid redis-cli repeat command option value.\n' : 'Invalid argument(s)\n');
      return;
    }
    const [name = ''] = words;
    if (words.length === 0) return;
    if (this.#runOwn(name.toLowerCase(), words)) return;
    const refusal = this.#options.refusal?.();
    // A connection that was lost is made anew by the question.
    if (refusal !== undefined && (await this.#conversation.connect())) {
      if (!(await this.#readOnly.allows(split.argv))) {
        this.#print(`(error) ${refusal}\n`);
        return;
      }
    }
    for (let times = 0; times < split.repeat && !this.#closed; times++) {
      const startedAt = performance.now();
      await this.#conversation.run(split.argv);
      const elapsed = performance.now() - startedAt;
      if (elapsed >= SLOW_MS) this.#print(`(${(elapsed / 1000).toFixed(2)}s)\n`);
    }
  }

  /** Commands of the console itself; false when the server is meant. */
  #runOwn(name: string, words: readonly string[]): boolean {
    if (name === 'quit' || name === 'exit') this.#exit();
    else if (name === 'clear' && words.length === 1) this.#options.write(CLEAR_SCREEN);
    else if (name === 'help' || name === '?') this.#print(this.#help.page(words.slice(1)));
    else if (name.startsWith(':')) this.#setPreference(words);
    else return false;
    return true;
  }

  #setPreference(words: readonly string[]): void {
    const [name, value] = words.map((word) => word.toLowerCase());
    if (name === ':set' && (value === 'hints' || value === 'nohints')) this.#hints = value === 'hints';
    else if (name === ':redirects' && (value === 'on' || value === 'off')) this.#follows = value === 'on';
    else if (name === ':set' || name === ':redirects')
      this.#print(`unknown redis-cli preference '${value ?? ''}'\n`);
    else this.#print(`unknown redis-cli internal command '${name}'\n`);
  }

  /** What the server itself says about its commands: completion, hints and help fit whichever server this is. */
  async #learnCommands(): Promise<void> {
    const docs = await this.#conversation.ask(['COMMAND', 'DOCS']);
    if (docs && this.#help.learnDocs(docs)) return;
    const names = await this.#conversation.ask(['COMMAND']);
    if (names) this.#help.learnNames(names);
  }

  #exit(): void {
    this.close();
    this.#options.exit();
  }

  #onClosed(): void {
    if (this.#mode === 'reading') {
      this.#stopReading();
      this.#print('Error: Server closed the connection\n');
    }
    if (this.#mode === 'editing') this.#draw();
  }

  #draw(): void {
    const { query, text, cursor } = this.#editor;
    const searching = query !== undefined;
    this.#options.write(
      this.#prompt.draw({
        prompt: searching ? `(reverse-i-search)'${query}': ` : this.#conversation.prompt,
        text,
        cursor,
        hint: this.#hints && !searching && cursor === text.length ? this.#help.hint(text) : '',
      }),
    );
  }

  #print(text: string): void {
    const output = text.replaceAll('\r\n', '\n').replaceAll('\n', '\r\n');
    switch (this.#mode) {
      case 'busy':
        this.#options.write(output);
        break;
      case 'reading':
        this.#options.write(`\r\x1b[K${output}\x1b[90m${READING}\x1b[0m`);
        break;
      case 'editing':
        this.#options.write(this.#prompt.erase() + output);
        this.#draw();
    }
  }
}
