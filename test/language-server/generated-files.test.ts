/** Every feature on files as the conformance generator makes them: nothing throws, nothing points outside of the file. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Range } from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { generateFile } from '../conformance/conf-files/generate.ts';
import { sweepFile } from '../conformance/conf-files/sweeps.ts';
import { SeededRandom } from '../redis/seeded-random.ts';
import { conf, service } from './service-under-test.ts';

const SEED = 3;
const FILES = 400;
const files = Array.from({ length: FILES }, (_, index) =>
  (index % 2 === 0 ? generateFile : sweepFile)(SEED, index, 'r7.0'),
);
const language = service({ exists: () => true, settings: { target: 'redis-7.0' } });

function isInside(range: Range, text: TextDocument): boolean {
  const valid = (place: Range['start']): boolean => {
    const back = text.positionAt(text.offsetAt(place));
    return back.line === place.line && back.character === place.character;
  };
  return valid(range.start) && valid(range.end) && text.offsetAt(range.start) <= text.offsetAt(range.end);
}

test('every place that any feature names is in the file', () => {
  for (const { id, text: content } of files) {
    const text = conf(content);
    const ranges = [
      ...language.diagnose(text).map(({ range }) => range),
      ...language.symbols(text).map(({ range }) => range),
      ...language.links(text).map(({ range }) => range),
      ...language.format(text).map(({ range }) => range),
      ...language.lenses(text).map(({ range }) => range),
    ];
    for (const range of ranges) assert.ok(isInside(range, text), `${id}: ${JSON.stringify(range)}`);
    const lines = text.lineCount;
    for (const { startLine, endLine } of language.folds(text))
      assert.ok(startLine < endLine && endLine < lines, id);
    assert.equal(language.semanticTokens(text).length % 5, 0, id);
  }
});

test('formatting keeps the verdict of every file, and formatting again changes nothing', () => {
  const errors = (text: TextDocument): unknown[] =>
    language.diagnose(text).flatMap(({ code, severity }) => (severity === 1 ? [code] : []));
  for (const { id, text: content } of files) {
    const text = conf(content);
    const once = conf(TextDocument.applyEdits(text, language.format(text)));
    assert.deepEqual(errors(once), errors(text), id);
    assert.equal(TextDocument.applyEdits(once, language.format(once)), once.getText(), id);
  }
});

test('what an edit leaves is what a fresh look at the text sees', () => {
  const random = new SeededRandom(SEED);
  for (const { id, text: content } of files.slice(0, 100)) {
    const edited = conf(content);
    language.diagnose(edited);
    const offset = random.below(content.length + 1);
    const place = edited.positionAt(offset);
    const text = random.pick(['\n', '"', ' ', '#', 'port 1\n', '\0', 'é']);
    TextDocument.update(edited, [{ range: { start: place, end: place }, text }], 2);
    assert.deepEqual(language.diagnose(edited), language.diagnose(conf(edited.getText())), id);
  }
});

test('questions about any place are answered', () => {
  const random = new SeededRandom(SEED);
  for (const { text: content } of files) {
    const text = conf(content);
    const place = text.positionAt(random.below(content.length + 1));
    language.hover(text, place);
    language.complete(text, place);
    language.signature(text, place);
    language.rename(text, place, '7001');
  }
});
