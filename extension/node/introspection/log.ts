/** The lines of a redis-server's log: `1234:M 23 Nov 2026 08:29:01.123 * Ready to accept connections tcp`. */
import { binaryOfText, bytesOf } from '../../redis/bytes.ts';
import type { Clock, Disk } from '../../redis/world.ts';
import type { Settings } from '../cluster/contract.ts';
import type { LogLevel } from '../observer.ts';

/** X: sentinel, C: a child or a starting process, S: replica, M: primary. */
export type LogRole = 'X' | 'C' | 'S' | 'M';

const MARKS: Readonly<Record<LogLevel, string>> = { debug: '.', verbose: '-', notice: '*', warning: '#' };
const LEVELS: readonly LogLevel[] = ['debug', 'verbose', 'notice', 'warning'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** True when `level` is shown under the directive `loglevel`; `nothing` (since 7.2) shows none. */
export function isLogged(level: LogLevel, loglevel: string): boolean {
  const least = LEVELS.map(String).indexOf(loglevel);
  return least >= 0 && LEVELS.indexOf(level) >= least;
}

/** One line with its line end, in the time zone of the machine. */
export function logLine(pid: number, role: LogRole, wallMs: number, level: LogLevel, text: string): string {
  return `${pid}:${role} ${logTime(wallMs)} ${MARKS[level]} ${text}\n`;
}

function logTime(wallMs: number): string {
  const at = new Date(wallMs);
  const day = `${two(at.getDate())} ${MONTHS[at.getMonth()]} ${at.getFullYear()}`;
  const time = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  return `${day} ${time}.${String(at.getMilliseconds()).padStart(3, '0')}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

export interface LogSink {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly pid: number;
  /** Where lines go while no log file is named. */
  print(lines: string): void;
  role(): LogRole;
  /** Of a path as it is configured, the absolute one. */
  pathOf(path: string): string;
}

/** What no client waits for is written so much later: a failover or a join logs dozens of lines one behind the other. */
const COMPANY_MS = 20;

/**
 * A node's log: `logfile`, or what the program that runs the node does with its lines. Lines of one turn are one write,
 * which happens before a client hears of what they tell.
 */
export class Log {
  readonly #sink: LogSink;
  readonly #settings: Settings;
  /** Not written yet. */
  #lines = '';

  constructor(sink: LogSink, settings: Settings) {
    this.#sink = sink;
    this.#settings = settings;
  }

  isShown(level: LogLevel): boolean {
    return isLogged(level, this.#settings.text('loglevel'));
  }

  write(level: LogLevel, text: string): void {
    const { clock, pid } = this.#sink;
    const line = logLine(pid, this.#sink.role(), clock.wallMs(), level, text);
    if (this.#lines === '') clock.after(COMPANY_MS, () => this.flush());
    this.#lines += line;
  }

  /** At the end of a turn, and of the node. */
  flush(): void {
    if (this.#lines === '') return;
    const lines = this.#lines;
    this.#lines = '';
    const path = this.#settings.text('logfile');
    if (path === '') {
      this.#sink.print(lines);
      return;
    }
    // Opened anew, as redis-server does: whoever rotates the file need not tell us.
    try {
      const file = this.#sink.disk.open(this.#sink.pathOf(path), 'append');
      file.append(bytesOf(binaryOfText(lines)));
      file.close();
    } catch {
      // A full disk or a folder that is gone: a node that cannot log goes on, as redis-server does.
    }
  }
}
