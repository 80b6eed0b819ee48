import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Entry } from '../../media/board/messages.ts';
import { joined, placeOf, type Row, rowOf } from '../../media/board/rows.ts';

function entry(at: number, node: number | undefined, text: string): Entry {
  return { at, node, kind: 'failure', kindName: 'failure', text, lanes: [] };
}

/** The rows that come of it: time, tellers and text of each. */
function drawn(...entries: readonly Entry[]): string[] {
  const rows: Row[] = [];
  for (const one of entries) {
    const place = placeOf(one, rows);
    const row = place === undefined ? undefined : rows[place];
    if (place !== undefined && row !== undefined && one.node !== undefined)
      rows[place] = joined(row, one.node);
    else rows.push(rowOf(one));
  }
  return rows.map(({ at, tellers, text }) => `${at} [${tellers}] ${text}`);
}

test('what several nodes tell is one row, also when other news comes between', () => {
  assert.deepEqual(
    drawn(entry(0, 1, 'FAIL'), entry(5, 3, 'asks for votes'), entry(8, 4, 'FAIL'), entry(9, 2, 'FAIL')),
    ['0 [1,2,4] FAIL', '5 [3] asks for votes'],
  );
});

test('the same a while later is news', () => {
  assert.deepEqual(drawn(entry(0, 1, 'FAIL'), entry(1001, 2, 'FAIL')), ['0 [1] FAIL', '1001 [2] FAIL']);
});

test('a fault between them parts them', () => {
  const fault = { ...entry(5, undefined, 'the network is whole again'), kind: 'fault' };
  assert.deepEqual(drawn(entry(0, 1, 'ok'), fault, entry(9, 2, 'ok')), [
    '0 [1] ok',
    '5 [] the network is whole again',
    '9 [2] ok',
  ]);
});

test('so is the same from the same node, and what the lab itself says', () => {
  assert.deepEqual(drawn(entry(0, 1, 'ok'), entry(1, 1, 'ok'), entry(2, 2, 'ok')), [
    '0 [1] ok',
    '1 [1,2] ok',
  ]);
  assert.deepEqual(drawn(entry(0, undefined, 'split'), entry(1, undefined, 'split')), [
    '0 [] split',
    '1 [] split',
  ]);
});
