/**
 * Where we answer otherwise than Debian's redis-server 7.0.15 and are right: what 7.2.4 changed since, and what we
 * chose. Every entry says why; whatever a comparison finds that is not listed here is a fault.
 */
import type { Binary } from '../../extension/redis/bytes.ts';

export type Aspect = 'reply' | 'events' | 'replication' | 'info' | 'tips' | 'docs';

export interface Difference {
  readonly reason: string;
  /** Whether it concerns this command; the name comes in lower case. */
  readonly concerns: (argv: readonly Binary[]) => boolean;
  /** What may differ. */
  readonly in: readonly Aspect[];
}

const LONG_MIN = '-9223372036854775808';

const differences: readonly Difference[] = [
  {
    reason: '7.2 gives tips that 7.0 does not, and takes back those of MSETNX',
    concerns: ([name = '']) =>
      /^(msetnx|randomkey|scan|latency.reset|client.setname|config.(rewrite|resetstat)|acl.(setuser|deluser|save))$/.test(
        name,
      ),
    in: ['tips'],
  },
  {
    reason: '7.2 documents more of their words',
    concerns: ([name = '']) => ['bitop', 'zrank', 'zrevrank', 'migrate', 'client|kill'].includes(name),
    in: ['docs'],
  },
  {
    reason: '7.2 lets COMMAND GETKEYS look at a command without arguments',
    concerns: ([name, subcommand]) =>
      (name ?? '').startsWith('command|getkeys') ||
      (name === 'command' && (subcommand ?? '').startsWith('getkeys')),
    in: ['reply', 'info'],
  },
  {
    reason: '7.2 serves CLUSTER SLOTS and CLUSTER SHARDS while it loads',
    concerns: ([name]) => name === 'cluster|slots' || name === 'cluster|shards',
    in: ['info'],
  },
  {
    reason: '7.2 added WITHSCORE',
    concerns: ([name]) => name === 'zrank' || name === 'zrevrank',
    in: ['info'],
  },
  {
    reason: '7.2 allows WAIT and what may block in scripts',
    concerns: ([name = '']) => /^(wait|b(l|r|z)\w+)$/.test(name),
    in: ['info'],
  },
  {
    reason: '7.2 refuses the one rank whose positive counterpart does not fit 64 bits',
    concerns: ([name, , , ...options]) => name === 'lpos' && options.includes(LONG_MIN),
    in: ['reply'],
  },
  {
    reason:
      'a BITFIELD that lengthens the string but fails to write is a change here: replicas must hear of it',
    concerns: ([name, , ...options]) => name === 'bitfield' && options.includes('FAIL'),
    in: ['events', 'replication'],
  },
  {
    reason: '7.2 names the command whose list of streams is unbalanced',
    concerns: ([name, ...words]) =>
      (name === 'xread' || name === 'xreadgroup') &&
      words.slice(words.findIndex((word) => word.toLowerCase() === 'streams') + 1).length % 2 === 1,
    in: ['reply'],
  },
  {
    reason: "7.2 says 'Invalid base port', 7.0 'Invalid TCP base port'",
    concerns: ([name, subcommand, ...rest]) =>
      name === 'cluster' && subcommand === 'meet' && rest.includes('x'),
    in: ['reply'],
  },
  {
    reason:
      'redis-server calls its cluster of size 1 until it first looks at it, two seconds after its start',
    concerns: ([name, subcommand]) => name === 'cluster' && subcommand === 'info',
    in: ['reply'],
  },
];

export function mayDiffer(argv: readonly Binary[], where: Aspect): boolean {
  const [name = '', ...rest] = argv;
  const lower = [name.toLowerCase(), ...rest];
  return differences.some((difference) => difference.in.includes(where) && difference.concerns(lower));
}

/** What 7.2.4 says in other words than 7.0.15: a reply of the one becomes a reply of the other. */
const REWORDED: readonly (readonly [reason: string, pattern: RegExp, as: string])[] = [
  [
    '7.2 says who it is that must not run the command',
    /^-NOPERM User \S+ has no permissions to run the '([^']*)' command/,
    "-NOPERM this user has no permissions to run the '$1' command",
  ],
  [
    '7.2 is short about keys and channels',
    /^-NOPERM No permissions to access a (key|channel)/,
    '-NOPERM this user has no permissions to access one of the $1s used as arguments',
  ],
  [
    '7.2 says who it is that must not, in DRYRUN too',
    /^\$\d+\r\nUser \S+ (has no permissions .*)/,
    '$This user $1',
  ],
  [
    '7.2 says who it is that must not, in DRYRUN too',
    /^\$\d+\r\nThis user (has no permissions .*)/,
    '$This user $1',
  ],
  [
    '7.2 tells scripts what it tells clients',
    /^-ERR ACL failure in script: User \S+ has no permissions to run the '[^']*' command/,
    "-ERR The user executing the script can't run this command or subcommand",
  ],
  [
    '7.2 tells scripts what it tells clients',
    /^-ERR ACL failure in script: No permissions to access a key/,
    "-ERR The user executing the script can't access at least one of the keys mentioned in the command arguments",
  ],
  [
    "7.2 says that HELLO's protocol comes first",
    /^-NOAUTH HELLO must (.*) HELLO <proto> AUTH/,
    '-NOAUTH HELLO must $1 HELLO AUTH',
  ],
];

/** A reply as 7.0.15 would say it. */
export function asBefore72(reply: string): string {
  return REWORDED.reduce((text, [, pattern, as]) => text.replace(pattern, as), reply);
}
