/** What the lab tells people: English where it is made, put into their language where it is shown. */
import type { Message } from './protocol.ts';

/** `{0}`, `{1}` … in `message` stand for the arguments. */
export type Translate = (message: string, ...args: (string | number)[]) => string;

type Part = Message['args'][number];

/** `template` is a literal, so that a test can find all of them; `{0}`, `{1}` … stand for `parts`. */
export function say(template: string, ...parts: readonly Part[]): Message {
  return { text: fill(template, parts), template, args: parts };
}

/** Words that are not ours: of a node, of the operating system, of a program. */
export function quote(text: string): Message {
  return { text, template: text, args: [] };
}

/** An Error whose message can be put into the user's language. */
export class LabError extends Error {
  #told: Message;

  constructor(template: string, ...parts: readonly Part[]) {
    const told = say(template, ...parts);
    super(told.text);
    this.#told = told;
  }

  /** No property of its own, which every console would print beside the message. */
  get told(): Message {
    return this.#told;
  }

  /** The same, of a message that was made elsewhere. */
  static of(told: Message): LabError {
    const error = new LabError(told.template, ...told.args);
    error.#told = told;
    return error;
  }
}

/** In the user's language: `translate` knows templates by their English (vscode.l10n.t has this shape). */
export function localize(message: Message, translate: Translate): string {
  const parts = message.args.map((part) => (typeof part === 'object' ? localize(part, translate) : part));
  return translate(message.template, ...parts);
}

/** What to show of an error. It may come from another thread or another bundle: no class tells. */
export function toldBy(error: unknown): Message {
  if (!(error instanceof Error)) return quote(String(error));
  return 'told' in error && isMessage(error.told) ? error.told : quote(error.message);
}

function fill(template: string, parts: readonly Part[]): string {
  return template.replace(/\{(\d)\}/g, (place, index) => {
    const part = parts[Number(index)] ?? place;
    return typeof part === 'object' ? part.text : String(part);
  });
}

function isMessage(told: unknown): told is Message {
  return typeof told === 'object' && told !== null && 'text' in told && 'template' in told && 'args' in told;
}
