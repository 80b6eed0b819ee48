/**
 * Streams, where a comparison with redis-server 7.0 does not reach: ids that the clock makes, times, and what 7.2 does
 * differently. Everything else about these commands is in test/conformance/differential.test.ts.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Command, command, READONLY, WRITE } from '../../../extension/redis/commands/command.ts';
import { allCommands } from '../../../extension/redis/commands/index.ts';
import { NO_KEYS } from '../../../extension/redis/commands/key-spec.ts';
import { readStreams } from '../../../extension/redis/commands/stream-reading.ts';
import { StoreSession } from './store-session.ts';

const LARGEST = '18446744073709551615';

/** Reads that find nothing and do not wait. */
const reads: readonly Command[] = [
  command('xread', -4, READONLY, NO_KEYS, (call) => {
    if (readStreams(call, false) !== undefined) call.reply.nullArray();
  }),
  command('xreadgroup', -7, WRITE, NO_KEYS, (call) => {
    if (readStreams(call, true) !== undefined) call.reply.nullArray();
  }),
];

const session = () => new StoreSession([allCommands, reads]);

/** A stream with a group `g` and entries 1-0, 2-0, … */
function withGroup(entries: number): StoreSession {
  const redis = session();
  redis.run('XGROUP', 'CREATE', 's', 'g', 0, 'MKSTREAM');
  for (let n = 1; n <= entries; n++) redis.run('XADD', 's', `${n}-0`, 'n', n);
  return redis;
}

describe('ids of new entries', () => {
  it('are the time, and count on where time stands still or went back', () => {
    const redis = session();
    redis.now = 5000;
    assert.equal(redis.run('XADD', 's', '*', 'f', 'v'), '5000-0');
    assert.equal(redis.run('XADD', 's', '*', 'f', 'v'), '5000-1');
    redis.now = 4000;
    assert.equal(redis.run('XADD', 's', '*', 'f', 'v'), '5000-2');
    redis.now = 6000;
    assert.equal(redis.run('XADD', 's', '*', 'f', 'v'), '6000-0');
  });

  it('go up to the largest number of 64 bits, and no further', () => {
    const redis = session();
    redis.run('XADD', 's', `7-${LARGEST}`, 'f', 'v');
    redis.now = 7;
    assert.equal(redis.run('XADD', 's', '*', 'f', 'v'), '8-0');
    assert.equal(redis.run('XADD', 's', `${LARGEST}-5`, 'f', 'v'), `${LARGEST}-5`);
    assert.equal(redis.run('XADD', 's', `${LARGEST}-*`, 'f', 'v'), `${LARGEST}-6`);
    redis.run('XADD', 's', `${LARGEST}-${LARGEST}`, 'f', 'v');
    assert.match(redis.run('XADD', 's', '*', 'f', 'v'), /exhausted the last possible ID/);
    assert.equal(redis.run('XRANGE', 's', `(${LARGEST}-5`, '+', 'COUNT', 1), `[[${LARGEST}-6 [f v]]]`);
    assert.equal(redis.run('XREVRANGE', 's', '(8-0', '-'), `[[7-${LARGEST} [f v]]]`);
  });

  it('are told to replicas, who cannot know them', () => {
    const redis = session();
    redis.now = 5000;
    redis.run('XADD', 's', '*', 'f', 'v');
    assert.deepEqual(redis.replicated, [['XADD', 's', '5000-0', 'f', 'v']]);
    redis.run('XADD', 's', '5000-*', 'f', 'v');
    assert.deepEqual(redis.replicated, [['XADD', 's', '5000-1', 'f', 'v']]);
  });
});

describe('trimming', () => {
  it('is approximate by whole blocks, and replicas are told what came of it', () => {
    const redis = session();
    for (let n = 1; n <= 250; n++) redis.run('XADD', 's', `${n}`, 'f', 'v');
    assert.equal(redis.run('XTRIM', 's', 'MAXLEN', '~', 120), ':100');
    assert.deepEqual(redis.replicated, [['XTRIM', 's', 'MAXLEN', '=', '150']]);
    assert.equal(redis.run('XTRIM', 's', 'MINID', '~', 220), ':100');
    assert.deepEqual(redis.replicated, [['XTRIM', 's', 'MINID', '=', '201-0']]);
  });

  it('by a primary is not limited a second time', () => {
    const redis = session();
    for (let n = 1; n <= 5; n++) redis.run('XADD', 's', `${n}`, 'f', 'v');
    assert.match(
      redis.run('XADD', 's', 'MAXLEN', '=', 3, 'LIMIT', 1, '6', 'f', 'v'),
      /^-ERR syntax error, LIMIT/,
    );
    redis.replayed = true;
    assert.equal(redis.run('XADD', 's', 'MAXLEN', '=', 3, 'LIMIT', 1, '6', 'f', 'v'), '6-0');
    assert.equal(redis.run('XLEN', 's'), ':3');
  });
});

describe('reading in a group', () => {
  it('gives each entry to one consumer, and replicas know whose it is', () => {
    const redis = withGroup(3);
    assert.equal(
      redis.run('XREADGROUP', 'GROUP', 'g', 'alice', 'COUNT', 2, 'STREAMS', 's', '>'),
      '[[s [[1-0 [n 1]] [2-0 [n 2]]]]]',
    );
    const claim = (id: string) =>
      `XCLAIM s g alice 0 ${id} TIME 1700000000000 RETRYCOUNT 1 FORCE JUSTID LASTID ${id}`.split(' ');
    assert.deepEqual(redis.replicated, [claim('1-0'), claim('2-0')]);
    assert.equal(redis.run('XREADGROUP', 'GROUP', 'g', 'bob', 'STREAMS', 's', '>'), '[[s [[3-0 [n 3]]]]]');
    assert.equal(redis.run('XREADGROUP', 'GROUP', 'g', 'bob', 'STREAMS', 's', '>'), 'nil-array');
    assert.equal(redis.run('XPENDING', 's', 'g'), '[:3 1-0 3-0 [[alice 2] [bob 1]]]');
  });

  it('without acknowledgement tells replicas how far the group is', () => {
    const redis = withGroup(2);
    redis.run('XREADGROUP', 'GROUP', 'g', 'alice', 'NOACK', 'STREAMS', 's', '>');
    assert.deepEqual(redis.replicated, [
      ['XGROUP', 'CREATECONSUMER', 's', 'g', 'alice'],
      ['XGROUP', 'SETID', 's', 'g', '2-0', 'ENTRIESREAD', '2'],
    ]);
    assert.equal(redis.run('XPENDING', 's', 'g'), '[:0 nil nil nil-array]');
  });

  it('again gives what is pending, with nothing for what was deleted, and is not replicated', () => {
    const redis = withGroup(2);
    redis.run('XREADGROUP', 'GROUP', 'g', 'alice', 'STREAMS', 's', '>');
    redis.run('XDEL', 's', '1-0');
    assert.equal(
      redis.run('XREADGROUP', 'GROUP', 'g', 'alice', 'STREAMS', 's', 0),
      '[[s [[1-0 nil-array] [2-0 [n 2]]]]]',
    );
    assert.deepEqual(redis.replicated, []);
    assert.equal(redis.run('XPENDING', 's', 'g', '2', '+', 5), '[[2-0 alice :0 :2]]');
  });

  it('knows when a consumer came and when it last got something', () => {
    const redis = withGroup(1);
    redis.now = 10_000;
    redis.run('XREADGROUP', 'GROUP', 'g', 'alice', 'STREAMS', 's', '>');
    redis.now = 12_000;
    redis.run('XREADGROUP', 'GROUP', 'g', 'alice', 'STREAMS', 's', '>');
    redis.run('XREADGROUP', 'GROUP', 'g', 'bob', 'STREAMS', 's', '>');
    redis.now = 15_000;
    assert.equal(
      redis.run('XINFO', 'CONSUMERS', 's', 'g'),
      '[[name alice pending :1 idle :3000 inactive :5000] [name bob pending :0 idle :3000 inactive :-1]]',
    );
    assert.match(
      redis.run('XINFO', 'STREAM', 's', 'FULL'),
      /consumers \[\[name alice seen-time :12000 active-time :10000 pel-count :1 pending \[\[1-0 :10000 :1\]\]\]/,
    );
  });

  it('counts how far behind it is as long as that can be told', () => {
    const redis = withGroup(5);
    const progress = () =>
      / entries-read (\S+) lag ([^\s\]]+)/.exec(redis.run('XINFO', 'GROUPS', 's'))?.slice(1);
    redis.run('XREADGROUP', 'GROUP', 'g', 'alice', 'COUNT', 2, 'STREAMS', 's', '>');
    assert.deepEqual(progress(), [':2', ':3']);
    redis.run('XDEL', 's', '4');
    assert.deepEqual(progress(), [':2', 'nil'], 'an entry ahead is gone');
    redis.run('XREADGROUP', 'GROUP', 'g', 'alice', 'STREAMS', 's', '>');
    assert.deepEqual(progress(), [':5', ':0']);
    redis.run('XGROUP', 'SETID', 's', 'g', '3');
    assert.deepEqual(progress(), ['nil', 'nil'], 'somebody has moved it');
  });
});

describe('claiming', () => {
  it('makes the consumer, even when there is nothing to claim', () => {
    const redis = withGroup(1);
    assert.equal(redis.run('XCLAIM', 's', 'g', 'carol', 0, '1-0'), '[]');
    assert.deepEqual(redis.events, [['xgroup-createconsumer', 's']]);
    assert.equal(redis.run('XAUTOCLAIM', 's', 'g', 'dave', 0, 0), '[0-0 [] []]');
    assert.match(redis.run('XINFO', 'GROUPS', 's'), /consumers :2/);
  });

  it('goes on behind a cursor, and clears what was deleted', () => {
    const redis = withGroup(4);
    redis.run('XREADGROUP', 'GROUP', 'g', 'alice', 'STREAMS', 's', '>');
    redis.run('XDEL', 's', '2-0');
    redis.now += 60_000;
    assert.equal(redis.run('XAUTOCLAIM', 's', 'g', 'bob', 60_001, '-'), '[0-0 [] [2-0]]');
    assert.equal(
      redis.run('XAUTOCLAIM', 's', 'g', 'bob', 60_000, '-', 'COUNT', 2),
      '[4-0 [[1-0 [n 1]] [3-0 [n 3]]] []]',
    );
    assert.equal(redis.run('XAUTOCLAIM', 's', 'g', 'bob', 60_000, '4-0', 'JUSTID'), '[0-0 [4-0] []]');
    assert.equal(
      redis.run('XPENDING', 's', 'g', '-', '+', 9, 'bob'),
      '[[1-0 bob :0 :2] [3-0 bob :0 :2] [4-0 bob :0 :1]]',
    );
  });
});

describe('a copy of a stream', () => {
  it('has all of it, and its own', () => {
    const redis = withGroup(3);
    redis.run('XREADGROUP', 'GROUP', 'g', 'alice', 'COUNT', 2, 'STREAMS', 's', '>');
    redis.run('COPY', 's', 't');
    const before = redis.run('XINFO', 'STREAM', 't', 'FULL');
    assert.equal(before, redis.run('XINFO', 'STREAM', 's', 'FULL'));
    redis.run('XACK', 's', 'g', '1-0');
    redis.run('XDEL', 's', '2-0');
    redis.run('XADD', 's', '9-0', 'f', 'v');
    redis.run('XGROUP', 'DELCONSUMER', 's', 'g', 'alice');
    assert.equal(redis.run('XINFO', 'STREAM', 't', 'FULL'), before);
  });
});
