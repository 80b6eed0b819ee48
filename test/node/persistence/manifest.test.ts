import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  ManifestError,
  manifestText,
  NO_FILES,
  parseManifest,
  withNewBase,
  withNewIncrement,
  withoutRewritten,
} from '../../../extension/node/persistence/manifest.ts';

const TEXT =
  'file appendonly.aof.2.base.rdb seq 2 type b\n' +
  'file appendonly.aof.1.incr.aof seq 1 type h\n' +
  'file appendonly.aof.2.incr.aof seq 2 type i\n' +
  'file appendonly.aof.3.incr.aof seq 3 type i\n';

describe('the manifest of an append-only file', () => {
  it('is written as it was read', () => {
    const manifest = parseManifest(TEXT);
    assert.equal(manifest.base?.name, 'appendonly.aof.2.base.rdb');
    assert.deepEqual(
      manifest.increments.map(({ sequence }) => sequence),
      [2, 3],
    );
    assert.equal(manifestText(manifest), TEXT);
  });

  it('may have comments, fields of later versions, names with blanks, and any order of fields', () => {
    const manifest = parseManifest('# hello\nTYPE b extra 1 seq 7 file "a b\\xc3\\xa9"\r\n');
    assert.deepEqual(manifest.base, { name: 'a bé', sequence: 7 });
    assert.equal(manifestText(manifest), 'file "a b\\xc3\\xa9" seq 7 type b\n');
  });

  it('may have lines of up to 1023 bytes', () => {
    const text = `# ${'x'.repeat(1021)}\nfile a seq 1 type b\n`;
    assert.equal(parseManifest(text).base?.name, 'a');
  });

  it('is refused when it makes no sense, and says where', () => {
    const cases: readonly (readonly [text: string, why: string, line?: number])[] = [
      ['', 'Found an empty AOF manifest'],
      ['file a seq 1 type b', 'The AOF manifest file contains too long line'],
      [`# ${'x'.repeat(1100)}\n`, 'The AOF manifest file contains too long line'],
      ['file a seq 1 type b\n\n', 'Invalid AOF manifest file format', 2],
      ['file a seq 1\n', 'Invalid AOF manifest file format', 1],
      ['file a seq 1 type b x\n', 'Invalid AOF manifest file format', 1],
      ['file a seq x type b\n', 'Invalid AOF manifest file format', 1],
      ['file a seq 0 type b\n', 'Invalid AOF manifest file format', 1],
      ['file a seq 1 later b\n', 'Invalid AOF manifest file format', 1],
      ['file a seq 1 type ""\n', 'Invalid AOF manifest file format', 1],
      ['later a seq 1 type b\n', 'Invalid AOF manifest file format', 1],
      ['file a later 1 type b\n', 'Invalid AOF manifest file format', 1],
      [`# ${'x'.repeat(1022)}\n`, 'The AOF manifest file contains too long line'],
      ['file "a seq 1 type b\n', 'Invalid AOF manifest file format', 1],
      ['file ../a seq 1 type b\n', "File can't be a path, just a filename", 1],
      ['file a seq 1 type b\nfile b seq 2 type b\n', 'Found duplicate base file information', 2],
      ['file a seq 2 type i\nfile b seq 2 type i\n', 'Found a non-monotonic sequence number', 2],
      ['file a seq 1 type x\n', 'Unknown AOF file type', 1],
    ];
    for (const [text, why, line] of cases) {
      assert.throws(
        () => parseManifest(text),
        (error) => error instanceof ManifestError && error.message === why && error.line?.number === line,
        text,
      );
    }
  });

  it('gives a new file no name that the history has, whose files are going to be removed', () => {
    const allHistory =
      'file a.3.base.rdb seq 3 type b\nfile a.1.incr.aof seq 1 type h\nfile a.2.incr.aof seq 2 type h\n';
    const manifest = withNewIncrement(withNewIncrement(parseManifest(allHistory), 'a'), 'a');
    assert.deepEqual(
      manifest.increments.map(({ name }) => name),
      ['a.3.incr.aof', 'a.4.incr.aof'],
    );
    const noBase = parseManifest('file a.1.base.rdb seq 1 type h\nfile a.7.incr.aof seq 7 type i\n');
    assert.equal(withNewBase(noBase, 'a', 'rdb').base?.name, 'a.2.base.rdb');
  });

  it('counts on in decimals', () => {
    const manifest = parseManifest('file a.9.base.rdb seq 9 type b\nfile a.12.incr.aof seq 12 type i\n');
    assert.match(manifestText(withNewBase(manifest, 'a', 'rdb')), /^file a\.10\.base\.rdb seq 10 type b\n/);
    assert.match(manifestText(withNewIncrement(manifest, 'a')), /file a\.13\.incr\.aof seq 13 type i\n$/);
  });

  it('moves what a rewrite replaced into the history, the newest first', () => {
    let manifest = withNewIncrement(withNewBase(NO_FILES, 'a', 'rdb'), 'a');
    manifest = withoutRewritten(withNewBase(withNewIncrement(manifest, 'a'), 'a', 'aof'), 1);
    assert.equal(
      manifestText(manifest),
      'file a.2.base.aof seq 2 type b\nfile a.1.incr.aof seq 1 type h\nfile a.1.base.rdb seq 1 type h\n' +
        'file a.2.incr.aof seq 2 type i\n',
    );
    assert.equal(manifestText(withoutRewritten(manifest, 0)).match(/type i/), null);
  });
});
