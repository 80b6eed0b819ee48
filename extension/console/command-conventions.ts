/** What redis-cli knows about certain commands, other than sending them. */

type Argv = readonly string[];

function words(argv: Argv): string[] {
  return argv.map((argument) => argument.toLowerCase());
}

/** Commands whose reply is a page of text: printed as it is, not quoted. */
export function repliesWithPage(argv: Argv): boolean {
  const [name = '', subcommand = ''] = words(argv);
  switch (name) {
    case 'info':
    case 'lolwut':
      return true;
    case 'debug':
      return ['htstats', 'htstats-key', 'client-eviction'].includes(subcommand);
    case 'memory':
      return ['malloc-stats', 'doctor'].includes(subcommand);
    case 'cluster':
      return argv.length === 2 && ['nodes', 'info'].includes(subcommand);
    case 'client':
      return ['list', 'info'].includes(subcommand);
    case 'latency':
      return (argv.length === 3 && subcommand === 'graph') || (argv.length === 2 && subcommand === 'doctor');
    default:
      return false;
  }
}

const SECRET_SETTINGS = new Set(['masterauth', 'masteruser', 'requirepass']);

/** Commands that may hold a password: they stay out of the history. */
export function holdsSecret(argv: Argv): boolean {
  const [name = '', ...rest] = words(argv);
  switch (name) {
    case 'auth':
      return true;
    case 'acl':
      return rest[0] === 'setuser';
    case 'config':
      return rest[0] === 'set' && rest.some((word, at) => at % 2 === 1 && SECRET_SETTINGS.has(word));
    case 'hello':
      return rest.slice(1).includes('auth');
    case 'migrate': {
      // After KEYS come keys, whatever they are called.
      const keys = rest.indexOf('keys');
      const options = rest.slice(5, keys < 0 ? undefined : keys);
      return options.includes('auth') || options.includes('auth2');
    }
    default:
      return false;
  }
}

export type Subscription = 'subscribe' | 'unsubscribe';

/** Whether the command is confirmed by one message a channel instead of by one reply. */
export function subscriptionOf(name: string): Subscription | undefined {
  const match = /^[ps]?(un)?subscribe$/i.exec(name);
  if (!match) return undefined;
  return match[1] === undefined ? 'subscribe' : 'unsubscribe';
}

/** `5 INCR counter`: run five times. Undefined when the number is none redis-cli takes. */
export function splitRepeat(argv: Argv): { readonly repeat: number; readonly argv: Argv } | undefined {
  const [first = ''] = argv;
  if (argv.length < 2 || !/^[+-]?\d+$/.test(first)) return { repeat: 1, argv };
  const repeat = Number(first);
  return repeat > 0 && Number.isSafeInteger(repeat) ? { repeat, argv: argv.slice(1) } : undefined;
}

export interface Redirection {
  readonly kind: 'MOVED' | 'ASK';
  readonly slot: number;
  /** Empty when the node does not know its own address: the one in use is meant. */
  readonly host: string;
  readonly port: number;
}

/** Reads `MOVED 866 127.0.0.1:7001`. The host may be empty and, being IPv6, may hold colons. */
export function parseRedirection(error: string): Redirection | undefined {
  const match = /^(MOVED|ASK) (\d+) (.*):(\d+)$/.exec(error);
  if (!match) return undefined;
  const [, kind, slot, host = '', port] = match;
  return { kind: kind === 'ASK' ? 'ASK' : 'MOVED', slot: Number(slot), host, port: Number(port) };
}
