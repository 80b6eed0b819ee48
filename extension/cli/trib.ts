/** `redis-cluster-lab trib …`: redis-trib in a terminal. */
import readline from 'node:readline/promises';
import { type Status, type Tone, type Transcript, TribError, toneOf } from '../trib/transcript.ts';
import { runTrib } from '../trib/trib.ts';

const COLOURS: Readonly<Record<Tone, string>> = {
  plain: '',
  heading: '\u001b[1m',
  good: '\u001b[32m',
  bad: '\u001b[31m',
  warning: '\u001b[33m',
};

export function runTribInTerminal(argv: readonly string[]): Promise<number> {
  const coloured = process.stdout.isTTY && !process.env['NO_COLOR'];
  const state = { cancelled: false };
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
    ask: prompt,
    get cancelled() {
      return state.cancelled;
    },
    status: (now) => status.show(now),
  };
  return runTrib(argv, transcript);
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

async function prompt(question: string): Promise<string> {
  const terminal = readline.createInterface({ input: process.stdin, output: process.stdout });
  const ended = new Promise<never>((_, reject) =>
    terminal.once('close', () => reject(new TribError('*** Aborting...'))),
  );
  try {
    return await Promise.race([terminal.question(question), ended]);
  } finally {
    ended.catch(() => {});
    terminal.close();
  }
}
