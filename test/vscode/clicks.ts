/** UI tests: each file in a workbench and with a lab of its own; they share a server and a browser. */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { launchBrowser, type Opened, openWorkbench } from './browser.ts';
import { root } from './compile.ts';
import { installRuntime } from './runtime.ts';
import { labSettings, nextBasePort, workspaceCopy } from './sandbox.ts';
import { startServer } from './server.ts';
import type { Note } from './suite.ts';
import { ONE_FAILED, ONE_PASSED, sum, type Tally } from './tally.ts';
import { type UiTest, Workbench } from './workbench.ts';

/** `vsix`: the package to install; without it the extension is loaded from its sources. */
export async function runUiTests(files: readonly string[], note: Note, vsix?: string): Promise<Tally> {
  installRuntime();
  const server = await startServer({ vsix, onLine: (line) => note('server', line) });
  const browser = await launchBrowser();
  const tallies: Tally[] = [];
  for (const file of files) {
    const basePort = nextBasePort();
    const startedAt = performance.now();
    const test: UiTest = await import(pathToFileURL(path.join(import.meta.dirname, file)).href);
    server.configure({ ...labSettings(basePort), ...test.settings });
    const opened = await openWorkbench(browser, server, {
      ...(vsix === undefined && {
        extensions: [test.extensionFolder?.() ?? root, ...(test.otherExtensions?.() ?? [])],
      }),
      workspace: test.workspace?.(basePort) ?? workspaceCopy(),
      locale: test.locale,
      onConsole: note,
    });
    const passed = await runUiTest(test, opened, basePort, path.basename(file, '.ui.ts'));
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    console.log(`  ${passed ? '✔' : '✖'} ${file} (${seconds} s)`);
    tallies.push(passed ? ONE_PASSED : ONE_FAILED);
  }
  await browser.close();
  server.stop();
  return sum(tallies);
}

async function runUiTest(test: UiTest, opened: Opened, basePort: number, name: string): Promise<boolean> {
  const workbench = new Workbench(opened.page, basePort);
  try {
    await workbench.ready();
    await test.default(workbench);
    return true;
  } catch (error) {
    console.error(error);
    await workbench.picture(`failed-${name}`).catch(() => undefined);
    return false;
  } finally {
    await opened.context.close();
  }
}
