/** Lines of `user`, put together from every kind of rule, with selectors that span words and slips in between. */
import { commandNames } from '../../../extension/redis/config/command-names.ts';
import type { SeededRandom } from '../../redis/seeded-random.ts';

/** Words to choose from; whether they exist is for the server to say. */
const COMMANDS = [...commandNames('redis-7.2')];
const CATEGORIES = [
  ...[
    'keyspace',
    'read',
    'write',
    'set',
    'sortedset',
    'list',
    'hash',
    'string',
    'bitmap',
    'hyperloglog',
    'geo',
  ],
  ...['stream', 'pubsub', 'admin', 'fast', 'slow', 'blocking', 'dangerous', 'connection', 'transaction'],
  ...['scripting', 'all', 'READ', 'Write', 'nope', 'reads', '', 'keys', 'function', 'all '],
];
const HASH = 'c5e3b5e8d6a1a3d7a2b9f6cfc2f7a24c1d55f5fd0c0ddf9a4f5c4a9ad2d1ce10';

function command(random: SeededRandom): string {
  const name = random.pick(COMMANDS);
  const cased = random.below(5) === 0 ? name.toUpperCase() : name;
  return random.pick([
    ...[cased, cased, cased, cased],
    `${cased}|x`,
    `${cased.split('|', 1)[0]}|${random.pick(['get', 'help', 'list', 'setname', 'x', ''])}`,
    cased.replace('|', ' '),
    cased.slice(1),
    `${cased}x`,
    cased.replace('|', '||'),
  ]);
}

function permission(random: SeededRandom): string {
  const sign = random.pick(['+', '+', '+', '-', '-']);
  switch (random.below(8)) {
    case 0:
      return `${sign}@${random.pick(CATEGORIES)}`;
    case 1:
    case 2:
      return sign + command(random);
    case 3:
      return (
        random.pick(['~', '~', '%R~', '%W~', '%RW~', '%r~', '%WR~', '%RR~', '%~', '%x~', '%']) +
        pattern(random)
      );
    case 4:
      return `&${pattern(random)}`;
    case 5:
      return random.pick([
        'allkeys',
        'resetkeys',
        'allchannels',
        'resetchannels',
        'ALLKEYS',
        'ResetChannels',
      ]);
    case 6:
      return random.pick(['allcommands', 'nocommands', '+@all', '-@all', '~*', '&*', 'AllCommands']);
    default:
      return (
        sign + random.pick(['get', 'set', 'config|get', 'config|set', 'select|0', 'client|id', 'acl|whoami'])
      );
  }
}

function pattern(random: SeededRandom): string {
  return random.pick(['*', 'a:*', 'b', '', '[a', '\\*', '~x', '%R', 'é', 'a"b', 'x#y', ')', '(']);
}

function flagOrPassword(random: SeededRandom): string {
  return random.pick([
    ...[
      'on',
      'off',
      'nopass',
      'resetpass',
      'reset',
      'ON',
      'clearselectors',
      'sanitize-payload',
      'ClearSelectors',
    ],
    ...[
      'skip-sanitize-payload',
      '>p',
      '>q',
      '<p',
      '<q',
      '>',
      '<',
      '>p w',
      '">p w"',
      "'<p w'",
      'onn',
      'enabled',
    ],
    ...[
      `#${HASH}`,
      `!${HASH}`,
      `#${HASH.slice(2)}`,
      `#${HASH.toUpperCase()}`,
      `#${HASH}0`,
      '#x',
      '!',
      '# comment',
    ],
  ]);
}

function selector(random: SeededRandom): string {
  const inside = Array.from({ length: random.below(4) }, () =>
    random.below(12) === 0 ? flagOrPassword(random) : permission(random),
  ).join(' ');
  const whole = `(${inside})`;
  return random.pick([
    ...[whole, whole, whole, whole],
    `( ${inside} )`,
    `(${inside}`,
    `${inside})`,
    `(${whole})`,
    `"${whole.replaceAll('"', '')}"`,
    `${whole}x`,
    whole.replace(' ', '  '),
  ]);
}

export function accessRules(random: SeededRandom): string {
  const rule = (): string => {
    const way = random.below(10);
    return way < 3 ? flagOrPassword(random) : way < 8 ? permission(random) : selector(random);
  };
  return Array.from({ length: random.pick([0, 1, 1, 2, 2, 3, 4, 6, 9]) }, rule).join(' ');
}

const NAMES = ['a', 'a', 'b', 'A', 'default', 'DEFAULT', '"a b"', '""', 'x)', '(x', '+get', 'é', 'on'];

/** Some users, at times one of them twice, and what changes the default of channels between them. */
export function userLines(random: SeededRandom): string[] {
  const line = (): string =>
    `${random.pick(['user', 'user', 'user', 'user', 'USER'])} ${random.pick(NAMES)} ${accessRules(random)}`;
  const extra = [
    'acl-pubsub-default allchannels',
    'acl-pubsub-default resetchannels',
    'rename-command GET g',
  ];
  return Array.from({ length: random.pick([1, 1, 1, 2, 3]) }, () =>
    random.below(8) === 0 ? random.pick(extra) : line(),
  );
}

/** Some commands renamed, in any order, on each other and back. */
export function renames(random: SeededRandom): string[] {
  const names = ['get', 'set', 'config', 'debug', random.pick(COMMANDS), random.pick(COMMANDS)];
  const one = (): string => {
    const name = random.pick([...names, 'a', 'b', 'x']);
    return random.below(4) === 0 ? name.toUpperCase() : name;
  };
  return Array.from({ length: random.pick([1, 1, 2, 3, 5]) }, () => {
    const target = random.pick([one(), one(), '""', '"a b"', "''", `${one()} x`, '#', '']);
    return `rename-command ${one()} ${target}`.trimEnd();
  });
}
