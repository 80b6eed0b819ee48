/** `redis-cluster-lab node FILE.conf [--directive value ...]`: one node as a process of its own, as redis-server is. */
import { spawn } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { PROCESS_FACTS } from '../lab/process-facts.ts';
import type { Configuration } from '../node/configuration/configuration.ts';
import type { HostFacts } from '../node/host-facts.ts';
import { SIGABRT } from '../node/introspection/crash-report.ts';
import { logLine } from '../node/introspection/log.ts';
import { Node } from '../node/node.ts';
import { announce } from '../node/start-up.ts';
import { VERSION } from '../node/version.ts';
import { systemError } from '../redis/system-error.ts';
import { TcpWorld } from '../worlds/tcp.ts';
import { type Fatal, loadConfiguration, readArguments } from './node-arguments.ts';
import { OomScore, setTitle } from './process-settings.ts';

const USAGE = `Usage: redis-cluster-lab node [FILE.conf] [-] [--directive value ...]

Runs one node as redis-server would: standalone with 16 databases, or in a cluster with "cluster-enabled yes".
Directives of the command line count after those of the file; with - more are read from standard input.
`;

/** Set for the process that a node with `daemonize yes` becomes. */
const DAEMON = 'REDIS_CLUSTER_LAB_DAEMON';

/** Resolves to the exit code when the node has ended. `serving` is called once, when it serves. */
export async function serveNode(argv: readonly string[], serving = (): void => {}): Promise<number> {
  if (argv.includes('--help') || argv.includes('-h')) {
    process.stdout.write(USAGE);
    return 0;
  }
  if (argv[0] === '--version' || argv[0] === '-v') {
    process.stdout.write(`Redis server v=${VERSION}\n`);
    return 0;
  }
  const startFolder = process.cwd();
  const given = readArguments(argv);
  const input = given.readsInput ? readFileSync(0, 'latin1') : '';
  const loaded = loadConfiguration(given, input);
  if ('standardError' in loaded) return refuse(loaded);
  const { configuration, failures } = loaded;
  const isDaemon = process.env[DAEMON] !== undefined;
  if (configuration.flag('daemonize') && !isDaemon && !isSupervised(configuration)) {
    return daemonize(input, startFolder);
  }
  return run(configuration, failures, isDaemon, serving);
}

function refuse({ standardError, log }: Fatal): number {
  if (standardError.length > 0) process.stderr.write(`${standardError.join('\n')}\n`);
  for (const text of log) process.stdout.write(logLine(process.pid, 'C', Date.now(), 'warning', text));
  return 1;
}

/** systemd and upstart want the process they started, not one behind it. */
function isSupervised(configuration: Configuration): boolean {
  const { env } = process;
  const mode = configuration.text('supervised');
  const upstart = env['UPSTART_JOB'] !== undefined;
  const systemd = env['NOTIFY_SOCKET'] !== undefined;
  return (
    (mode === 'auto' && (upstart || systemd)) ||
    (mode === 'systemd' && systemd) ||
    (mode === 'upstart' && upstart)
  );
}

/** Starts the same again without a terminal, and returns when that one serves, or has ended. */
function daemonize(input: string, folder: string): Promise<number> {
  return new Promise((done) => {
    const daemon = spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
      cwd: folder,
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore', 'ipc'],
      env: { ...process.env, [DAEMON]: '1' },
    });
    daemon.stdin?.end(Buffer.from(input, 'latin1'));
    // As after a fork: how it ends later is told in its log.
    daemon.once('message', () => {
      daemon.unref();
      daemon.disconnect();
      done(0);
    });
    daemon.once('error', () => done(1));
    daemon.once('exit', () => done(0));
  });
}

function run(
  configuration: Configuration,
  failures: readonly string[],
  isDaemon: boolean,
  serving: () => void,
): Promise<number> {
  return new Promise((done) => {
    const world = new TcpWorld({ loopbackOnly: false });
    const ended = (code: number): void => {
      if (code === 0) removePidFile(configuration, isDaemon);
      // What is in the kernel's buffers still arrives.
      world.destroyAll();
      done(code);
    };
    const initialized = (): void => writePidFile(node, isDaemon);
    const node = new Node({ world, configuration, host: hostFacts(), print, initialized, ended });
    if (failures.length > 0) {
      announce(node);
      for (const line of failures) node.log('warning', line);
      node.kill();
      done(1);
      return;
    }
    node.start((error) => {
      if (error !== undefined) {
        ended(1);
        return;
      }
      process.send?.('ready');
      if (isDaemon) process.disconnect?.();
      serving();
    });
    // Whoever read the log may be gone (EPIPE): no reason to end, as it is none for redis-server.
    process.stdout.on('error', () => {});
    endOnSignals(node);
  });
}

function print(line: string): void {
  process.stdout.write(line);
}

function hostFacts(): HostFacts {
  const oomScore = new OomScore();
  return {
    ...PROCESS_FACTS,
    adopt: (settings, isReplica) => {
      setTitle(settings);
      const adjusted = oomScore.apply(settings, isReplica);
      return adjusted ? undefined : 'Failed to set current oom_score_adj. Check server logs.';
    },
    executable: process.argv[1] ?? process.execPath,
  };
}

function endOnSignals(node: Node): void {
  process.on('SIGABRT', () => node.crash(SIGABRT, new Error('SIGABRT').stack ?? ''));
  const asked = new Set<string>();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      // Who presses the keys twice means it.
      if (signal === 'SIGINT' && asked.has(signal)) {
        node.log('warning', 'You insist... exiting now.');
        node.kill();
        node.persistence.removeUnfinished();
        process.exit(1);
      }
      asked.add(signal);
      node.log('warning', `Received ${signal} scheduling shutdown...`);
      const flags = node.settings.words(`shutdown-on-${signal.toLowerCase()}`);
      node.shutdown.request(
        {
          save: flags.includes('save') ? true : flags.includes('nosave') ? false : undefined,
          now: flags.includes('now'),
          force: flags.includes('force'),
        },
        () => {
          asked.delete(signal);
          node.log(
            'warning',
            `${signal} received but errors trying to shut down the server, check the logs for more information`,
          );
        },
      );
    });
  }
}

/** CONFIG_DEFAULT_PID_FILE: where a daemon without `pidfile` leaves its number. */
const DEFAULT_PID_FILE = '/var/run/redis.pid';

function pidFile(configuration: Configuration, isDaemon: boolean): string {
  const path = configuration.text('pidfile');
  return path === '' ? (isDaemon ? DEFAULT_PID_FILE : '') : configuration.pathOf(path);
}

function writePidFile(node: Node, isDaemon: boolean): void {
  const path = pidFile(node.settings, isDaemon);
  if (path === '') return;
  try {
    writeFileSync(path, `${process.pid}\n`);
  } catch (error) {
    node.log('warning', `Failed to write PID file: ${systemError(error)}`);
  }
}

function removePidFile(configuration: Configuration, isDaemon: boolean): void {
  const path = pidFile(configuration, isDaemon);
  if (path !== '') rmSync(path, { force: true });
}
