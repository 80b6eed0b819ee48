/** The six files of a new cluster out of a form, and what the editor says of them, in Chinese. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { scratchFolder } from './sandbox.ts';
import type { Workbench } from './workbench.ts';

export const locale = 'zh-cn';

let folder = '';

export function workspace(): string {
  folder = scratchFolder('new-cluster');
  return folder;
}

export default async function confChinese(workbench: Workbench): Promise<void> {
  const { page, basePort } = workbench;
  const input = page.locator('.quick-input-widget input.input');
  const line = (text: string) => page.locator('.view-line', { hasText: text }).first();

  await workbench.command('Redis 集群实验室: 创建六节点配置…');
  // First the folder, in the workbench's own dialog; then what differs from cluster to cluster.
  await page.locator('.quick-input-widget', { hasText: '把文件写到这里' }).waitFor();
  await page.locator('.quick-input-widget .monaco-button', { hasText: '把文件写到这里' }).click();
  const answer = async (prompt: string, text: string): Promise<void> => {
    await page.locator('.quick-input-widget', { hasText: prompt }).waitFor();
    await input.fill(text);
    await page.keyboard.press('Enter');
  };
  await page.locator('.quick-input-widget', { hasText: '第一个端口' }).waitFor();
  await input.fill('0');
  await page.locator('.quick-input-widget', { hasText: '这个值不合适' }).waitFor();
  await workbench.picture('form-chinese');
  // Its place is the prompt's.
  await input.fill(String(basePort));
  await answer('第一个端口', String(basePort));
  await answer('监听地址', '127.0.0.1');
  await answer('节点无响应多少毫秒后视为失效', '3000');
  await answer('所有节点的密码', '');
  await page.locator('.quick-input-widget input[placeholder*="AOF"]').waitFor();
  await workbench.pick('yes');
  await workbench.toast('已写入六个配置文件').waitFor();
  const last = path.join(folder, String(basePort + 5), `redis-${basePort + 5}.conf`);
  if (!existsSync(last)) throw new Error(`${last} was not written`);

  const lens = (text: string) => page.locator('.codelens-decoration', { hasText: text }).first();
  await page.locator('.tab.active', { hasText: `redis-${basePort}.conf` }).waitFor();
  await lens('启动此节点').waitFor();
  await lens('用这 6 个文件启动实验室').waitFor();
  await page.keyboard.press('Control+End');
  await page.keyboard.insertText('cluster-enbled yes\nport 70000\nslave-read-only yes\n');
  await page.locator('.squiggly-error').nth(1).waitFor();
  await workbench.hover(page.locator('.view-line', { hasText: '70000' }).getByText('70000'), '不能是“70000”');
  await workbench.picture('diagnostics-chinese');
  await workbench.hover(line('cluster-node-timeout 3000').getByText('cluster-node-timeout'), '默认值');
  await workbench.picture('hover-chinese');
}
