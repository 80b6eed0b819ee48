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

/** What code gives to `t(` or `translate(`: string literals, which may stand on the next line. */
function textsOf(file: string): string[] {
  const calls = read(file).matchAll(/\b(?:t|translate)\(\s*('(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")/g);
  return [...calls].map(([, literal = "''"]) => unquote(literal));
}

function unquote(literal: string): string {
  if (literal.startsWith('"')) return JSON.parse(literal);
  return JSON.parse(`"${literal.slice(1, -1).replaceAll("\\'", "'").replaceAll('"', '\\"')}"`);
}

describe("the extension's texts", () => {
  const bundle = table('extension/l10n/bundle.l10n.zh-cn.json');
  const files = [...globSync('extension/ui/*.ts', { cwd: root }), 'extension/lab/tree-model.ts'];
  const used = new Set(files.flatMap(textsOf));

  it('are found where they are written', () => {
    assert.ok(used.has('Redis Cluster Lab stopped working: {0}'), 'texts of extension/ui');
    assert.ok(used.has('Shard {0}'), 'texts of the tree');
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
    for (const file of files) assert.doesNotMatch(read(file), /\bt\(\s*`/, file);
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
