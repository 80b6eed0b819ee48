/** `redis-cluster-lab lab`: a whole cluster in this process, until a signal ends it. */
import { writeSync } from 'node:fs';
import { resolve } from 'node:path';
import { InThreadLab } from '../lab/in-thread-lab.ts';
import type { LabOptions, LabSnapshot } from '../lab/protocol.ts';
import { messageOf } from '../redis/caught.ts';

const USAGE = `Usage: redis-cluster-lab lab [options] [--directive value ...]

  --port N       client port of the first node (7000); the cluster bus uses ports 10000 higher
  --nodes N      how many nodes in all (6)
  --replicas N   replicas of each primary (1)
  --dir DIR      where the conf files and the nodes' files are (./redis-cluster-lab)

Any other option is a directive of redis.conf for every node: --cluster-node-timeout 5000
`;

const STANDARD_OUTPUT = 1;
const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

/** Resolves to the exit code when the lab has ended. `serving` is called once, when it is ready. */
export async function runLab(argv: readonly string[], serving = (): void => {}): Promise<number> {
  if (argv.includes('--help') || argv.includes('-h')) {
    process.stdout.write(USAGE);
    return 0;
  }
  let options: LabOptions;
  try {
    options = readOptions(argv);
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n\n${USAGE}`);
    return EXIT_USAGE;
  }
  return run(options, serving);
}

async function run(options: LabOptions, serving: () => void): Promise<number> {
  const lab = new InThreadLab();
  // From the first moment on: a signal during the start ends what has been started.
  const ended = untilEnded(lab);
  try {
    const starting = lab.start(options);
    const started = await Promise.race([starting, ended]);
    if (started === undefined) {
      // Who is told to end does not wait for nodes that may never find each other.
      starting.catch(() => undefined);
      await lab.stop();
      return 0;
    }
    const { startedInMs = 0 } = started;
    tellOfDeaths(lab);
    const last = options.basePort + options.nodes - 1;
    tell(`ready ${options.host}:${options.basePort}-${last} in ${Math.round(startedInMs)} ms\n`);
    serving();
    await ended;
    await lab.stop();
    return 0;
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n`);
    return EXIT_FAILED;
  } finally {
    await lab.dispose();
  }
}

/** To standard output. The stream of that name takes a millisecond to make, which whoever waits for us would wait, too. */
function tell(line: string): void {
  try {
    writeSync(STANDARD_OUTPUT, line);
  } catch {
    // A pipe that is full, or that nobody reads any more: the stream knows what to do.
    process.stdout.write(line);
  }
}

/** A first SIGINT or SIGTERM, or the end of the last node. A second signal ends the process as it is. */
function untilEnded(lab: InThreadLab): Promise<void> {
  return new Promise((done) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => done());
    lab.onSnapshot((snapshot) => {
      if (snapshot.state === 'ready' && !snapshot.nodes.some(isAlive)) done();
    });
  });
}

/** Nobody looks into the log of a node without knowing that it ended. */
function tellOfDeaths(lab: InThreadLab): void {
  const told = new Set<number>();
  lab.onSnapshot(({ state, nodes }) => {
    if (state !== 'ready') return;
    for (const { host, port, process: now, error } of nodes) {
      if ((now !== 'failed' && now !== 'stopped') || told.has(port)) continue;
      told.add(port);
      const how = now === 'stopped' ? 'was shut down' : `failed: ${error?.text ?? 'its log says why'}`;
      process.stderr.write(`${host}:${port} ${how}\n`);
    }
  });
}

function isAlive({ process: state }: LabSnapshot['nodes'][number]): boolean {
  return state === 'starting' || state === 'running' || state === 'paused';
}

function readOptions(argv: readonly string[]): LabOptions {
  const own = new Map<string, string>();
  const directives: Record<string, string> = {};
  for (let i = 0; i < argv.length; i += 2) {
    const [option = '', value] = argv.slice(i, i + 2);
    if (!option.startsWith('--')) throw new Error(`Unexpected argument: ${option}`);
    if (value === undefined) throw new Error(`${option} needs a value.`);
    const name = option.slice(2);
    if (OWN.has(name)) own.set(name, value);
    else directives[name] = value;
  }
  return {
    basePort: count('port', own.get('port') ?? '7000'),
    nodes: count('nodes', own.get('nodes') ?? '6'),
    replicasPerPrimary: count('replicas', own.get('replicas') ?? '1'),
    folder: resolve(own.get('dir') ?? 'redis-cluster-lab'),
    host: '127.0.0.1',
    directives,
  };
}

const OWN: ReadonlySet<string> = new Set(['port', 'nodes', 'replicas', 'dir']);

function count(name: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new Error(`--${name} needs a number, not "${text}".`);
  return Number(text);
}
