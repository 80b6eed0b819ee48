import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesOf } from '../../../extension/redis/bytes.ts';
import { ReplyError } from '../../../extension/redis/errors.ts';
import {
  ReplyDecoder,
  RespSyntaxError,
  type RespValue,
} from '../../../extension/redis/resp/reply-decoder.ts';
import { ReplyWriter } from '../../../extension/redis/resp/reply-writer.ts';

function written(protocol: 2 | 3, write: (reply: ReplyWriter) => void): string {
  const reply = new ReplyWriter();
  reply.protocol = protocol;
  write(reply);
  return Buffer.from(reply.take()).toString('latin1');
}

function decoded(chunks: readonly string[]): RespValue[] {
  const replies: RespValue[] = [];
  const decoder = new ReplyDecoder((reply) => replies.push(reply));
  for (const chunk of chunks) decoder.feed(bytesOf(chunk));
  return replies;
}

test('each reply in both protocols', () => {
  const cases: [(reply: ReplyWriter) => void, string, string?][] = [
    [(r) => r.ok(), '+OK\r\n'],
    [(r) => r.simple('PONG'), '+PONG\r\n'],
    [(r) => r.error(new ReplyError("ERR a\r\nb'")), "-ERR a  b'\r\n"],
    [(r) => r.integer(-120), ':-120\r\n'],
    [(r) => r.integer(9007199254740991), ':9007199254740991\r\n'],
    [(r) => r.integer(-(2n ** 63n)), ':-9223372036854775808\r\n'],
    [(r) => r.bulk(bytesOf('..abc'), 2, 5), '$3\r\nabc\r\n'],
    [(r) => r.bulk(bytesOf('z'.repeat(100))), `$100\r\n${'z'.repeat(100)}\r\n`],
    [(r) => r.binary('\xff\0'), '$2\r\n\xff\0\r\n'],
    [(r) => r.text('é'), '$2\r\n\xc3\xa9\r\n'],
    [(r) => r.null(), '$-1\r\n', '_\r\n'],
    [(r) => r.nullArray(), '*-1\r\n', '_\r\n'],
    [(r) => r.array(10), '*10\r\n'],
    [(r) => r.map(2), '*4\r\n', '%2\r\n'],
    [(r) => r.set(2), '*2\r\n', '~2\r\n'],
    [(r) => r.push(3), '*3\r\n', '>3\r\n'],
    [(r) => r.double(1.5), '$3\r\n1.5\r\n', ',1.5\r\n'],
    [(r) => r.double(Number.NEGATIVE_INFINITY), '$4\r\n-inf\r\n', ',-inf\r\n'],
    [(r) => r.boolean(true), ':1\r\n', '#t\r\n'],
    [(r) => r.boolean(false), ':0\r\n', '#f\r\n'],
    [(r) => r.verbatim('é', 'txt'), '$2\r\n\xc3\xa9\r\n', '=6\r\ntxt:\xc3\xa9\r\n'],
    [(r) => r.bigNumber(12n), '$2\r\n12\r\n', '(12\r\n'],
    [(r) => r.raw(bytesOf('+x\r\n')), '+x\r\n'],
  ];
  for (const [write, resp2, resp3] of cases) {
    assert.equal(written(2, write), resp2);
    assert.equal(written(3, write), resp3 ?? resp2);
  }
});

test('a failed handler leaves nothing behind', () => {
  const text = written(2, (reply) => {
    reply.integer(1);
    const mark = reply.mark();
    reply.array(2);
    reply.integer(2);
    reply.truncate(mark);
    reply.error(new ReplyError('ERR no'));
  });
  assert.equal(text, ':1\r\n-ERR no\r\n');
});

test('one write sends all; a buffer the connection keeps is not written to again', () => {
  const reply = new ReplyWriter();
  const sent: string[] = [];
  const kept: Uint8Array[] = [];
  const sink = (done: boolean) => ({
    write(bytes: Uint8Array, start = 0, end = bytes.length) {
      sent.push(Buffer.from(bytes.slice(start, end)).toString('latin1'));
      if (!done) kept.push(bytes);
      return done;
    },
  });
  reply.sendTo(sink(true));
  reply.ok();
  reply.binary('x'.repeat(10_000));
  reply.sendTo(sink(false));
  reply.integer(7);
  reply.sendTo(sink(true));
  assert.deepEqual(sent, [`+OK\r\n$10000\r\n${'x'.repeat(10_000)}\r\n`, ':7\r\n']);
  assert.notEqual(reply.bytes, kept[0]);
});

const stream = [
  '+OK\r\n-ERR x\r\n:12\r\n:9223372036854775807\r\n$3\r\na\r\n\r\n$-1\r\n*-1\r\n_\r\n',
  '*3\r\n:1\r\n*0\r\n*2\r\n$0\r\n\r\n+a\r\n',
  '%1\r\n+k\r\n~2\r\n#t\r\n#f\r\n>2\r\n+message\r\n,1.5\r\n,inf\r\n(123456789012345678901234567890\r\n',
  '=8\r\ntxt:text\r\n!5\r\nERR y\r\n|1\r\n+ttl\r\n:5\r\n:6\r\n*2\r\n|1\r\n+a\r\n:1\r\n:7\r\n:8\r\n',
].join('');
const values: RespValue[] = [
  { type: 'simple', value: 'OK' },
  { type: 'error', value: 'ERR x' },
  { type: 'integer', value: 12 },
  { type: 'integer', value: 9223372036854775807n },
  { type: 'bulk', value: 'a\r\n' },
  { type: 'null' },
  { type: 'null' },
  { type: 'null' },
  {
    type: 'array',
    items: [
      { type: 'integer', value: 1 },
      { type: 'array', items: [] },
      {
        type: 'array',
        items: [
          { type: 'bulk', value: '' },
          { type: 'simple', value: 'a' },
        ],
      },
    ],
  },
  {
    type: 'map',
    entries: [
      [
        { type: 'simple', value: 'k' },
        {
          type: 'set',
          items: [
            { type: 'boolean', value: true },
            { type: 'boolean', value: false },
          ],
        },
      ],
    ],
  },
  {
    type: 'push',
    items: [
      { type: 'simple', value: 'message' },
      { type: 'double', value: 1.5, text: '1.5' },
    ],
  },
  { type: 'double', value: Number.POSITIVE_INFINITY, text: 'inf' },
  { type: 'big-number', value: 123456789012345678901234567890n },
  { type: 'verbatim', format: 'txt', value: 'text' },
  { type: 'error', value: 'ERR y' },
  {
    type: 'attribute',
    entries: [
      [
        { type: 'simple', value: 'ttl' },
        { type: 'integer', value: 5 },
      ],
    ],
  },
  { type: 'integer', value: 6 },
  {
    type: 'array',
    items: [
      { type: 'integer', value: 7 },
      { type: 'integer', value: 8 },
    ],
  },
];

test('replies are read whole, split anywhere, and byte by byte', () => {
  assert.deepEqual(decoded([stream]), values);
  for (let cut = 1; cut < stream.length; cut++) {
    assert.deepEqual(decoded([stream.slice(0, cut), stream.slice(cut)]), values, `cut at ${cut}`);
  }
  assert.deepEqual(decoded([...stream]), values);
});

test('what is no RESP is refused', () => {
  assert.throws(() => decoded(['HTTP/1.1 200\r\n']), RespSyntaxError);
  assert.throws(() => decoded(['$x\r\n']), RespSyntaxError);
  assert.throws(() => decoded(['(1.5\r\n']), RespSyntaxError);
});
