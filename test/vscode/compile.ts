/** Builds what runs inside VS Code: the extension and, for its host, the mocha suite. */
import { spawnSync } from 'node:child_process';
import { globSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';

export const root = path.resolve(import.meta.dirname, '../..');
/** Where the suite stands when it is built. */
export const suiteFolder = path.join(root, 'out/vscode');

export function buildExtension(): void {
  const { status } = spawnSync(process.execPath, ['esbuild.mjs'], { cwd: root, stdio: 'inherit' });
  if (status !== 0) throw new Error('the extension was not built');
}

/** One CommonJS file for each test: that is what every extension host can load. */
export async function buildSuite(): Promise<void> {
  rmSync(suiteFolder, { recursive: true, force: true });
  mkdirSync(suiteFolder, { recursive: true });
  await build({
    entryPoints: globSync('*.test.ts', { cwd: import.meta.dirname })
      .map((file) => path.join(import.meta.dirname, file))
      .concat(path.join(import.meta.dirname, 'mocha-entry.ts')),
    outdir: suiteFolder,
    outExtension: { '.js': '.cjs' },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    sourcemap: 'inline',
    // mocha must be the one object that runs the tests and is imported by them.
    external: ['vscode', 'mocha'],
    define: { 'import.meta.dirname': '__dirname' },
    logLevel: 'warning',
  });
}

/** Packages the extension as the marketplace would get it. */
export function buildPackage(): string {
  const file = path.join(root, 'out/redis-cluster-lab.vsix');
  const vsce = path.join(root, 'node_modules/@vscode/vsce/vsce');
  // Everything is bundled: node_modules stays out.
  const args = [
    vsce,
    'package',
    '--no-dependencies',
    '--no-rewrite-relative-links',
    '--allow-missing-repository',
    ...['--readme-path', 'dist/README.md'],
    '--out',
    file,
  ];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(`packaging failed:\n${stdout}${stderr}`);
  return file;
}
