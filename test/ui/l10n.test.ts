/** Every text that a user sees has its Chinese, with the same places to fill in. */
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';

const root = path.resolve(import.meta.dirname, '../..');

function read(file: string): string {
  return readFileSync(path.join(root, file), 'utf8');
}

function table(file: string): Record<string, string> {
  return JSON.parse(read(file));
}

/** The places in a text, in the order of their numbers. */
function places(text: string): string[] {
  return [...new Set(text.match(/\{\d\}/g))].sort();
}

/** What code gives to `t(`, to `translate(` and, below the user interface, to `say(` or a LabError. */
function textsOf(file: string): string[] {
  const calls = read(file).matchAll(
    /\b(?:t|translate|say|LabError)\(\s*('(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")/g,
  );
  return [...calls].map(([, literal = "''"]) => unquote(literal));
}

function unquote(literal: string): string {
  if (literal.startsWith('"')) return JSON.parse(literal);
  return JSON.parse(`"${literal.slice(1, -1).replaceAll("\\'", "'").replaceAll('"', '\\"')}"`);
}

describe("the extension's texts", () => {
  const bundle = table('extension/l10n/bundle.l10n.zh-cn.json');
  const files = globSync('extension/{ui,lab}/*.ts', { cwd: root });
  const used = new Set(files.flatMap(textsOf));

  it('are found where they are written', () => {
    assert.ok(used.has('Redis Cluster Lab stopped working: {0}'), 'texts of extension/ui');
    assert.ok(used.has('Shard {0}'), 'texts of the tree');
    assert.ok(used.has('votes for {0} in epoch {1}'), 'texts of the timeline');
    assert.ok(used.has('{0} is running already.'), 'errors of the lab');
  });

  it('are all translated', () => {
    assert.deepEqual(
      [...used].filter((text) => !(text in bundle)),
      [],
    );
  });

  it('leave no translation behind when they go', () => {
    assert.deepEqual(
      Object.keys(bundle).filter((text) => !used.has(text)),
      [],
    );
  });

  it('have the same places in both languages', () => {
    for (const [text, translation] of Object.entries(bundle))
      assert.deepEqual(places(translation), places(text), text);
  });

  it('are never put together from a template, which could not be found here', () => {
    for (const file of files) assert.doesNotMatch(read(file), /\b(?:t|say|LabError)\(\s*`/, file);
  });

  it('are what the lab throws: its errors can be put into any language', () => {
    // A thread's own mistake and what a library throws are nobody's to translate.
    const ours = globSync('extension/lab/*.ts', { cwd: root });
    for (const file of ours) assert.doesNotMatch(read(file), /throw new Error\(`/, file);
  });
});

describe("the manifest's texts", () => {
  const english = table('package.nls.json');
  const chinese = table('package.nls.zh-cn.json');
  const manifest = read('package.json');

  it('stand in both languages', () => {
    const keys = [...manifest.matchAll(/"%([^%"]+)%"/g)].map(([, key = '']) => key);
    assert.ok(keys.length > 50);
    for (const key of keys) {
      assert.ok(english[key], `English ${key}`);
      assert.ok(chinese[key], `Chinese ${key}`);
    }
    assert.deepEqual(Object.keys(english).sort(), [...new Set(keys)].sort());
    assert.deepEqual(Object.keys(chinese).sort(), Object.keys(english).sort());
  });

  it('lead to the same commands', () => {
    const commands = (text = ''): string[] => text.match(/\(command:[^)]+\)/g) ?? [];
    for (const [key, text] of Object.entries(english))
      assert.deepEqual(commands(chinese[key]), commands(text), key);
  });

  it('have walkthrough pages in both languages', () => {
    const pages = [...manifest.matchAll(/media\/walkthrough\/\w+\.md/g)].map(([page]) => page);
    assert.ok(pages.length >= 7);
    for (const page of pages) {
      assert.ok(existsSync(path.join(root, page)), page);
      assert.ok(existsSync(path.join(root, page.replace(/\.md$/, '.nls.zh-cn.md'))), page);
    }
  });
});
