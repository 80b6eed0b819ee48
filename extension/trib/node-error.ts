/** What went wrong with one node, and which: a command goes to many, and the words of a server name none. */
import { messageOf } from '../redis/caught.ts';

/** So many words of a command say which it was; behind them stand keys and passwords. */
const WORDS_TOLD = 5;

export class NodeError extends Error {
  /** False: it went, or said nothing. */
  readonly replied: boolean;
  /** As redis-trib says it. */
  readonly line: string;

  /** `text` is the node's own when it replied, else why it did not; `node` its `host:port`. */
  constructor(text: string, node: string, argv: readonly (string | number | Buffer)[], replied: boolean) {
    super(text);
    this.name = 'NodeError';
    this.replied = replied;
    const words = argv.slice(0, WORDS_TOLD).filter((word) => !Buffer.isBuffer(word));
    const what = words.join(' ');
    this.line = replied
      ? `[ERR] Node ${node} replied to ${what}: ${text}`
      : `[ERR] Node ${node} did not reply to ${what}: ${text}`;
  }

  /** Of what a call of `argv` to the node rejected with. */
  static of(error: unknown, node: string, argv: readonly (string | number | Buffer)[]): NodeError {
    return error instanceof NodeError ? error : new NodeError(messageOf(error), node, argv, true);
  }
}

/** Any error as redis-trib says it; those of nodes name them. */
export function errorLine(error: unknown): string {
  return error instanceof NodeError ? error.line : messageOf(error);
}
