/** What redis-trib is asked for: the words of its command line, and what must be known about them before they are sent. */
import type { Target } from './targets.ts';

export type Subcommand =
  | 'create'
  | 'check'
  | 'info'
  | 'fix'
  | 'reshard'
  | 'rebalance'
  | 'add-node'
  | 'del-node'
  | 'set-timeout'
  | 'call'
  | 'import'
  | 'backup';

export interface TribRequest {
  readonly subcommand: Subcommand;
  /** Of the palette, in the user's language. */
  readonly title: string;
  /** Nodes outside the cluster which it is about, `host:port`. */
  readonly newcomers: readonly string[];
  /** The id of a node that is about to leave: the cluster is not to be found through it. */
  readonly avoids?: string;
  /** The command line after the subcommand, when the cluster is found at `seed` and the newcomers stand there. */
  readonly words: (seed: string, newcomers: readonly string[]) => readonly string[];
}

/** What can be asked of a cluster that is not to be changed. */
const ASKING: ReadonlySet<Subcommand> = new Set(['check', 'info', 'backup']);
/** What is about the cluster's own shape, which a lab can take on. */
const REHEARSED: ReadonlySet<Subcommand> = new Set([
  ...(['create', 'fix', 'reshard', 'rebalance', 'add-node', 'del-node', 'set-timeout'] as const),
]);

export function changes({ subcommand }: TribRequest): boolean {
  return !ASKING.has(subcommand);
}

export function canBeRehearsed({ subcommand }: TribRequest, target: Target): boolean {
  return REHEARSED.has(subcommand) && target.cluster !== undefined;
}

/** As it would be typed, for people to read: passwords are not for everybody. */
export function commandLine({ subcommand }: TribRequest, words: readonly string[]): string {
  const shown = words.map((word, at) => (words[at - 1] === '--from-pass' ? '***' : quoted(word)));
  return ['redis-trib', subcommand, ...shown].join(' ');
}

function quoted(word: string): string {
  return word === '' || /[\s"]/.test(word) ? JSON.stringify(word) : word;
}
