/** The conf files of a lab: `7000/redis-7000.conf` … Written once; what is already there is the user's and is read. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TARGET } from '../node/configuration.ts';
import { binaryOfText } from '../redis/bytes.ts';
import { parseConf } from '../redis/config/parse-conf.ts';
import { LabError, quote } from './message.ts';
import type { LabOptions } from './protocol.ts';

export function confFileOf(folder: string, port: number): string {
  return join(folder, String(port), `redis-${port}.conf`);
}

/** Writes the files that are missing; returns their paths. Throws, and writes none, when a directive is no good. */
export function writeConfFiles(options: LabOptions, ports: readonly number[]): string[] {
  checkDirectives(options.directives);
  const missing = ports.filter((port) => !existsSync(confFileOf(options.folder, port)));
  return missing.map((port) => {
    const file = confFileOf(options.folder, port);
    mkdirSync(join(options.folder, String(port)), { recursive: true });
    // wx: somebody may have written one since we looked.
    writeFileSync(file, confText(options, port), { flag: 'wx' });
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
export function confText(options: Pick<LabOptions, 'host' | 'directives'>, port: number): string {
  const own = directivesOf(options.host, port);
  const extra = Object.entries(options.directives).filter(
    ([name]) => !own.some((line) => line.name === name),
  );
  const lines = own.map((line) => {
    const value = options.directives[line.name] ?? line.value;
    return `${line.comment.map((text) => `# ${text}\n`).join('')}${line.name} ${value}\n`;
  });
  const more = extra.map(([name, value]) => `${name} ${value}\n`);
  return [
    HEAD(port),
    ...lines,
    ...(more.length > 0 ? [`# Asked for when this lab was made.\n${more.join('')}`] : []),
  ]
    .join('\n')
    .trimEnd()
    .concat('\n');
}

const HEAD = (port: number) => `# One node of a Redis Cluster, for learning and for tests.
# Started by the lab, or by hand from the folder above: redis-server ${port}/redis-${port}.conf
`;

interface Line {
  readonly name: string;
  readonly value: string;
  readonly comment: readonly string[];
}

function directivesOf(host: string, port: number): readonly Line[] {
  return [
    {
      name: 'port',
      value: String(port),
      comment: [
        `Clients connect here. The nodes talk to each other on a second port, 10000 higher: ${port + 10_000}.`,
        'Behind a firewall both must be open.',
      ],
    },
    {
      name: 'bind',
      value: host,
      comment: ['The addresses to listen on. This one can only be reached from this machine.'],
    },
    {
      name: 'cluster-enabled',
      value: 'yes',
      comment: ['Without this line it would be an ordinary, single server.'],
    },
    {
      name: 'cluster-config-file',
      value: `nodes-${port}.conf`,
      comment: [
        'Not for us to edit: the node writes down here who it is, whom it knows and which slots belong to whom.',
        'Each node needs one of its own.',
      ],
    },
    {
      name: 'cluster-node-timeout',
      value: '2000',
      comment: [
        'Milliseconds without an answer until a node counts as unreachable. It decides how soon a replica takes over,',
        'and how long a primary that is cut off from the others goes on taking writes that will be lost.',
        "Redis' default is 15000; a lab wants to see failovers sooner.",
      ],
    },
    {
      name: 'dir',
      value: `./${port}`,
      comment: ['Where the node keeps its files, seen from the folder it is started in.'],
    },
    {
      name: 'dbfilename',
      value: `dump-${port}.rdb`,
      comment: ['The data, as saved by SAVE, BGSAVE and every clean shutdown.'],
    },
    {
      name: 'pidfile',
      value: `redis_${port}.pid`,
      comment: ['Used when the node runs as a process of its own.'],
    },
    {
      name: 'logfile',
      value: `redis-${port}.log`,
      comment: ['An empty name, "", means standard output.'],
    },
    {
      name: 'repl-diskless-sync-delay',
      value: '0',
      comment: [
        'A primary waits this many seconds for more replicas before it sends its data to the first one.',
        "Redis' default is 5; here it would only delay the start.",
      ],
    },
  ];
}
