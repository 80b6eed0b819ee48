import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
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

const MODULE = new URL('../../extension/lab/code-cache.ts', import.meta.url).href;

describe('compiled code', () => {
  let folder: string;
  let bundle: string;

  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'code-cache-'));
    bundle = path.join(folder, 'bundle.cjs');
    write('one');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** More than is compared at a time stands before what differs. */
  function write(word: string): void {
    const room = ' '.repeat(100_000);
    writeFileSync(
      bundle,
      `${room}exports.say = () => '${word} from ' + require('node:path').basename(__filename);`,
    );
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

  function kept(cache = path.join(folder, 'cache')): string[] {
    const files = readdirSync(cache, { recursive: true, encoding: 'utf8' });
    return files
      .filter((file) => path.basename(file).startsWith('bundle.cjs-'))
      .map((file) => path.join(cache, file));
  }

  /** What makes `run` have its temporary files in a folder of their own, and that folder. */
  function temporaryFiles(): [env: NodeJS.ProcessEnv, folder: string] {
    const temporary = path.join(folder, 'temporary');
    mkdirSync(temporary);
    return [{ TMPDIR: temporary, TEMP: temporary }, temporary];
  }

  it('is kept by the first run, and left alone by the next', () => {
    assert.equal(run(), 'one from bundle.cjs');
    const [file = ''] = kept();
    assert.match(readFileSync(file, 'latin1'), /exports\.say = .*\n\}\)$/);
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

  it('is kept among the temporary files where Node keeps none', () => {
    const [env, cache] = temporaryFiles();
    for (let again = 0; again < 2; again++) assert.equal(run(env), 'one from bundle.cjs');
    assert.equal(kept(cache).length, 1);
  });

  it('is not kept when the user wants Node to keep none', () => {
    const [env, cache] = temporaryFiles();
    assert.equal(run({ ...env, NODE_DISABLE_COMPILE_CACHE: '1' }), 'one from bundle.cjs');
    assert.deepEqual(readdirSync(cache), []);
  });

  it('is neither kept nor found where others may write', { skip: process.platform === 'win32' }, () => {
    const [env, cache] = temporaryFiles();
    run(env);
    const [file = ''] = kept(cache);
    const [top = ''] = readdirSync(cache);
    chmodSync(path.join(cache, top), 0o777);
    rmSync(file);
    assert.equal(run(env), 'one from bundle.cjs');
    assert.deepEqual(kept(cache), []);
  });
});
