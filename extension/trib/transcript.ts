/**
 * What a subcommand says and asks. The command line prints it in redis-trib's colours, VS Code puts it into an output
 * channel, tests collect it: the words are the same everywhere.
 */
export type Tone = 'plain' | 'good' | 'heading' | 'bad' | 'warning';

export interface Transcript {
  /** One line. Its tone follows from its first characters, as redis-trib chose its colours. */
  line(text: string): void;
  /** Progress without a line end: dots for moved keys, # for moved slots. */
  progress(text: string): void;
  /** One line from the user; rejects when there is nobody to ask. */
  ask(question: string): Promise<string>;
  /** Set when the user cancelled: honoured between slots, never in mid-slot. */
  readonly cancelled: boolean;
}

/** `>>>` headings, `[OK]`, `[ERR]` and `***` problems, `[WARNING]`. */
export function toneOf(text: string): Tone {
  if (text.startsWith('>>>')) return 'heading';
  if (text.startsWith('[OK]')) return 'good';
  if (text.startsWith('[ERR]') || text.startsWith('***')) return 'bad';
  if (text.startsWith('[WARNING]')) return 'warning';
  return 'plain';
}

/** Ends a subcommand: its text has been or will be said, the exit status is 1. */
export class TribError extends Error {
  constructor(text: string) {
    super(text);
    this.name = 'TribError';
  }
}

/** "type 'yes' to accept", as redis-trib asks before it changes anything. Anything but yes ends the subcommand. */
export async function confirm(transcript: Transcript, question: string): Promise<void> {
  const answer = await transcript.ask(`${question} (type 'yes' to accept): `);
  if (answer.trim().toLowerCase() !== 'yes') throw new TribError('*** Aborting...');
}
