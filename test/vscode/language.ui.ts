/** Configuration and command files: what is underlined, what hovers tell, what is offered. */
import type { Workbench } from './workbench.ts';

export default async function language(workbench: Workbench): Promise<void> {
  const { page } = workbench;
  const line = (text: string) => page.locator('.view-line', { hasText: text }).first();
  const word = (text: string) => line(text).locator('span > span', { hasText: text }).first();

  // Pictures of the files, not of their folder.
  await workbench.command('View: Toggle Primary Side Bar Visibility');
  await workbench.command('Redis Cluster Lab: Start Lab');
  await workbench.status(/Redis: cluster ok 6\/6/).waitFor({ timeout: 30_000 });
  await workbench.open('commands.redis');
  await workbench.hover(word('hello'), 'Slot 866');
  await page.locator('.monaco-hover:visible', { hasText: `127.0.0.1:${workbench.basePort}` }).waitFor();
  await page.locator('.squiggly-warning, .squiggly-error').first().waitFor();
  await workbench.picture('key-slot-hover');

  await workbench.command('Problems: Focus on Problems View');
  await workbench.open('7000/redis-7000.conf');
  await workbench.bottom();
  // As a paste: typed letter by letter, each word would be judged and completed on its way.
  await page.keyboard.insertText('cluster-enbled yes\ncluster-node-timeout soon\n');
  await page.locator('.squiggly-error').nth(1).waitFor();
  await page.locator('.markers-panel', { hasText: 'Did you mean “cluster-enabled”?' }).waitFor();
  const code = page.locator('.markers-panel a', { hasText: 'misspelt-directive' });
  await code.waitFor();
  await workbench.hover(
    page.locator('.view-line', { hasText: 'soon' }).getByText('cluster-node-timeout'),
    '15000',
  );
  await workbench.picture('diagnostics');

  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+1');
  await workbench.bottom();
  await page.keyboard.type('cluster-repl');
  await page
    .locator('.suggest-widget .monaco-list-row', { hasText: 'cluster-replica-validity-factor' })
    .waitFor();
  await workbench.picture('completion');
  await page.keyboard.press('Escape');

  // The code of a diagnostic leads to its page.
  await workbench.click(code, page.locator('.tab.active', { hasText: 'misspelt-directive.md' }));
  await workbench.command('Redis Cluster Lab: Stop Lab');
  await workbench.status('Redis: stopped').waitFor();
}
