import assert from 'node:assert/strict';
import { test } from 'node:test';
import { quote } from '../../extension/lab/message.ts';
import type { TimelineEntry } from '../../extension/lab/protocol.ts';
import { Timeline } from '../../extension/lab/timeline.ts';
import type { NodeEvent } from '../../extension/node/observer.ts';

const name = (id: string) => `node ${id}`;

function told(...events: readonly NodeEvent[]): string[] {
  const timeline = new Timeline();
  const entries: TimelineEntry[] = [];
  timeline.onEntries((more) => entries.push(...more));
  for (const event of events) timeline.event(7003, event, name);
  timeline.flush();
  return entries.map(({ port, kind, text }) => `${port} ${kind}: ${text}`);
}

test('a failover in words', () => {
  assert.deepEqual(
    told(
      { type: 'failure', peerId: 'a', state: 'pfail' },
      { type: 'failure', peerId: 'a', state: 'fail' },
      { type: 'election', step: 'started', epoch: 7 },
      { type: 'election', step: 'requested', epoch: 7 },
      { type: 'election', step: 'voted', epoch: 7, peerId: 'b' },
      { type: 'election', step: 'won', epoch: 7 },
      { type: 'role', role: 'primary' },
      { type: 'slots', ownerId: 'b', ranges: [[0, 5460]], epoch: 7 },
      { type: 'cluster-state', ok: true },
    ),
    [
      '7003 failure: node a does not answer (PFAIL)',
      '7003 failure: node a has failed: most primaries agree (FAIL)',
      '7003 election: waits to stand for election',
      '7003 election: asks for votes in epoch 7',
      '7003 election: votes for node b in epoch 7',
      '7003 election: won the election of epoch 7',
      '7003 role: is a primary now',
      '7003 slots: node b owns slots 0-5460 since epoch 7',
      '7003 state: cluster_state:ok',
    ],
  );
});

test('bus messages are no lines', () => {
  assert.deepEqual(told({ type: 'bus', direction: 'sent', message: 'PING', peerId: 'a', bytes: 2256 }), []);
});

test('entries of one moment come together, in order, and late listeners miss them', async () => {
  const timeline = new Timeline();
  const batches: string[][] = [];
  const stop = timeline.onEntries((entries) => batches.push(entries.map(({ text }) => text)));
  const heard = new Promise<void>((resolve) => {
    timeline.onEntries(() => resolve());
  });
  timeline.add('lab', undefined, quote('one'));
  timeline.add('fault', 7000, quote('two'));
  await heard;
  assert.deepEqual(batches, [['one', 'two']]);
  stop();
  timeline.add('lab', undefined, quote('three'));
  timeline.flush();
  assert.equal(batches.length, 1);
});

test('a node that tells who it is a moment later is called by its name', () => {
  const timeline = new Timeline();
  const texts: string[] = [];
  timeline.onEntries((more) => texts.push(...more.map(({ text }) => text)));
  const names = new Map<string, string>();
  const event: NodeEvent = { type: 'slots', ownerId: 'd39d698c', ranges: [[0, 5460]], epoch: 1 };
  timeline.event(7003, event, (id) => names.get(id) ?? id);
  names.set('d39d698c', '7000');
  timeline.flush();
  assert.deepEqual(texts, ['7000 owns slots 0-5460 since epoch 1']);
});
