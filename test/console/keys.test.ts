import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Key, KeyReader } from '../../extension/console/keys.ts';

function read(...chunks: string[]): Key[] {
  const reader = new KeyReader();
  return chunks.flatMap((chunk) => reader.read(chunk));
}

describe('keys', () => {
  it('parts text from control characters', () => {
    assert.deepEqual(read('get 键\r'), [{ name: 'text', text: 'get 键' }, { name: 'enter' }]);
    assert.deepEqual(read('a\r\nb\n'), [
      { name: 'text', text: 'a' },
      { name: 'enter' },
      { name: 'text', text: 'b' },
      { name: 'enter' },
    ]);
  });

  it('knows arrows of both cursor modes, and ignores sequences it has no use for', () => {
    assert.deepEqual(read('\x1b[A\x1bOB\x1b[15~\x1b[1;2Px'), [
      { name: 'up' },
      { name: 'down' },
      { name: 'text', text: 'x' },
    ]);
  });

  it('waits for the rest of a sequence that was cut', () => {
    assert.deepEqual(read('\x1b[', '1;5', 'C'), [{ name: 'word-right' }]);
  });

  it('takes a lone escape for the key', () => {
    assert.deepEqual(read('\x1b', 'a'), [{ name: 'escape' }, { name: 'text', text: 'a' }]);
  });

  it('hands over pasted text as one key, however it is cut', () => {
    const pasted = [{ name: 'paste', text: 'set a 1\nget a\n' }, { name: 'enter' }];
    assert.deepEqual(read('\x1b[200~set a 1\r\nget a\r\x1b[201~\r'), pasted);
    assert.deepEqual(read('\x1b[20', '0~set a 1\r\n', 'get a\r\x1b[2', '01~\r'), pasted);
  });

  it('takes control characters out of pasted text', () => {
    assert.deepEqual(read('\x1b[200~a\x1b[31m\x00b\tc\x1b[201~'), [{ name: 'paste', text: 'a[31mb\tc' }]);
  });
});
