import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { describe, it } from 'node:test';
import { renderRaw, renderReply } from '../../extension/console/render.ts';
import { ReplyDecoder, type RespValue } from '../../extension/redis/resp/reply-decoder.ts';

function decode(resp: string): RespValue {
  const replies: RespValue[] = [];
  new ReplyDecoder((reply) => replies.push(reply)).feed(Buffer.from(resp.replaceAll('\n', '\r\n')));
  const [reply] = replies;
  assert.ok(reply);
  return reply;
}

const shown = (resp: string, utf8 = false): string => renderReply(decode(resp), { utf8 });

describe('replies of RESP2', () => {
  it('are told apart by what stands before them', () => {
    assert.equal(shown('+OK\n'), 'OK\n');
    assert.equal(shown(':42\n'), '(integer) 42\n');
    assert.equal(shown(':9223372036854775807\n'), '(integer) 9223372036854775807\n');
    assert.equal(shown('$-1\n'), '(nil)\n');
    assert.equal(shown('*-1\n'), '(nil)\n');
    assert.equal(shown('*0\n'), '(empty array)\n');
    assert.equal(shown('-ERR no such key\n'), '(error) ERR no such key\n');
    assert.equal(shown('$5\na"b\\c\n'), '"a\\"b\\\\c"\n');
  });

  it('nest with indented numbers', () => {
    assert.equal(
      shown('*3\n:1\n*2\n$1\na\n$1\nb\n*0\n'),
      '1) (integer) 1\n2) 1) "a"\n   2) "b"\n3) (empty array)\n',
    );
    assert.equal(shown('*1\n*1\n$1\na\n'), '1) 1) "a"\n');
  });

  it('align numbers of different length', () => {
    const rows = shown(`*10\n${':7\n'.repeat(10)}`).split('\n');
    assert.equal(rows[0], ' 1) (integer) 7');
    assert.equal(rows[9], '10) (integer) 7');
  });
});

describe('replies of RESP3', () => {
  it('show their types', () => {
    assert.equal(shown('_\n'), '(nil)\n');
    assert.equal(shown('#t\n'), '(true)\n');
    assert.equal(shown('#f\n'), '(false)\n');
    assert.equal(shown(',3.25\n'), '(double) 3.25\n');
    assert.equal(shown(',inf\n'), '(double) inf\n');
    assert.equal(shown('=8\ntxt:some\n'), 'some\n');
    assert.equal(shown('~2\n$1\na\n$1\nb\n'), '1~ "a"\n2~ "b"\n');
    assert.equal(shown('%2\n+a\n:1\n+b\n:2\n'), '1# a => (integer) 1\n2# b => (integer) 2\n');
    assert.equal(shown('%0\n'), '(empty hash)\n');
    assert.equal(shown('~0\n'), '(empty set)\n');
  });

  it('put a value of many rows below its key', () => {
    assert.equal(shown('%1\n+k\n*2\n:1\n:2\n'), '1# k => \n   1) (integer) 1\n   2) (integer) 2\n');
    assert.equal(shown('%1\n+k\n~1\n+v\n'), '1# k => 1~ v\n');
  });

  it('name the keys of an invalidation', () => {
    assert.equal(shown('>2\n$10\ninvalidate\n*2\n$1\na\n$1\nb\n'), "-> invalidate: 'a', 'b'\n");
  });
});

describe('bytes', () => {
  it('are written as redis-cli writes them', () => {
    assert.equal(shown('$6\n你好\n'), '"\\xe4\\xbd\\xa0\\xe5\\xa5\\xbd"\n');
    assert.equal(shown('$2\n\t\x01\n'), '"\\t\\x01"\n');
  });

  it('are text again where they are UTF-8, if wanted', () => {
    assert.equal(shown('$8\n你"好\x07\n', true), '"你\\"好\\a"\n');
  });

  it('never drive the terminal', () => {
    assert.equal(shown('+a\x1b[2Jb\n'), 'a\\x1b[2Jb\n');
    assert.equal(renderRaw(decode('$4\na\n\x1b\n'), { utf8: false }), 'a\r\n\\x1b\n');
  });
});
