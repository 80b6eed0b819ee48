/**
 * Users and what they may do, the same story to us and to redis-server: every reply to the byte, but where 7.2 found
 * other words; and an ACL file that either writes and both read.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { splitArgs } from '../../extension/redis/config/split-args.ts';
import type { RespValue } from '../../extension/redis/resp/reply-decoder.ts';
import { SeededRandom } from '../../extension/worlds/seeded-random.ts';
import { AclSamples } from './acl-samples.ts';
import { asBefore72 } from './differences.ts';
import { OurServer } from './our-server.ts';
import { RawConnection } from './raw-connection.ts';
import { needsRedisServer, RedisServer } from './redis-server.ts';

const OURS = 21_394;
const THEIRS = 21_395;

/**
 * Who says what, in turn; each name is a session of its own. Since 7.2 every user shows `sanitize-payload`: here it is
 * said of everybody. And 7.2 remembers how permissions were given where 7.0 finds the shortest way to say them: here
 * both are the same.
 */
const STORY = `
root: acl setuser default sanitize-payload
root: acl list
root: acl users
root: acl whoami
root: acl getuser default
root: acl getuser nobody
root: acl setuser "with blank" on
root: acl setuser ann sanitize-payload >secret +get ~a* %R~b* %W~c* &news:*
root: acl list
root: acl getuser ann
ann: auth ann secret
root: acl setuser ann on +set
ann: auth ann wrong
ann: hello 2 auth ann wrong
ann: auth ann secret
ann: acl whoami
ann: set a1 1
ann: get a1
ann: set b1 1
ann: get b1
ann: set c1 1
ann: set c1 1 get
ann: get c1
ann: get d
ann: del a1
ann: mget a1
ann: ping
ann: nosuch
ann: get
ann: publish news:1 x
root: acl setuser ann +@pubsub +mget +copy +bitfield +sort +eval +migrate +multi +exec +discard +acl|whoami
ann: acl whoami
ann: acl users
ann: publish news:1 x
ann: publish other x
ann: spublish other x
ann: subscribe other
ann: psubscribe news:*
ann: punsubscribe news:*
ann: psubscribe news:1
ann: mget a1 b1
ann: mget a1 d
ann: copy b1 c1
ann: copy c1 b1
ann: bitfield b1 get u8 0
ann: bitfield b1 set u8 0 1
ann: bitfield c1 set u8 0 1
ann: sort b1 by x*
ann: sort a1 get #
ann: migrate 127.0.0.1 1 b1 0 10
ann: multi
ann: set a2 2
ann: del a2
ann: exec
ann: multi
ann: set a2 2
ann: get b1
root: acl setuser ann -set resetkeys ~b* ~x*
ann: exec
ann: eval "return redis.call('get', KEYS[1])" 1 b1
ann: eval "return redis.call('get', 'secret')" 0
ann: eval "return redis.call('set', 'b1', 'x')" 0
ann: eval "return redis.pcall('set', 'b1', 'x').err" 1 y
ann: eval "return {tostring(redis.acl_check_cmd('get', 'b1')), tostring(redis.acl_check_cmd('get', 'z'))}" 0
ann: eval "return redis.acl_check_cmd('nosuch')" 0
root: acl dryrun ann get b1
root: acl dryrun ann get z
root: acl dryrun ann set b1 x
root: acl dryrun ann publish other x
root: acl dryrun ann get
root: acl dryrun ann nosuch
root: acl dryrun nobody get b1
root: acl setuser bob sanitize-payload on nopass (~a +get) ( ~b  +set ) "(%R~c +@read &x)"
root: acl getuser bob
bob: auth bob whatever
bob: get a
bob: set b 1
bob: set a 1
bob: mget c c
bob: mget c d
root: acl setuser bob clearselectors allkeys allcommands -select +select|0
bob: select 0
bob: select 1
bob: client kill user nobody
root: acl setuser bob -config|set
bob: config get maxmemory
bob: config set maxmemory 0
root: acl setuser bob off
bob: get a
late: auth bob x
root: acl setuser bob +nosuch
root: acl setuser bob -nosuch
root: acl setuser bob +@nosuch
root: acl setuser bob +config|nosuch
root: acl setuser bob +config|get|x
root: acl setuser bob +get|a|b
root: acl setuser bob +select|
root: acl setuser bob <nothing
root: acl setuser bob #1234
root: acl setuser bob !1234
root: acl setuser bob ~x
root: acl setuser bob resetkeys ~x "~a b"
root: acl setuser bob &* &x
root: acl setuser bob nonsense
root: acl setuser bob (nonsense)
root: acl setuser bob (~* ~x)
root: acl setuser bob (~x +get
root: acl setuser bob %X~a
root: acl setuser bob )
root: acl setuser carl reset
root: acl setuser carl on #ef92b778bafe771e89245b89ecbc08a44a4e166c06659911881f383d4473e94f
carl: auth carl password123
carl: ping
carl: quit
root: acl setuser carl !ef92b778bafe771e89245b89ecbc08a44a4e166c06659911881f383d4473e94f
root: acl setuser dora sanitize-payload on nopass allcommands &one
dora: auth dora x
dora: subscribe one
root: acl setuser dora &two
dora: ping
root: acl setuser dora resetchannels &two
dora: ping
root: acl setuser erna on nopass +@all
erna: auth erna x
root: acl deluser default
root: acl deluser nobody erna
erna: ping
root: acl setuser erna on nopass +@all
self: auth erna x
self: acl deluser erna
self: ping
root: acl genpass -1
root: acl genpass 4097
root: acl genpass x
root: acl cat nosuch
root: acl cat a b
root: acl log nosuch
root: acl log -1
root: acl log 1 2
root: acl load
root: acl save
root: acl setuser
root: acl deluser
root: acl dryrun ann
root: acl help x
root: config set requirepass pass
new: get a
new: auth
new: auth a b c
new: auth wrong
new: hello 3
new: auth pass
new: get a
root: acl setuser default >other
new: auth other
root: config set requirepass ""
new: auth pass
root: acl setuser default off
other: get a
other: auth default x
root: acl setuser default on
root: acl setuser default resetkeys
root: get a
root: acl setuser default allkeys
root: reset
root: acl whoami
`;

/** Users made of random rules. */
const ROUNDS = 60;

type Server = Pick<OurServer, 'port'>;

class Sessions {
  readonly #server: Server;
  readonly #byName = new Map<string, RawConnection>();

  constructor(server: Server) {
    this.#server = server;
  }

  /** The reply, or that there is nobody who would. */
  async say(who: string, words: readonly string[]): Promise<string> {
    const session = this.#byName.get(who) ?? (await RawConnection.open(this.#server.port));
    this.#byName.set(who, session);
    try {
      return (await session.send(...words)).toString('latin1');
    } catch {
      return 'closed';
    }
  }

  close(): void {
    for (const session of this.#byName.values()) session.close();
  }
}

/** What a field of each entry of ACL LOG says, in RESP2. */
function logged(reply: RespValue, name: string): unknown[] {
  const entries = 'items' in reply ? reply.items : [];
  return entries.map((entry) => {
    const fields = 'items' in entry ? entry.items : [];
    const at = fields.findIndex((field, i) => i % 2 === 0 && 'value' in field && field.value === name);
    const value = fields[at + 1];
    return value !== undefined && 'value' in value ? value.value : undefined;
  });
}

describe('users', needsRedisServer, () => {
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

  it('may do what they may with redis-server, and hear the same', async () => {
    const [we, they] = [new Sessions(ours), new Sessions(theirs)];
    const differing: string[] = [];
    for (const line of STORY.trim().split('\n')) {
      const [who = '', ...rest] = line.split(': ');
      const words = splitArgs(rest.join(': '));
      assert.ok(words !== undefined, line);
      const [mine, real] = await Promise.all([we.say(who, words), they.say(who, words)]);
      if (asBefore72(mine) !== asBefore72(real)) {
        differing.push(`${line}\n  ours   ${JSON.stringify(mine)}\n  theirs ${JSON.stringify(real)}`);
      }
    }
    we.close();
    they.close();
    assert.equal(differing.join('\n'), '');
  });

  it('are made by any rules, or refused, as by redis-server, and may do the same then', async () => {
    const [we, they] = [new Sessions(ours), new Sessions(theirs)];
    const samples = new AclSamples(new SeededRandom(72));
    const differing: string[] = [];
    let asked = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const history: string[] = [];
      const ask = async (...words: string[]): Promise<void> => {
        const [mine, real] = await Promise.all([we.say('root', words), they.say('root', words)]);
        asked++;
        if (asBefore72(mine) === asBefore72(real)) return;
        const said = `${history.join(' | ')}: ${words.join(' ')}`;
        differing.push(`${said}\n  ours   ${JSON.stringify(mine)}\n  theirs ${JSON.stringify(real)}`);
      };
      await ask('ACL', 'DELUSER', 'sample');
      for (let step = 0; step < 3; step++) {
        const rules = samples.rules();
        history.push(rules.join(' '));
        await ask('ACL', 'SETUSER', 'sample', ...rules);
        for (let i = 0; i < 10; i++) await ask('ACL', 'DRYRUN', 'sample', ...samples.tried());
      }
    }
    we.close();
    they.close();
    assert.equal(differing.join('\n'), '');
    assert.equal(asked, ROUNDS * 34);
  });

  it('are logged with what they were refused as redis-server logs it', async () => {
    const [mine, real] = await Promise.all(
      [ours, theirs].map(({ client }) => client.reply('ACL', 'LOG', '1000')),
    );
    assert.ok(mine !== undefined && real !== undefined);
    assert.ok(logged(mine, 'count').length > 20);
    for (const name of ['count', 'reason', 'context', 'object', 'username']) {
      assert.deepEqual(logged(mine, name), logged(real, name), name);
    }
  });
});

describe('an ACL file', needsRedisServer, () => {
  const RULES = [
    [
      'ann',
      'on',
      'sanitize-payload',
      '>secret',
      '~a*',
      '%R~b*',
      '&news:*',
      '+get',
      '(~c resetchannels -@all +set)',
    ],
    ['bob', 'off', 'sanitize-payload', 'nopass', '~*', '&*', '+@all'],
    ['default', 'sanitize-payload'],
  ];

  it('is the same whoever writes it, and both read it', async () => {
    const folders = ['ours', 'theirs'].map((name) => mkdtempSync(path.join(os.tmpdir(), `acl-${name}-`)));
    const [here = '', there = ''] = folders;
    for (const folder of folders) writeFileSync(path.join(folder, 'users.acl'), '');
    const ours = await OurServer.startIn(here, OURS + 2, 'aclfile users.acl');
    const theirs = await RedisServer.startIn(there, THEIRS + 2, '--aclfile', 'users.acl');
    const file = (folder: string): string => readFileSync(path.join(folder, 'users.acl'), 'latin1');
    try {
      for (const server of [ours, theirs]) {
        for (const rules of RULES) await server.call('ACL', 'SETUSER', ...rules);
        await server.call('ACL', 'SAVE');
      }
      const written = file(here);
      assert.equal(written, file(there));
      assert.equal(written.split('\n').length, 4);
      for (const server of [ours, theirs]) {
        await server.call('ACL', 'DELUSER', 'ann', 'bob');
        await server.call('ACL', 'LOAD');
        assert.equal(await server.call('ACL', 'LIST'), written.trimEnd());
      }
      for (const folder of folders) {
        writeFileSync(
          path.join(folder, 'users.acl'),
          'user ann +nosuch ~* ~a\nuser x y\nann\n\nuser ann on\n',
        );
      }
      const refusals = await Promise.all([ours, theirs].map(({ client }) => client.reply('ACL', 'LOAD')));
      assert.deepEqual(refusals[0], refusals[1]);
      assert.equal(await ours.call('ACL', 'LIST'), written.trimEnd());
    } finally {
      ours.stop();
      await theirs.stop();
    }
  });
});
