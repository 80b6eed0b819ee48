/**
 * The house rules that no compiler knows: which layer may import which, where time and chance may come from, what may
 * stand at the top level, and that no file and no export is dead.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';

const root = path.resolve(import.meta.dirname, '..');
const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => file && existsSync(path.join(root, file)));
const sources = tracked.filter(
  (file) => /\.(ts|mjs)$/.test(file) && !file.startsWith('test/vscode/runtime/'),
);
const text = new Map(sources.map((file) => [file, readFileSync(path.join(root, file), 'utf8')]));

/** Static, dynamic and worker imports of relative files, resolved against the importing file. */
function importsOf(file: string): { from: string; target: string }[] {
  const found: { from: string; target: string }[] = [];
  const pattern =
    /(?:^(?:import|export)\b[^'"`;]*?\bfrom\s*|^import\s*|\bimport\(\s*|new URL\(\s*)['"]([^'"]+)['"]/gm;
  for (const [, target = ''] of (text.get(file) ?? '').matchAll(pattern)) {
    const relative = target.startsWith('.');
    found.push({ from: file, target: relative ? path.posix.join(path.posix.dirname(file), target) : target });
  }
  return found;
}

/** The folders each folder may import besides itself. First match wins, so the narrow rows stand first. */
const LAYERS: readonly (readonly [folder: string, mayImport: readonly string[]])[] = [
  ['extension/redis/slots.ts', []],
  ['extension/redis/config/', ['extension/redis/slots.ts']],
  ['extension/redis/command-docs/', []],
  ['extension/redis/lua/', ['extension/redis/bytes.ts']],
  ['extension/redis/', []],
  ['extension/node/', ['extension/redis/']],
  ['extension/worlds/', ['extension/redis/']],
  ['extension/trib/', ['extension/redis/']],
  ['extension/console/', ['extension/redis/']],
  ['extension/lab/', ['extension/redis/', 'extension/node/', 'extension/worlds/']],
  [
    'extension/cli',
    [
      'extension/redis/',
      'extension/node/',
      'extension/worlds/',
      'extension/lab/',
      'extension/trib/',
      'language-server/check-conf.ts',
      'extension/cli',
    ],
  ],
  [
    'extension/ui/',
    [
      'extension/redis/',
      'extension/lab/',
      'extension/trib/',
      'extension/console/',
      'language-server/protocol.ts',
      'media/',
    ],
  ],
  ['extension/extension.ts', ['extension/ui/', 'extension/lab/']],
  ['language-server/', ['extension/redis/', 'extension/l10n/']],
  ['media/', []],
];

describe('layers', () => {
  it('every import goes downward', () => {
    const upward: string[] = [];
    for (const file of sources) {
      const layer = LAYERS.find(([folder]) => file.startsWith(folder));
      if (!layer) continue;
      const [folder, mayImport] = layer;
      for (const { target } of importsOf(file)) {
        if (!/^(extension|language-server|media|test)\//.test(target)) continue;
        const own = target.startsWith(folder);
        if (!own && !mayImport.some((allowed) => target.startsWith(allowed)))
          upward.push(`${file} -> ${target}`);
      }
    }
    assert.deepEqual(upward, []);
  });

  it('no file imports itself by way of others, not even for a type', () => {
    const circles: string[] = [];
    const seen = new Set<string>();
    const trail: string[] = [];
    const visit = (file: string): void => {
      const at = trail.indexOf(file);
      if (at >= 0) circles.push([...trail.slice(at), file].join(' -> '));
      if (seen.has(file)) return;
      seen.add(file);
      trail.push(file);
      for (const { target } of importsOf(file)) if (text.has(target)) visit(target);
      trail.pop();
    };
    for (const file of sources) if (!file.startsWith('test/')) visit(file);
    assert.deepEqual(circles, []);
  });

  it('only extension.ts and ui/ import vscode', () => {
    const guilty = sources.filter(
      (file) =>
        /^(extension|language-server|media)\//.test(file) &&
        !/^extension\/(extension\.ts|ui\/)/.test(file) &&
        importsOf(file).some(({ target }) => target === 'vscode'),
    );
    assert.deepEqual(guilty, []);
  });

  it('redis/ and node/ know no operating system', () => {
    const allowed = new Set(['node:buffer', 'node:assert']);
    const guilty = sources
      .filter((file) => /^extension\/(redis|node)\//.test(file))
      .flatMap((file) => importsOf(file))
      .filter(({ target }) => !/^(extension|\.)/.test(target) && !allowed.has(target))
      // Hashing asks nothing of the system.
      .filter(({ from, target }) => target !== 'node:crypto' || !/\/redis\/sha\d+\.ts$/.test(from))
      .map(({ from, target }) => `${from} -> ${target}`);
    assert.deepEqual(guilty, []);
  });

  it('time and chance come from the World below it', () => {
    const guilty = sources
      .filter((file) => /^extension\/(redis|node)\//.test(file))
      .filter((file) =>
        /\bDate\.now\(|new Date\(\)|\bMath\.random\(|\basync\b(?! loading)|\bawait\b/.test(code(file)),
      );
    assert.deepEqual(guilty, []);
  });
});

/** The file without its comments and strings, so that prose may speak of what code may not use. */
function code(file: string): string {
  return (text.get(file) ?? '')
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/^\s*\/\/.*$/gm, '')
    .replace(/'(?:[^'\\\n]|\\.)*'/g, "''");
}

describe('the house', () => {
  it('has only the agreed rooms at its top level', () => {
    const rooms = new Set([
      'extension',
      'language-server',
      'media',
      'test',
      'package.json',
      'package-lock.json',
      'tsconfig.json',
      'biome.json',
      'esbuild.mjs',
      'README.md',
      'README.zh-cn.md',
      'LICENSE',
      'CHANGELOG.md',
      'ARCHITECTURE.md',
    ]);
    const others = new Set(tracked.map((file) => file.split('/')[0] ?? ''));
    const strangers = [...others].filter(
      (name) => !rooms.has(name) && !name.startsWith('.') && !/^package\.nls(\..+)?\.json$/.test(name),
    );
    assert.deepEqual(strangers, []);
  });

  it('names no file utils, helpers, misc or common', () => {
    assert.deepEqual(
      sources.filter((file) => /(^|[/-])(utils?|helpers?|misc|common)\.(ts|mjs)$/.test(file)),
      [],
    );
  });

  it('gives up no types and silences no check', () => {
    const given = /\bas any\b|\bas unknown as\b|: any\b|<any>|\w!\.|\w!\)|\w!;/;
    const silenced = /@ts-(ignore|expect-error|nocheck)|biome-ignore|eslint-disable/;
    const guilty = sources.filter(
      (file) =>
        file !== 'test/tidy.test.ts' && (given.test(code(file)) || silenced.test(text.get(file) ?? '')),
    );
    assert.deepEqual(guilty, []);
  });

  it('has no dead file: each is reached from an entry point or is one', () => {
    const entries = sources.filter(
      (file) =>
        /\.test\.ts$|\.ui\.ts$|^test\/(bench|vscode|[^/]+\.ts)|\.mjs$/.test(file) ||
        [
          'extension/extension.ts',
          'extension/cli.ts',
          'extension/lab/index.ts',
          'extension/lab/worker.ts',
          'extension/lab/library.ts',
          'language-server/main.ts',
          'media/board/main.ts',
        ].includes(file),
    );
    const reached = new Set<string>();
    const visit = (file: string): void => {
      if (reached.has(file) || !text.has(file)) return;
      reached.add(file);
      for (const { target } of importsOf(file)) visit(target);
    };
    for (const entry of entries) visit(entry);
    const dead = sources.filter(
      (file) => !reached.has(file) && /^(extension|language-server|media)\//.test(file),
    );
    assert.deepEqual(dead, []);
  });

  it('exports nothing that no other file uses', () => {
    const asked = ['activate', 'deactivate', 'bundles'];
    const words = new Map(sources.map((file) => [file, new Set(code(file).match(/\w+/g))]));
    const unused: string[] = [];
    for (const file of sources) {
      const values = code(file).matchAll(/^export (?:abstract |async )?(?:const|function\*?|class) (\w+)/gm);
      for (const [, name = ''] of values) {
        const isUsed = sources.some((other) => other !== file && words.get(other)?.has(name));
        if (!isUsed && !asked.includes(name)) unused.push(`${file}: ${name}`);
      }
    }
    assert.deepEqual(unused, []);
  });

  it('skips no test on the quiet', () => {
    const pattern = /\b(it|test|describe)\.(skip|only|todo)\b|\bxit\(|this\.skip\(/;
    const guilty = sources.filter(
      (file) =>
        file.startsWith('test/') && file !== 'test/tidy.test.ts' && pattern.test(text.get(file) ?? ''),
    );
    assert.deepEqual(guilty, []);
  });

  it('writes no registry address into a file', () => {
    const guilty = tracked.filter(
      (file) =>
        /\.(json|ts|mjs|md|yml|npmrc)$/.test(file) &&
        file !== 'test/tidy.test.ts' &&
        /registry\.npmjs|registry\.yarnpkg|deb\.debian/.test(readFileSync(path.join(root, file), 'utf8')),
    );
    assert.deepEqual(guilty, []);
  });
});
