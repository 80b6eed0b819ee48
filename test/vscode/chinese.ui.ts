/** The interface in Chinese. */
import type { Workbench } from './workbench.ts';

export const locale = 'zh-cn';

export default async function chinese(workbench: Workbench): Promise<void> {
  const { page } = workbench;
  await workbench.view('Redis 集群实验室');
  await page.getByText('没有正在运行的集群。').waitFor();
  await workbench.status('Redis：已停止').waitFor();
  await page.locator('.welcome-view-content').getByRole('button', { name: '启动实验室' }).click();
  await workbench.treeRow('集群：ok').waitFor({ timeout: 30_000 });
  await workbench.treeRow(/分片 3/).waitFor();
  await workbench.treeRow(/主节点 · 0 个键/).waitFor();
  await workbench.treeRow(/副本 · 已同步/).waitFor();
  await workbench.command('Redis 集群实验室: 显示槽分布图和时间线');
  await workbench.happened(/毫秒后就绪（新建的集群）/).waitFor();
  await workbench.contextMenu(workbench.treeRow(/副本 · 已同步/), '杀掉节点');
  await workbench.happened(/被杀掉/).waitFor();
  await workbench.happened(/已失效：多数主节点同意/).waitFor({ timeout: 30_000 });
  await workbench.picture('chinese');
  await workbench.command('Redis 集群实验室: 重新分片…');
  await workbench.choose('槽移给哪个主节点？', `127.0.0.1:${workbench.basePort + 1}`);
  await workbench.tick('从哪些主节点移出？');
  await workbench.answer('移动多少个槽？', '10');
  await workbench.modal('重新分片：更改“实验室”？').getByRole('button', { name: '执行' }).click();
  await workbench.toast('重新分片（实验室）：完成。已移动 10 个槽').waitFor();
  await workbench.picture('chinese-reshard');
  // What redis-trib says in English is in its output.
  await workbench.command('Redis 集群实验室: 检查集群…');
  await workbench.choose('检查到什么程度？', '配置是否一致、未关闭的槽、槽的覆盖');
  await workbench.read('检查集群（实验室）：完成。16384 个槽全部已覆盖。');
  await workbench.output(/\[OK\]\sAll\s16384\sslots\scovered/).waitFor();
  await workbench.command('Redis 集群实验室: 停止实验室');
  await workbench.status('Redis：已停止').waitFor();
}
