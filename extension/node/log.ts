/** The lines of a redis-server's log: `1234:M 23 Nov 2026 08:29:01.123 * Ready to accept connections tcp`. */
import type { LogLevel } from './observer.ts';

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
