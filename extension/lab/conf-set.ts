/** Conf files of somebody's own as the files of a lab. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { namesWithoutEffect } from '../node/configuration/without-effect.ts';
import { binaryOfText, textOf } from '../redis/bytes.ts';
import { type ParsedConf, parseConf } from '../redis/config/parse-conf.ts';
import { Settings } from '../redis/config/settings.ts';
import { confFileOf } from './conf-files.ts';
import { surroundingsOf } from './conf-surroundings.ts';
import { expandPath, isPattern } from './expand-path.ts';
import { LabError } from './message.ts';
import type { LabOptions } from './protocol.ts';

/** The server the lab is. */
const TARGET = 'redis-7.2';

export type LabOfFiles = Pick<LabOptions, 'folder' | 'basePort' | 'nodes'>;

/**
 * The lab that runs from these files: they lie as the tutorial has them, `7000/redis-7000.conf` and so on in one folder, with
 * ports one after the other. Throws what is in the way.
 */
export function labOfFiles(files: readonly string[]): LabOfFiles {
  const places = files.map(placeOf).sort((a, b) => a.port - b.port);
  const [first] = places;
  if (first === undefined) throw new LabError('No configuration file was chosen.');
  for (const [at, { folder, port }] of places.entries()) {
    if (folder !== first.folder) throw new LabError('The configuration files lie in different folders.');
    if (port !== first.port + at) {
      throw new LabError('A lab needs ports one after the other: {0} is missing.', first.port + at);
    }
  }
  return { folder: first.folder, basePort: first.port, nodes: places.length };
}

/** The directives in any of the files that nodes of the lab do nothing with. */
export function namesWithoutEffectIn(files: readonly string[]): string[] {
  const names = files.flatMap((file) =>
    namesWithoutEffect(read(path.dirname(path.dirname(file)), file).entries),
  );
  return [...new Set(names)].sort();
}

function placeOf(file: string): { readonly folder: string; readonly port: number } {
  const port = /^redis-(\d{1,5})\.conf$/.exec(path.basename(file))?.[1];
  const parent = path.dirname(file);
  if (port === undefined || path.basename(parent) !== port) {
    throw new LabError(
      'A lab takes its files from 7000/redis-7000.conf and so on; {0} lies elsewhere.',
      path.basename(file),
    );
  }
  return { folder: path.dirname(parent), port: Number(port) };
}

/** What clients of a lab must send in AUTH, as its first node's file and its directives say; '' when nothing. */
export function passwordOf({
  folder,
  basePort,
  directives,
}: Pick<LabOptions, 'folder' | 'basePort' | 'directives'>): string {
  const given = directives['requirepass'];
  if (given !== undefined) return given;
  const file = confFileOf(folder, basePort);
  if (!existsSync(file)) return '';
  return new Settings(read(folder, file), TARGET).entry('requirepass')?.words[1]?.text ?? '';
}

/** With what it includes. */
function read(folder: string, file: string): ParsedConf {
  return parseConf(readFileSync(file, 'latin1'), { target: TARGET, surroundings: surroundingsOf(folder) });
}

/** What there is to know of a server that starts by itself from a file. */
export interface OwnStart {
  /** Where it must be started so that the relative paths of the file lead somewhere: beside it, or above. */
  readonly folder: string;
  /** Its path; '' is standard output. */
  readonly logFile: string;
  readonly goesIntoBackground: boolean;
}

export function ownStartOf(file: string, text: string): OwnStart {
  const { entries } = parseConf(binaryOfText(text), { target: TARGET });
  const includes = entries.flatMap(({ name, words }) =>
    name === 'include' ? textOf(words[1]?.text ?? '') : [],
  );
  const surroundings = surroundingsOf(startFolder(file, includes));
  const settings = new Settings(parseConf(binaryOfText(text), { target: TARGET, surroundings }), TARGET);
  const ownFolder = textOf(settings.entry('dir')?.words[1]?.text ?? '');
  const folder = startFolder(file, [...includes, ownFolder]);
  const logFile = textOf(settings.text('logfile'));
  return {
    folder,
    // It is opened when the file is read, and so from the folder that the file leads to.
    logFile: logFile === '' ? '' : path.resolve(folder, ownFolder, logFile),
    goesIntoBackground: settings.isOn('daemonize'),
  };
}

function startFolder(file: string, paths: readonly string[]): string {
  const beside = path.dirname(file);
  const above = path.dirname(beside);
  const leadsSomewhere = (from: string, to: string): boolean => {
    const place = path.join(from, to);
    return isPattern(to) ? expandPath(place).length > 0 : existsSync(place);
  };
  const relative = paths.filter((named) => named !== '' && !path.isAbsolute(named));
  const onlyAbove = relative.some((named) => !leadsSomewhere(beside, named) && leadsSomewhere(above, named));
  return onlyAbove ? above : beside;
}
