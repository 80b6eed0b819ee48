/** Conf files as somebody works on them, in any display language: what is told, offered, drawn and clicked. */
import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { writeConfFiles } from '../../extension/lab/conf-files.ts';
import { until } from '../until.ts';
import { scratchFolder } from './sandbox.ts';
import { pattern, type Say, spokenIn } from './spoken.ts';
import type { Workbench } from './workbench.ts';

const USERS = `
### USERS ###
user alice on >secret ~* &* +@all
masteruser alice
include ../shared.conf
`;

/** Six nodes on ports that nobody else has, with a user and a file that all of them share. */
export function confWorkspace(basePort: number, locale?: string): string {
  const folder = scratchFolder('conf-features');
  const ports = Array.from({ length: 6 }, (_, at) => basePort + at);
  const options = { folder, basePort, nodes: 6, replicasPerPrimary: 1, host: '127.0.0.1', directives: {} };
  const files = writeConfFiles({ ...options, ...(locale !== undefined && { locale }) }, ports);
  for (const file of files) appendFileSync(file, USERS);
  writeFileSync(path.join(folder, 'shared.conf'), 'maxmemory 100mb\n');
  return folder;
}

/** `name` is for pictures. */
export async function useConfFeatures(
  workbench: Workbench,
  folder: string,
  name: string,
  locale?: string,
): Promise<void> {
  const say = spokenIn(locale);
  const { page, basePort } = workbench;
  const first = `${basePort}/redis-${basePort}.conf`;
  const line = (text: string) => page.locator('.view-line', { hasText: text }).first();
  const problems = page.locator('.markers-panel');

  await workbench.command('View: Toggle Primary Side Bar Visibility');
  await workbench.open(first);
  await page.locator('.codelens-decoration', { hasText: say('Start this node') }).waitFor();

  // What two files say about each other is told at both, open or not, and goes with its cause.
  await workbench.command('Problems: Focus on Problems View');
  const writePort = async (port: number): Promise<void> => {
    await goTo(workbench, 6);
    await page.keyboard.press('Home');
    await page.keyboard.press('Shift+End');
    await page.keyboard.insertText(`port ${port}`);
  };
  await writePort(basePort + 1);
  const clash = say('{0} listens on port {1} as well: the second node exits.', '§', basePort + 1);
  const [, behind = ''] = clash.split('§');
  await problems.getByText(behind).nth(1).waitFor();
  await workbench.picture(`${name}-across-files`);
  await page.keyboard.press('Control+1');
  const free = await workbench.quickFix(pattern(say('Use the next free port, {0}', basePort + 6)));
  await free.click();
  await line(`port ${basePort + 6}`).waitFor();
  await problems.getByText(behind).first().waitFor({ state: 'detached' });
  // Not undone: the editor may have saved meanwhile, and undoes word by word.
  await writePort(basePort);
  await line(`port ${basePort}`).waitFor();
  await workbench.command('View: Toggle Panel Visibility');

  await told(workbench, say, name);
  await drawn(workbench, name);
  await renamed(workbench, folder);
  await movedToAnotherPort(workbench);
  await linked(workbench, folder, locale === undefined ? 'the server refuses the file' : '服务器拒绝此文件');

  await judged(workbench, say, name, first);
  await started(workbench, say, folder, name);
}

/** The newest server that takes the file, a click that changes it, and a line of the file that decides over both. */
async function judged(workbench: Workbench, say: Say, name: string, first: string): Promise<void> {
  const { page } = workbench;
  await workbench.open(first);
  await workbench.status(say('Redis Configuration')).waitFor();
  await page.locator('[id="status.languageStatus"]').hover();
  const status = page.locator('.hover-language-status');
  await status.getByText(say('the newest that has the directives of the file')).waitFor();
  await workbench.picture(`${name}-language-status`);
  await status.getByText(say('Change')).first().click();
  await workbench.pick('Redis 7.0');
  await page.locator('[id="status.languageStatus"]').hover();
  await status.getByText(say('chosen by the setting')).waitFor();
  await page.mouse.move(0, 0);
  await workbench.command(
    `${say('Redis Cluster Lab')}: ${say('Choose the Server Configuration Files Are Written For')}`,
  );
  await workbench.pick(say('Automatic'));
  await workbench.open(first);
  await workbench.bottom();
  await page.keyboard.insertText('# redis-conf: target=valkey-8.0\n');
  await page.locator('[id="status.languageStatus"]').hover();
  await status.getByText('Valkey 8.0').first().waitFor();
  await status.getByText(say('named by a line of the file')).waitFor();
  await page.mouse.move(0, 0);
  await workbench.open(first);
  await workbench.bottom();
  for (const key of ['Shift+ArrowUp', 'Delete']) await page.keyboard.press(key);
}

async function goTo({ page }: Workbench, place: number | string): Promise<void> {
  await page.keyboard.press('Control+g');
  await page.keyboard.type(String(place));
  await page.keyboard.press('Enter');
  await page.locator('.quick-input-widget').waitFor({ state: 'hidden' });
}

/** A finding with the link to its page, a fix, everything at once; hover, completion, the words of a line. */
async function told(workbench: Workbench, say: Say, name: string): Promise<void> {
  const { page } = workbench;
  const line = (text: string) => page.locator('.view-line', { hasText: text }).first();
  await workbench.bottom();
  await page.keyboard.insertText('maxmemory 1.5gb\nslave-read-only yes\nappendonly true # as it should be\n');
  await page.locator('.squiggly-error').nth(1).waitFor();
  await workbench.hover(
    line('maxmemory 1.5gb').getByText('1.5gb'),
    say('{0} takes a size such as 100mb (units b, k, kb, m, mb, g, gb), not “{1}”.', 'maxmemory', '1.5gb'),
  );
  await workbench.picture(`${name}-finding`);
  await line('maxmemory 1.5gb').click();
  const fix = await workbench.quickFix(pattern(say('Change to “{0}”', '1536mb')));
  await fix.click();
  await line('1536mb').waitFor();
  await workbench.commandUntil('Fix All', line('replica-read-only yes'));
  await line('# as it should be').waitFor();
  await line('appendonly yes').waitFor();

  const hover = await workbench.hover(
    line('cluster-node-timeout 2000').getByText('cluster-node-timeout'),
    say('Unit: {0}', say('milliseconds')),
  );
  await hover.getByText(say('Default: {0}', '15000')).waitFor();
  await workbench.picture(`${name}-hover`);

  await page.keyboard.press('Escape');
  await workbench.bottom();
  await page.keyboard.type('maxmemory-pol');
  const offered = page.locator('.suggest-widget .monaco-list-row', { hasText: 'maxmemory-policy' });
  await offered.waitFor();
  await page.keyboard.press('Enter');
  await workbench.suggestion('allkeys-lru');
  await workbench.picture(`${name}-completion`);
  for (const key of ['Escape', 'Shift+Home', 'Delete']) await page.keyboard.press(key);
  await page.keyboard.type('client-output-buffer-limit ');
  await page.keyboard.press('Control+Shift+Space');
  const signature = page.locator('.parameter-hints-widget', { hasText: say('soft') });
  await signature.getByText(say('Default: {0}', '').trim()).first().waitFor();
  await workbench.picture(`${name}-signature`);
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  for (const key of ['Shift+Home', 'Delete']) await page.keyboard.press(key);
}

/** Formatted, outlined, folded, coloured. */
async function drawn(workbench: Workbench, name: string): Promise<void> {
  const { page } = workbench;
  const line = (text: string) => page.locator('.view-line', { hasText: text }).first();
  await workbench.bottom();
  await page.keyboard.insertText('  HZ \t 20  \n\n\n');
  await workbench.commandUntil('Format Document', line('hz 20'));

  await page.keyboard.press('Control+Shift+O');
  const symbols = page.locator('.quick-input-list .monaco-list-row');
  await symbols.filter({ hasText: 'USERS' }).first().waitFor();
  await symbols
    .filter({ hasText: /^\s*user/ })
    .first()
    .waitFor();
  assert.equal(await symbols.filter({ hasText: 'secret' }).count(), 0, 'an outline shows no passwords');
  await workbench.picture(`${name}-outline`);
  await page.keyboard.press('Escape');

  await workbench.command('Fold All');
  await line('### USERS ###').waitFor();
  await line('masteruser alice').waitFor({ state: 'detached' });
  await workbench.command('Unfold All');
  await line('masteruser alice').waitFor();

  await line('user alice on').getByText('alice').first().click();
  await workbench.command('Developer: Inspect Editor Tokens and Scopes');
  const inspected = page.locator('.token-inspect-widget');
  await inspected.getByText('variable', { exact: true }).first().waitFor();
  await workbench.picture(`${name}-colours`);
  await page.keyboard.press('Escape');
  await inspected.waitFor({ state: 'detached' });
}

/** A user in all files at once. */
async function renamed(workbench: Workbench, folder: string): Promise<void> {
  const { page, basePort } = workbench;
  const line = (text: string) => page.locator('.view-line', { hasText: text }).first();
  await line('user alice on').getByText('alice').first().click();
  await page.keyboard.press('F2');
  const box = page.locator('.rename-box input');
  await box.waitFor();
  await box.fill('bob');
  await page.keyboard.press('Enter');
  await line('user bob on').waitFor();
  await line('masteruser bob').waitFor();
  const other = `${basePort + 1}/redis-${basePort + 1}.conf`;
  await workbench.open(other);
  await workbench.bottom();
  await line('user bob on').waitFor();
  await line('masteruser bob').waitFor();
  await workbench.command('File: Save All');
  await until(() => readFileSync(path.join(folder, other), 'utf8').includes('user bob on'));
}

/** The port of a node, in all that is named after it, and back. */
async function movedToAnotherPort(workbench: Workbench): Promise<void> {
  const { page, basePort } = workbench;
  const line = (text: string) => page.locator('.view-line', { hasText: text }).first();
  await workbench.open(`${basePort}/redis-${basePort}.conf`);
  let port = basePort;
  for (const next of [basePort + 10, basePort]) {
    await goTo(workbench, '6:6');
    await line(`port ${port}`).waitFor();
    await page.keyboard.press('F2');
    const box = page.locator('.rename-box input');
    await box.waitFor();
    await box.fill(String(next));
    await page.keyboard.press('Enter');
    await line(`port ${next}`).waitFor();
    await goTo(workbench, 30);
    await line(`redis_${next}.pid`).waitFor();
    port = next;
  }
}

/** To the file that is included, to a page. */
async function linked(workbench: Workbench, folder: string, explanation: string): Promise<void> {
  const { page, basePort } = workbench;
  await workbench.open(`${basePort}/redis-${basePort}.conf`);
  await workbench.bottom();
  await workbench.follow('shared.conf', 'shared.conf');
  await workbench.open(`${basePort}/redis-${basePort}.conf`);
  await workbench.bottom();
  // What it says counts for whoever includes it, whoever has written it.
  const shared = path.join(folder, 'shared.conf');
  const before = readFileSync(shared, 'utf8');
  writeFileSync(shared, `${before}timeout soon\n`);
  await page.locator('.squiggly-error').first().waitFor();
  writeFileSync(shared, before);
  await page.locator('.squiggly-error').first().waitFor({ state: 'detached' });
  await page.keyboard.insertText('timeout later\n');
  await page.locator('.squiggly-error').first().waitFor();
  const hover = await workbench.hover(
    page.locator('.view-line', { hasText: 'timeout later' }).getByText('later'),
    'not-an-integer',
  );
  await hover.getByText('not-an-integer').click();
  await page.locator('.tab.active', { hasText: 'not-an-integer.md' }).waitFor();
  await page.locator('.editor-instance .view-line', { hasText: explanation }).first().waitFor();
  await workbench.open(`${basePort}/redis-${basePort}.conf`);
  await workbench.bottom();
  for (const key of ['Shift+ArrowUp', 'Delete']) await page.keyboard.press(key);
  await page.locator('.squiggly-error').first().waitFor({ state: 'detached' });
}

/** A click on the lens, and a node answers; Ctrl+C in its terminal, and it does not. */
async function started(workbench: Workbench, say: Say, folder: string, name: string): Promise<void> {
  const { page, basePort } = workbench;
  await workbench.command('File: Save All');
  await workbench.top();
  const terminal = page.locator('.terminal-wrapper.active .xterm-rows');
  const file = `redis-${basePort}.conf`;
  const log = path.join(folder, String(basePort), `redis-${basePort}.log`);
  await workbench.lens(say('Start this node'), terminal);
  await workbench.toast(say('{0} writes its log to {1}.', file, log)).waitFor();
  await until(() => readFileSync(log, 'utf8').includes('Ready to accept connections'));
  assert.ok(await answers(basePort));
  await workbench.picture(`${name}-node-started`);
  await workbench.reply(say('{0} writes its log to {1}.', file, log), say('Open Log'));
  await page.locator('.tab.active', { hasText: path.basename(log) }).waitFor();
  await workbench.command('Terminal: Focus Terminal');
  await page.locator('.terminal-wrapper.active .xterm.focus').waitFor();
  await page.keyboard.press('Control+c');
  await until(() => readFileSync(log, 'utf8').includes('bye bye'));
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    socket.once('data', (bytes) => {
      socket.destroy();
      // Since the file has users, whoever is not logged in is told so.
      resolve(/^[+-]/.test(bytes.toString()));
    });
    socket.once('error', () => resolve(false));
  });
}
