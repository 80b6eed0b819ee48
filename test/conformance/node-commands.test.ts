/**
 * The commands of the node itself, the same to us and to redis-server: every reply to the byte, in both protocols. And
 * the whole table: what COMMAND says of every row.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { RespValue } from '../../extension/redis/resp/reply-decoder.ts';
import { mayDiffer } from './differences.ts';
import { OurServer } from './our-server.ts';
import { RawConnection } from './raw-connection.ts';
import { needsRedisServer, RedisServer } from './redis-server.ts';

const OURS = 21_390;
const THEIRS = 21_391;

/** Words of a command; each line is sent in turn. `~` stands for nothing. */
const LINES = `
ping
ping hello
ping a b
echo hello
echo
nosuch
nosuch a b c
NOSUCH with some longer arguments than usual
select 1
select 15
select 16
select -1
select x
select 0
asking
readonly
readwrite
cluster
cluster info
auth x
auth a b
auth a b c
hello 5
hello x
hello 2 setname
hello 2 nosuch
client
client nosuch
client getname
client setname me
client getname
client setname ~
client getname
client reply
client reply nosuch
client kill
client kill 1.2.3.4:5
client kill id 0
client kill id x
client kill id 99999
client kill type nosuch
client kill skipme maybe
client kill user nosuch
client list type nosuch
client list id x
client list nosuch
client no-evict on
client no-evict off
client no-evict maybe
client pause
client pause x
client pause -1
client pause 0
client pause 0 nosuch
client unpause
client unblock
client unblock x
client unblock 99999
client unblock 99999 timeout
client unblock 99999 nosuch
client getredir
client trackinginfo
config
config nosuch
config get
config get timeout
config get TIMEOUT
config get nosuch
config get timeout nosuch
config get maxmemory-p*
config get save
config get bind
config get slaveof
config set
config set timeout
config set timeout 10
config set timeout 10 hz
config set timeout x
config set timeout 99999999999
config set timeout 1 timeout 2
config set nosuch 1
config set nosuch 1 timeout x
config set daemonize yes
config set maxmemory-policy nosuch
config set maxmemory 1kk
config set maxmemory 1gb
config get maxmemory
config set maxmemory 0
config set save x
config set save 900
config set notify-keyspace-events q
config set client-output-buffer-limit nosuch
config set appendonly maybe
config set timeout 0
config rewrite
config resetstat
multi
multi
get a
set
exec
multi
discard
discard
exec
multi
set a 1
incr a
watch b
exec
watch a
unwatch
multi
ping
select 2
echo x
select 0
exec
multi
save
exec
multi
publish c m
exec
subscribe
unsubscribe
punsubscribe
publish c m
publish c
spublish c m
pubsub
pubsub nosuch
pubsub channels
pubsub channels x y
pubsub numsub
pubsub numsub a b
pubsub numpat
pubsub numpat x
pubsub shardchannels
pubsub shardnumsub a
dbsize
flushdb nosuch
flushdb async sync
flushdb sync
flushall async
swapdb
swapdb 0 1
swapdb 0 99
swapdb x 1
swapdb 1 x
slowlog
slowlog nosuch
slowlog len x
slowlog get x
slowlog get -2
slowlog reset
latency
latency nosuch
latency latest
latency history x
latency reset
latency reset x
latency graph x
latency histogram nosuch
memory
memory nosuch
memory usage
memory usage nosuch
memory usage nosuch samples
memory usage nosuch samples -1
memory purge
command nosuch
command count x
command info nosuch
command getkeys
command getkeys get
command getkeys get a
command getkeys nosuch a
command getkeys ping
command getkeys mset a 1 b 2
command getkeys zunionstore d 2 a b
command getkeys zunionstore d x a b
command getkeysandflags set a 1
command getkeysandflags rename a b
command getkeysandflags lmove a b left left
command list filterby
command list filterby nosuch x
command list filterby pattern hse?
command list filterby aclcat nosuch
command docs nosuch
acl
acl nosuch
acl whoami
acl users
acl cat
acl cat nosuch
acl cat x y
acl genpass 0
acl genpass x
acl getuser nosuch
module
module load
module load /nowhere.so
module loadex /nowhere.so
module unload none
module unload
module nosuch
module list
debug
debug nosuch
debug sleep 0
debug object nosuch
set number 100
object refcount number
config set maxmemory 1gb
config set maxmemory-policy allkeys-lru
set number 100
object refcount number
config set maxmemory-policy volatile-lfu
set number 100
object refcount number
config set maxmemory-policy volatile-random
set number 100
object refcount number
config set maxmemory-policy noeviction
config set maxmemory 0
debug protocol nosuch
debug protocol string
debug protocol integer
debug protocol bignum
debug protocol null
debug protocol array
debug protocol set
debug protocol map
debug protocol verbatim
debug protocol true
debug protocol false
debug set-active-expire 1
debug quicklist-packed-threshold 5b
debug quicklist-packed-threshold 4gb
debug quicklist-packed-threshold -1
debug quicklist-packed-threshold x
debug quicklist-packed-threshold 0
debug error MYERROR something
shutdown nosuch
shutdown save nosave
shutdown abort now
shutdown abort
wait 0 0
wait x 0
wait 0 x
wait 0 -1
lastsave x
replicaof no one
monitor x
reset x
reset
quit
`;

function commands(): string[][] {
  return LINES.trim()
    .split('\n')
    .map((line) => line.split(' ').map((word) => (word === '~' ? '' : word)));
}

describe('the commands of a node', needsRedisServer, () => {
  let ours: OurServer;
  let theirs: RedisServer;
  before(async () => {
    [ours, theirs] = await Promise.all([
      OurServer.start(OURS),
      RedisServer.start(THEIRS, '--bind', '127.0.0.1'),
    ]);
  });
  after(async () => {
    ours.stop();
    await theirs.stop();
  });

  for (const protocol of [2, 3] as const) {
    it(`answer as redis-server does, in RESP${protocol}`, async () => {
      const [we, they] = await Promise.all([RawConnection.open(OURS), RawConnection.open(THEIRS)]);
      await Promise.all([we.send('HELLO', protocol), they.send('HELLO', protocol)]);
      const differing: string[] = [];
      for (const argv of commands()) {
        // The protocol is to stay what it is.
        const sent =
          argv[0] === 'hello' && argv[1] === '2' ? ['hello', String(protocol), ...argv.slice(2)] : argv;
        const replies = await Promise.all([we.send(...sent), they.send(...sent)]);
        const [mine, real] = replies.map((reply) => reply.toString('latin1'));
        if (mine !== real && !mayDiffer(sent, 'reply')) {
          differing.push(
            `${sent.join(' ')}\n  ours   ${JSON.stringify(mine)}\n  theirs ${JSON.stringify(real)}`,
          );
        }
        if (argv[0] === 'reset' && argv.length === 1) {
          await Promise.all([we.send('HELLO', protocol), they.send('HELLO', protocol)]);
        }
      }
      we.close();
      they.close();
      assert.equal(differing.join('\n'), '');
    });
  }

  it('are told to clients as redis-server tells them', async () => {
    const [mine, real] = await Promise.all([ours.client.reply('COMMAND'), theirs.client.reply('COMMAND')]);
    const differing: string[] = [];
    for (const part of ['info', 'tips'] as const) {
      const table = byName(mine, part);
      for (const [name, row] of byName(real, part)) {
        const own = table.get(name);
        if (own === undefined || mayDiffer([name], part)) continue;
        if (own !== row) differing.push(`${name}\n  ours   ${own}\n  theirs ${row}`);
      }
    }
    assert.equal(differing.join('\n'), '');
  });

  it('know the words that COMMAND DOCS says they know', async () => {
    const [mine, real] = await Promise.all([
      ours.client.reply('COMMAND', 'DOCS'),
      theirs.client.reply('COMMAND', 'DOCS'),
    ]);
    const documented = wordsByName(mine);
    const differing: string[] = [];
    for (const [name, theirWords] of wordsByName(real)) {
      const ourWords = documented.get(name);
      if (ourWords === undefined || mayDiffer([name], 'docs')) continue;
      if (ourWords !== theirWords) {
        differing.push(`${name}\n  ours   ${ourWords}\n  theirs ${theirWords}`);
      }
    }
    assert.equal(differing.join('\n'), '');
  });
});

/** The words that commands and subcommands know, in capitals: names and the order of arguments changed with 7.2. */
function wordsByName(reply: RespValue, found = new Map<string, string>()): Map<string, string> {
  for (const [name, docs] of pairs(reply)) {
    const fields = pairs(docs);
    found.set(name, [...new Set(wordsOf(fields.get('arguments')))].sort().join(' '));
    const subcommands = fields.get('subcommands');
    if (subcommands !== undefined) wordsByName(subcommands, found);
  }
  return found;
}

function wordsOf(reply: RespValue | undefined): string[] {
  if (reply === undefined || !('items' in reply)) return [];
  return reply.items.flatMap((argument) => {
    const fields = pairs(argument);
    const token = fields.get('token');
    const own = token !== undefined && 'value' in token ? [String(token.value).toUpperCase()] : [];
    return [...own, ...wordsOf(fields.get('arguments'))];
  });
}

/** A map of RESP2: a flat array. */
function pairs(reply: RespValue): Map<string, RespValue> {
  const items = 'items' in reply ? reply.items : [];
  const found = new Map<string, RespValue>();
  for (let i = 0; i + 1 < items.length; i += 2) {
    const [name, value] = [items[i], items[i + 1]];
    if (name !== undefined && value !== undefined && 'value' in name) found.set(String(name.value), value);
  }
  return found;
}

/** Commands and subcommands with what COMMAND says of them, or with its tips; sets in one order. */
function byName(
  reply: RespValue,
  part: 'info' | 'tips',
  found = new Map<string, string>(),
): Map<string, string> {
  if (!('items' in reply)) return found;
  for (const row of reply.items) {
    if (!('items' in row)) continue;
    const [name, arity, flags, first, last, step, categories, tips, specs, subcommands] = row.items;
    if (name === undefined || !('value' in name)) continue;
    found.set(
      String(name.value),
      JSON.stringify(
        (part === 'tips' ? [tips] : [arity, flags, first, last, step, categories, specs]).map(sorted),
      ),
    );
    if (subcommands !== undefined) byName(subcommands, part, found);
  }
  return found;
}

/** Sets in one order, and without the notes on key specifications, which are prose. */
function sorted(value: RespValue | undefined): unknown {
  if (value === undefined) return undefined;
  if (!('items' in value)) return 'value' in value ? value.value : null;
  const items = value.items.map(sorted);
  if (items[0] === 'notes') items.splice(0, 2);
  return items.every((item) => typeof item === 'string') ? items.sort() : items;
}
