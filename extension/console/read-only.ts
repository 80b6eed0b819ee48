/**
 * Which commands only look. The server itself is asked, since it knows its commands best; a guard against slips of the
 * finger, no fence: what a user may do is for the server's ACL to say.
 */
import type { Binary } from '../redis/bytes.ts';
import type { RespValue } from '../redis/resp/reply-decoder.ts';

/** Flags of COMMAND INFO which mean that a command may change data, or what others get to see. */
const CHANGING: ReadonlySet<string> = new Set(['write', 'admin', 'pubsub']);
/** Scripts do what they like, and their flags do not tell. */
const SCRIPTS: ReadonlySet<string> = new Set(['eval', 'evalsha', 'fcall']);

/** Of those that the flags condemn, the ones that only look, by name and first argument. */
const LOOKING: ReadonlySet<string> = new Set([
  ...['acl cat', 'acl getuser', 'acl help', 'acl list', 'acl log', 'acl users', 'acl whoami'],
  ...['client getname', 'client help', 'client id', 'client info', 'client list'],
  ...['cluster count-failure-reports', 'cluster countkeysinslot', 'cluster getkeysinslot', 'cluster help'],
  ...[
    'cluster info',
    'cluster keyslot',
    'cluster links',
    'cluster myid',
    'cluster myshardid',
    'cluster nodes',
  ],
  ...['cluster replicas', 'cluster shards', 'cluster slaves', 'cluster slots'],
  ...['function dump', 'function help', 'function list', 'function stats', 'script exists', 'script help'],
  ...['config get', 'config help', 'latency doctor', 'latency graph', 'latency help', 'latency histogram'],
  ...['latency history', 'latency latest', 'monitor', 'psubscribe', 'punsubscribe', 'pubsub channels'],
  ...['pubsub help', 'pubsub numpat', 'pubsub numsub', 'pubsub shardchannels', 'pubsub shardnumsub'],
  ...['slowlog get', 'slowlog help', 'slowlog len', 'ssubscribe', 'subscribe', 'sunsubscribe', 'unsubscribe'],
]);

/** Containers whose own flags say nothing of their subcommands, which servers before 7.0 do not describe. */
const CONTAINERS: ReadonlySet<string> = new Set([
  ...['acl', 'client', 'cluster', 'config', 'function', 'latency', 'module', 'script', 'slowlog'],
]);
/** Containers that only look, whatever follows. */
const HARMLESS: ReadonlySet<string> = new Set(['command', 'memory', 'object']);

export class ReadOnly {
  readonly #ask: (argv: readonly Binary[]) => Promise<RespValue | undefined>;
  /** By name in lower case. */
  readonly #looks = new Map<string, boolean>();

  /** `ask` sends a command on the side and never rejects. */
  constructor(ask: (argv: readonly Binary[]) => Promise<RespValue | undefined>) {
    this.#ask = ask;
  }

  async allows(argv: readonly Binary[]): Promise<boolean> {
    const [name = '', first = ''] = argv.map((word) => word.toLowerCase());
    if (LOOKING.has(name) || LOOKING.has(`${name} ${first}`)) return true;
    if (CONTAINERS.has(name) || SCRIPTS.has(name)) return false;
    if (HARMLESS.has(name)) return !(name === 'memory' && first === 'purge');
    const known = this.#looks.get(name);
    if (known !== undefined) return known;
    const flags = flagsOf(await this.#ask(['COMMAND', 'INFO', name]));
    // What the server does not know it will refuse itself; what it does not tell about may be anything.
    const looks = flags === undefined ? false : !flags.some((flag) => CHANGING.has(flag));
    this.#looks.set(name, looks);
    return looks;
  }
}

/** `[[name, arity, [flags…], …]]`; empty for a command the server does not know, undefined when it does not tell. */
function flagsOf(reply: RespValue | undefined): string[] | undefined {
  if (reply?.type !== 'array') return undefined;
  const [command] = reply.items;
  if (command?.type === 'null') return [];
  const flags = command?.type === 'array' ? command.items[2] : undefined;
  if (flags?.type !== 'array' && flags?.type !== 'set') return undefined;
  return flags.items.flatMap((flag) => ('value' in flag ? [String(flag.value)] : []));
}
