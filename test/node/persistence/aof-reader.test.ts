import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AofReader, type AofStep } from '../../../extension/node/persistence/aof-reader.ts';

const SET = '*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n';
const PING = '*1\r\n$4\r\nPING\r\n';

/** What a file of `text`, fed in pieces of `size`, holds, and how it ends. */
function read(text: string, size = text.length): { commands: string[]; end: AofStep; offset: number } {
  const reader = new AofReader(0);
  const commands: string[] = [];
  const bytes = Buffer.from(text, 'latin1');
  let fed = 0;
  for (;;) {
    const last = fed >= bytes.length;
    const step = reader.next(last);
    if (step === 'command') commands.push(reader.args.binaries().join(' '));
    else if (step === 'more') {
      reader.feed(bytes, fed, Math.min(fed + size, bytes.length));
      fed += size;
    } else return { commands, end: step, offset: reader.offset };
  }
}

describe('the reader of append-only files', () => {
  it('finds the same commands however the file comes in pieces', () => {
    const text = `#TS:1700000000\r\n${SET}${PING}#TS:1700000001\r\n${SET}`;
    for (const size of [1, 2, 3, 7, 16, text.length]) {
      const { commands, end, offset } = read(text, size);
      assert.deepEqual(commands, ['SET k v', 'PING', 'SET k v']);
      assert.equal(end, 'end');
      assert.equal(offset, text.length);
    }
  });

  it('knows a file that was cut off from one that is damaged', () => {
    for (let length = 1; length < SET.length; length++) {
      const { commands, end, offset } = read(PING + SET.slice(0, length));
      assert.deepEqual(commands, ['PING']);
      assert.equal(end, 'short', `cut after ${length} bytes`);
      assert.equal(offset, PING.length);
    }
    for (const damaged of [
      '!!!',
      'SET k v\r\n',
      '*0\r\n',
      '*x\r\n',
      '*-1\r\n',
      '*1\r\n:4\r\n',
      '*1\r\n$-1\r\n',
    ]) {
      const { commands, end } = read(PING + damaged + SET);
      assert.deepEqual(commands, ['PING']);
      assert.equal(end, 'corrupt', JSON.stringify(damaged));
    }
    // What no command begins with is not cut off, though the file ends within its line.
    for (const damaged of ['!', '*x', '*0', '*1\r\n:', '*1\r\n$-1']) {
      assert.equal(read(PING + damaged).end, 'corrupt', JSON.stringify(damaged));
    }
  });

  it('says how many bytes a large argument lacks', () => {
    const reader = new AofReader(0);
    const start = Buffer.from('*2\r\n$4\r\nECHO\r\n$1000000\r\nx');
    reader.feed(start, 0, start.length);
    assert.equal(reader.next(false), 'more');
    assert.equal(reader.missing, 1_000_001);
  });
});
