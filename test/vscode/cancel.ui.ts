/** A reshard that is cancelled in mid-work: between two slots, under a client that notices nothing of it. */
import assert from 'node:assert/strict';
import { formatRanges } from '../../extension/lab/tree-model.ts';
import { CheckingClient } from '../trib/checking-client.ts';
import { trib } from '../trib/transcripts.ts';
import type { Workbench } from './workbench.ts';

const SLOTS = 5000;
/** So many that moving them takes far longer than a click. */
const KEYS_PER_SLOT = 20;

export default async function cancel(workbench: Workbench): Promise<void> {
  await workbench.view('Redis Cluster Lab');
  await workbench.command('Redis Cluster Lab: Start Lab');
  await workbench.treeRow('Cluster: ok').waitFor({ timeout: 30_000 });
  const client = new CheckingClient(workbench.basePort);
  await client.load(
    Array.from({ length: SLOTS }, (_, slot) => slot),
    KEYS_PER_SLOT,
  );
  client.start(2, 5);
  const moved = await cancelled(workbench);
  await client.stop();
  assert.deepEqual(client.surprises, []);
  assert.deepEqual(await client.lost(), []);
  client.close();
  await seen(workbench, moved);
}

/** Returns how many slots it says have moved. */
async function cancelled(workbench: Workbench): Promise<number> {
  const [giver, taker, third] = [0, 1, 2].map((i) => `127.0.0.1:${workbench.basePort + i}`);
  assert.ok(giver && taker && third);
  await workbench.contextMenu(workbench.nodeRow(workbench.basePort + 1), 'Reshard…');
  await workbench.tick('From which primaries?', [giver], [third]);
  await workbench.answer('How many slots?', String(SLOTS));
  const question = workbench.modal('Reshard: change “the lab”?');
  await question
    .getByText(`${giver} → ${taker}: ${SLOTS} slots with ${SLOTS * KEYS_PER_SLOT} keys`)
    .waitFor();
  await question.getByRole('button', { name: 'Apply' }).click();
  const bar = workbench.toast(new RegExp(`\\d+ of ${SLOTS} slots, \\d+ of ${SLOTS * KEYS_PER_SLOT} keys`));
  await bar.waitFor();
  await bar.getByRole('button', { name: 'Cancel' }).click();
  const words =
    /Reshard on the lab: cancelled\. (\d+) of 5000 slots moved, none is left open\. To go on: reshard --from/;
  const told = workbench.toast(words);
  await told.waitFor();
  await workbench.picture('cancelled');
  const [, slots] = words.exec((await told.textContent()) ?? '') ?? [];
  await workbench.output(/Cancelled:\s\d+\sof\s5000\sslots\smoved,\snone\sis\sleft\sopen/).waitFor();
  return Number(slots);
}

/** The tree shows what has moved and what has not; nothing is open. */
async function seen(workbench: Workbench, moved: number): Promise<void> {
  assert.ok(moved > 0 && moved < SLOTS, `${moved} slots`);
  const checked = await trib(['check', '--json', `127.0.0.1:${workbench.basePort}`]);
  assert.equal(checked.status, 0, checked.text);
  const { nodes } = JSON.parse(checked.text);
  for (const [shard, slots] of [5461 - moved, 5462 + moved].entries()) {
    const node = nodes.find(({ port }: { port: number }) => port === workbench.basePort + shard);
    assert.equal(node.slotCount, slots);
    await workbench.treeRow(`Shard ${shard + 1}${formatRanges(node.slots)}`).waitFor();
  }
}
