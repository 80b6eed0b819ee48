// Builds dist/: `node esbuild.mjs [--watch] [--dev] [--meta] [NAME...]`.
//   --watch  build again on every change (implies --dev)
//   --dev    not minified, with source maps
//   --meta   writes dist/meta/NAME.json, for https://esbuild.github.io/analyze/
//   NAME     only these bundles
// A bundle above its budget, or one whose entry file is missing, fails the build; the others are written all the same.
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build, context } from 'esbuild';

const root = import.meta.dirname;
const KB = 1000;

/**
 * What is built. Budgets are minified bytes; they stand about a fifth above today's size, so that a dependency that
 * slips in is seen.
 *
 * @typedef {object} Bundle
 * @property {string} name
 * @property {string} entry
 * @property {string} out
 * @property {number} budget bytes
 * @property {'node' | 'browser'} platform
 * @property {'cjs' | 'esm' | 'iife'} format
 * @property {string[]} [external]
 * @property {boolean} [executable]
 * @property {boolean} [asksForUrl] CommonJS with `import.meta.url` in it
 * @property {import('esbuild').Plugin[]} [plugins]
 * @property {'ascii' | 'utf8'} [charset]
 */

/**
 * The extension runs the lab in its own thread only when told to, and many who use it never reach for redis-trib. The
 * code of both is large, so it stays in bundles beside the extension's, and is loaded when it is wanted.
 *
 * @type {import('esbuild').Plugin}
 */
const largePartsStayApart = {
  name: 'large-parts-stay-apart',
  setup(build) {
    build.onResolve({ filter: /\/lab\/index\.ts$/ }, () => ({ path: './index.mjs', external: true }));
    build.onResolve({ filter: /\/trib\/index\.ts$/ }, () => ({ path: './trib.cjs', external: true }));
  },
};

/** The subcommands, with the budget of each. Those that serve have their compiled code kept. */
const SUBCOMMANDS = {
  lab: { budget: 960 * KB, serves: true },
  'serve-node': { budget: 960 * KB, serves: true },
  trib: { budget: 270 * KB, serves: false },
  'check-conf': { budget: 230 * KB, serves: false },
};

/**
 * The command loads only what the subcommand needs.
 *
 * @type {import('esbuild').Plugin}
 */
const subcommandsStayApart = {
  name: 'subcommands-stay-apart',
  setup(build) {
    const filter = new RegExp(`^\\./cli/(${Object.keys(SUBCOMMANDS).join('|')})\\.ts$`);
    build.onResolve({ filter }, ({ path: entry }) => {
      const name = path.basename(entry, '.ts');
      const file = `./cli-${name}.cjs`;
      return SUBCOMMANDS[name].serves ? { path: file, namespace: 'kept' } : { path: file, external: true };
    });
    loadKept(build);
  },
};

/**
 * The lab's thread, and who uses the lab as a library, load what they run as the command does.
 *
 * @type {import('esbuild').Plugin}
 */
const labStaysApart = {
  name: 'lab-stays-apart',
  setup(build) {
    build.onResolve({ filter: /^\.\/whole-lab\.ts$/ }, () => ({ path: './lab.cjs', namespace: 'kept' }));
    loadKept(build);
  },
};

/** Bundles of the namespace `kept` come by way of lab/code-cache.ts. */
function loadKept(build) {
  build.onLoad({ filter: /.*/, namespace: 'kept' }, ({ path: file }) => ({
    contents: `
      const { loadBundle } = require('./lab/code-cache.ts');
      module.exports = loadBundle(require('node:path').join(__dirname, '${file}'));`,
    resolveDir: path.join(root, 'extension'),
  }));
}

/**
 * Modules of Node that a start seldom needs and that take long to load, three milliseconds the first: each is loaded
 * when something of it is first used.
 */
const LATE_MODULES = ['node:crypto', 'node:tls', 'node:child_process', 'node:os', 'node:v8'];

/** @type {import('esbuild').Plugin} */
const lateModules = {
  name: 'late-modules',
  setup(build) {
    build.onResolve(
      { filter: new RegExp(`^(${LATE_MODULES.join('|')})$`) },
      ({ path: name, namespace, importer }) =>
        namespace === 'late-modules'
          ? { path: name, external: true }
          : {
              path: `${name} in ${path.relative(root, importer)}`,
              namespace: 'late-modules',
              pluginData: { name, importer },
            },
    );
    build.onLoad({ filter: /.*/, namespace: 'late-modules' }, ({ pluginData: { name, importer } }) => ({
      contents: namesImported(importer, name)
        .map(
          (part) =>
            `Object.defineProperty(exports, '${part}', { enumerable: true, get: () => require('${name}').${part} });`,
        )
        .join('\n'),
    }));
  },
};

/** What a file imports of a module by name: only that is worth an accessor. */
function namesImported(file, name) {
  const imports = [...readFileSync(file, 'utf8').matchAll(/^import (type )?\{([^}]*)\} from '([^']+)';$/gm)];
  const names = imports
    .filter(([, onlyTypes, , from]) => onlyTypes === undefined && from === name)
    .flatMap(([, , list]) => list.split(',').map((part) => part.trim()))
    .filter((part) => !/^(type (?!as )|$)/.test(part))
    .map((part) => part.split(' as ')[0]);
  if (names.length === 0) throw new Error(`${file} must import what it wants of ${name} by name`);
  return names;
}

/**
 * The command has one thread, the main one: its number is known without loading what makes others.
 *
 * @type {import('esbuild').Plugin}
 */
const oneThread = {
  name: 'one-thread',
  setup(build) {
    build.onResolve({ filter: /^node:worker_threads$/ }, ({ path: name }) => ({
      path: name,
      namespace: 'one-thread',
    }));
    build.onLoad({ filter: /.*/, namespace: 'one-thread' }, () => ({
      contents: 'export const threadId = 0;',
    }));
  },
};

/** What runs nodes is in ASCII besides: V8 keeps such a source with one byte a character, and reads it quicker. */
const RUNS_NODES = { plugins: [lateModules], charset: 'ascii' };

/** @type {readonly Bundle[]} */
export const bundles = [
  // VS Code's extension host runs the first four.
  nodeBundle('extension', 'extension/extension.ts', 'extension.cjs', 720 * KB, {
    external: ['vscode'],
    plugins: [largePartsStayApart],
    asksForUrl: true,
  }),
  nodeBundle('trib', 'extension/trib/index.ts', 'trib.cjs', 280 * KB),
  nodeBundle('lab-worker', 'extension/lab/worker.ts', 'lab-worker.cjs', 4 * KB, {
    plugins: [labStaysApart],
  }),
  nodeBundle('lab', 'extension/lab/whole-lab.ts', 'lab.cjs', 960 * KB, {
    ...RUNS_NODES,
    asksForUrl: true,
  }),
  nodeBundle('language-server', 'language-server/main.ts', 'language-server.cjs', 700 * KB),
  nodeBundle('cli', 'extension/cli.ts', 'cli.cjs', 5 * KB, {
    executable: true,
    plugins: [subcommandsStayApart, lateModules],
  }),
  ...Object.entries(SUBCOMMANDS).map(([name, { budget, serves }]) =>
    nodeBundle(
      `cli-${name}`,
      `extension/cli/${name}.ts`,
      `cli-${name}.cjs`,
      budget,
      serves ? { ...RUNS_NODES, plugins: [...RUNS_NODES.plugins, oneThread] } : {},
    ),
  ),
  // The lab as a library for Node programs: imports neither vscode nor anything of the editor.
  nodeBundle('library', 'extension/lab/library.ts', 'index.mjs', 5 * KB, {
    format: 'esm',
    plugins: [labStaysApart],
  }),
  // The slot map and the timeline, in a page of their own.
  {
    name: 'board',
    entry: 'media/board/main.ts',
    out: 'board.js',
    budget: 7 * KB,
    platform: 'browser',
    format: 'iife',
  },
  {
    name: 'board-style',
    entry: 'media/board/board.css',
    out: 'board.css',
    budget: 6 * KB,
    platform: 'browser',
    format: 'iife',
  },
];

/** @returns {Bundle} */
function nodeBundle(name, entry, out, budget, more = {}) {
  return { name, entry, out, budget, platform: 'node', format: 'cjs', ...more };
}

// CommonJS has no import.meta.url; code that finds its neighbours in dist/ by it must work in both formats. Where the
// banner is missing, esbuild warns.
const IMPORT_META_URL = "const __importMetaUrl = require('node:url').pathToFileURL(__filename).href;";
// And modules have neither of these.
const REQUIRE =
  "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url), __dirname = import.meta.dirname;";

/** @param {Bundle} bundle @returns {import('esbuild').BuildOptions} */
function optionsOf(bundle, { dev }) {
  const cjs = bundle.format === 'cjs' && bundle.platform === 'node';
  const esm = bundle.format === 'esm';
  const asksForUrl = cjs && bundle.asksForUrl;
  const banner = [bundle.executable && '#!/usr/bin/env node', asksForUrl && IMPORT_META_URL, esm && REQUIRE]
    .filter(Boolean)
    .join('\n');
  return {
    absWorkingDir: root,
    entryPoints: [bundle.entry],
    outfile: path.join('dist', bundle.out),
    bundle: true,
    platform: bundle.platform,
    format: bundle.format,
    // Node 20 is what the oldest supported VS Code runs its extension host on.
    target: bundle.platform === 'node' ? 'node20' : 'es2023',
    external: bundle.external ?? [],
    plugins: bundle.plugins ?? [],
    // Some dependencies offer UMD first, whose requires esbuild cannot follow.
    mainFields: ['module', 'main'],
    conditions: [bundle.platform],
    minify: !dev,
    sourcemap: dev ? 'linked' : false,
    legalComments: 'none',
    charset: bundle.charset ?? 'utf8',
    metafile: true,
    logLevel: 'warning',
    ...(asksForUrl && { define: { 'import.meta.url': '__importMetaUrl' } }),
    // A CommonJS neighbour comes quicker by require.
    ...(bundle.executable && { supported: { 'dynamic-import': false } }),
    ...(banner && { banner: { js: banner } }),
  };
}

/** One line a bundle; false when it is too big. */
function report(bundle, metafile) {
  const bytes = Object.values(metafile.outputs)
    .filter((output) => output.entryPoint !== undefined)
    .reduce((sum, output) => sum + output.bytes, 0);
  const within = bytes <= bundle.budget;
  const line = `${bundle.out.padEnd(22)} ${(bytes / KB).toFixed(1).padStart(7)} kB of ${bundle.budget / KB} kB`;
  if (within) console.log(line);
  else console.error(`${line}  OVER BUDGET`);
  return within;
}

/**
 * The licences of what the bundles contain, as their authors ask for it.
 *
 * @param {ReadonlySet<string>} inputs files that went into the bundles
 */
function writeNotices(inputs) {
  const folders = [...inputs].map((file) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0]);
  const notices = [...new Set(folders)]
    .filter((folder) => folder !== undefined)
    .sort()
    .map((folder) => {
      const { name, version, license } = JSON.parse(
        readFileSync(path.join(root, folder, 'package.json'), 'utf8'),
      );
      const file = readdirSync(path.join(root, folder)).find((entry) => /^licen[cs]e/i.test(entry));
      const text = file ? readFileSync(path.join(root, folder, file), 'utf8').trim() : `Licence: ${license}`;
      return `${name} ${version}\n\n${text}\n`;
    });
  writeFileSync(path.join(root, 'dist/THIRD-PARTY-NOTICES.txt'), notices.join(`\n${'-'.repeat(80)}\n\n`));
}

/**
 * README as the extension's page in the editor, where nothing of the repository is at hand: without its pictures, links to
 * its files and how to build it.
 */
function writePage() {
  const readme = readFileSync(path.join(root, 'README.md'), 'utf8');
  const page = readme
    .replace(/^### From the sources\n.*?(?=^## )/ms, '')
    .replace(/^!\[[^\]]*\]\((?!https:)[^)]*\)\n\n/gm, '')
    .replace(/\[([^\]]*)\]\((?!https:)[^)]*\)/g, '$1');
  writeFileSync(path.join(root, 'dist/README.md'), page);
}

/**
 * What the library offers, as declarations in dist/types: of all that the compiler writes, the files that lead there.
 *
 * @returns {boolean} whether the compiler was content
 */
function writeDeclarations() {
  const made = path.join(root, 'out/declarations/lab');
  const tsc = path.join(root, 'node_modules/typescript/bin/tsc');
  const { status } = spawnSync(process.execPath, [tsc, '-p', path.join(root, 'extension/lab')], {
    stdio: 'inherit',
  });
  if (status !== 0) return false;
  const folder = path.join(root, 'dist/types');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const wanted = ['index'];
  // The list grows while it is walked.
  for (const name of wanted) {
    const text = readFileSync(path.join(made, `${name}.d.ts`), 'utf8');
    for (const [, next] of text.matchAll(/from '\.\/([a-z-]+)\.ts'/g))
      if (!wanted.includes(next)) wanted.push(next);
    copyFileSync(path.join(made, `${name}.d.ts`), path.join(folder, `${name}.d.ts`));
  }
  return true;
}

/**
 * @param {Set<string>} inputs takes the files that went into the bundle
 * @returns {Promise<boolean>} whether the bundle was built within its budget
 */
async function buildOne(bundle, options, inputs) {
  if (!existsSync(path.join(root, bundle.entry))) {
    console.error(`${bundle.out.padEnd(22)} not built: ${bundle.entry} is missing`);
    return false;
  }
  const result = await build(optionsOf(bundle, options)).catch(() => undefined); // esbuild has told why
  if (!result) return false;
  for (const file of Object.keys(result.metafile.inputs)) inputs.add(file);
  if (options.meta) {
    mkdirSync(path.join(root, 'dist/meta'), { recursive: true });
    writeFileSync(path.join(root, 'dist/meta', `${bundle.name}.json`), JSON.stringify(result.metafile));
  }
  return report(bundle, result.metafile) || options.dev;
}

/**
 * Builds the named bundles, or all.
 *
 * @param {{ names?: readonly string[], dev?: boolean, meta?: boolean }} [options]
 * @returns {Promise<boolean>} whether all of them were built
 */
export async function buildAll({ names = [], dev = false, meta = false } = {}) {
  const chosen = bundles.filter((bundle) => names.length === 0 || names.includes(bundle.name));
  const results = [];
  const inputs = new Set();
  for (const bundle of chosen) results.push(await buildOne(bundle, { dev, meta }, inputs));
  if (chosen.length === bundles.length) {
    writeNotices(inputs);
    writePage();
    results.push(writeDeclarations());
  }
  return results.every(Boolean);
}

async function watchAll(names) {
  for (const bundle of bundles) {
    if ((names.length > 0 && !names.includes(bundle.name)) || !existsSync(path.join(root, bundle.entry)))
      continue;
    await (await context({ ...optionsOf(bundle, { dev: true }), logLevel: 'info' })).watch();
  }
}

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { watch: { type: 'boolean' }, dev: { type: 'boolean' }, meta: { type: 'boolean' } },
  });
  const unknown = positionals.filter((name) => !bundles.some((bundle) => bundle.name === name));
  if (unknown.length > 0) throw new Error(`no such bundle: ${unknown.join(', ')}`);
  if (values.watch) return watchAll(positionals);
  const built = await buildAll({ names: positionals, dev: values.dev ?? false, meta: values.meta ?? false });
  process.exitCode = built ? 0 : 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
