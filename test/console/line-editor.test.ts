import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { History } from '../../extension/console/history.ts';
import { KeyReader } from '../../extension/console/keys.ts';
import { LineEditor } from '../../extension/console/line-editor.ts';

const LEFT = '\x1b[D';
const UP = '\x1b[A';
const DOWN = '\x1b[B';
const CTRL = (letter: string): string => String.fromCharCode(letter.charCodeAt(0) - 0x60);

/** What windows share, and who hears of what is written. */
function storeOf(lines: readonly string[], written = (_lines: readonly string[]): void => {}) {
  let kept = lines;
  return {
    read: () => kept,
    write: (now: readonly string[]) => {
      kept = now;
      written(now);
    },
  };
}

/** An editor, and what it shows after keys were pressed: `|` stands for the cursor. */
function editor(lines: readonly string[] = [], names: readonly string[] = []) {
  const history = new History(storeOf(lines));
  const edited = new LineEditor(history, (line) => names.filter((name) => name.startsWith(line)));
  const reader = new KeyReader();
  return {
    history,
    edited,
    press(...inputs: string[]): string {
      for (const input of inputs) for (const key of reader.read(input)) edited.handle(key);
      return `${edited.text.slice(0, edited.cursor)}|${edited.text.slice(edited.cursor)}`;
    },
  };
}

describe('editing a line', () => {
  it('inserts where the cursor is', () => {
    assert.equal(editor().press('get ky', LEFT, 'e'), 'get ke|y');
  });

  it('moves over and deletes characters as a reader counts them', () => {
    const { press } = editor();
    assert.equal(press('a你👍🏽é'), 'a你👍🏽é|');
    assert.equal(press(LEFT, LEFT), 'a你|👍🏽é');
    assert.equal(press('\x7f'), 'a|👍🏽é');
    assert.equal(press('\x1b[3~'), 'a|é');
  });

  it('knows the keys of Emacs', () => {
    const { press } = editor();
    assert.equal(press('set foo bar', CTRL('a')), '|set foo bar');
    assert.equal(press(CTRL('f'), CTRL('f'), CTRL('b')), 's|et foo bar');
    assert.equal(press(CTRL('e'), CTRL('w')), 'set foo |');
    assert.equal(press('\x1bb', '\x1bb', CTRL('k')), '|');
    assert.equal(press('abc', CTRL('t')), 'acb|');
    assert.equal(press(LEFT, CTRL('u')), '|b');
    assert.equal(press(CTRL('d')), '|');
  });

  it('jumps over words', () => {
    const { press } = editor();
    assert.equal(press('set  foo bar', '\x1b[1;5D'), 'set  foo |bar');
    assert.equal(press('\x1b[1;5D', '\x1b[1;5D'), '|set  foo bar');
    assert.equal(press('\x1b[1;5C', '\x1b[1;5C'), 'set  foo| bar');
  });

  it('tells what a key asks for that is not editing', () => {
    const { edited } = editor();
    assert.equal(edited.handle({ name: 'enter' }), 'accept');
    assert.equal(edited.handle({ name: 'interrupt' }), 'interrupt');
    assert.equal(edited.handle({ name: 'end-of-input' }), 'end-of-input');
    assert.equal(edited.handle({ name: 'backspace' }), 'bell');
  });
});

describe('history', () => {
  it('goes back and forth and returns to what was being typed', () => {
    const { press } = editor(['ping', 'get a']);
    assert.equal(press('se', UP), 'get a|');
    assert.equal(press(UP), 'ping|');
    assert.equal(press(UP), 'ping|');
    assert.equal(press(DOWN), 'get a|');
    assert.equal(press(DOWN), 'se|');
    assert.equal(press(DOWN), 'se|');
  });

  it('keeps a line once that was entered twice in a row, and no more lines than it may', () => {
    const kept: string[] = [];
    const store = storeOf([], (lines) => kept.push(lines.join()));
    const history = new History(store, 2);
    for (const line of ['a', 'b', 'b', '  ', 'c']) history.add(line);
    assert.deepEqual(history.lines, ['b', 'c']);
    // Each line at once, for nobody knows when a window closes.
    assert.deepEqual([...new Set(kept)], ['a', 'a,b', 'b,c']);
    assert.deepEqual(new History(storeOf(['a', 'b']), 0).lines, []);
  });

  it('is kept together with that of other windows, of which each shows its own', () => {
    const store = storeOf(['old']);
    const [one, other] = [new History(store, 4), new History(store, 4)];
    one.add('get a');
    other.add('get b');
    other.add('get c');
    one.add('get d');
    assert.deepEqual(one.lines, ['old', 'get a', 'get d']);
    assert.deepEqual(other.lines, ['old', 'get b', 'get c']);
    assert.deepEqual(new History(store, 4).lines, ['get a', 'get b', 'get c', 'get d']);
  });

  it('is searched backwards as one types', () => {
    const { press, edited } = editor(['set foo 1', 'get foo', 'set bar 2']);
    assert.equal(press(CTRL('r'), 'foo'), 'get foo|');
    assert.equal(edited.query, 'foo');
    assert.equal(press(CTRL('r')), 'set foo 1|');
    assert.equal(press(LEFT), 'set foo |1');
    assert.equal(edited.query, undefined);
  });

  it('search gives the line back when it is left by Escape', () => {
    const { press } = editor(['get foo']);
    assert.equal(press('draft', CTRL('r'), 'foo', '\x1b'), 'draft|');
  });
});

describe('completion', () => {
  it('offers one name after the other, then what was typed', () => {
    const { press } = editor([], ['get', 'getex', 'set']);
    assert.equal(press('ge', '\t'), 'get|');
    assert.equal(press('\t'), 'getex|');
    assert.equal(press('\t'), 'ge|');
    assert.equal(press('\t', ' k'), 'get k|');
    assert.equal(press('\t'), 'get k|');
  });

  it('is taken back by Escape', () => {
    assert.equal(editor([], ['getex']).press('ge', '\t', '\x1b'), 'ge|');
  });
});
