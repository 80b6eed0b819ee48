/** The real worker thread, with real nodes in it. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { LabOptions, TimelineEntry } from '../../extension/lab/protocol.ts';
import { WorkerLab } from '../../extension/lab/worker-lab.ts';
import { nodeOf, removeFolder, temporaryOptions, told } from './temporary-lab.ts';

const lab = new WorkerLab();
const timeline: TimelineEntry[] = [];
let options: LabOptions;

before(async () => {
  options = await temporaryOptions();
  lab.onTimeline((entries) => timeline.push(...entries));
  await lab.start(options);
});
after(async () => {
  await lab.dispose();
  removeFolder(options);
});

test('faults go through, their story comes back', async () => {
  await lab.act(options.basePort + 1, 'kill');
  await told(lab, (snapshot) => nodeOf(snapshot, options.basePort + 4).role === 'primary');
  await lab.act(options.basePort + 1, 'start');
  await told(lab, (snapshot) => nodeOf(snapshot, options.basePort + 1).primaryLinkUp === true);
  const story = timeline
    .filter(({ kind }) => kind === 'fault' || kind === 'election')
    .map(({ text }) => text);
  assert.equal(story[0], 'is killed');
  assert.ok(story.some((text) => text.startsWith('won the election of epoch')));
});
