import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { after, before, describe, it } from 'mocha';
import * as vscode from 'vscode';
import { extension, labWhen } from './extension.ts';

const run = (name: string, ...args: unknown[]): Thenable<unknown> =>
  vscode.commands.executeCommand(`redisClusterLab.${name}`, ...args);

/** What a command on a tree item is given. */
const item = (port: number) => ({ port });

/** One inline command over a socket, as `nc` would do it. */
function ask(port: number, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1', () => socket.write(`${command}\r\nQUIT\r\n`));
    let reply = '';
    socket.on('data', (bytes) => {
      reply += bytes;
    });
    socket.on('end', () => resolve(reply));
    socket.on('error', reject);
  });
}

for (const runIn of ['worker', 'extensionHost']) {
  describe(`the lab, run in ${runIn}`, () => {
    const settings = vscode.workspace.getConfiguration('redisClusterLab');
    const base = settings.get('lab.basePort', 0);

    before(async () => {
      await settings.update('lab.runIn', runIn, vscode.ConfigurationTarget.Global);
      // A folder of its own: a lab remembers who became what in a failover.
      await settings.update('lab.folder', runIn, vscode.ConfigurationTarget.Workspace);
      // The second one waits for the first and finds its work done.
      await Promise.all([run('startLab'), run('startLab')]);
    });
    after(async () => {
      await run('stopLab');
      await settings.update('lab.runIn', undefined, vscode.ConfigurationTarget.Global);
    });

    it('is a cluster of six that says ok', async () => {
      const { nodes, clusterState } = await labWhen('ready', ({ state }) => state === 'ready');
      assert.equal(clusterState, 'ok');
      assert.deepEqual(
        nodes.map(({ port, role }) => `${port} ${role}`),
        [0, 1, 2, 3, 4, 5].map((place) => `${base + place} ${place < 3 ? 'primary' : 'replica'}`),
      );
      assert.match(await ask(base, 'CLUSTER INFO'), /cluster_state:ok/);
    });

    it('runs from files in the folder of its setting', async () => {
      const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '';
      const file = path.join(folder, runIn, String(base), `redis-${base}.conf`);
      assert.ok(existsSync(file), file);
      assert.match(readFileSync(file, 'utf8'), /^cluster-enabled yes$/m);
      await run('node.openConf', item(base));
      assert.equal(vscode.window.activeTextEditor?.document.uri.fsPath, file);
    });

    it('pauses and resumes a node', async () => {
      const replica = base + 3;
      await run('node.pause', item(replica));
      await labWhen('paused', ({ nodes }) => nodes.some((n) => n.port === replica && n.process === 'paused'));
      await run('node.resume', item(replica));
      await labWhen('running', ({ nodes }) => nodes.every((n) => n.process === 'running'));
    });

    it('hands a shard over to its replica when told to', async () => {
      const replica = base + 4;
      await run('node.failover', item(replica));
      await labWhen('the replica as primary', ({ nodes }) =>
        nodes.some((n) => n.port === replica && n.role === 'primary' && n.slots.length > 0),
      );
      await labWhen('the old primary as its replica', ({ nodes }) =>
        nodes.some((n) => n.port === base + 1 && n.role === 'replica' && n.primaryLinkUp === true),
      );
    });

    it('elects a replica when its primary is killed, and takes the old one back', async () => {
      await run('node.kill', item(base));
      await labWhen('killed', ({ nodes }) => nodes.some((n) => n.port === base && n.process === 'killed'));
      await labWhen(
        'the replica in its place, and the cluster ok',
        ({ nodes, clusterState }) =>
          clusterState === 'ok' &&
          nodes.some((n) => n.port === base + 3 && n.role === 'primary' && n.slots.length > 0),
      );
      await run('node.start', item(base));
      await labWhen('a replica of its successor', ({ nodes }) =>
        nodes.some((n) => n.port === base && n.role === 'replica' && n.primaryLinkUp === true),
      );
    });

    it('copies addresses', async () => {
      await run('node.copyAddress', item(base + 1));
      assert.equal(await vscode.env.clipboard.readText(), `127.0.0.1:${base + 1}`);
    });

    it('is gone after stop', async () => {
      await run('stopLab');
      const { lab } = await extension().activate();
      assert.equal(lab.snapshot.state, 'stopped');
      await assert.rejects(ask(base, 'PING'), /ECONNREFUSED/);
    });
  });
}
