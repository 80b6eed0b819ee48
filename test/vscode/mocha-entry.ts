/** What VS Code runs in its extension host under test: every *.test.cjs beside this file, in mocha. */
import { appendFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { format } from 'node:util';
import Mocha from 'mocha';

/** Named by the runner: the report goes there, and `.done` beside it proves that mocha came to its end. */
const report = process.env['VSCODE_TEST_REPORT'];

export async function run(): Promise<void> {
  if (report !== undefined)
    Mocha.reporters.Base.consoleLog = (...args: unknown[]) => appendFileSync(report, `${format(...args)}\n`);
  const grep = process.env['MOCHA_GREP'];
  const mocha = new Mocha({ ui: 'bdd', timeout: 60_000, ...(grep !== undefined && { grep }) });
  const folder = import.meta.dirname;
  const files = readdirSync(folder).filter((file) => file.endsWith('.test.cjs'));
  for (const file of files.sort()) mocha.addFile(path.join(folder, file));
  await mocha.loadFilesAsync();
  const failed = await new Promise<number>((resolve) => {
    let passed = 0;
    const runner = mocha.run((failures) => {
      if (report !== undefined)
        writeFileSync(`${report}.done`, JSON.stringify({ passed, failed: failures, skipped: 0 }));
      resolve(failures);
    });
    runner.on('pass', () => {
      passed++;
    });
  });
  if (failed > 0) throw new Error(`${failed} tests failed`);
}
