/** `redis-cluster-lab trib …`: redis-trib in a terminal. */
import readline from 'node:readline/promises';
import { Writable } from 'node:stream';
import { type Status, type Tone, type Transcript, TribError, toneOf } from '../trib/transcript.ts';
import { runTrib } from '../trib/trib.ts';
import { flushed } from './flushed.ts';

const COLOURS: Readonly<Record<Tone, string>> = {
  plain: '',
  heading: '\u001b[1m',
  good: '\u001b[32m',
  bad: '\u001b[31m',
  warning: '\u001b[33m',
};

export async function runTribInTerminal(argv: readonly string[]): Promise<number> {
  const coloured = process.stdout.isTTY && !process.env['NO_COLOR'];
  const state = { cancelled: false };
  // `… | head`: whoever listened has gone. That ends a reshard between two slots as well, not wherever it is.
  process.stdout.on('error', () => {
    state.cancelled = true;
  });
  process.on('SIGINT', () => {
    // The first asks to stop between two slots; a second one means it.
    if (state.cancelled) process.exit(130);
    state.cancelled = true;
  });
  const status = new StatusLine();
  const transcript: Transcript = {
    line(text) {
      const colour = coloured ? COLOURS[toneOf(text)] : '';
      status.around(() => process.stdout.write(colour ? `${colour}${text}\u001b[0m\n` : `${text}\n`));
    },
    progress: (text) => {
      process.stdout.write(text);
    },
    ask: (question, secret = false) =>
      process.stdin.isTTY ? askPerson(question, secret) : askScript(question),
    get cancelled() {
      return state.cancelled;
    },
    status: (now) => status.show(now),
  };
  const code = await runTrib(argv, transcript);
  await flushed();
  return code;
}

/** Redrawn so often at most: a terminal on the other side of the world has better to do. */
const REDRAW_MS = 100;

/** The last line of a terminal, which says how far moving has come. Scripts, which have no terminal, see none. */
class StatusLine {
  private text = '';
  private drawnAt = 0;

  show(status: Status | undefined): void {
    if (!process.stderr.isTTY) return;
    if (status !== undefined && performance.now() - this.drawnAt < REDRAW_MS) return;
    this.drawnAt = performance.now();
    this.clear();
    this.text = status === undefined ? '' : describeStatus(status);
    process.stderr.write(this.text);
  }

  /** Writes above the line. */
  around(write: () => void): void {
    this.clear();
    write();
    process.stderr.write(this.text);
  }

  private clear(): void {
    if (this.text !== '') process.stderr.write('\r\u001b[K');
  }
}

function describeStatus({ slots, keys, keysPerSecond, secondsLeft }: Status): string {
  const left = secondsLeft === undefined ? '' : `, ${secondsLeft.toFixed(0)} s left`;
  return `${slots.done} of ${slots.total} slots, ${keys.done} of ${keys.total} keys, ${keysPerSecond.toFixed(0)} keys/s${left}`;
}

/** What a secret is echoed to. */
const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });

/** Closed after each answer: while a terminal's lines are read, Ctrl+C would not reach us. */
async function askPerson(question: string, secret: boolean): Promise<string> {
  if (secret) process.stdout.write(question);
  const output = secret ? nowhere : process.stdout;
  const drawn = secret || process.stdout.isTTY;
  const terminal = readline.createInterface({ input: process.stdin, output, terminal: drawn });
  const ended = new Promise<never>((_, reject) =>
    terminal.once('close', () => reject(new TribError('*** Aborting...'))),
  );
  try {
    return await Promise.race([terminal.question(secret ? '' : question), ended]);
  } finally {
    ended.catch(() => {});
    terminal.close();
    if (secret) process.stdout.write('\n');
  }
}

let script: AsyncIterator<string> | undefined;

/** A line of what is piped in for each question, as long as there are any. */
async function askScript(question: string): Promise<string> {
  process.stdout.write(question);
  script ??= readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  const { value, done } = await script.next();
  process.stdout.write('\n');
  if (done) throw new TribError('*** Aborting...');
  return value;
}
