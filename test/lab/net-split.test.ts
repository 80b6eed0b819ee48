/** Faults of the network, with real nodes and real sockets. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { InThreadLab } from '../../extension/lab/in-thread-lab.ts';
import type { LabOptions, TimelineEntry } from '../../extension/lab/protocol.ts';
import { RespClient } from '../../extension/lab/resp-client.ts';
import { nodeOf, removeFolder, temporaryOptions, told } from './temporary-lab.ts';

describe('the network of a lab', () => {
  const lab = new InThreadLab();
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

  /** One command on a node, by a client that reaches it whatever the nodes' network is like. */
  async function ask(port: number, ...argv: string[]): Promise<string> {
    const client = await RespClient.open(options.host, port, '');
    try {
      return await client.call(...argv);
    } finally {
      client.close();
    }
  }

  it('a minority takes writes until it notices; when the network heals they are gone', async () => {
    const base = options.basePort;
    const [minority, successor] = [base, base + 3];
    await lab.disturb({ type: 'partition', ports: [minority] });
    // Slot 866 belongs to the first node, which acknowledges what no other node will ever hear of.
    assert.equal(await ask(minority, 'SET', 'hello', 'from the minority'), 'OK');
    await told(lab, (snapshot) => !nodeOf(snapshot, minority).clusterOk);
    await assert.rejects(ask(minority, 'SET', 'hello', 'too late'), /CLUSTERDOWN/);
    const split = await told(lab, (snapshot) => nodeOf(snapshot, successor).role === 'primary');
    assert.equal(nodeOf(split, minority).cutOff, true);
    assert.equal(nodeOf(split, minority).role, 'primary');
    assert.equal(await ask(successor, 'GET', 'hello'), '');
    assert.equal(await ask(successor, 'SET', '{hello}2', 'from the majority'), 'OK');
    await lab.disturb({ type: 'heal' });
    await told(lab, (snapshot) => nodeOf(snapshot, minority).primaryLinkUp === true);
    assert.equal(await ask(successor, 'GET', 'hello'), '');
    assert.equal(await ask(successor, 'GET', '{hello}2'), 'from the majority');
  });

  it('the demonstration counts what is lost, and what is not', async () => {
    const port = options.basePort + 1;
    const shown = lab.netSplit(port);
    await told(lab, (snapshot) => nodeOf(snapshot, port).cutOff);
    await assert.rejects(lab.netSplit(port + 1), /split already/);
    const outcome = await shown;
    assert.equal(outcome.successor, port + 3);
    assert.ok(outcome.acknowledged > 0);
    assert.equal(outcome.lost, outcome.acknowledged);
    assert.match(outcome.refusal, /^CLUSTERDOWN/);
    assert.deepEqual([outcome.acknowledgedBySuccessor, outcome.lostBySuccessor], [20, 0]);
    const story = timeline.filter(({ kind }) => kind === 'client').map(({ text }) => text);
    assert.equal(story[0], 'acknowledges a write, though it is cut off');
    assert.match(
      story.at(-2) ?? '',
      /^(\d+) of \1 writes it had acknowledged are lost; the 20 of the other side/,
    );
    const timeout = Number(options.directives['cluster-node-timeout']);
    assert.equal(outcome.nodeTimeoutMs, timeout);
    // A PING may have been on its way when the network was cut.
    assert.ok(outcome.tookWritesMs > timeout / 2);
    assert.match(
      story.at(-1) ?? '',
      new RegExp(`for ${(outcome.tookWritesMs / 1000).toFixed(1)} s, until .*the data of ${port + 3}, which`),
    );
    assert.ok(lab.snapshot.nodes.every(({ cutOff }) => !cutOff));
  });

  it('a slow way makes gossip late, and a replica that follows over it', async () => {
    const replica = options.basePort + 5;
    await lab.disturb({ type: 'delay', ports: [replica], ms: 60 });
    const client = await RespClient.open(options.host, options.basePort + 2, '');
    try {
      const slot = await client.call('SET', 'foo', 'bar');
      assert.equal(slot, 'OK');
      const sentAt = performance.now();
      // Its primary's question and its answer take 60 ms each; REPLCONF GETACK is asked of it at once.
      await client.send('WAIT', '1', '5000');
      assert.ok(performance.now() - sentAt >= 59);
    } finally {
      client.close();
    }
    assert.equal(nodeOf(lab.snapshot, replica).delayMs, 60);
    await lab.disturb({ type: 'heal' });
    assert.equal(nodeOf(lab.snapshot, replica).delayMs, 0);
  });

  it('a lab whose network is split stops at once, its replicas caught up', async () => {
    const other = new InThreadLab();
    const its = await temporaryOptions();
    try {
      await other.start(its);
      await other.disturb({ type: 'partition', ports: [its.basePort] });
      const client = await RespClient.open(its.host, its.basePort, '');
      await client.call('SET', 'hello', 'to a replica that does not hear it');
      client.close();
      const stopping = other.stop();
      assert.ok(other.snapshot.nodes.every(({ cutOff }) => !cutOff));
      await stopping;
      assert.equal(other.snapshot.state, 'stopped');
    } finally {
      await other.dispose();
      removeFolder(its);
    }
  });

  it('what can’t be is refused, and nothing changes', async () => {
    const all = lab.snapshot.nodes.map(({ port }) => port);
    await assert.rejects(lab.disturb({ type: 'partition', ports: all }), /nodes on both sides/);
    await assert.rejects(lab.disturb({ type: 'partition', ports: [1] }), /no node on port 1/);
    await assert.rejects(lab.disturb({ type: 'delay', ports: all, ms: 1e9 }), /0 to 60000 ms/);
    await assert.rejects(lab.netSplit(options.basePort), /is not a running primary/);
    assert.ok(lab.snapshot.nodes.every(({ cutOff, delayMs }) => !cutOff && delayMs === 0));
  });
});
