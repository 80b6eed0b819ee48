/** Command files, nodes.conf and keys in code, in any display language: what is offered, underlined, told and run. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { scratchFolder } from './sandbox.ts';
import { pattern, type Say, spokenIn } from './spoken.ts';
import type { Workbench } from './workbench.ts';

const ID = '1f'.repeat(20);
const OTHER = '2e'.repeat(20);

export function commandWorkspace(): string {
  const folder = scratchFolder('commands');
  mkdirSync(path.join(folder, '7000'));
  mkdirSync(path.join(folder, '7001'));
  writeFileSync(
    path.join(folder, '7000', 'nodes.conf'),
    `${ID} 127.0.0.1:7000@17000 myself,master - 0 0 1 connected 0-5460\n` +
      `${OTHER} 127.0.0.1:7001@17001 slave ${ID} 0 0 1 connected\n` +
      'vars currentEpoch 1 lastVoteEpoch 0\n',
  );
  writeFileSync(path.join(folder, '7001', 'redis-7001.conf'), 'port 7001\ncluster-enabled yes\n');
  writeFileSync(
    path.join(folder, 'try.redis'),
    'SET hello world\nGET hello\nMGET first second\nGET\nSTE hello x\nMULTI\nSET a 1\nSET b 2\nEXEC\n',
  );
  writeFileSync(
    path.join(folder, 'app.py'),
    'import redis\n\nclient = redis.RedisCluster()\nclient.get("hello")\n',
  );
  for (const file of ['app.ts', 'app.js'])
    writeFileSync(path.join(folder, file), "const redis = connect();\nawait redis.get('hello');\n");
  return folder;
}

/** `name` is for pictures. */
export async function useCommandFiles(workbench: Workbench, name: string, locale?: string): Promise<void> {
  const say = spokenIn(locale);
  const { page } = workbench;
  const line = (text: string | RegExp) => page.locator('.view-line', { hasText: text }).first();
  const word = (text: string) => line(text).locator('span > span', { hasText: text }).first();
  const command = (title: string) => workbench.command(`${say('Redis Cluster Lab')}: ${say(title)}`);
  const slot = say('**Slot {0}** of 16384', 866).replaceAll('**', '');

  await workbench.command('View: Toggle Primary Side Bar Visibility');
  await command('Start Lab');
  await workbench.status(say('Redis: cluster {0}', 'ok')).waitFor({ timeout: 30_000 });

  // What no server would run, and what a cluster would not.
  await workbench.open('try.redis');
  await workbench.command('Problems: Focus on Problems View');
  const problems = page.locator('.markers-panel');
  await problems.getByText(say('Something is missing. Syntax: {0}', 'GET key')).waitFor();
  await problems.getByText(say('There is no command “{0}”. Did you mean {1}?', 'STE', 'SET')).waitFor();
  await problems.getByText(/CROSSSLOT.*first/).waitFor();
  await problems.getByText(/CROSSSLOT.*15495/).waitFor();
  await workbench.picture(`${name}-problems`);
  await page.keyboard.press('Control+1');
  await line('STE hello').click();
  await (await workbench.quickFix(pattern(say('Change to “{0}”', 'SET')))).click();
  await line('SET hello x').waitFor();
  await workbench.command('View: Toggle Panel Visibility');

  // What a command takes, as it is written, and what it is for.
  await workbench.bottom();
  await page.keyboard.type('SET other value ');
  await workbench.suggestion('KEEPTTL');
  await workbench.picture(`${name}-completion`);
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+Shift+Space');
  await page.locator('.parameter-hints-widget', { hasText: 'condition' }).waitFor();
  await page.keyboard.press('Escape');
  for (const key of ['Escape', 'Shift+Home', 'Delete']) await page.keyboard.press(key);
  await workbench.hover(word('MGET'), say('Complexity: {0}', 'O(N)').split('O(')[0] ?? '');
  await workbench.hover(word('hello'), slot);
  await workbench.picture(`${name}-key`);

  // Keys that a cluster keeps apart, and the way to bring them together.
  await line('MGET').click();
  const fix = await workbench.quickFix(pattern(say('Wrap in a hash tag')));
  await workbench.picture(`${name}-cross-slot`);
  await fix.click();
  await line(/MGET\s\{.+\}.*\s\{.+\}/).waitFor();

  // A click on the lens runs the line on the lab; a key runs what is selected.
  await page.locator('.codelens-decoration', { hasText: say('Run this transaction') }).waitFor();
  await page
    .locator('.codelens-decoration a', { hasText: say('Run') })
    .first()
    .click();
  const rows = page.locator('.terminal-wrapper.active .xterm-rows');
  await rows.filter({ hasText: /SET\shello\sworld/ }).waitFor();
  await rows.filter({ hasText: 'OK' }).waitFor();
  await line('GET hello').click();
  await page.keyboard.press('Home');
  await page.keyboard.press('Shift+End');
  await page.keyboard.press('Control+Enter');
  await rows.filter({ hasText: /"world"/ }).waitFor();
  await workbench.picture(`${name}-run`);

  await nodesConf(workbench, say, name);

  for (const [file, quoted] of [
    ['app.py', '"hello"'],
    ['app.ts', "'hello'"],
    ['app.js', "'hello'"],
  ] as const) {
    await workbench.open(file);
    const hover = await workbench.hover(word(quoted), slot);
    // While a lab runs it also tells whose slot it is.
    await hover.getByText(String(workbench.basePort)).waitFor();
  }
  await workbench.picture(`${name}-key-in-code`);
  await command('Stop Lab');
  await workbench.status(say('Redis: stopped')).waitFor();
}

async function nodesConf(workbench: Workbench, say: Say, name: string): Promise<void> {
  const { page } = workbench;
  const line = (text: string) => page.locator('.view-line', { hasText: text }).first();
  const word = (text: string) => line(text).locator('span > span', { hasText: text }).first();
  await workbench.open('7000/nodes.conf');
  await page.locator('.squiggly-warning, .squiggly-error, .squiggly-info').first().waitFor();
  await workbench.hover(word('0-5460'), say('{0} slots, {1} % of all', 5461, 33.3));
  await workbench.hover(word('myself'), say('the node whose file this is'));
  await workbench.picture(`${name}-nodes`);
  await page.keyboard.press('Control+Shift+O');
  await page.locator('.quick-input-list .monaco-list-row', { hasText: '127.0.0.1:7001' }).waitFor();
  await page.keyboard.press('Escape');
  await workbench.follow('127.0.0.1:7001', 'redis-7001.conf');
}
