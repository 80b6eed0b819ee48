/** `redis-cluster-lab trib` as it ships, a process of its own: what pipes and scripts rely on. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { InThreadLab } from '../../extension/lab/in-thread-lab.ts';
import type { LabOptions } from '../../extension/lab/protocol.ts';
import { removeFolder, temporaryOptions } from '../lab/temporary-lab.ts';

const CLI = join(import.meta.dirname, '../../dist/cli.cjs');

describe('redis-cluster-lab trib', () => {
  const lab = new InThreadLab();
  let options: LabOptions;
  let seed: string;
  let ids: readonly string[];
  before(async () => {
    options = await temporaryOptions({ directives: { 'cluster-node-timeout': '15000' } });
    const { nodes } = await lab.start(options);
    seed = `127.0.0.1:${options.basePort}`;
    ids = nodes.map(({ id = '' }) => id);
  });
  after(async () => {
    await lab.dispose();
    removeFolder(options);
  });

  const run = (
    ...argv: string[]
  ): ChildProcess & { stdin: NodeJS.WritableStream; stdout: NodeJS.ReadableStream } =>
    spawn(process.execPath, [CLI, 'trib', ...argv], { stdio: ['pipe', 'pipe', 'inherit'] });
  const reshard = (slots: number) => [
    'reshard',
    '--from',
    ids[0] ?? '',
    '--to',
    ids[1] ?? '',
    '--slots',
    String(slots),
  ];

  it('says all it has to say into a pipe, however slow its reader is', async () => {
    const child = run(...reshard(5000), '--dry-run', seed);
    // It has written what a pipe holds, and more.
    await once(child.stdout, 'readable');
    const [said, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
    assert.equal(code, 0);
    assert.equal(said.match(/> CLUSTER SETSLOT \d+ MIGRATING /g)?.length, 5000);
    assert.equal(said.match(/> CLUSTER SETSLOT \d+ NODE [0-9a-f]{40}\n/g)?.length, 3 * 5000);
  });

  it('takes an answer for each of its questions from a pipe', async () => {
    const child = run('reshard', seed);
    child.stdin.end(`3\n${ids[1]}\n${ids[0]}\ndone\nyes\n`);
    const [said, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
    assert.equal(code, 0, said);
    assert.match(said, /Moving slot 2 from [\d.:]+ to [\d.:]+: \n/);
  });

  it('gives up when the answers come to an end', async () => {
    const child = run('reshard', seed);
    child.stdin.end('3\n');
    const [said, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
    assert.equal(code, 1);
    assert.match(said, /What is the receiving node ID\? \n\*\*\* Aborting\.\.\.\n$/);
  });

  it('ends between two slots when nobody listens any more', async () => {
    const child = run(...reshard(3000), '--yes', seed);
    child.stdout.on('data', (chunk) => {
      if (String(chunk).includes('Moving slot 20 from 127')) child.stdout.destroy();
    });
    const [code] = await once(child, 'exit');
    assert.equal(code, 1);
    const check = run('check', '--json', seed);
    const report = JSON.parse(await text(check.stdout));
    assert.equal(report.whole, true, JSON.stringify(report.openSlots));
    const left = report.nodes.find(({ id }: { id: string }) => id === ids[0]).slotCount;
    assert.ok(left > 5461 - 3000 && left < 5458, `${left} slots are left`);
  });
});
