import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { LabOptions, LabSnapshot, TimelineEntry } from '../../extension/lab/protocol.ts';
import { WorkerLab } from '../../extension/lab/worker-lab.ts';

const folder = mkdtempSync(join(tmpdir(), 'worker-lab-'));
mkdirSync(join(folder, '7000'));
after(() => rmSync(folder, { recursive: true }));

const STAND_IN = new URL('./worker-stand-in.ts', import.meta.url);
const options: LabOptions = {
  basePort: 7000,
  nodes: 6,
  replicasPerPrimary: 1,
  folder,
  host: '127.0.0.1',
  directives: {},
};

test('orders go to the thread, pictures and words come back', async () => {
  const lab = new WorkerLab(STAND_IN);
  const snapshots: LabSnapshot[] = [];
  const entries: TimelineEntry[] = [];
  lab.onSnapshot((snapshot) => snapshots.push(snapshot));
  lab.onTimeline((more) => entries.push(...more));
  assert.equal(lab.snapshot.state, 'stopped');
  assert.equal((await lab.start(options)).state, 'ready');
  assert.equal(snapshots.at(-1)?.nodes.length, 6);
  assert.deepEqual(
    entries.map(({ text }) => text),
    ['ready'],
  );
  await assert.rejects(lab.act(7000, 'pause'), { message: 'no pause today' });
  await lab.stop();
  await lab.dispose();
  await assert.rejects(lab.start(options), /disposed/);
});

test('a thread that dies rejects what was asked of it, and the next start gets a new one', async () => {
  const lab = new WorkerLab(STAND_IN);
  const failed = new Promise<LabSnapshot>((resolve) => {
    lab.onSnapshot((snapshot) => {
      if (snapshot.state === 'failed') resolve(snapshot);
    });
  });
  await lab.start(options);
  assert.equal(existsSync(join(folder, '7000', 'nodes.lock')), true);
  const [kill, other] = await Promise.allSettled([lab.act(7000, 'kill'), lab.act(7001, 'pause')]);
  assert.equal(
    kill.status === 'rejected' && kill.reason.message,
    "The lab's thread ended unexpectedly: out of luck",
  );
  assert.equal(other.status, 'rejected');
  const { error, nodes } = await failed;
  assert.match(error?.text ?? '', /out of luck/);
  assert.ok(nodes.every((node) => node.process === 'killed'));
  // Its locks went with it.
  assert.equal(existsSync(join(folder, '7000', 'nodes.lock')), false);

  assert.equal((await lab.start(options)).state, 'ready');
  await lab.dispose();
});

test('a thread that cannot even start is told as such', async () => {
  const lab = new WorkerLab(join(folder, 'no-such-file.cjs'));
  await assert.rejects(lab.start(options), /ended unexpectedly: Cannot find module/);
  assert.equal(lab.snapshot.state, 'failed');
  await lab.dispose();
});
