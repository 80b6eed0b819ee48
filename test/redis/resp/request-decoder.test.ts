import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesOf } from '../../../extension/redis/bytes.ts';
import { encodeCommand } from '../../../extension/redis/resp/encode-command.ts';
import { RequestDecoder, type RequestLimits } from '../../../extension/redis/resp/request-decoder.ts';

const LIMITS: RequestLimits = { maxBulkBytes: 512 * 1024 * 1024, maxHeldBytes: 2 ** 30 };

/**
 * Feeds the chunks, each in a buffer that is overwritten afterwards, as a socket's is. After each command the decoder looks
 * ahead, as a session does: what it sees there must be what comes.
 */
function decode(chunks: readonly string[], limits = LIMITS, authRequired = false) {
  let ahead: string[][] = [];
  const decoder = new RequestDecoder(limits);
  decoder.authRequired = authRequired;
  const commands: string[][] = [];
  const raw: string[] = [];
  for (const chunk of chunks) {
    const bytes = bytesOf(`##${chunk}##`);
    decoder.feed(bytes, 2, bytes.length - 2);
    while (decoder.next()) {
      const { args } = decoder;
      commands.push(args.binaries());
      const seen = ahead.shift();
      if (seen !== undefined) assert.deepEqual(args.binaries(), seen);
      const count = decoder.lookAhead();
      if (count > 0) ahead = decoder.ahead.slice(0, count).map((next) => next.binaries());
      raw.push(Buffer.from(args.bytes.slice(args.rawStart, args.rawEnd)).toString('latin1'));
    }
    bytes.fill(0x21);
  }
  return { commands, raw, decoder, error: decoder.error?.message };
}

const pipeline = [
  '*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\nv\r\nal\r\n',
  '\r\n',
  'GET k\r\n',
  '*0\r\n',
  '*-1\r\n',
  'set k "a b\\x00c"\n',
  `*2\r\n$4\r\nECHO\r\n$300\r\n${'x'.repeat(300)}\r\n`,
  '*2\r\n$4\r\nECHO\r\n$0\r\n\r\n',
].join('');
const expected = [
  ['SET', 'k', 'v\r\nal'],
  ['GET', 'k'],
  ['set', 'k', 'a b\0c'],
  ['ECHO', 'x'.repeat(300)],
  ['ECHO', ''],
];

test('a pipeline of RESP and inline commands in one chunk', () => {
  const { commands, raw, decoder } = decode([pipeline]);
  assert.deepEqual(commands, expected);
  assert.equal(raw[0], '*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\nv\r\nal\r\n');
  assert.equal(raw[1], '*2\r\n$3\r\nGET\r\n$1\r\nk\r\n', 'an inline command has its RESP form too');
  assert.equal(decoder.consumed, pipeline.length);
});

test('the same, split in two at every byte', () => {
  for (let cut = 0; cut <= pipeline.length; cut++) {
    const { commands, decoder } = decode([pipeline.slice(0, cut), pipeline.slice(cut)]);
    assert.deepEqual(commands, expected, `cut at ${cut}`);
    assert.equal(decoder.consumed, pipeline.length);
    assert.equal(decoder.heldBytes, 0);
  }
});

test('the same, in pieces of every size', () => {
  for (let size = 1; size < 40; size++) {
    const chunks: string[] = [];
    for (let at = 0; at < pipeline.length; at += size) chunks.push(pipeline.slice(at, at + size));
    assert.deepEqual(decode(chunks).commands, expected, `pieces of ${size}`);
  }
});

test('a session that stands still keeps what it has not executed', () => {
  const decoder = new RequestDecoder(LIMITS);
  const first = bytesOf(pipeline.slice(0, 90));
  decoder.feed(first, 0, first.length);
  assert.ok(decoder.next());
  const parked = decoder.args.detach();
  decoder.keep();
  first.fill(0);
  const second = bytesOf(pipeline.slice(90));
  decoder.feed(second, 0, second.length);
  decoder.keep();
  second.fill(0);
  const commands = [parked.binaries()];
  while (decoder.next()) commands.push(decoder.args.binaries());
  assert.deepEqual(commands, expected);
});

test('looking ahead sees usual commands that are here already, takes none of them, and keep() loses none', () => {
  const usual = (i: number) => encodeCommand(['SET', `key:${i}`, 'v'.repeat(i)]).bytes.toString('latin1');
  const text = Array.from({ length: 40 }, (_, i) => usual(i)).join('');
  const names = Array.from({ length: 40 }, (_, i) => `key:${i}`);
  for (let stop = 1; stop <= 40; stop++) {
    const decoder = new RequestDecoder(LIMITS);
    const taken: string[] = [];
    const bytes = bytesOf(text);
    decoder.feed(bytes, 0, bytes.length);
    while (taken.length < stop && decoder.next()) {
      taken.push(decoder.args.binary(1));
      decoder.lookAhead();
    }
    const begun = names.slice(0, stop).reduce((sum, _, i) => sum + usual(i).length, 0);
    assert.equal(decoder.consumed, begun, 'what was only looked at does not count');
    decoder.keep();
    bytes.fill(0);
    assert.equal(decoder.heldBytes, text.length - begun);
    while (decoder.next()) {
      taken.push(decoder.args.binary(1));
      decoder.lookAhead();
    }
    assert.deepEqual(taken, names);
  }
});

test('nothing is looked at before the session has logged in: its limits may change with every command', () => {
  const decoder = new RequestDecoder(LIMITS);
  decoder.authRequired = true;
  const bytes = bytesOf('*1\r\n$4\r\nPING\r\n'.repeat(3));
  decoder.feed(bytes, 0, bytes.length);
  assert.ok(decoder.next());
  assert.equal(decoder.lookAhead(), 0);
});

test('who comes while another is between two commands of its pipeline takes nothing from it', () => {
  const [first, second] = [new RequestDecoder(LIMITS), new RequestDecoder(LIMITS)];
  for (const [decoder, name] of [
    [first, 'a'],
    [second, 'b'],
  ] as const) {
    const bytes = bytesOf(`*2\r\n$4\r\nECHO\r\n$1\r\n${name}\r\n`.repeat(3));
    decoder.feed(bytes, 0, bytes.length);
    assert.ok(decoder.next());
  }
  const said = (decoder: RequestDecoder) => decoder.next() && decoder.args.binary(1);
  assert.equal(first.lookAhead(), 2);
  assert.equal(said(first), 'a');
  assert.equal(second.lookAhead(), 0);
  assert.equal(said(second), 'b');
  assert.equal(said(first), 'a');
  assert.equal(first.hasAhead, false);
  assert.equal(second.lookAhead(), 0, 'the last one is being executed');
  assert.equal(first.args.binary(1), 'a');
  assert.equal(said(first), false);
  assert.equal(second.lookAhead(), 1);
  assert.equal(said(second), 'b');
  assert.equal(said(second), false);
});

test('many arguments, and a million-byte bulk in small chunks', () => {
  const argv = ['MSET', ...Array.from({ length: 3000 }, (_, i) => String(i)), 'y'.repeat(1_000_000)];
  const bytes = encodeCommand(argv).bytes.toString('latin1');
  const chunks: string[] = [];
  for (let at = 0; at < bytes.length; at += 4096) chunks.push(bytes.slice(at, at + 4096));
  assert.deepEqual(decode(chunks).commands, [argv]);
});

test('errors have the wording of redis-server', () => {
  const cases: [string, string][] = [
    ['*1000000000000\r\n', 'invalid multibulk length'],
    ['*abc\r\n', 'invalid multibulk length'],
    ['*01\r\n', 'invalid multibulk length'],
    ['*1\r\nfoo\r\n', "expected '$', got 'f'"],
    ['*3\r\n$3\r\nSET\r\n$1\r\nx\r\nfooz\r\n', "expected '$', got 'f'"],
    ['*1\r\n$-10\r\n', 'invalid bulk length'],
    ['*1\r\n$x\r\n', 'invalid bulk length'],
    ['*1\r\n$2000000000\r\n', 'invalid bulk length'],
    ['SET x "a\r\n', 'unbalanced quotes in request'],
    ['x'.repeat(70_000), 'too big inline request'],
    [`\0${'x'.repeat(70_000)}\n`, 'too big inline request'],
    [`*${'1'.repeat(70_000)}`, 'too big mbulk count string'],
    [`*1\r\n$${'1'.repeat(70_000)}`, 'too big bulk count string'],
  ];
  for (const [input, problem] of cases) {
    const whole = decode([`PING\r\n${input}`]);
    assert.equal(whole.error, `ERR Protocol error: ${problem}`);
    assert.deepEqual(whole.commands, [['PING']], 'what came before is executed');
    const pieces = input.match(input.length < 100 ? /./gs : /.{1,1000}/gs) ?? [];
    assert.equal(decode(pieces).error, `ERR Protocol error: ${problem}`, 'in pieces');
  }
});

test('before AUTH only small requests are read', () => {
  const decodeUnauthenticated = (chunk: string) => decode([chunk], LIMITS, true);
  assert.match(decodeUnauthenticated('*11\r\n').error ?? '', /unauthenticated multibulk length/);
  assert.match(
    decodeUnauthenticated('*2\r\n$4\r\nAUTH\r\n$16385\r\n').error ?? '',
    /unauthenticated bulk length/,
  );
  assert.deepEqual(decodeUnauthenticated('*2\r\n$4\r\nAUTH\r\n$1\r\nx\r\n').commands, [['AUTH', 'x']]);
});

test('an unfinished command beyond client-query-buffer-limit is given up', () => {
  const { decoder } = decode(['*2\r\n$4\r\nECHO\r\n$900\r\n', 'x'.repeat(500), 'x'.repeat(100)], {
    ...LIMITS,
    maxHeldBytes: 512,
  });
  assert.ok(decoder.overflowed);
});
