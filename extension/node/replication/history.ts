/**
 * Which history this node's data belongs to, and how far it has come: replication id and offset. After a promotion the
 * old id is kept as the second one, valid up to the offset of that moment, so that fellow replicas can go on.
 */
import { hexOf } from '../../redis/bytes.ts';
import { encodeCommand } from '../../redis/resp/encode-command.ts';
import type { Random } from '../../redis/world.ts';
import { Backlog } from './backlog.ts';

/** What INFO shows while there is no second id. */
const NO_ID = '0'.repeat(40);

export interface Point {
  readonly id: string;
  readonly offset: number;
}

export class ReplicationHistory {
  id: string;
  secondId = NO_ID;
  /** PSYNC offsets up to this one are good for the second id; -1: none is. */
  secondOffset = -1;
  /** Made when somebody first needs the stream: until then nothing is counted or kept. */
  backlog: Backlog | undefined;
  /** False when data and history do not belong together: a full sync broke off. */
  valid = true;
  /** The lowest offset that an attached replica has yet to be sent. */
  unsentFrom: () => number = () => Number.POSITIVE_INFINITY;
  readonly #random: Random;
  readonly #limit: () => number;
  /** The database that the stream has selected; -1: it has to say so before the next command. */
  #selected = -1;
  #offset = 0;
  /** The offset at our own promotion, while the old id is still true of all our data; else -1. */
  #promotedAt = -1;

  /** `limit`: repl-backlog-size. */
  constructor(random: Random, limit: () => number) {
    this.#random = random;
    this.#limit = limit;
    this.id = randomId(random);
  }

  get offset(): number {
    return this.backlog?.end ?? this.#offset;
  }

  /** The database the stream has selected, as an RDB file's repl-stream-db tells it. */
  get database(): number {
    return Math.max(0, this.#selected);
  }

  /** The next command says which database it is for: a replica begins to listen here. */
  unselect(): void {
    this.#selected = -1;
  }

  /** Adds one command executed in `database` (-1: in any) to the stream. */
  feed(database: number, bytes: Uint8Array, start: number, end: number): void {
    const { backlog } = this;
    if (backlog === undefined) {
      // Nobody wants the bytes; but WAITAOF tells by the offset what is on the disk, so it has to move on.
      this.#offset++;
      return;
    }
    if (database >= 0 && database !== this.#selected) {
      const select = encodeCommand(['SELECT', String(database)]).bytes;
      backlog.append(select, 0, select.length);
      this.#selected = database;
    }
    backlog.append(bytes, start, end);
  }

  /** A new history, of which nobody has any part yet. */
  begin(): void {
    this.id = randomId(this.#random);
    this.secondId = NO_ID;
    this.secondOffset = -1;
    this.#promotedAt = -1;
  }

  /** The data at hand goes on under a new id: this node has become its own primary. */
  shift(): void {
    if (!this.valid) {
      this.begin();
      this.valid = true;
      return;
    }
    this.secondId = this.id;
    this.secondOffset = this.offset + 1;
    this.id = randomId(this.#random);
    this.#promotedAt = this.backlog === undefined ? -1 : this.offset;
    this.unselect();
  }

  /** The primary's history, from the image that was taken at `offset` of it. */
  adopt(id: string, offset: number): void {
    this.begin();
    this.id = id;
    this.backlog = this.#backlogFrom(offset);
    this.valid = true;
  }

  /** The primary goes on under a new id (it was promoted); what we have is good. */
  rename(id: string): void {
    this.secondId = this.id;
    this.secondOffset = this.offset + 1;
    this.id = id;
    this.#promotedAt = -1;
  }

  /** Our data is at this point of `id` after all: see `resumePoint`. True when that is news. */
  returnTo(id: string): boolean {
    if (id === this.id) return false;
    this.begin();
    this.id = id;
    return true;
  }

  /** Continues at a point that a file or a former life tells of. */
  restore({ id, offset }: Point): void {
    this.id = id;
    this.backlog = this.#backlogFrom(offset);
  }

  /** Without replicas and after repl-backlog-ttl: what happens from now on is not counted. */
  release(): void {
    this.#offset = this.offset;
    this.backlog = undefined;
    this.begin();
  }

  startBacklog(): Backlog {
    this.backlog ??= this.#backlogFrom(this.#offset);
    return this.backlog;
  }

  #backlogFrom(offset: number): Backlog {
    return new Backlog(offset, this.#limit, () => this.unsentFrom());
  }

  /** Drops what was said so far: the data is about to be replaced. */
  invalidate(): void {
    this.#offset = this.offset;
    this.backlog = undefined;
    this.valid = false;
  }

  /**
   * From where a primary could continue our data. When nothing happened since our own promotion (or start), that is
   * still the old history, which others know; Redis would ask for its new one and be sent everything. Undefined when
   * nobody can know our history.
   */
  resumePoint(): Point | undefined {
    if (!this.valid || this.backlog === undefined) return undefined;
    const unchanged = this.#promotedAt === this.offset;
    return { id: unchanged ? this.secondId : this.id, offset: this.offset };
  }
}

export function randomId(random: Random): string {
  return hexOf(random.bytes(20));
}
