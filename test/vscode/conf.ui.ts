/** Configuration files in the workbench: lenses, versions, fixes, signatures, rename, and a lab from the files. */
import { writeConfFiles } from '../../extension/lab/conf-files.ts';
import { scratchFolder } from './sandbox.ts';
import type { Workbench } from './workbench.ts';

/** Six files on ports that nobody else has. */
export function workspace(basePort: number): string {
  const folder = scratchFolder('conf-files');
  const ports = Array.from({ length: 6 }, (_, at) => basePort + at);
  writeConfFiles(
    { folder, basePort, nodes: 6, replicasPerPrimary: 1, host: '127.0.0.1', directives: {} },
    ports,
  );
  return folder;
}

export default async function conf(workbench: Workbench): Promise<void> {
  const { page, basePort } = workbench;
  const lens = (text: string) => page.locator('.codelens-decoration a', { hasText: text }).first();
  const line = (text: string) => page.locator('.view-line', { hasText: text }).first();

  await workbench.command('View: Toggle Primary Side Bar Visibility');
  await workbench.open(`${basePort}/redis-${basePort}.conf`);
  await lens('Start this node').waitFor();
  await lens('Start lab from these 6 files').waitFor();
  await page.keyboard.press('Control+g');
  await page.keyboard.type('20');
  await page.keyboard.press('Enter');
  await page
    .locator('.codelens-decoration', { hasText: 'node timeout 2000: failover in about 3.3-4.4 s' })
    .waitFor();
  await workbench.picture('conf-lenses');

  // What is meant by a value, and all that is safe at once.
  await page.keyboard.press('Control+End');
  await page.keyboard.insertText(
    'maxmemory 1.5gb\n\nslave-read-only yes\nappendonly true # as it should be\n',
  );
  await page.locator('.squiggly-error').nth(1).waitFor();
  await line('maxmemory').click();
  const fix = await workbench.quickFix(/Change\sto\s“1536mb”/);
  await workbench.picture('conf-quick-fix');
  await fix.click();
  await line('1536mb').waitFor();
  await workbench.command('Fix All');
  await line('replica-read-only yes').waitFor();
  await line('# as it should be').waitFor();
  await line('appendonly yes').waitFor();
  await page.keyboard.press('Control+End');

  // The words a directive takes, one after the other.
  await page.keyboard.type('client-output-buffer-limit ');
  await page.keyboard.press('Control+Shift+Space');
  await page.locator('.parameter-hints-widget', { hasText: 'soft' }).waitFor();
  await workbench.picture('conf-signature');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  for (const key of ['Shift+Home', 'Delete']) await page.keyboard.press(key);
  await page.keyboard.press('Control+s');

  // Judged by another server.
  await workbench.command('Redis Cluster Lab: Choose the Server');
  await workbench.pick('Redis 3.2');
  await page.locator('.squiggly-error, .squiggly-warning, .squiggly-info').first().waitFor();
  await workbench.hover(line('cluster-node-timeout 2000').getByText('cluster-node-timeout'), '15000');
  await workbench.command('Redis Cluster Lab: Choose the Server');
  await workbench.pick('Automatic');

  // The port of a node, in all that is named after it.
  await page.keyboard.press('Control+g');
  await page.keyboard.type('6:6');
  await page.keyboard.press('Enter');
  await page.keyboard.press('F2');
  const box = page.locator('.rename-box input');
  await box.waitFor();
  await box.fill(String(basePort + 10));
  await page.keyboard.press('Enter');
  await line(`port ${basePort + 10}`).waitFor();
  await page.keyboard.press('Control+End');
  await line(`redis_${basePort + 10}.pid`).waitFor();
  await page.keyboard.press('Control+z');
  await line(`redis_${basePort}.pid`).waitFor();
  await page.keyboard.press('Control+s');

  await page.keyboard.press('Control+End');
  await page.keyboard.insertText('io-threads 4\n');
  await page.keyboard.press('Control+Home');
  await workbench.lens('Start lab from these 6 files', workbench.status(/Redis: cluster ok 6\/6/));
  await workbench.toast('directives that have no effect in it: io-threads').waitFor();
  await workbench.picture('conf-lab-of-files');
  await workbench.command('Redis Cluster Lab: Stop Lab');
  await workbench.status('Redis: stopped').waitFor();
}
