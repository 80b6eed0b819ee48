/** The six files of a new cluster out of a form, and a lab from them, in any display language. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { scratchFolder } from './sandbox.ts';
import { pattern, type Say, spokenIn } from './spoken.ts';
import type { Workbench } from './workbench.ts';

export function newClusterWorkspace(): string {
  return scratchFolder('new-cluster');
}

/** `name` is for pictures. */
export async function makeNewCluster(
  workbench: Workbench,
  folder: string,
  name: string,
  locale?: string,
): Promise<void> {
  const say = spokenIn(locale);
  const { page, basePort } = workbench;
  const lens = (text: string) => page.locator('.codelens-decoration', { hasText: text }).first();

  await workbench.command(`${say('Redis Cluster Lab')}: ${say('Create Six-Node Configuration…')}`);
  // First the folder, in the workbench's own dialog; then what differs from cluster to cluster.
  const here = page.locator('.quick-input-widget .monaco-button', { hasText: say('Write Files Here') });
  await here.click();
  await workbench.draft(pattern(say('First port; the other five follow')), '0');
  await page
    .locator('.quick-input-widget', { hasText: say('A number from {0} to {1}.', 1, 55530) })
    .waitFor();
  await workbench.picture(`${name}-form`);
  // Its place is the prompt's.
  await page.locator('.quick-input-widget input.input').fill(String(basePort));
  await workbench.answer(pattern(say('First port; the other five follow')), String(basePort));
  await workbench.answer(pattern(say('Address to listen on')), '127.0.0.1');
  await workbench.answer(pattern(say('Milliseconds until a silent node counts as failed')), '3000');
  await workbench.answer(pattern(say('Password of all nodes; empty for none')), 'secret');
  await page.getByPlaceholder(say('Keep an append-only file?')).waitFor();
  await workbench.pick('yes');
  await workbench.toast(say('Six configuration files were written.')).waitFor();
  const last = path.join(folder, String(basePort + 5), `redis-${basePort + 5}.conf`);
  assert.ok(existsSync(last), `${last} was not written`);

  await page.locator('.tab.active', { hasText: `redis-${basePort}.conf` }).waitFor();
  await lens(say('Start this node')).waitFor();
  await lens(say('Start lab from these {0} files', 6)).waitFor();
  await workbench.picture(`${name}-files`);
  await workbench.reply(say('Six configuration files were written.'), say('Start Lab from These Files'));
  await workbench.status(`${say('Redis: cluster {0}', 'ok')} 6/6`).waitFor({ timeout: 60_000 });
  await offeredWhileItRuns(workbench, say, name);
  await workbench.command(`${say('Redis Cluster Lab')}: ${say('Stop Lab')}`);
  await workbench.status(say('Redis: stopped')).waitFor();

  // From the files again, one of which asks for what the lab does not do.
  await page.keyboard.press('Control+1');
  await workbench.bottom();
  await page.keyboard.insertText('io-threads 4\n');
  await workbench.top();
  await workbench.lens(
    say('Start lab from these {0} files', 6),
    workbench.status(`${say('Redis: cluster {0}', 'ok')} 6/6`),
  );
  await workbench
    .toast(
      say('The lab follows these files, but for directives that have no effect in it: {0}', 'io-threads'),
    )
    .waitFor();
  await workbench.picture(`${name}-lab`);
  await workbench.command(`${say('Redis Cluster Lab')}: ${say('Restart Lab')}`);
  await workbench.status(say('Redis: starting')).waitFor();
  await workbench.status(`${say('Redis: cluster {0}', 'ok')} 6/6`).waitFor({ timeout: 60_000 });
  // They have a password, which the usual lab has not.
  assert.match(await replyTo('PING', basePort), /^-NOAUTH/);
  await workbench.command(`${say('Redis Cluster Lab')}: ${say('Stop Lab')}`);
  await workbench.status(say('Redis: stopped')).waitFor();

  // And from their folders, all of them or any.
  await workbench.command('File: Focus on Files Explorer');
  const folderRow = (port: number) =>
    page.locator('.explorer-folders-view .monaco-list-row', { hasText: String(port) }).first();
  for (const selected of [6, 1]) {
    await folderRow(basePort).click();
    if (selected > 1) await folderRow(basePort + selected - 1).click({ modifiers: ['Shift'] });
    await workbench.contextMenu(folderRow(basePort), say('Start Lab from These Files'));
    await workbench.status(`${say('Redis: cluster {0}', 'ok')} 6/6`).waitFor({ timeout: 60_000 });
    await workbench.command(`${say('Redis Cluster Lab')}: ${say('Stop Lab')}`);
    await workbench.status(say('Redis: stopped')).waitFor();
  }
}

/** Nobody is offered a second process for a node that the lab runs, but its console; one that ended starts in the lab. */
async function offeredWhileItRuns(workbench: Workbench, say: Say, name: string): Promise<void> {
  const { page, basePort } = workbench;
  const lens = (text: string) => page.locator('.codelens-decoration', { hasText: text }).first();
  await lens(say('Restart the lab')).waitFor();
  await workbench.picture(`${name}-running`);
  await workbench.lens(
    say('Runs in the lab: open console'),
    page.locator('.terminal-wrapper.active .xterm-rows', { hasText: `127.0.0.1:${basePort}>` }),
  );
  await workbench.command(`${say('Redis Cluster Lab')}: ${say('Start This Node in a Terminal')}`);
  await workbench.read(say('{0} runs in the lab already.', basePort));
  await workbench.command(`${say('Redis Cluster Lab')}: ${say('Kill Node')}`);
  await workbench.pick(`127.0.0.1:${basePort}`);
  await page.keyboard.press('Control+1');
  await workbench.lens(say('Start this node in the lab'), lens(say('Runs in the lab: open console')));
  await workbench.status(`${say('Redis: cluster {0}', 'ok')} 6/6`).waitFor({ timeout: 60_000 });
}

/** The first line of what a node says, and perhaps more. */
export async function replyTo(command: string, port: number): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(`${command}\r\n`);
  // A node that is just being shut down hangs up without a word.
  const [reply = ''] = await Promise.race([once(socket, 'data'), once(socket, 'close').then(() => [])]);
  socket.destroy();
  return String(reply);
}
