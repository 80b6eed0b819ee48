/** The mocha suite in an extension host: VS Code desktop's where it can be downloaded, else the server's. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { runTests } from '@vscode/test-electron';
import { launchBrowser, openWorkbench } from './browser.ts';
import { buildSuite, root, suiteFolder } from './compile.ts';
import { desktopExecutable } from './desktop.ts';
import { installRuntime } from './runtime.ts';
import { labSettings, nextBasePort, scratchFolder, workspaceCopy } from './sandbox.ts';
import { QUIET_SETTINGS, startServer } from './server.ts';
import { ONE_FAILED, type Tally } from './tally.ts';
import { Workbench } from './workbench.ts';

const entry = path.join(suiteFolder, 'mocha-entry.cjs');
const TIMEOUT_MS = 300_000;

export type Note = (kind: string, text: string) => void;

export async function runSuite(note: Note): Promise<Tally> {
  await buildSuite();
  const report = path.join(scratchFolder('report'), 'report.txt');
  writeFileSync(report, '');
  const env = { VSCODE_TEST_REPORT: report };
  const executable = await desktopExecutable();
  if (executable === undefined) {
    console.log("VS Code desktop can't be downloaded here: the suite runs in VS Code's server");
    await runInServer(report, env, note);
  } else {
    await runInDesktop(executable, report, env);
  }
  // An extension host that goes away in mid-run ends VS Code with code 0: only this file proves an end.
  const done = `${report}.done`;
  if (existsSync(done)) return JSON.parse(readFileSync(done, 'utf8'));
  console.error('the suite did not run to its end');
  return ONE_FAILED;
}

async function runInDesktop(executable: string, report: string, env: Record<string, string>): Promise<void> {
  const profile = scratchFolder('profile');
  mkdirSync(path.join(profile, 'User'));
  const settings = JSON.stringify({ ...QUIET_SETTINGS, ...labSettings(nextBasePort()) });
  writeFileSync(path.join(profile, 'User/settings.json'), settings);
  try {
    await runTests({
      vscodeExecutablePath: executable,
      extensionDevelopmentPath: root,
      extensionTestsPath: entry,
      extensionTestsEnv: env,
      launchArgs: [workspaceCopy(), '--disable-extensions', '--user-data-dir', profile],
    });
  } catch (error) {
    console.error(String(error));
  }
  process.stdout.write(readFileSync(report));
}

async function runInServer(report: string, env: Record<string, string>, note: Note): Promise<void> {
  installRuntime();
  const server = await startServer({
    env,
    settings: labSettings(nextBasePort()),
    onLine: (line) => note('server', line),
  });
  const browser = await launchBrowser();
  const { page, exit } = await openWorkbench(browser, server, {
    extensions: [root],
    tests: entry,
    workspace: workspaceCopy(),
    onConsole: note,
  });
  let shown = 0;
  const show = (): void => {
    const text = readFileSync(report);
    process.stdout.write(text.subarray(shown));
    shown = text.length;
  };
  const timer = setInterval(show, 200);
  const limit = pause(TIMEOUT_MS, 'no result in time', { ref: false });
  const end = await Promise.race([exit, server.extensionHostDeath, limit]);
  clearInterval(timer);
  show();
  // At the end of a good run the extension host goes as well, sometimes before its result has come through.
  if (typeof end === 'string' && !existsSync(`${report}.done`)) {
    console.error(end);
    await new Workbench(page, 0).picture('failed-suite');
  }
  await browser.close();
  server.stop();
}
