/** What a replica says to its primary before data comes: PING, AUTH, REPLCONF, PSYNC, and what it makes of the answers. */
import { type Binary, binaryOfText, textOf } from '../../redis/bytes.ts';
import { encodeCommand } from '../../redis/resp/encode-command.ts';
import type { ReplicationHost } from './contract.ts';
import type { Point } from './history.ts';

export type Verdict =
  /** The stream goes on where we are, under this id ('': the one we have). */
  | { readonly how: 'continue'; readonly id: string }
  /** The image of `offset` of the history `id` follows. */
  | { readonly how: 'full'; readonly id: string; readonly offset: number }
  | { readonly how: 'failed'; readonly why: string };

export class Handshake {
  readonly #host: ReplicationHost;
  readonly #point: Point | undefined;
  readonly #takeOver: boolean;
  readonly #write: (bytes: Uint8Array) => void;
  /** PSYNC is out, or answered. */
  asked = false;
  /** Names of the commands whose replies are to come, in order. */
  readonly #replies: string[] = [];

  /** Says the first words; `point` is where our data could be continued. `takeOver`: by the other as our primary. */
  constructor(
    host: ReplicationHost,
    point: Point | undefined,
    takeOver: boolean,
    write: (bytes: Uint8Array) => void,
  ) {
    this.#host = host;
    this.#point = point;
    this.#takeOver = takeOver;
    this.#write = write;
    this.#send('PING');
    this.#introduce();
  }

  /** A line of the primary; undefined while nothing is decided. */
  reply(line: Binary): Verdict | undefined {
    // Before its answer to PSYNC the primary sends empty lines to show that it lives.
    if (line === '') return undefined;
    const text = textOf(line);
    const refused = line.startsWith('-');
    const command = this.#replies.shift();
    if (command === 'PSYNC') return verdictOf(text);
    if (command === 'PING') {
      // Without a password the primary refuses PING too: AUTH comes next.
      if (refused && !/^-(NOAUTH|NOPERM|ERR operation not permitted)/.test(text)) {
        return { how: 'failed', why: `Error reply to PING from master: '${text}'` };
      }
      this.#host.log('notice', 'Master replied to PING, replication can continue...');
    } else if (refused && command === 'AUTH') {
      return { how: 'failed', why: `Unable to AUTH to MASTER: ${text}` };
    } else if (refused) {
      this.#host.log('notice', `(Non critical) Master does not understand REPLCONF: ${text}`);
    }
    // PSYNC must come alone: a primary refuses it while it has replies to send.
    if (this.#replies.length === 0) this.#ask();
    return undefined;
  }

  #introduce(): void {
    const { settings } = this.#host;
    const [user, password] = [settings.text('masteruser'), settings.text('masterauth')];
    if (password !== '') this.#send('AUTH', ...(user === '' ? [] : [user]), password);
    const port = settings.number('replica-announce-port') || settings.number('port');
    this.#send('REPLCONF', 'listening-port', String(port));
    const ip = settings.text('replica-announce-ip');
    if (ip !== '') this.#send('REPLCONF', 'ip-address', ip);
    this.#send('REPLCONF', 'capa', 'eof', 'capa', 'psync2');
  }

  #ask(): void {
    const point = this.#point;
    this.asked = true;
    if (point === undefined) {
      this.#host.log('notice', 'Partial resynchronization not possible (no cached master)');
      this.#send('PSYNC', '?', '-1');
    } else {
      const next = point.offset + 1;
      this.#host.log('notice', `Trying a partial resynchronization (request ${point.id}:${next}).`);
      this.#send('PSYNC', point.id, String(next), ...(this.#takeOver ? ['FAILOVER'] : []));
    }
  }

  #send(...argv: string[]): void {
    this.#replies.push(argv[0] ?? '');
    this.#write(encodeCommand(argv.map(binaryOfText)).bytes);
  }
}

function verdictOf(text: string): Verdict {
  const [word = '', id = '', offset = ''] = text.split(' ');
  if (word === '+FULLRESYNC' && id.length === 40 && /^\d+$/.test(offset)) {
    return { how: 'full', id, offset: Number(offset) };
  }
  if (word === '+CONTINUE') return { how: 'continue', id };
  const transient = /^-(NOMASTERLINK|LOADING)/.test(text);
  return {
    how: 'failed',
    why: transient
      ? `Master is currently unable to PSYNC but should be in the future: ${text}`
      : `Unexpected reply to PSYNC from master: ${text}`,
  };
}
