/**
 * The same conversations of several sessions with us and with redis-server, some of them tracking: every byte they get.
 * What scripts read is missing: 7.0 tracks the script's keys, 7.2 those of the commands it calls.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { OurServer } from './our-server.ts';
import { RawConnection } from './raw-connection.ts';
import { needsRedisServer, RedisServer } from './redis-server.ts';

const OURS = 21_590;
const THEIRS = 21_591;

/** Each line: who says what. `$x` stands for the id of session x. Sessions: a, b, c in RESP3; o in RESP2. */
const CONVERSATIONS: Readonly<Record<string, string>> = {
  'refuses what does not fit together': `
a: client tracking
a: client tracking maybe
a: client tracking on nosuch
a: client tracking on redirect
a: client tracking on redirect x
a: client tracking on redirect 0
a: client tracking on redirect 999999
a: client tracking on redirect $b redirect $c
a: client tracking on prefix x
a: client tracking on bcast optin
a: client tracking on bcast optout
a: client tracking on optin optout
a: client tracking on bcast prefix foo prefix foobar
a: client tracking on bcast prefix foo prefix foo
a: client caching yes
a: client caching
a: client tracking on optin
a: client tracking on optout
a: client tracking on bcast
a: client caching no
a: client caching maybe
a: client caching yes
a: client trackinginfo
a: client trackinginfo
a: client getredir
a: client tracking on
a: client trackinginfo
a: client tracking off
a: client tracking on optout noloop
a: client caching yes
a: client caching no
a: client trackinginfo
a: client tracking off prefix x
a: client trackinginfo
a: client tracking on bcast prefix foo
a: client tracking on bcast prefix foobar
a: client tracking on bcast prefix bar
a: client tracking on
a: client trackinginfo
a: client tracking on redirect $b bcast
o: client tracking on redirect $a
o: client trackinginfo
o: client getredir
`,
  'tells of every kind of change': `
a: client tracking on
b: mset s 1 t 2 u 3
a: mget s t u
b: del s t
b: incr u
b: rpush l a b c
a: lrange l 0 -1
b: lpop l
a: llen l
b: rename l m
a: exists m
b: sort m by nosort store n
a: exists n
b: copy m n replace
b: hset h f 1
a: hget h f
b: hdel h f
a: hexists h g
b: hset h g 1
b: xadd x 1-1 f v
b: xgroup create x g 0
a: xread streams x 0
b: xreadgroup group g c streams x >
b: xadd x 1-2 f v
a: geosearch nothere fromlonlat 0 0 byradius 1 km
b: geoadd nothere 0 0 a
a: touch u
b: incr u
a: eval return 0 1 u
a: sinter u
b: incr u
a: ttl u
b: expire u 100
a: object encoding u
b: persist u
b: swapdb 0 1
b: flushall
a: get u
b: flushdb
b: flushdb
`,
  'tells behind replies, and behind all of a transaction': `
a: client tracking on
a: mset s 1 t 2
a: mget s t
a: multi
a: incr s
a: del t
a: mget s t
a: exec
a: get k
a: get k
a: hello 2
b: set k 1
a: get k
a: hello 3
b: set k 1
b: set k 2
`,
  'spares who wants no echo': `
a: client tracking on noloop
b: client tracking on bcast noloop
c: client tracking on bcast prefix k prefix s
a: mget k1 k2 s
b: mget k1 k2 s
b: mset k2 1 k1 1
a: mset k1 2 s 3
a: flushall
`,
  'reaches the other session': `
o: subscribe somewhere
a: client tracking on redirect $o
a: get k
b: set k 1
b: client tracking on redirect $c
b: get k
a: set k 2
c: subscribe somewhere
b: get k
a: set k 1
`,
};

/** Each line with all bytes its session got until it was answered; the ids of sessions replaced by their names. */
async function talk(port: number, lines: string): Promise<string[]> {
  const sessions = new Map<string, RawConnection>();
  const ids = new Map<string, string>();
  const transcript: string[] = [];
  let queueing = false;
  const say = async (who: string, ...words: readonly string[]): Promise<void> => {
    const session = sessions.get(who);
    assert.ok(session);
    const named = words.map((word) => (word.startsWith('$') ? (ids.get(word.slice(1)) ?? '') : word));
    // What came before the reply, the reply, and what came behind it.
    const replies = [session.send(...named)];
    if (words[0] === 'multi') queueing = true;
    if (words[0] === 'exec') queueing = false;
    if (!queueing) replies.push(session.send('ping', 'that is all'));
    let text = '';
    while (replies.length > 0 || !(queueing || text.includes('that is all'))) {
      text += (await (replies.shift() ?? session.next())).toString('latin1');
    }
    if (words[0] === 'client')
      for (const [name, id] of ids) text = text.replace(`:${id}\r\n`, `:${name}\r\n`);
    // HELLO tells the version.
    if (words[0] !== 'hello') transcript.push(`${who}: ${words.join(' ')} -> ${JSON.stringify(text)}`);
  };
  for (const name of ['a', 'b', 'c', 'o']) {
    const session = await RawConnection.open(port);
    sessions.set(name, session);
    ids.set(name, (await session.send('client', 'id')).toString('latin1').slice(1, -2));
    if (name !== 'o') await session.send('hello', 3);
  }
  await sessions.get('a')?.send('flushall');
  for (const line of lines.trim().split('\n')) {
    const [who = '', ...words] = line.split(/:? /);
    await say(who, ...words);
  }
  for (const [name, session] of sessions) {
    await say(name, 'ping');
    session.close();
  }
  return transcript;
}

describe('tracking, byte for byte', needsRedisServer, () => {
  let ours: OurServer;
  let theirs: RedisServer;

  before(async () => {
    [ours, theirs] = await Promise.all([OurServer.start(OURS), RedisServer.start(THEIRS)]);
  });

  after(async () => {
    ours.stop();
    await theirs.stop();
  });

  for (const [name, lines] of Object.entries(CONVERSATIONS)) {
    it(name, async () => {
      const [we, they] = await Promise.all([talk(OURS, lines), talk(THEIRS, lines)]);
      assert.deepEqual(we, they);
    });
  }
});
