import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import zhCn from '../../extension/l10n/server.zh-cn.json' with { type: 'json' };
import { RULE_CODES } from '../../language-server/finding.ts';

const root = new URL('../../', import.meta.url);

function read(path: string): string {
  return readFileSync(new URL(path, root), 'utf8');
}

/** Every literal that is passed to a translator. */
function texts(): Set<string> {
  const found = new Set<string>();
  for (const folder of ['', 'features/', 'rules/']) {
    for (const name of readdirSync(new URL(`language-server/${folder}`, root))) {
      if (!name.endsWith('.ts')) continue;
      const source = read(`language-server/${folder}${name}`);
      for (const [, single, double] of source.matchAll(
        /\b(?:t|translate)\(\s*(?:'((?:[^'\\]|\\.)*)'|"([^"\\]*)")/g,
      )) {
        found.add((single ?? double ?? '').replace(/\\'/g, "'"));
      }
    }
  }
  return found;
}

/** The names of a union type, as it stands in the source. */
function unionIn(path: string, type: string): string[] {
  const body = new RegExp(`export type ${type} =([\\s\\S]*?);`).exec(read(path))?.[1] ?? '';
  return [...body.matchAll(/'([a-z-]+)'/g)].map(([, name = '']) => name);
}

test('every text is translated, and nothing else is', () => {
  const used = [...texts()].sort();
  assert.ok(used.length > 150);
  assert.deepEqual(Object.keys(zhCn).sort(), used);
});

test('translations keep the places of values', () => {
  const places = (text: string): string[] => [...new Set(text.match(/\{\d\}/g))].sort();
  for (const [english, chinese] of Object.entries(zhCn))
    assert.deepEqual(places(chinese), places(english), english);
});

test('every code has a page, and every page a code', () => {
  const codes = new Set<string>([
    ...RULE_CODES,
    ...unionIn('extension/redis/config/refusal.ts', 'Refusal'),
    ...unionIn('extension/redis/config/parse-conf.ts', 'ConfRefusal'),
    ...unionIn('extension/redis/config/startup.ts', 'StartupRefusal'),
  ]);
  for (const folder of ['', 'zh-cn/']) {
    const pages = pagesIn(folder);
    assert.deepEqual(pages, [...codes].sort());
    for (const page of pages)
      assert.match(
        read(`language-server/docs/${folder}${page}.md`),
        new RegExp(`^# ${page}\n\n\\*\\*`),
        page,
      );
  }
});

function pagesIn(folder: string): string[] {
  return readdirSync(new URL(`language-server/docs/${folder}`, root))
    .filter((name) => name.endsWith('.md'))
    .map((name) => name.slice(0, -'.md'.length))
    .sort();
}

test('a page in Chinese shows the same examples, and speaks Chinese', () => {
  const examples = (page: string): string[] =>
    (page.match(/^```[\s\S]*?^```$/gm) ?? []).map((block) => block.replace(/#.*$/gm, '#'));
  for (const page of pagesIn('')) {
    const chinese = read(`language-server/docs/zh-cn/${page}.md`);
    assert.deepEqual(examples(chinese), examples(read(`language-server/docs/${page}.md`)), page);
    const prose = chinese
      .replace(/^```[\s\S]*?^```$/gm, '')
      .split('\n\n')
      .slice(1);
    for (const paragraph of prose.filter((text) => text.trim() !== ''))
      assert.match(paragraph, /\p{Script=Han}/u, page);
  }
});

test('grammars and language configurations are where package.json looks for them', () => {
  const { contributes } = JSON.parse(read('package.json'));
  const paths = [
    ...contributes.grammars.map(({ path }: { path: string }) => path),
    ...contributes.languages.map(({ configuration }: { configuration: string }) => configuration),
  ].filter((path) => path?.includes('/redis-'));
  assert.equal(paths.length, 6);
  for (const path of paths) assert.doesNotThrow(() => JSON.parse(read(path)), path);
  for (const { scopeName, path } of contributes.grammars) {
    assert.equal(JSON.parse(read(path)).scopeName, scopeName);
  }
});
