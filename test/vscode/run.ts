/**
 * Tests in a real VS Code: a mocha suite in the extension host, clicks in the workbench, and the packaged extension.
 *
 *   node test/vscode/run.ts [--only suite|ui|package] [--no-build] [--tally FILE] [--verbose] [NAME.ui.ts ...]
 *
 * The suite runs in VS Code desktop where that can be downloaded, else in VS Code's server; clicks always happen in the
 * server's workbench. Pictures go to test-results/. The last line is the verdict; `--tally` writes it as JSON as well.
 */
import { globSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { runUiTests } from './clicks.ts';
import { buildExtension, buildPackage } from './compile.ts';
import { type Note, runSuite } from './suite.ts';
import { NOTHING, ONE_FAILED, sum, type Tally } from './tally.ts';

/** Needs the extension installed, not loaded from its sources. */
const OF_THE_PACKAGE = 'installed.ui.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: 'string' },
    'no-build': { type: 'boolean', default: false },
    tally: { type: 'string' },
    verbose: { type: 'boolean', default: false },
  },
});

const note: Note = (kind, text) => {
  if (values.verbose) console.error(`[${kind}] ${text.slice(0, 500)}`);
};

function uiFiles(): string[] {
  if (positionals.length > 0) return positionals;
  const all = globSync('*.ui.ts', { cwd: import.meta.dirname });
  return all.filter((file) => file !== OF_THE_PACKAGE).sort();
}

async function stage(name: string, run: () => Promise<Tally>): Promise<Tally> {
  if (values.only !== undefined && values.only !== name) return NOTHING;
  try {
    return await run();
  } catch (error) {
    console.error(error);
    return ONE_FAILED;
  }
}

if (!values['no-build']) buildExtension();
const total = sum([
  await stage('suite', () => runSuite(note)),
  await stage('ui', () => runUiTests(uiFiles(), note)),
  await stage('package', () => runUiTests([OF_THE_PACKAGE], note, buildPackage())),
]);
if (values.tally !== undefined) writeFileSync(values.tally, JSON.stringify(total));
console.log(`workbench: ${total.passed} passed, ${total.failed} failed`);
// Sockets of a browser that was killed may keep the process alive.
process.exit(total.failed === 0 ? 0 : 1);
