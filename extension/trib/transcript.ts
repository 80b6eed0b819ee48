/**
 * What a subcommand says and asks. The command line prints it in redis-trib's colours, VS Code puts it into an output
 * channel, tests collect it: the words are the same everywhere.
 */
export type Tone = 'plain' | 'good' | 'heading' | 'bad' | 'warning';

/** How far moving slots has come. */
export interface Status {
  readonly slots: { readonly done: number; readonly total: number };
  /** The total is what was counted before the first slot moved; clients may have added or removed some since. */
  readonly keys: { readonly done: number; readonly total: number };
  readonly keysPerSecond: number;
  /** Undefined as long as there is nothing to reckon with. */
  readonly secondsLeft: number | undefined;
}

/** What is about to be sent, for somebody to read and decide on. */
export interface PlanToRead {
  /** `host:port> COMMAND`, and what else happens: all of it. */
  readonly lines: readonly string[];
  /** Slots that change hands, from node to node. */
  readonly transfers: readonly Transfer[];
}

export interface Transfer {
  /** `host:port` */
  readonly from: string;
  readonly to: string;
  readonly slots: number;
  readonly keys: number;
}

export interface Transcript {
  /** One line. Its tone follows from its first characters, as redis-trib chose its colours. */
  line(text: string): void;
  /** Progress without a line end: a dot for each second of waiting, what an import moves. */
  progress(text: string): void;
  /** One line from the user, not shown while it is typed when it is a secret; rejects when there is nobody to ask. */
  ask(question: string, secret?: boolean): Promise<string>;
  /**
   * Shows what is about to be sent and resolves true when it may be. Without it the words of `ask` are all that is asked,
   * and `--yes` answers them.
   */
  approve?(plan: PlanToRead): Promise<boolean>;
  /** Set when the user cancelled: honoured between slots, never in mid-slot. */
  readonly cancelled: boolean;
  /** After each batch of keys and each slot, for whoever shows a bar; `undefined` when moving has ended. */
  status?(status: Status | undefined): void;
}

/** `>>>` headings, `[OK]`, `[ERR]` and `***` problems, `[WARNING]`. */
export function toneOf(text: string): Tone {
  if (text.startsWith('>>>')) return 'heading';
  if (text.startsWith('[OK]')) return 'good';
  if (text.startsWith('[ERR]') || text.startsWith('***')) return 'bad';
  if (text.startsWith('[WARNING]')) return 'warning';
  return 'plain';
}

/** What `--json` prints of a subcommand. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };
export type Report = { readonly [name: string]: Json };

/** Ends a subcommand: its text has been or will be said, the exit status is 1. */
export class TribError extends Error {
  /** What `--json` prints beside the error. */
  readonly report: Report;

  constructor(text: string, report: Report = {}) {
    super(text);
    this.name = 'TribError';
    this.report = report;
  }
}

/** "type 'yes' to accept", as redis-trib asks before it changes anything. Anything but yes ends the subcommand. */
export async function confirm(transcript: Transcript, question: string): Promise<void> {
  const answer = await transcript.ask(`${question} (type 'yes' to accept): `);
  if (answer.trim().toLowerCase() !== 'yes') throw new TribError('*** Aborting...');
}
