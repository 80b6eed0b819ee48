/** What rules allow, for the commands this node has. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Denial, Permissions } from '../../../extension/node/acl/permissions.ts';
import { aclOptions } from '../../../extension/node/acl/users.ts';
import { CommandTable } from '../../../extension/node/command-table.ts';
import { catalogue } from '../../../extension/node/commands/index.ts';
import { AclSelector, CATEGORIES } from '../../../extension/redis/config/acl-selector.ts';
import { AclUser } from '../../../extension/redis/config/acl-user.ts';
import { Args } from '../../../extension/redis/resp/args.ts';
import { SeededRandom } from '../../../extension/worlds/seeded-random.ts';

const table = new CommandTable(catalogue);

function permissionsOf(...rules: string[]): Permissions {
  const user = new AclUser(aclOptions(false));
  for (const rule of rules) assert.equal(user.apply(rule), undefined, rule);
  return new Permissions([user.root, ...user.selectors], table);
}

function denial(permissions: Permissions, command: string): Denial | undefined {
  const args = Args.of(...command.split(' '));
  const entry = table.find(args);
  assert.ok(entry !== undefined, command);
  return permissions.denial(entry, args);
}

/** `ok`, or why not and the argument that is at fault. */
function verdict(permissions: Permissions, command: string): string {
  const found = denial(permissions, command);
  if (found === undefined) return 'ok';
  return found.reason === 'command' ? 'command' : `${found.reason} ${command.split(' ')[found.at]}`;
}

function verdicts(permissions: Permissions, expected: Readonly<Record<string, string>>): void {
  for (const [command, wanted] of Object.entries(expected)) {
    assert.equal(verdict(permissions, command), wanted, command);
  }
}

describe('commands', () => {
  it('are allowed one by one, by category and with subcommands', () => {
    verdicts(permissionsOf('allkeys', '+get', '+@set', '-sdiff', '+config|get', '+client', '-client|kill'), {
      'get k': 'ok',
      'set k v': 'command',
      'sadd k v': 'ok',
      'sdiff k': 'command',
      'config get x': 'ok',
      'config set x y': 'command',
      'client id': 'ok',
      'client kill x': 'command',
    });
  });

  it('may be allowed with one first argument only', () => {
    const permissions = permissionsOf('+select|0', '+debug|OBJECT', 'allkeys');
    verdicts(permissions, {
      'select 0': 'ok',
      'select 1': 'command',
      'debug object k': 'ok',
      'DEBUG Object k': 'ok',
      'debug sleep 0': 'command',
    });
  });

  it('that log in are allowed to everybody', () => {
    verdicts(permissionsOf('-@all'), {
      'auth x': 'ok',
      hello: 'ok',
      quit: 'ok',
      reset: 'ok',
      ping: 'command',
    });
  });

  it('keep their permissions under another name', () => {
    const renamed = new CommandTable(catalogue, [['set', 'put']]);
    const user = new AclUser(aclOptions(false));
    for (const rule of ['+set', '%W~k']) user.apply(rule);
    const permissions = new Permissions([user.root], renamed);
    const args = Args.of('put', 'k', 'v');
    const entry = renamed.find(args);
    assert.ok(entry !== undefined);
    assert.equal(permissions.denial(entry, args), undefined);
  });

  it('of every category are allowed by it and forbidden by it', () => {
    for (const category of CATEGORIES) {
      const [only, others] = [permissionsOf(`+@${category}`), permissionsOf('+@all', `-@${category}`)];
      for (const entry of table.byRow.values()) {
        // What is said of a container counts for its subcommands.
        const container = table.byRow.get(entry.name.split('|')[0] ?? '');
        const concerned = entry.categories.includes(category) || container?.categories.includes(category);
        const args = Args.of(...entry.name.split('|'));
        const mayAlways = ['auth', 'hello', 'quit', 'reset'].includes(entry.name);
        const allowed = (permissions: Permissions): boolean =>
          permissions.denial(entry, args)?.reason !== 'command';
        assert.equal(allowed(only), concerned === true || mayAlways, `+@${category} ${entry.name}`);
        assert.equal(allowed(others), concerned !== true || mayAlways, `-@${category} ${entry.name}`);
      }
    }
  });

  it('are the same whether all rules are kept or those that still count', () => {
    const random = new SeededRandom(7);
    const names = ['get', 'config', 'config|get', 'config|set', 'client', 'client|id', 'acl|list', 'select'];
    const words = [...names, 'select|0', '@set', '@admin', '@slow', '@connection', '@string'];
    for (let round = 0; round < 300; round++) {
      const selector = new AclSelector(aclOptions(false));
      selector.apply(random.below(2) === 0 ? '+@all' : '-@all');
      const all: string[] = [];
      for (let i = random.below(12); i >= 0; i--) {
        const word = words[random.below(words.length)] ?? '';
        const rule = `${word === 'select|0' || random.below(2) === 0 ? '+' : '-'}${word}`;
        assert.equal(selector.apply(rule), undefined);
        all.push(rule);
      }
      const { keyPatterns, channelPatterns, allKeys, allChannels, allCommands } = selector;
      const uncut = { keyPatterns, channelPatterns, allKeys, allChannels, allCommands, commandRules: all };
      const [kept, full] = [selector, uncut].map((one) => new Permissions([one], table));
      for (const entry of table.byRow.values()) {
        const args = Args.of(...(entry.name === 'select' ? ['select', '0'] : entry.name.split('|')));
        assert.deepEqual(
          kept?.denial(entry, args),
          full?.denial(entry, args),
          `${entry.name}: ${all.join(' ')}`,
        );
      }
    }
  });
});

describe('keys', () => {
  it('are read, written or both, as the command does it', () => {
    verdicts(permissionsOf('+@all', '%R~read*', '%W~write*', '~both*'), {
      'get read1': 'ok',
      'get write1': 'key write1',
      'set write1 v': 'ok',
      'set read1 v': 'key read1',
      'set write1 v get': 'key write1',
      'set both v get': 'ok',
      'copy read1 write1': 'ok',
      'copy write1 read1': 'key write1',
      'bitfield read1 get u8 0': 'ok',
      'bitfield read1 get u8 0 incrby u8 0 1': 'key read1',
      'bitfield write1 set u8 0 1': 'key write1',
      'bitfield both overflow sat incrby u8 0 1 get u8 0': 'ok',
      'exists anything': 'key anything',
      'exists write1': 'ok',
      'mget read1 read2 other': 'key other',
      'sort read1 store write1': 'ok',
      'sort read1 store read2': 'key read2',
      'eval x 2 both1 read1': 'key read1',
      'eval x 0 anything': 'ok',
      'xread streams read1 0': 'ok',
      'migrate h 1 both1 0 0': 'ok',
      'migrate h 1  0 0 keys both1 other': 'key other',
    });
  });

  it('are nobody’s where the arguments make no sense: the command will say so', () => {
    verdicts(permissionsOf('+@all', '~a'), { 'zunionstore b 3 b': 'ok', 'eval x 5 b': 'ok' });
  });

  it('that nobody names take a permission for all of them', () => {
    const may = (...rules: string[]): boolean => {
      const args = Args.of('sort', 'a', 'by', 'x*');
      const entry = table.find(args);
      return entry !== undefined && permissionsOf(...rules).mayReadEveryKey(entry, args);
    };
    assert.equal(may('+@all', '~*'), true);
    assert.equal(may('+@all', '~a', '%R~*'), true);
    assert.equal(may('+@all', '%RW~a*'), false);
    assert.equal(may('-@all', '~*'), false);
    assert.equal(may('+sort', '~a', '(+sort ~*)'), true);
  });
});

describe('channels', () => {
  it('are matched, and patterns of them are named', () => {
    verdicts(permissionsOf('+@all', '&news:*', '&one'), {
      'publish news:1 x': 'ok',
      'publish other one': 'channel other',
      'subscribe one news:2': 'ok',
      'subscribe one two': 'channel two',
      'psubscribe news:*': 'ok',
      'psubscribe news:1': 'channel news:1',
      'ssubscribe news:3': 'ok',
      'spublish two x': 'channel two',
      'unsubscribe two': 'ok',
      'punsubscribe *': 'ok',
    });
  });
});

describe('selectors', () => {
  it('allow a command each by itself, and not together', () => {
    verdicts(permissionsOf('(%R~read* +@all)', '(%W~write* +@all)'), {
      'get read1': 'ok',
      'lpush write1 x': 'ok',
      'copy read1 write1': 'key write1',
    });
  });

  it('are told of with what came furthest', () => {
    verdicts(permissionsOf('+mget', '~key', '(+mget ~key ~otherkey)'), {
      'get key': 'command',
      'mget otherkey someotherkey': 'key someotherkey',
      'mget key otherkey someotherkey': 'key someotherkey',
    });
    verdicts(permissionsOf('+publish', '(+set ~a)'), { 'publish c x': 'channel c', 'set b v': 'key b' });
  });

  it('without limits ask nobody', () => {
    assert.equal(permissionsOf('+@all', 'allkeys', 'allchannels').unlimited, true);
    assert.equal(permissionsOf('(+@all allkeys allchannels)').unlimited, true);
    assert.equal(permissionsOf('+@all', '-get', '+get', 'allkeys', 'allchannels').unlimited, true);
    assert.equal(permissionsOf('+@all', 'allkeys').unlimited, false);
    assert.equal(permissionsOf('+@all', '-get', 'allkeys', 'allchannels').unlimited, false);
  });
});
