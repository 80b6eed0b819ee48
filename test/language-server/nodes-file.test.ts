import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { conf, service } from './service-under-test.ts';

const A = 'a'.repeat(40);
const B = 'b'.repeat(40);
const C = 'c'.repeat(40);

function nodes(text: string, uri = 'file:///lab/7000/nodes-7000.conf'): TextDocument {
  return TextDocument.create(uri, 'redis-nodes', 1, text);
}

const HEALTHY = nodes(`${A} 127.0.0.1:7000@17000,node-1 myself,master - 0 0 1 connected 0-8191 [5->-${B}]
${B} 127.0.0.1:7001@17001 master - 0 1700000000000 2 connected 8192-16383
${C} 127.0.0.1:7002@17002 slave,fail? ${A} 1700000000000 0 1 disconnected
vars currentEpoch 3 lastVoteEpoch 2
`);

function codes(document: TextDocument): unknown[] {
  return service()
    .diagnose(document)
    .map(({ code }) => code);
}

function hover(line: number, character: number): string {
  return JSON.stringify(service().hover(HEALTHY, { line, character })?.contents ?? '');
}

test('a file that covers every slot has nothing to be said about', () => {
  assert.deepEqual(codes(HEALTHY), []);
  assert.deepEqual(codes(nodes('')), []);
});

test('free slots, slots with two owners, foreign lines and a missing self are told', () => {
  const [gap] = service().diagnose(
    nodes(
      `${A} :7000@17000 myself,master - 0 0 1 connected 0-99 200 300-16383\nvars currentEpoch 1 lastVoteEpoch 0\n`,
    ),
  );
  assert.equal(gap?.code, 'slots-not-covered');
  assert.equal(gap?.message, '199 of 16384 slots belong to nobody: 100-199, 201-299.');
  assert.equal(gap?.range.start.line, 1);
  const twice = nodes(
    `${A} :1@2 myself,master - 0 0 1 connected 0-16383\n${B} :2@3 master - 0 0 2 connected 7\n`,
  );
  assert.deepEqual(codes(twice), ['slot-owned-twice']);
  assert.match(String(service().diagnose(twice)[0]?.message), /Slot 7 belongs to aaaaaaaa/);
  assert.deepEqual(codes(nodes(`${A} :1@2 master - 0 0 1 connected 0-16383\n`)), ['nodes-without-myself']);
  for (const line of [
    'port 7000',
    `${A} nowhere myself,master - 0 0 1 connected`,
    `${A} :1@2 nice - 0 0 1 connected`,
    `${A} :1@2 myself,master - 0 0 1 connected 16384`,
  ]) {
    assert.deepEqual(codes(nodes(line)), ['nodes-line-malformed'], line);
  }
});

test('hovers explain ids, addresses, flags, epochs and slots', () => {
  assert.match(hover(0, 3), /127\.0\.0\.1:7000, primary, 8192 slots/);
  assert.match(hover(0, 45), /port 7000[\s\S]*port 17000[\s\S]*node-1/);
  assert.match(hover(2, 67), /\*\*slave\*\*[\s\S]*\*\*fail\?\*\*: PFAIL/);
  assert.match(hover(2, 75), /replicates 127\.0\.0\.1:7000/);
  assert.match(hover(2, 116), /2023-11-14T22:13:20/);
  const second = HEALTHY.getText().split('\n')[1] ?? '';
  assert.match(hover(1, second.indexOf('2 connected')), /Config epoch/);
  assert.match(hover(1, second.indexOf('8192')), /8192 slots, 50 %/);
  assert.match(hover(0, HEALTHY.getText().indexOf('[5->') + 1), /Slot 5 is moving to bbbbbbbb/);
  assert.match(hover(3, 6), /highest epoch/);
  assert.match(hover(3, 33), /voted/);
  assert.equal(hover(4, 0), '""');
});

test('addresses lead to the conf files of the nodes', () => {
  const own = conf(
    'port 7000\ncluster-enabled yes\ncluster-config-file nodes-7000.conf\n',
    'file:///lab/7000/redis-7000.conf',
  );
  const peer = conf('port 7001\ncluster-enabled yes\n', 'file:///lab/7001/redis-7001.conf');
  assert.deepEqual(
    service()
      .links(HEALTHY, [peer, own])
      .map(({ target, range }) => [range.start.line, target]),
    [
      [0, own.uri],
      [1, peer.uri],
    ],
  );
});

test('the outline is the nodes', () => {
  assert.deepEqual(
    service()
      .symbols(HEALTHY)
      .map(({ name, detail }) => [name, detail]),
    [
      ['127.0.0.1:7000', 'myself, master'],
      ['127.0.0.1:7001', 'master'],
      ['127.0.0.1:7002', 'slave, fail?'],
    ],
  );
});
