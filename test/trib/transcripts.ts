/** A transcript that remembers, and answers questions from a list. */
import { type Transcript, TribError } from '../../extension/trib/transcript.ts';
import { runTrib } from '../../extension/trib/trib.ts';

export interface Told {
  readonly status: number;
  readonly text: string;
}

/** Runs a redis-trib command line; `answers` are what the user types. */
export async function trib(argv: readonly string[], answers: readonly string[] = []): Promise<Told> {
  const left = [...answers];
  let text = '';
  const transcript: Transcript = {
    cancelled: false,
    line: (line) => {
      text += `${line}\n`;
    },
    progress: (part) => {
      text += part;
    },
    ask: async (question) => {
      text += question;
      const answer = left.shift();
      if (answer === undefined) throw new TribError('*** Aborting...');
      text += `${answer}\n`;
      return answer;
    },
  };
  const status = await runTrib(argv, transcript);
  return { status, text };
}
