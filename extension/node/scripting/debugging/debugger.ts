/**
 * The debugger of scripts: where it stops, and what its commands answer. What it says is collected line by line and
 * leaves as one array of simple strings whenever it waits for a command (ldbSendLogs).
 */
import { type Binary, binaryOf } from '../../../redis/bytes.ts';
import type { CallFrame, Line, LuaValue } from '../../../redis/lua/values.ts';
import { describeReply, describeValue } from './descriptions.ts';
import { HELP } from './help.ts';

/** LDB_BREAKPOINTS_MAX and LDB_MAX_LEN_DEFAULT. */
const MOST_BREAKPOINTS = 64;
const DEFAULT_MAX_LENGTH = 256;
/** A limit below this is not taken at its word. */
const LEAST_MAX_LENGTH = 60;
/** Words of a command that are shown. */
const SHOWN_WORDS = 10;
const CONTEXT_LINES = 5;
const MINUS = 0x2d;
const CR = 0x0d;
/** LUA_HOOKCOUNT without a busy-reply-threshold: what a script may take between two stops. */
const DEFAULT_THRESHOLD_MS = 5000;

/** What the debugger needs of the script that is stopped. */
export interface Debugged {
  readonly calls: readonly CallFrame[];
  global(name: string): LuaValue;
  /** Runs some code; throws a text when it is none, or fails. */
  evaluate(code: Binary): LuaValue;
  /** redis.call, which tells what it does as in step mode. */
  call(words: readonly Binary[]): void;
}

export type Verdict = 'wait' | 'go on' | 'abort';

export class ScriptDebugger {
  /** Logs go here until they are taken. */
  #lines: Binary[] = [];
  readonly #source: readonly Binary[];
  #breakpoints: number[] = [];
  /** Stop at the next line, whatever it is; meanwhile calls of commands are told. */
  #step = true;
  /** redis.breakpoint() was called. */
  #asked = false;
  #current = 0;
  #maxLength = DEFAULT_MAX_LENGTH;
  #hinted = false;
  /** Waits for a command. */
  stopped = false;

  constructor(source: Binary) {
    const text = source.replace(/[\r\n]+$/, '');
    this.#source = text === '' ? [] : text.split('\n');
  }

  // The script runs.

  get currentLine(): number {
    return this.#current;
  }

  /** Calls of commands, their replies and errors are told. */
  get tells(): boolean {
    return this.#step;
  }

  /** A line of the script is about to run. True: stop here. */
  reach({ line }: Line): boolean {
    this.#current = line;
    const isBreakpoint = this.#breakpoints.includes(line) || this.#asked;
    if (!this.#step && !isBreakpoint) return false;
    const reason = !isBreakpoint ? 'step over' : this.#asked ? 'redis.breakpoint() called' : 'break point';
    this.#stop(reason);
    return true;
  }

  /** It has run for so long since it last stopped. True: stop here, it may never end. */
  tires(elapsedMs: number, thresholdMs: number): boolean {
    if (elapsedMs < (thresholdMs || DEFAULT_THRESHOLD_MS)) return false;
    this.#stop('timeout reached, infinite loop?');
    return true;
  }

  #stop(reason: string): void {
    this.#step = this.#asked = false;
    this.stopped = true;
    this.log(`* Stopped at ${this.#current}, stop reason = ${reason}`);
    this.#logSource(this.#current);
  }

  /** redis.breakpoint(). */
  breakpoint(): void {
    this.#asked = true;
  }

  /** redis.debug(). */
  debug(values: readonly LuaValue[]): void {
    const shown = values.map((value) => describeValue(value)).join(', ');
    this.log(`<debug> line ${this.#current}: ${shown}`);
  }

  called(words: readonly Binary[]): void {
    if (!this.#step) return;
    const more = words.length > SHOWN_WORDS ? ` ... (${words.length - SHOWN_WORDS - 1} more)` : '';
    this.log(`<redis> ${words.slice(0, SHOWN_WORDS).join(' ')}${more}`);
  }

  replied(bytes: Uint8Array, start: number): void {
    if (!this.#step) return;
    // An error becomes one of Lua first.
    if (bytes[start] === MINUS) this.log(`<error> ${binaryOf(bytes, start, bytes.indexOf(CR, start))}`);
    this.#logLimited(`<reply> ${describeReply(bytes, start)}`);
  }

  failed(text: Binary): void {
    if (this.#step) this.log(`<error> ${text}`);
  }

  /** The client is gone: nobody stops it any more. */
  letGo(): void {
    this.#step = this.stopped = false;
    this.#breakpoints = [];
  }

  // What it says.

  log(line: Binary): void {
    this.#lines.push(line);
  }

  /** Everything said since the last time, as a reply. */
  take(): Binary {
    const lines = this.#lines;
    this.#lines = [];
    return `*${lines.length}\r\n${lines.map((line) => `+${line.replace(/[\r\n]/g, ' ')}\r\n`).join('')}`;
  }

  #logLimited(text: Binary): void {
    const limit = this.#maxLength;
    if (limit === 0 || text.length <= limit) {
      this.log(text);
      return;
    }
    this.log(`${text.slice(0, limit)} ...`);
    if (this.#hinted) return;
    this.#hinted = true;
    this.log("<hint> The above reply was trimmed. Use 'maxlen 0' to disable trimming.");
  }

  #logValue(prefix: string, value: LuaValue): void {
    this.#logLimited(prefix + describeValue(value));
  }

  #logSource(line: number): void {
    const isCurrent = line === this.#current;
    const isBreakpoint = this.#breakpoints.includes(line);
    const prefix = (isCurrent ? '->' : '  ') + (isBreakpoint ? '#' : ' ');
    const text = this.#source[line - 1] ?? '<out of range source code line>';
    this.log(`${prefix}${String(line).padEnd(3)} ${text}`);
  }

  #list(around: number, context: number): void {
    for (let line = 1; line <= this.#source.length; line++) {
      if (around === 0 || Math.abs(around - line) <= context) this.#logSource(line);
    }
  }

  // Its commands.

  execute(words: readonly Binary[], script: Debugged): Verdict {
    const [name = '', first, second] = words;
    switch (FULL_NAMES.get(name.toLowerCase()) ?? name.toLowerCase()) {
      case 'help':
        for (const line of HELP) this.log(line);
        return 'wait';
      case 'step':
      case 'next':
        this.#step = true;
        return this.#goOn('go on');
      case 'continue':
        return this.#goOn('go on');
      case 'abort':
        return this.#goOn('abort');
      case 'trace':
        this.#trace(script.calls);
        return 'wait';
      case 'maxlen':
        this.#limit(words);
        return 'wait';
      case 'break':
        this.#break(words.slice(1));
        return 'wait';
      case 'eval':
        this.#evaluate(words.slice(1).join(' '), script);
        return 'wait';
      case 'redis':
        if (words.length < 2) break;
        this.#step = true;
        script.call(words.slice(1));
        this.#step = false;
        return 'wait';
      case 'print':
        if (words.length === 2) this.#print(first ?? '', script);
        else this.#printAll(script.calls);
        return 'wait';
      case 'list': {
        const asked = integer(first ?? '');
        this.#list(asked > 0 ? asked : this.#current, second === undefined ? CONTEXT_LINES : integer(second));
        return 'wait';
      }
      case 'whole':
        this.#list(0, 0);
        return 'wait';
    }
    this.log('<error> Unknown Redis Lua debugger command or wrong number of arguments.');
    return 'wait';
  }

  #goOn(verdict: Verdict): Verdict {
    this.stopped = false;
    return verdict;
  }

  /** The innermost variable of that name. */
  #print(name: Binary, script: Debugged): void {
    for (const { line } of script.calls) {
      const found = line?.locals().find(([local]) => local === name);
      if (found === undefined) continue;
      this.#logValue('<value> ', found[1]);
      return;
    }
    if (name === 'KEYS' || name === 'ARGV') this.#logValue('<value> ', script.global(name));
    else this.log('No such variable.');
  }

  #printAll([innermost]: readonly CallFrame[]): void {
    const locals = innermost?.line?.locals() ?? [];
    for (const [name, value] of locals) this.#logValue(`<value> ${name} = `, value);
    if (locals.length === 0) this.log('No local variables in the current context.');
  }

  #trace(calls: readonly CallFrame[]): void {
    for (const [level, { line, name }] of calls.entries()) {
      if (line === undefined) continue;
      this.log(`${level === 0 ? 'In' : 'From'} ${name ?? 'top level'}:`);
      this.#logSource(line.line);
    }
  }

  #evaluate(code: Binary, script: Debugged): void {
    try {
      this.#logValue('<retval> ', script.evaluate(code));
    } catch (error) {
      if (typeof error !== 'string') throw error;
      this.log(`<error> ${error}`);
    }
  }

  #limit(words: readonly Binary[]): void {
    if (words.length === 2) {
      const limit = integer(words[1] ?? '');
      // Whoever says it knows of it.
      this.#hinted = true;
      this.#maxLength = limit !== 0 && limit <= LEAST_MAX_LENGTH ? LEAST_MAX_LENGTH : limit;
    }
    const limit = this.#maxLength;
    this.log(
      limit === 0 ? '<value> replies are unlimited.' : `<value> replies are truncated at ${limit} bytes.`,
    );
  }

  #break(words: readonly Binary[]): void {
    if (words.length === 0) {
      const count = this.#breakpoints.length;
      this.log(count === 0 ? "No breakpoints set. Use 'b <line>' to add one." : `${count} breakpoints set:`);
      for (const line of this.#breakpoints) this.#logSource(line);
    }
    for (const word of words) {
      if (!/^(0|-?[1-9]\d{0,18})$/.test(word)) this.log(`Invalid argument:'${word}'`);
      else this.#setBreakpoint(Number(word));
    }
  }

  #setBreakpoint(line: number): void {
    if (line === 0) {
      this.#breakpoints = [];
      this.log('All breakpoints removed.');
    } else if (line < 0) {
      const before = this.#breakpoints.length;
      this.#breakpoints = this.#breakpoints.filter((one) => one !== -line);
      const removed = this.#breakpoints.length < before;
      this.log(removed ? 'Breakpoint removed.' : 'No breakpoint in the specified line.');
    } else if (this.#breakpoints.length === MOST_BREAKPOINTS) this.log('Too many breakpoints set.');
    else if (line > this.#source.length) this.log('Wrong line number.');
    else {
      if (!this.#breakpoints.includes(line)) this.#breakpoints.push(line);
      this.#list(line, 1);
    }
  }
}

/** Every command may be said by its first letter. */
const FULL_NAMES: ReadonlyMap<string, string> = new Map(
  [
    'help',
    'step',
    'next',
    'continue',
    'trace',
    'maxlen',
    'break',
    'eval',
    'abort',
    'redis',
    'print',
    'list',
    'whole',
  ].map((name) => [name.charAt(0), name]),
);

/** As C's atoi: what is no number is 0. */
function integer(text: Binary): number {
  return Number.parseInt(text, 10) || 0;
}
