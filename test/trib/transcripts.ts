/** A transcript that remembers, and answers questions from a list. */
import { type Access, type Dial, dialer } from '../../extension/trib/connection.ts';
import { type Status, type Transcript, TribError } from '../../extension/trib/transcript.ts';
import { runTrib } from '../../extension/trib/trib.ts';

export interface Told {
  readonly status: number;
  readonly text: string;
  /** What a progress bar was told, without the end. */
  readonly progress: readonly Status[];
}

export interface Run {
  /** What the user types, question by question. */
  readonly answers?: readonly string[];
  readonly dialWith?: (access: Access) => Dial;
  /** The user cancels when so much is done. */
  readonly cancelWhen?: (status: Status) => boolean;
}

/** Runs a redis-trib command line. */
export async function trib(
  argv: readonly string[],
  { answers = [], dialWith = dialer, cancelWhen = () => false }: Run = {},
): Promise<Told> {
  const left = [...answers];
  const progress: Status[] = [];
  let text = '';
  let cancelled = false;
  const transcript: Transcript = {
    get cancelled() {
      return cancelled;
    },
    line: (line) => {
      text += `${line}\n`;
    },
    progress: (part) => {
      text += part;
    },
    status: (status) => {
      if (status === undefined) return;
      progress.push(status);
      cancelled ||= cancelWhen(status);
    },
    ask: async (question) => {
      text += question;
      const answer = left.shift();
      if (answer === undefined) throw new TribError('*** Aborting...');
      text += `${answer}\n`;
      return answer;
    },
  };
  const status = await runTrib(argv, transcript, { dialWith });
  return { status, text, progress };
}
