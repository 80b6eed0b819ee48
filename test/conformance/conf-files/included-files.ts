/** Files that include others: in a row, in each other, by a pattern, by a name that is odd, and with slips inside. */
import type { SeededRandom } from '../../redis/seeded-random.ts';

const INNER = [
  ...[
    '',
    '# nothing\n',
    'timeout 10\n',
    'timeout x\n',
    'prot 1\n',
    'timeout 10',
    '\n\n  \nhz 20\n',
    'hz 20\r\n',
  ],
  ...['cluster-enabled yes\n', 'replicaof 127.0.0.1 6379\n', 'user a on\n', 'user b on >p\n', 'dir data\n'],
  ...['maxmemory "1gb\n', 'logfile redis.log\n', 'logfile .\n', 'save ""\n', 'rename-command GET g\n'],
  ...[
    'port 0\n',
    'bind ""\n',
    'tls-cluster yes\n',
    'a.b c\n',
    '\ufeffhz 10\n',
    'hz 1\0\nhz 20\n',
    'requirepass x\n',
  ],
  ...[
    'include more.conf\n',
    'include "more.conf"\ntimeout 1\n',
    'hz 20\ninclude more.conf',
    'include *.none\n',
  ],
];

const PATHS = [
  ...[
    'extra.conf',
    'more.conf',
    'extra.conf',
    '"extra.conf"',
    "'more.conf'",
    './extra.conf',
    'data/more.conf',
  ],
  ...[
    '*.inc',
    'ext*.inc',
    '"*.inc"',
    '[em]*.inc',
    'extra?.inc',
    'none-*.inc',
    '[',
    'extra.conf more.conf',
    '""',
    '',
  ],
  ...[
    'extra.conf # x',
    'data/*.inc',
    '*/extra.inc',
    'extra.conf\t',
    '"ex\\x74ra.conf"',
    'EXTRA.CONF',
    'extra\\.conf',
  ],
];

const AROUND = [
  ...['timeout 5', 'timeout x', '# text', 'dir data', 'hz 10', 'user a off', 'cluster-enabled yes', 'nope 1'],
  ...['logfile ""', 'replicaof no one', 'rename-command GET h', 'bind 127.0.0.1', 'dir .', 'tls-cluster no'],
];

export interface Including {
  readonly lines: readonly string[];
  readonly beside: Readonly<Record<string, string>>;
}

export function includingFile(random: SeededRandom): Including {
  const include = (): string => `${random.pick(['include', 'include', 'INCLUDE'])} ${random.pick(PATHS)}`;
  const around = (): string[] => Array.from({ length: random.below(3) }, () => random.pick(AROUND));
  const lines = [
    ...around(),
    include(),
    ...around(),
    ...(random.below(3) === 0 ? [include()] : []),
    ...around(),
  ];
  const text = (): string => random.pick(INNER);
  // What is included last includes nothing: a file that includes itself ends the server without a word.
  const last = (): string => random.pick(INNER.filter((inner) => !inner.includes('include')));
  const beside = {
    'extra.conf': text() + text(),
    'more.conf': last(),
    'EXTRA.CONF': last(),
    'extra.inc': last(),
    'more.inc': last() + last(),
  };
  return { lines, beside };
}
