import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';

const MODULE = path.resolve(import.meta.dirname, '../../extension/lab/code-cache.ts');

describe('compiled code', () => {
  let folder: string;
  let bundle: string;

  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'code-cache-'));
    bundle = path.join(folder, 'bundle.cjs');
    write('one');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function write(word: string): void {
    writeFileSync(bundle, `exports.say = () => '${word} from ' + require('node:path').basename(__filename);`);
  }

  /** What a process says that loads the bundle, calls it, and keeps what was compiled. */
  function run(env: NodeJS.ProcessEnv = { NODE_COMPILE_CACHE: path.join(folder, 'cache') }): string {
    const script = `
      import { loadBundle, keepCompiled } from ${JSON.stringify(MODULE)};
      process.stdout.write(loadBundle(${JSON.stringify(bundle)}).say());
      keepCompiled();`;
    const { NODE_COMPILE_CACHE: _, ...rest } = process.env;
    const args = ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', script];
    return execFileSync(process.execPath, args, { encoding: 'utf8', env: { ...rest, ...env } });
  }

  function kept(): string[] {
    const files = readdirSync(path.join(folder, 'cache'), { recursive: true, encoding: 'utf8' });
    return files
      .filter((file) => path.basename(file).startsWith('bundle.cjs-'))
      .map((file) => path.join(folder, 'cache', file));
  }

  it('is kept by the first run, and left alone by the next', () => {
    assert.equal(run(), 'one from bundle.cjs');
    const [file = ''] = kept();
    assert.match(readFileSync(file, 'latin1'), /^exports\.say/);
    const before = statSync(file);
    assert.equal(run(), 'one from bundle.cjs');
    assert.deepEqual(kept(), [file]);
    assert.equal(statSync(file).ino, before.ino);
  });

  it('is never that of another source of the same length', () => {
    run();
    write('two');
    assert.equal(run(), 'two from bundle.cjs');
    assert.equal(run(), 'two from bundle.cjs');
  });

  it('is made anew when the file is damaged', () => {
    run();
    const [file = ''] = kept();
    const { size } = statSync(file);
    for (const length of [0, 10, size - 10]) {
      truncateSync(file, length);
      assert.equal(run(), 'one from bundle.cjs');
      assert.ok(statSync(file).size > length);
    }
  });

  it('is not kept where Node keeps none', () => {
    assert.equal(run({}), 'one from bundle.cjs');
    assert.deepEqual(readdirSync(folder), ['bundle.cjs']);
  });
});
