/** The conf files of a lab: `7000/redis-7000.conf` … Written once; what is already there is the user's and is read. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TARGET } from '../node/configuration/configuration.ts';
import { binaryOfText } from '../redis/bytes.ts';
import { parseConf } from '../redis/config/parse-conf.ts';
import { makeFolders } from '../worlds/system-disk.ts';
import { commentsFor, type Explained } from './conf-comments.ts';
import { LabError, quote, toldBy } from './message.ts';
import type { LabOptions } from './protocol.ts';

export function confFileOf(folder: string, port: number): string {
  return join(folder, String(port), `redis-${port}.conf`);
}

/**
 * Writes the files that are missing; returns their paths. Throws, and writes none, when a directive is no good; throws
 * when the folder can't be written.
 */
export function writeConfFiles(options: LabOptions, ports: readonly number[]): string[] {
  checkDirectives(options.directives);
  const missing = ports.filter((port) => !existsSync(confFileOf(options.folder, port)));
  return missing.map((port) => {
    const file = confFileOf(options.folder, port);
    try {
      makeFolders(join(options.folder, String(port)));
      // wx: somebody may have written one since we looked.
      writeFileSync(file, confText(options, port), { flag: 'wx' });
    } catch (error) {
      throw new LabError('The folder {0} can’t be written: {1}', options.folder, toldBy(error));
    }
    return file;
  });
}

/** A server would refuse the file, on this start and on every later one. */
function checkDirectives(directives: LabOptions['directives']): void {
  for (const [name, value] of Object.entries(directives)) {
    const [problem] = parseConf(binaryOfText(`${name} ${value}`), { target: TARGET }).problems;
    if (problem !== undefined) throw LabError.of(quote(`'${name} ${value}': ${problem.message}`));
  }
}

/** One node's conf file, written to be read by a person. */
export function confText(options: Pick<LabOptions, 'host' | 'directives' | 'locale'>, port: number): string {
  const comments = commentsFor(options.locale, { host: options.host, port });
  const own = directivesOf(options.host, port);
  const lines = own.map(([name, value]) => {
    return `${asComment(comments.of[name])}${name} ${options.directives[name] ?? value}\n`;
  });
  const known = new Set(own.map(([name]) => String(name)));
  const more = Object.entries(options.directives)
    .filter(([name]) => !known.has(name))
    .map(([name, value]) => `${name} ${value}\n`);
  const asked = more.length > 0 ? [asComment(comments.asked) + more.join('')] : [];
  return [asComment(comments.head), ...lines, ...asked].join('\n');
}

function asComment(text: readonly string[]): string {
  return text.map((line) => `# ${line}\n`).join('');
}

function directivesOf(host: string, port: number): readonly (readonly [Explained, value: string])[] {
  return [
    ['port', String(port)],
    ['bind', host],
    ['cluster-enabled', 'yes'],
    ['cluster-config-file', `nodes-${port}.conf`],
    ['cluster-node-timeout', '2000'],
    ['dir', `./${port}`],
    ['dbfilename', `dump-${port}.rdb`],
    ['pidfile', `redis_${port}.pid`],
    ['logfile', `redis-${port}.log`],
    ['repl-diskless-sync-delay', '0'],
  ];
}
