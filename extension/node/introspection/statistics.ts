/** What INFO stats counts, and the rates it shows. */
import type { Lookups } from '../../redis/store/keyspace.ts';

/** A rate is the mean of this many samples, taken a tenth of a second apart. */
const SAMPLES = 16;

/** A counter's growth per second, over the last 1.6 s. */
export class Rate {
  readonly #samples = new Float64Array(SAMPLES);
  #next = 0;
  #lastCount = 0;
  #lastAt: number;

  constructor(nowMs: number) {
    this.#lastAt = nowMs;
  }

  sample(count: number, nowMs: number): void {
    const elapsed = nowMs - this.#lastAt;
    if (elapsed <= 0) return;
    // After CONFIG RESETSTAT the count is below the last one.
    this.#samples[this.#next] = (Math.max(0, count - this.#lastCount) * 1000) / elapsed;
    this.#next = (this.#next + 1) % SAMPLES;
    this.#lastCount = count;
    this.#lastAt = nowMs;
  }

  get perSecond(): number {
    return this.#samples.reduce((sum, sample) => sum + sample, 0) / SAMPLES;
  }
}

/** What begins an error counts as its code when it is no longer than this; without one it counts as ERR. */
const LONGEST_CODE = 30;

export class Statistics {
  commands = 0;
  connections = 0;
  rejectedConnections = 0;
  /** Of clients. */
  inputBytes = 0;
  outputBytes = 0;
  /** From the primary, and to replicas. */
  replicationInputBytes = 0;
  replicationOutputBytes = 0;
  reads = 0;
  writes = 0;
  expiredKeys = 0;
  /** Active expiry: milliseconds it took, and how often its time was up before all was removed. */
  expiryMs = 0;
  expiryCutShort = 0;
  /** Of the keys that expire, the share that is there though its time is up: a running mean. */
  staleShare = 0;
  evictedKeys = 0;
  evictedClients = 0;
  /** Values of RESTORE that sanitize-dump-payload wants checked to the last byte. */
  sanitizedPayloads = 0;
  /** What users were refused, by reason. */
  readonly denials = { auth: 0, command: 0, key: 0, channel: 0 };
  errorReplies = 0;
  /** Errors that are bugs: thrown by a handler and no ReplyError. */
  unexpectedErrors = 0;
  turns = 0;
  /** Milliseconds that turns took, to the end of their last command, and the cron. */
  busyMs = 0;
  longestTurnMs = 0;
  mostCommandsInTurn = 0;
  /** Of those, milliseconds of commands, of the cron, and of writing the append-only file. */
  commandsMs = 0;
  cronMs = 0;
  appendOnlyMs = 0;
  #commandsBefore = 0;
  peakUsedBytes = 0;
  /** Of commands that only read. */
  readonly lookups: Lookups = { hits: 0, misses: 0 };
  /** By the error's code, its first word. */
  readonly errors = new Map<string, number>();
  readonly turnRate: Rate;
  readonly busyRate: Rate;
  readonly commandRate: Rate;
  readonly inputRate: Rate;
  readonly outputRate: Rate;
  readonly replicationInputRate: Rate;
  readonly replicationOutputRate: Rate;

  constructor(nowMs: number) {
    this.turnRate = new Rate(nowMs);
    this.busyRate = new Rate(nowMs);
    this.commandRate = new Rate(nowMs);
    this.inputRate = new Rate(nowMs);
    this.outputRate = new Rate(nowMs);
    this.replicationInputRate = new Rate(nowMs);
    this.replicationOutputRate = new Rate(nowMs);
  }

  countError(message: string): void {
    this.errorReplies++;
    const blank = message.indexOf(' ');
    const code = blank < 0 || blank > LONGEST_CODE ? 'ERR' : message.slice(0, blank);
    this.errors.set(code, (this.errors.get(code) ?? 0) + 1);
  }

  turnEnded(ms: number): void {
    this.busyMs += ms;
    if (ms > this.longestTurnMs) this.longestTurnMs = ms;
    const commands = this.commands - this.#commandsBefore;
    if (commands > this.mostCommandsInTurn) this.mostCommandsInTurn = commands;
    this.#commandsBefore = this.commands;
  }

  /** What a round of active expiry left: `share` counts for a twentieth, what was before for the rest. */
  expiryEnded(share: number): void {
    this.staleShare = 0.05 * share + 0.95 * this.staleShare;
  }

  cronEnded(ms: number): void {
    this.cronMs += ms;
    this.busyMs += ms;
  }

  sample(nowMs: number): void {
    this.turnRate.sample(this.turns, nowMs);
    this.busyRate.sample(this.busyMs, nowMs);
    this.commandRate.sample(this.commands, nowMs);
    this.inputRate.sample(this.inputBytes, nowMs);
    this.outputRate.sample(this.outputBytes, nowMs);
    this.replicationInputRate.sample(this.replicationInputBytes, nowMs);
    this.replicationOutputRate.sample(this.replicationOutputBytes, nowMs);
  }

  /** CONFIG RESETSTAT. The rates go on. */
  reset(): void {
    this.busyMs = this.longestTurnMs = this.commandsMs = this.cronMs = this.appendOnlyMs = 0;
    this.mostCommandsInTurn = this.#commandsBefore = 0;
    this.commands = this.connections = this.rejectedConnections = 0;
    this.inputBytes = this.outputBytes = this.reads = this.writes = 0;
    this.replicationInputBytes = this.replicationOutputBytes = this.expiryMs = 0;
    this.expiryCutShort = this.staleShare = 0;
    this.expiredKeys = this.evictedKeys = this.evictedClients = this.sanitizedPayloads = 0;
    this.errorReplies = this.unexpectedErrors = this.turns = 0;
    this.errors.clear();
    Object.assign(this.denials, { auth: 0, command: 0, key: 0, channel: 0 });
    this.lookups.hits = this.lookups.misses = 0;
  }
}
