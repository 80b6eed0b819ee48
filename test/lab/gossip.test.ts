import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Gossip } from '../../extension/lab/gossip.ts';
import { InThreadLab } from '../../extension/lab/in-thread-lab.ts';
import { Timeline } from '../../extension/lab/timeline.ts';
import { removeFolder, temporaryOptions } from './temporary-lab.ts';

const name = (id: string) => `node ${id}`;
const bus = { type: 'bus', direction: 'sent', peerId: 'a', bytes: 100 } as const;

test('what is rare gets a line, what is received was sent by another', () => {
  const timeline = new Timeline();
  const told: string[] = [];
  timeline.onEntries((entries) => told.push(...entries.map(({ port, text }) => `${port}: ${text}`)));
  const gossip = new Gossip(timeline);
  gossip.hear(7000, { ...bus, message: 'fail' }, name);
  gossip.watch(true);
  gossip.hear(7000, { ...bus, message: 'ping' }, name);
  gossip.hear(7000, { ...bus, message: 'fail' }, name);
  gossip.hear(7001, { ...bus, message: 'fail', direction: 'received' }, name);
  gossip.hear(7002, { ...bus, message: 'meet', peerId: '' }, name);
  gossip.watch(false);
  gossip.hear(7000, { ...bus, message: 'update' }, name);
  timeline.flush();
  assert.deepEqual(told, ['7000: sends FAIL to node a', '7002: sends MEET']);
});

test('a lab counts its heartbeats while somebody watches, and says nothing of them else', async (t) => {
  const lab = new InThreadLab();
  const options = await temporaryOptions();
  t.after(async () => {
    await lab.dispose();
    removeFolder(options);
  });
  let [pings, pongs] = [0, 0];
  // Each of the six pings one of the others a second, if not more; news is told by PONGs that nobody asked for.
  const heard = new Promise<void>((resolve) => {
    lab.onTimeline((entries) => {
      for (const { args } of entries.filter(({ kind, port }) => kind === 'gossip' && port === undefined)) {
        pings += Number(args[0]);
        pongs += Number(args[1]);
      }
      if (pings >= 6 && pongs >= 6) resolve();
    });
  });
  await lab.start(options);
  assert.deepEqual([pings, pongs], [0, 0]);
  await lab.watchGossip(true);
  await heard;
});
