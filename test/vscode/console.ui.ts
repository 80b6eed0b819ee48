/** The console: a key on another node, with redirections followed and with the error shown instead. */
import type { Workbench } from './workbench.ts';

export default async function console_(workbench: Workbench): Promise<void> {
  const { page } = workbench;
  await workbench.command('Redis Cluster Lab: Start Lab');
  await workbench.status(/Redis: cluster ok 6\/6/).waitFor({ timeout: 30_000 });
  await workbench.view('Redis Cluster Lab');
  await workbench.command('Redis Cluster Lab: Open Console');
  const owner = workbench.basePort;
  await workbench.pick(`127.0.0.1:${owner + 1}`);

  const terminal = page.locator('.terminal-wrapper.active .xterm');
  const shows = (wanted: RegExp): Promise<void> => workbench.terminalShows(wanted);
  const type = (line: string): Promise<void> => workbench.type(line);
  await shows(new RegExp(`127\\.0\\.0\\.1:${owner + 1}> *$`, 'm'));
  await terminal.click();

  await type('CLUSTER KEYSLOT hello');
  await shows(/\(integer\) 866/);
  await type('SET hello "a world of slots"');
  await shows(new RegExp(`-> Redirected to slot \\[866\\] located at 127\\.0\\.0\\.1:${owner}\\s+OK`));
  await type('GET hello');
  await shows(new RegExp(`127\\.0\\.0\\.1:${owner}> GET hello\\s+"a world of slots"`));
  await type('RPUSH {hello}list a b c');
  await shows(/\(integer\) 3/);
  await workbench.picture('console', page.locator('.part.panel'));
  await type('HELLO 3');
  await shows(/1# "server" => "redis"/);
  await type('LRANGE {hello}list 0 -1');
  await shows(/1\) "a"\s+2\) "b"\s+3\) "c"/);

  await type('clear');
  await workbench.command('Redis Cluster Lab: Toggle Following Redirections in the Console');
  await workbench.status('The console shows MOVED and ASK errors').waitFor();
  await terminal.click();
  await type('GET somewhere-else');
  await shows(/\(error\) MOVED \d+ 127\.0\.0\.1:\d+/);
  await page.keyboard.press('ArrowUp');
  await shows(/> GET somewhere-else *$/m);
  await page.keyboard.press('Control+C');
  await workbench.picture('console-moved');

  // Tree, console and timeline at once.
  await workbench.command('Redis Cluster Lab: Toggle Following Redirections in the Console');
  await workbench.status('The console follows redirections').waitFor();
  await workbench.command('Terminal: Move Terminal into Editor Area');
  await workbench.command('Redis Cluster Lab: Show Slot Map and Timeline');
  await workbench.happened('cluster_state:ok').waitFor();
  await terminal.click();
  await type('clear');
  await type('CLUSTER KEYSLOT somewhere-else');
  await type('SET somewhere-else "on another node"');
  await shows(/-> Redirected to slot \[9952\]/);
  await type('MGET {user:1}.name {user:1}.mail');
  await shows(/1\) \(nil\)\s+2\) \(nil\)/);
  await workbench.contextMenu(workbench.nodeRow(owner), 'Kill Node');
  await workbench
    .happened(new RegExp(`${owner + 3} owns slots 0-5460 since epoch 7`))
    .waitFor({ timeout: 30_000 });
  await workbench.treeRow(/killed \(FAIL\)/).waitFor();
  await workbench.treeRow('16384/16384 slots').waitFor();
  await terminal.click();
  await type('GET hello');
  await shows(new RegExp(`located at 127\\.0\\.0\\.1:${owner + 3}\\s+"a world of slots"`));
  await type('CLUSTER INFO');
  await shows(/cluster_state:ok/);
  await workbench.picture('lab');

  // A window that is loaded anew has lost its consoles, not what was typed; but for the last line perhaps, which the editor
  // writes down a moment after it was told.
  await page.reload();
  await workbench.ready();
  await workbench.command('Redis Cluster Lab: Start Lab');
  await workbench.status(/Redis: cluster ok 6\/6/).waitFor({ timeout: 30_000 });
  await workbench.command('Redis Cluster Lab: Open Console');
  await workbench.pick(`127.0.0.1:${owner + 1}`);
  await shows(new RegExp(`127\\.0\\.0\\.1:${owner + 1}> *$`, 'm'));
  await terminal.click();
  await page.keyboard.press('ArrowUp');
  await shows(/> (?:CLUSTER INFO|GET hello) *$/m);
  await page.keyboard.press('Control+U');
  await type('quit');
  await terminal.waitFor({ state: 'detached' });
  await workbench.command('Redis Cluster Lab: Stop Lab');
  await workbench.status('Redis: stopped').waitFor();
}
