import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cellPosition, cellWidth } from '../../extension/console/cell-width.ts';
import { PromptLine } from '../../extension/console/prompt-line.ts';
import { Screen } from './screen.ts';

describe('cells', () => {
  it('counts two for East Asian letters and emoji, none for marks', () => {
    assert.equal(cellWidth('abc'), 3);
    assert.equal(cellWidth('键值'), 4);
    assert.equal(cellWidth('e\u0301'), 1);
    assert.equal(cellWidth('👍'), 2);
  });

  it('moves a wide letter that does not fit to the next row', () => {
    assert.deepEqual(cellPosition('abc键', 4), { row: 1, column: 2 });
    assert.deepEqual(cellPosition('abcd', 4), { row: 1, column: 0 });
  });
});

describe('the prompt', () => {
  const drawing = (text: string, cursor = text.length, hint = '') => ({ prompt: '> ', text, cursor, hint });

  it('is drawn over what was drawn before', () => {
    const screen = new Screen(10);
    const line = new PromptLine(10);
    for (const text of ['abc', 'abcdefghijklm', 'ab']) screen.write(line.draw(drawing(text)));
    assert.equal(screen.text, '> ab');
    assert.deepEqual(screen.cursor, { row: 0, column: 4 });
  });

  it('puts the cursor into the row it belongs to', () => {
    const screen = new Screen(10);
    const line = new PromptLine(10);
    screen.write(line.draw(drawing('abcdefghijklmnop', 3)));
    assert.deepEqual(screen.rows, ['> abcdefgh', 'ijklmnop']);
    assert.deepEqual(screen.cursor, { row: 0, column: 5 });
    screen.write(line.draw(drawing('abcdefghijklmnop', 9)));
    assert.deepEqual(screen.cursor, { row: 1, column: 1 });
    screen.write(line.leave());
    assert.deepEqual(screen.cursor, { row: 2, column: 0 });
  });

  it('goes to a new row when the last cell is filled', () => {
    const screen = new Screen(10);
    const line = new PromptLine(10);
    screen.write(line.draw(drawing('abcdefgh')));
    assert.deepEqual(screen.cursor, { row: 1, column: 0 });
    screen.write(line.draw(drawing('abcdefgh', 0)));
    assert.deepEqual(screen.cursor, { row: 0, column: 2 });
    assert.equal(screen.text, '> abcdefgh');
  });

  it('cuts a hint that has no room', () => {
    const screen = new Screen(10);
    screen.write(new PromptLine(10).draw(drawing('get', 3, ' key value')));
    assert.equal(screen.text, '> get key');
    assert.deepEqual(screen.cursor, { row: 0, column: 5 });
  });

  it('leaves nothing behind when erased', () => {
    const screen = new Screen(10);
    const line = new PromptLine(10);
    screen.write(line.draw(drawing('abcdefghijklm')));
    screen.write(`${line.erase()}out`);
    assert.equal(screen.text, 'out');
  });
});
