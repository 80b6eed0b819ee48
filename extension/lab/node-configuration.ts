/** From a node's conf file to the configuration it runs with in the lab. */
import { accessSync, constants, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { Configuration, TARGET } from '../node/configuration/configuration.ts';
import { namesWithoutEffect } from '../node/configuration/without-effect.ts';
import { binaryOfText, textOf } from '../redis/bytes.ts';
import { type ConfProblem, type ParsedConf, parseConf } from '../redis/config/parse-conf.ts';
import { confFileOf } from './conf-files.ts';
import { surroundingsOf } from './conf-surroundings.ts';
import { isPattern } from './expand-path.ts';
import { LabError, quote, say } from './message.ts';
import type { FilePlace, LabOptions, Message } from './protocol.ts';

export interface NodeConfiguration {
  readonly configuration: Configuration;
  /** The file says itself where to listen: the user's decision, also when it is not this machine alone. */
  readonly namesAddresses: boolean;
  /** What clients must send in AUTH; '' when nothing. */
  readonly password: string;
  /** What it says itself, as a replica, in AUTH; '' when nothing. */
  readonly primaryUser: string;
  readonly primaryPassword: string;
  /** What the lab does otherwise than the file says, and why. */
  readonly notes: readonly Message[];
}

/**
 * Reads `7000/redis-7000.conf` as the server does, the lab's own directives behind the file's, as on a command line.
 * Throws with the first thing the server would refuse.
 */
export function readConfiguration(options: LabOptions, port: number): NodeConfiguration {
  const file = confFileOf(options.folder, port);
  const conf = parse(options, file);
  const configuration = new Configuration(binaryOfText(resolve(options.folder)), file);
  // A lab's defaults, under what the file says: this machine alone instead of every address, and no waiting for more
  // replicas (5 s in Redis) before the first one gets its data.
  const defaults = `bind ${options.host}\nrepl-diskless-sync-delay 0`;
  configuration.load(parseConf(defaults, { target: TARGET }));
  configuration.load(conf);
  // Without a folder of their own (`dir ./`, or none) all nodes would write the same dump.rdb.
  if (configuration.text('dir') === resolve(options.folder)) {
    configuration.changeFolder(binaryOfText(resolve(dirname(file))));
  }
  if (configuration.number('port') !== port) {
    throw new LabError(
      '{0} is to be the node on port {1}, but says port {2}.',
      file,
      port,
      configuration.number('port'),
    );
  }
  if (!configuration.flag('cluster-enabled')) {
    throw new LabError('{0}: a node of a cluster needs the line "cluster-enabled yes".', file);
  }
  return {
    configuration,
    notes: [...keepLogAtHand(configuration, port), ...tellWithoutEffect(conf)],
    namesAddresses: conf.entries.some(({ name }) => name === 'bind'),
    password: configuration.text('requirepass'),
    primaryUser: configuration.text('masteruser'),
    primaryPassword: configuration.text('masterauth'),
  };
}

function tellWithoutEffect({ entries }: ParsedConf): Message[] {
  const names = namesWithoutEffect(entries);
  return names.length === 0
    ? []
    : [say('takes these directives, and does nothing with them: {0}', names.join(', '))];
}

/** The tutorials' /var/log/redis belongs to root: that is no reason not to start. */
function keepLogAtHand(configuration: Configuration, port: number): Message[] {
  const path = configuration.text('logfile');
  if (path === '' || isWritable(dirname(configuration.pathOf(path)))) return [];
  const instead = `redis-${port}.log`;
  configuration.load(parseConf(`logfile ${instead}`, { target: TARGET }));
  return [say('cannot write its log to {0}, writes {1} instead', path, configuration.pathOf(instead))];
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function parse(options: LabOptions, file: string): ParsedConf {
  const extra = Object.entries(options.directives).map(([name, value]) => `${name} ${value}`);
  const text = readFileSync(file, 'latin1');
  const conf = parseConf(`${text}\n${binaryOfText(extra.join('\n'))}`, {
    target: TARGET,
    surroundings: surroundingsOf(options.folder),
  });
  const [problem] = conf.problems;
  if (problem !== undefined) throw LabError.of(describe(placeOf(options, file, problem), problem));
  return conf;
}

/** In the file or, when that is where the line stands, in one that it includes. */
function placeOf({ folder }: LabOptions, file: string, { line, source }: ConfProblem): FilePlace {
  return {
    file: source === undefined ? file : resolve(folder, textOf(source.path)),
    line: line?.counted ?? 1,
  };
}

function describe(place: FilePlace, { line, source, message }: ConfProblem): Message {
  const said =
    line === undefined
      ? quote(`${place.file}: ${message}`)
      : say("{0}, line {1}: '{2}': {3}", place.file, place.line, textOf(line.text.trim()), message);
  // The lines of all files that a pattern names are counted as one text.
  return source !== undefined && isPattern(source.path) ? said : { ...said, place };
}
