/** Command files, nodes.conf and keys in code: what is offered, what is underlined, what a click runs. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { scratchFolder } from './sandbox.ts';
import type { Workbench } from './workbench.ts';

const ID = '1f'.repeat(20);
const OTHER = '2e'.repeat(20);

export function workspace(): string {
  const folder = scratchFolder('commands');
  mkdirSync(path.join(folder, '7000'));
  writeFileSync(
    path.join(folder, '7000', 'nodes.conf'),
    `${ID} 127.0.0.1:7000@17000 myself,master - 0 0 1 connected 0-5460\n` +
      `${OTHER} 127.0.0.1:7001@17001 slave ${ID} 0 0 1 connected\n` +
      'vars currentEpoch 1 lastVoteEpoch 0\n',
  );
  writeFileSync(path.join(folder, 'try.redis'), 'SET hello world\nGET hello\nMGET first second\n\n');
  writeFileSync(
    path.join(folder, 'app.py'),
    'import redis\n\nclient = redis.RedisCluster()\nclient.get("hello")\n',
  );
  return folder;
}

export default async function commands(workbench: Workbench): Promise<void> {
  const { page } = workbench;
  const line = (text: string | RegExp) => page.locator('.view-line', { hasText: text }).first();
  const word = (text: string) => line(text).locator('span > span', { hasText: text }).first();

  await workbench.command('View: Toggle Primary Side Bar Visibility');
  await workbench.command('Redis Cluster Lab: Start Lab');
  await workbench.status(/Redis: cluster ok 6\/6/).waitFor({ timeout: 30_000 });

  // What a command takes, as it is written.
  await workbench.open('try.redis');
  await page.keyboard.press('Control+End');
  await page.keyboard.type('SET other value ');
  await workbench.suggestion('KEEPTTL');
  await workbench.picture('command-completion');
  for (const key of ['Escape', 'Shift+Home', 'Delete']) await page.keyboard.press(key);

  // Keys that a cluster keeps apart, and the way to bring them together.
  await page.locator('.squiggly-warning, .squiggly-error').first().waitFor();
  await line('MGET').click();
  const fix = await workbench.quickFix(/Wrap\sin\sa\shash\stag/);
  await workbench.picture('cross-slot-fix');
  await fix.click();
  await line(/MGET\s\{.+\}.*\s\{.+\}/).waitFor();

  // A click on the lens runs the line on the lab.
  await page.locator('.codelens-decoration a', { hasText: 'Run' }).first().click();
  const rows = page.locator('.terminal-wrapper.active .xterm-rows');
  await rows.filter({ hasText: /SET\shello\sworld/ }).waitFor();
  await rows.filter({ hasText: 'OK' }).waitFor();
  await workbench.picture('command-run');

  await workbench.open('7000/nodes.conf');
  await page.locator('.squiggly-warning, .squiggly-error, .squiggly-info').first().waitFor();
  await workbench.hover(word('myself'), 'the node whose file this is');
  await workbench.picture('nodes-conf');

  await workbench.open('app.py');
  await workbench.hover(word('"hello"'), 'Slot 866');
  await workbench.picture('key-in-code');
  await workbench.command('Redis Cluster Lab: Stop Lab');
  await workbench.status('Redis: stopped').waitFor();
}
