/** The workbench in Chromium, with our extension loaded as one under development. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { onCleanup } from './cleanup.ts';
import type { Server } from './server.ts';

/** Chromium of the system; undefined: Playwright's own. */
function systemBrowser(): string | undefined {
  const places = [
    process.env['CHROME_PATH'],
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
  ];
  return places.find((file) => file !== undefined && existsSync(file));
}

export async function launchBrowser(): Promise<Browser> {
  const executablePath = systemBrowser();
  const browser = await chromium.launch({
    ...(executablePath === undefined ? {} : { executablePath }),
    headless: !process.env['VSCODE_TEST_HEADED'],
    args: [
      ...['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-sync'],
      ...['--disable-background-networking', '--disable-component-update'],
      // Nothing but this machine can be reached.
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1',
    ],
  });
  onCleanup(() => void browser.close().catch(() => undefined));
  return browser;
}

export interface OpenOptions {
  /** Folders of extensions under development; none when ours is installed. */
  readonly extensions?: readonly string[];
  /** Module whose run() is called in the extension host. */
  readonly tests?: string;
  /** Folder or .code-workspace file. */
  readonly workspace?: string | undefined;
  /** Display language, such as `zh-cn`; the workbench's own texts stay English. */
  readonly locale?: string | undefined;
  readonly onConsole?: (kind: string, text: string) => void;
}

export interface Opened {
  readonly page: Page;
  readonly context: BrowserContext;
  /** The exit code with which `tests` ended. */
  readonly exit: Promise<number>;
}

export async function openWorkbench(browser: Browser, server: Server, options: OpenOptions): Promise<Opened> {
  const context = await browser.newContext({
    viewport: { width: 1360, height: 850 },
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  const page = await context.newPage();
  const { onConsole } = options;
  page.on('console', (message) => onConsole?.(message.type(), message.text()));
  page.on('pageerror', (error) => onConsole?.('page error', error.stack ?? error.message));
  const exit = new Promise<number>((resolve) => {
    void page.exposeFunction('codeAutomationExit', resolve);
  });
  await page.exposeFunction('codeAutomationLog', (type: string, args: readonly unknown[]) =>
    onConsole?.(`extension host ${type}`, args.map((arg) => String(arg)).join(' ')),
  );
  const remote = (file: string) => ({
    $mid: 1,
    scheme: 'vscode-remote',
    authority: server.authority,
    path: uriPath(file),
  });
  // For the context: a second window is as the first.
  await context.addInitScript({
    content: developmentScript({
      ...(options.extensions !== undefined && { extensions: options.extensions.map(remote) }),
      ...(options.tests !== undefined && { extensionTestsPath: remote(options.tests) }),
    }),
  });
  if (options.locale !== undefined) await context.addInitScript({ content: localeScript(options.locale) });
  await page.goto(`${server.origin}/?${workspaceQuery(options.workspace)}`);
  return { page, context, exit };
}

/**
 * A built workbench reads extensionDevelopmentPath from its address only with a switch that also turns toasts off; its
 * own configuration, in a meta element, has no such limit. It is complete, and not yet read, when the document becomes
 * interactive.
 */
function developmentScript(options: object): string {
  return `document.addEventListener('readystatechange', () => {
    const meta = document.getElementById('vscode-workbench-web-configuration');
    if (!meta || meta.dataset.patched) return;
    const configuration = JSON.parse(meta.dataset.settings);
    configuration.developmentOptions = { ...configuration.developmentOptions, ...${JSON.stringify(options)} };
    meta.dataset.settings = JSON.stringify(configuration);
    meta.dataset.patched = '1';
  });`;
}

/** Language packs can't be downloaded here; this is the name by which the workbench tells extensions its language. */
function localeScript(locale: string): string {
  const property = `{ get: () => ${JSON.stringify(locale)}, set: () => undefined }`;
  return `Object.defineProperty(globalThis, '_VSCODE_NLS_LANGUAGE', ${property});`;
}

function workspaceQuery(workspace: string | undefined): string {
  if (workspace === undefined) return 'ew=true';
  const kind = workspace.endsWith('.code-workspace') ? 'workspace' : 'folder';
  return `${kind}=${encodeURIComponent(path.resolve(workspace))}`;
}

/** `C:\x` is `/C:/x` in a URI. */
function uriPath(file: string): string {
  return path
    .resolve(file)
    .split(path.sep)
    .join('/')
    .replace(/^(?=[a-zA-Z]:)/, '/');
}
