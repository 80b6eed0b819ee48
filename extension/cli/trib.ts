/** `redis-cluster-lab trib …`: redis-trib in a terminal. */
import readline from 'node:readline/promises';
import { type Tone, type Transcript, TribError, toneOf } from '../trib/transcript.ts';
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
  const transcript: Transcript = {
    line(text) {
      const colour = coloured ? COLOURS[toneOf(text)] : '';
      process.stdout.write(colour ? `${colour}${text}\u001b[0m\n` : `${text}\n`);
    },
    progress: (text) => {
      process.stdout.write(text);
    },
    ask: prompt,
    get cancelled() {
      return state.cancelled;
    },
  };
  return runTrib(argv, transcript);
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
