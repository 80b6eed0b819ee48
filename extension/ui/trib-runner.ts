/** Runs redis-trib: its words go into an output channel, its progress into a notification, its plan before the user. */
import * as vscode from 'vscode';
import type { Access } from '../trib/connection.ts';
import { type PlanToRead, type Status, type Transcript, toneOf } from '../trib/transcript.ts';
import { loadTrib } from './clusters.ts';
import { bareWords, tribWords } from './trib-words.ts';

const t = vscode.l10n.t;

export interface Run {
  /** redis-trib's command line. */
  readonly argv: readonly string[];
  readonly access: Access;
  /** What the notification says. */
  readonly title: string;
  /** Whether the plan may be carried out; without it nothing is asked. */
  readonly approve?: (plan: PlanToRead) => Promise<boolean>;
}

export interface Outcome {
  readonly ok: boolean;
  /** Ended by whoever was asked or pressed Cancel, not by a failure. */
  readonly cancelled: boolean;
  /** The last words that say how it ended, in the user's language. */
  readonly verdict: string;
}

/** Redrawn so often at most. */
const REDRAW_MS = 100;

export class TribRunner implements vscode.Disposable {
  readonly #output = vscode.window.createOutputChannel('redis-trib');

  dispose(): void {
    this.#output.dispose();
  }

  show(): void {
    this.#output.show(true);
  }

  /** A line of ours between redis-trib's. */
  note(line: string): void {
    this.#output.appendLine(line);
  }

  run({ argv, access, title, approve }: Run): Promise<Outcome> {
    const location = vscode.ProgressLocation.Notification;
    return Promise.resolve(
      vscode.window.withProgress({ location, title, cancellable: true }, async (progress, token) => {
        const { runTrib } = await loadTrib();
        const transcript = new ChannelTranscript(this.#output, progress, token, approve);
        const status = await runTrib(argv, transcript, { access });
        this.#output.appendLine('');
        return {
          ok: status === 0,
          cancelled: status !== 0 && transcript.cancelled,
          verdict: transcript.verdict(status === 0),
        };
      }),
    );
  }
}

class ChannelTranscript implements Transcript {
  readonly #output: vscode.OutputChannel;
  readonly #progress: vscode.Progress<{ message?: string; increment?: number }>;
  readonly #token: vscode.CancellationToken;
  readonly #approve: Run['approve'];
  #declined = false;
  #shownPercent = 0;
  #drawnAt = 0;
  #moving = false;
  #moved: Status | undefined;
  /** The last words of success, and of trouble. */
  #good = '';
  #bad = '';
  #last = '';

  constructor(
    output: vscode.OutputChannel,
    progress: vscode.Progress<{ message?: string; increment?: number }>,
    token: vscode.CancellationToken,
    approve: Run['approve'],
  ) {
    this.#output = output;
    this.#progress = progress;
    this.#token = token;
    this.#approve = approve;
  }

  /** What to say of how it ended. */
  verdict(ok: boolean): string {
    if (!ok) return this.#bad;
    if (this.#good !== '' || this.#moved === undefined) return this.#good;
    return t('{0} slots with {1} keys moved.', this.#moved.slots.done, this.#moved.keys.done);
  }

  get cancelled(): boolean {
    return this.#declined || this.#token.isCancellationRequested;
  }

  line(line: string): void {
    this.#output.appendLine(line);
    const tone = toneOf(line);
    const words = tribWords(bareWords(line), t);
    if (tone === 'good') this.#good = words;
    if (tone === 'bad' || tone === 'warning')
      this.#bad = this.#continues(line) ? joined(this.#bad, words) : words;
    this.#last = line;
    if (tone === 'heading') this.#progress.report({ message: words });
  }

  /** Several lines of asterisks are one statement, with the error in front of them. */
  #continues(line: string): boolean {
    return line.startsWith('*** ') && /^(\*\*\*|\[ERR\]) /.test(this.#last);
  }

  progress(part: string): void {
    this.#output.append(part);
  }

  async approve(plan: PlanToRead): Promise<boolean> {
    if (this.#approve === undefined) return true;
    this.#output.appendLine('');
    this.#output.appendLine(t('The plan, command by command:'));
    for (const line of plan.lines) this.#output.appendLine(`  ${line}`);
    // What was said until now told how things were.
    this.#good = '';
    this.#bad = '';
    this.#moving = plan.transfers.length > 0;
    this.#declined = !(await this.#approve(plan));
    return !this.#declined;
  }

  /** Passwords and the like, which were not given beforehand. */
  async ask(question: string, secret = false): Promise<string> {
    const box = { prompt: question, password: secret, ignoreFocusOut: true };
    return (await vscode.window.showInputBox(box)) ?? '';
  }

  status(status: Status | undefined): void {
    if (this.#moving && status) this.#moved = status;
    if (status === undefined || performance.now() - this.#drawnAt < REDRAW_MS) return;
    this.#drawnAt = performance.now();
    const { slots, keys, keysPerSecond, secondsLeft } = status;
    const percent = (100 * (slots.done + keys.done)) / Math.max(1, slots.total + keys.total);
    const far = t('{0} of {1} slots, {2} of {3} keys', slots.done, slots.total, keys.done, keys.total);
    const fast = t('{0} keys/s', Math.round(keysPerSecond));
    const left = secondsLeft === undefined ? [] : [t('{0} s left', Math.ceil(secondsLeft))];
    this.#progress.report({
      message: [far, fast, ...left].join(' · '),
      increment: Math.max(0, percent - this.#shownPercent),
    });
    this.#shownPercent = Math.max(percent, this.#shownPercent);
  }
}

/** A full stop of Chinese needs no room behind it. */
export function joined(one: string, other: string): string {
  return `${one}${other === '' || one.endsWith('。') ? '' : ' '}${other}`;
}
