/** `redis-cluster-lab`: what the extension can do, for people and scripts without an editor. */
import { enableCompileCache } from 'node:module';
import { keepCompiled } from './lab/code-cache.ts';

// Not in Node 20.
enableCompileCache?.();

/** `serving` is to be called when what was started serves. */
type Subcommand = (argv: readonly string[], serving: () => void) => number | Promise<number>;

/** A bundle each, loaded when it is asked for: a node must not wait for what only redis-trib needs. */
const SUBCOMMANDS: Readonly<Record<string, () => Promise<Subcommand>>> = {
  lab: async () => (await import('./cli/lab.ts')).runLab,
  node: async () => (await import('./cli/serve-node.ts')).serveNode,
  trib: async () => (await import('./cli/trib.ts')).runTribInTerminal,
  'check-conf': async () => (await import('./cli/check-conf.ts')).runCheckConf,
};

const USAGE = `Usage: redis-cluster-lab <command> [arguments]

  lab         starts a Redis Cluster of six nodes on this machine
  node        runs one node from a conf file, as redis-server would
  trib        creates, checks, repairs and changes clusters, as redis-trib does
  check-conf  says what a server would say about conf files

redis-cluster-lab <command> --help tells more.
`;

const EXIT_USAGE = 2;

async function main([name = '', ...argv]: readonly string[]): Promise<number> {
  const load = Object.hasOwn(SUBCOMMANDS, name) ? SUBCOMMANDS[name] : undefined;
  if (load !== undefined) return (await load())(argv, keepCompiled);
  if (name === '' || name === 'help' || name === '--help' || name === '-h') {
    process.stdout.write(USAGE);
    return name === '' ? EXIT_USAGE : 0;
  }
  process.stderr.write(`redis-cluster-lab: there is no command '${name}'.\n\n${USAGE}`);
  return EXIT_USAGE;
}

main(process.argv.slice(2)).then(
  // Not exitCode: a client that does not read must not keep a server alive.
  (code) => process.exit(code),
  (error) => {
    process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
    process.exit(1);
  },
);
