/**
 * `npm test`: everything, from types to the real workbench. Stages run one after another on whatever machine this is;
 * a stage that fails does not keep the later ones from telling what they know. The last line is the verdict.
 */
import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { provision } from './provision.ts';

interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}

const root = path.resolve(import.meta.dirname, '..');
const scratch = mkdtempSync(path.join(os.tmpdir(), 'redis-cluster-lab-test-'));
const total: Tally = { passed: 0, failed: 0, skipped: 0 };

function stage(name: string, run: () => Tally): void {
  const startedAt = performance.now();
  console.log(`\n── ${name}`);
  const tally = run();
  total.passed += tally.passed;
  total.failed += tally.failed;
  total.skipped += tally.skipped;
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(
    `── ${name}: ${tally.passed} passed, ${tally.failed} failed, ${tally.skipped} skipped (${seconds} s)`,
  );
}

/** A program that counts as one test: it passes when it exits with 0. */
function program(command: string, args: readonly string[]): Tally {
  const { status } = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  return status === 0 ? { passed: 1, failed: 0, skipped: 0 } : { passed: 0, failed: 1, skipped: 0 };
}

/** Files that start servers run one at a time, each in a process of its own. */
const ONE_AT_A_TIME = ['--test-concurrency=1', '--import=./test/left-open.ts'];
/** The others share a process: starting a hundred of them takes longer than what they do. */
const ONE_PROCESS = ['--test-isolation=none', '--test-force-exit'];

/** Test files under Node's own runner. */
function nodeTests(patterns: readonly string[], how: readonly string[]): Tally {
  const files = globSync(patterns, { cwd: root }).sort();
  // Without a name the runner would take whatever looks like a test.
  if (files.length === 0) return { passed: 0, failed: 1, skipped: 0 };
  const counts = path.join(scratch, `tally-${performance.now()}.json`);
  const args = [
    '--test',
    // Milliseconds, many times what any test takes: one that hangs has failed, and the others are still heard.
    '--test-timeout=300000',
    '--test-reporter=dot',
    '--test-reporter-destination=stdout',
    '--test-reporter=./test/tally-reporter.ts',
    `--test-reporter-destination=${counts}`,
    ...how,
    ...files,
  ];
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
  const tally = parseTally(counts);
  return status === 0 || tally.failed > 0 ? tally : { ...tally, failed: tally.failed + 1 };
}

function parseTally(file: string): Tally {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

/** The workbench stages print their own totals as their last line. */
function workbench(args: readonly string[]): Tally {
  const counts = path.join(scratch, `workbench-${performance.now()}.json`);
  const script = [path.join(root, 'test/vscode/run.ts'), '--tally', counts, ...args];
  const { status } = spawnSync(process.execPath, script, { cwd: root, stdio: 'inherit' });
  const tally = parseTally(counts);
  return status === 0 || tally.failed > 0 ? tally : { ...tally, failed: tally.failed + 1 };
}

const bin = (name: string) => path.join(root, 'node_modules/.bin', name);

provision();
stage('types', () => program('npm', ['run', '--silent', 'types']));
stage('lint', () => program(bin('biome'), ['check', '--error-on-warnings']));
stage('unit and protocol', () =>
  nodeTests(
    ['test/tidy.test.ts', 'test/{redis,node,worlds,trib,console,ui,media,language-server}/**/*.test.ts'],
    ONE_PROCESS,
  ),
);
stage('the lab', () => nodeTests(['test/lab/**/*.test.ts'], ONE_AT_A_TIME));
stage('simulation', () => nodeTests(['test/simulation/**/*.test.ts'], ONE_PROCESS));
stage('200 simulated clusters', () =>
  program(process.execPath, ['test/simulation/run.ts', '--seeds', '200']),
);
stage('build', () => program(process.execPath, ['esbuild.mjs']));
stage('the command line', () => nodeTests(['test/cli/**/*.test.ts'], ONE_AT_A_TIME));
stage('conformance with redis-server', () => nodeTests(['test/conformance/**/*.test.ts'], ONE_AT_A_TIME));
stage('the workbench', () => workbench([]));
rmSync(scratch, { recursive: true, force: true });

if (process.env['CI'] && total.skipped > 0) {
  console.log('nothing may be skipped where CI is set');
  total.failed += total.skipped;
}
console.log(
  `\n${total.passed} passed, ${total.failed} failed${total.skipped ? `, ${total.skipped} skipped` : ''}`,
);
process.exitCode = total.failed === 0 ? 0 : 1;
