/** Golden texts: what CLUSTER INFO, NODES, SLOTS, SHARDS and LINKS say, as redis-server 7.2.4 says it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nodeLine, nodesText } from '../../../extension/node/cluster/nodes-text.ts';
import { replyLinks, replyShards } from '../../../extension/node/cluster/topology.ts';
import type { Reply } from '../../../extension/redis/resp/reply.ts';
import { ReplyDecoder, type RespValue } from '../../../extension/redis/resp/reply-decoder.ts';
import { ReplyWriter } from '../../../extension/redis/resp/reply-writer.ts';
import { type Member, peerOf, TestCluster } from './simulated-cluster.ts';

/** Three primaries, three replicas; ids by number, so that the texts read well and sort as the nodes do. */
function cluster(): TestCluster {
  const made = TestCluster.create(1, 3, 3);
  made.members.forEach((member, at) => {
    if (at < 3) member.offset = 1000 + at;
  });
  made.simulation.runFor(20_000);
  return made;
}

/** Ids replaced by the numbers of their nodes, times by `T`. */
function readable({ members }: TestCluster, text: string): string {
  const named = members.reduce((all, { id }, at) => all.replaceAll(id, `<node ${at + 1}>`), text);
  return named.replace(/\b17000\d{8}\b/g, 'T');
}

function replied(write: (reply: Reply) => void, protocol: 2 | 3 = 2): unknown {
  const writer = new ReplyWriter();
  writer.protocol = protocol;
  write(writer);
  const values: RespValue[] = [];
  new ReplyDecoder((value) => values.push(value)).feed(writer.take());
  assert.equal(values.length, 1);
  return plain(values[0]);
}

function plain(value: RespValue): unknown {
  if ('items' in value) return value.items.map(plain);
  if ('entries' in value)
    return Object.fromEntries(value.entries.map(([key, inner]) => [plain(key), plain(inner)]));
  return 'value' in value ? value.value : null;
}

describe('CLUSTER NODES', () => {
  it('has a line for each node', () => {
    const made = cluster();
    const [first, , third] = made.members;
    first.node.view.slots.migratingTo.set(93, peerOf(first, third));
    first.node.view.slots.importingFrom.set(16000, peerOf(first, third));
    assert.equal(
      readable(made, nodesText(first.node.view)).split('\n').sort().join('\n'),
      `
<node 1> 10.0.0.1:7000@17000 myself,master - 0 0 1 connected 0-5460 [93->-<node 3>] [16000-<-<node 3>]
<node 2> 10.0.0.2:7000@17000 master - 0 T 2 connected 5461-10922
<node 3> 10.0.0.3:7000@17000 master - 0 T 3 connected 10923-16383
<node 4> 10.0.0.4:7000@17000 slave <node 1> 0 T 1 connected
<node 5> 10.0.0.5:7000@17000 slave <node 2> 0 T 2 connected
<node 6> 10.0.0.6:7000@17000 slave <node 3> 0 T 3 connected`,
    );
  });

  it('tells failures, handshakes and names', () => {
    const made = cluster();
    const [first, second, third, fourth] = made.members;
    const peer = peerOf(first, second);
    peer.hostname = 'two.example';
    peer.raise(4 | 512);
    assert.equal(
      readable(made, nodeLine(first.node.view, peer)),
      '<node 2> 10.0.0.2:7000@17000,two.example master,fail?,nofailover - 0 T 2 connected 5461-10922',
    );
    made.crash(third);
    made.simulation.runUntil(() => peerOf(first, third).failed, 60_000);
    assert.match(
      readable(made, nodeLine(first.node.view, peerOf(first, third))),
      /^<node 3> 10\.0\.0\.3:7000@17000 master,fail - T T 3 disconnected 10923-16383$/,
    );
    first.run((node) => node.membership.meet('10.0.0.99', 7000));
    assert.match(
      nodesText(first.node.view),
      /^\w{40} 10\.0\.0\.99:7000@17000 handshake - \d+ 0 0 disconnected$/m,
    );
    first.node.view.slots.release(0);
    assert.match(readable(made, nodesText(first.node.view)), /<node 1> .* connected 1-5460\n/);
    assert.ok(fourth.running);
  });
});

describe('CLUSTER INFO', () => {
  it('counts slots, nodes, epochs and messages', () => {
    const made = cluster();
    const text = made.members[3].node.info().replace(/(_(sent|received)):\d+/g, '$1:N');
    assert.deepEqual(text.split('\r\n'), [
      'cluster_state:ok',
      'cluster_slots_assigned:16384',
      'cluster_slots_ok:16384',
      'cluster_slots_pfail:0',
      'cluster_slots_fail:0',
      'cluster_known_nodes:6',
      'cluster_size:3',
      'cluster_current_epoch:6',
      'cluster_my_epoch:1',
      'cluster_stats_messages_ping_sent:N',
      'cluster_stats_messages_pong_sent:N',
      'cluster_stats_messages_sent:N',
      'cluster_stats_messages_ping_received:N',
      'cluster_stats_messages_pong_received:N',
      'cluster_stats_messages_meet_received:N',
      'cluster_stats_messages_received:N',
      'total_cluster_links_buffer_limit_exceeded:0',
      '',
    ]);
  });

  it('tells which slots are in doubt and which are lost', () => {
    const made = cluster();
    const [first, second, third] = made.members;
    peerOf(first, second).raise(4);
    peerOf(first, third).raise(8);
    assert.match(first.node.info(), /slots_ok:5461\r\n\w+slots_pfail:5462\r\n\w+slots_fail:5461\r\n/);
  });

  it('of a fresh node', () => {
    const lines = new TestCluster(1).add().node.info().split('\r\n');
    assert.deepEqual(lines.slice(0, 9), [
      'cluster_state:fail',
      'cluster_slots_assigned:0',
      'cluster_slots_ok:0',
      'cluster_slots_pfail:0',
      'cluster_slots_fail:0',
      'cluster_known_nodes:1',
      'cluster_size:0',
      'cluster_current_epoch:0',
      'cluster_my_epoch:0',
    ]);
  });
});

describe('CLUSTER SLOTS', () => {
  const made = cluster();
  const [first, second] = made.members;
  const slots = (member: Member, protocol: 2 | 3 = 2): string =>
    readable(made, JSON.stringify(replied((reply) => member.node.replySlots(reply, false), protocol)));

  it('lists each range with its primary and the replicas that can be read', () => {
    assert.equal(
      slots(first),
      JSON.stringify([
        [0, 5460, ['10.0.0.1', 7000, '<node 1>', []], ['10.0.0.4', 7000, '<node 4>', []]],
        [5461, 10922, ['10.0.0.2', 7000, '<node 2>', []], ['10.0.0.5', 7000, '<node 5>', []]],
        [10923, 16383, ['10.0.0.3', 7000, '<node 3>', []], ['10.0.0.6', 7000, '<node 6>', []]],
      ]),
    );
  });

  it('leaves out replicas that failed or never had data', () => {
    peerOf(second, made.members[3]).replicationOffset = 0;
    peerOf(second, made.members[4]).raise(8);
    assert.equal(
      slots(second)
        .match(/<node \d>/g)
        ?.join(' '),
      '<node 1> <node 2> <node 3> <node 6>',
    );
  });

  it('names hosts as the settings want it', () => {
    const { values } = first.settings;
    peerOf(first, second).hostname = 'two.example';
    assert.match(slots(first), /\["10.0.0.2",7000,"<node 2>",\["hostname","two.example"\]\]/);
    assert.match(slots(first, 3), /\["10.0.0.2",7000,"<node 2>",\{"hostname":"two.example"\}\]/);
    values['cluster-preferred-endpoint-type'] = 'hostname';
    assert.match(slots(first), /\["two.example",7000,"<node 2>",\["ip","10.0.0.2"\]\]/);
    assert.match(slots(first), /\["\?",7000,"<node 1>",\["ip","10.0.0.1"\]\]/);
    values['cluster-preferred-endpoint-type'] = 'unknown-endpoint';
    assert.match(slots(first), /\[null,7000,"<node 2>",\["ip","10.0.0.2","hostname","two.example"\]\]/);
  });
});

describe('CLUSTER SHARDS', () => {
  it('lists each shard with its slots and the state of its nodes', () => {
    const made = cluster();
    const [first, second] = made.members;
    peerOf(first, second).raise(8);
    peerOf(first, made.members[5]).replicationOffset = 0;
    const node = (number: number, role: string, offset: number, health: string): object => ({
      id: `<node ${number}>`,
      port: 7000,
      ip: `10.0.0.${number}`,
      endpoint: `10.0.0.${number}`,
      role,
      'replication-offset': offset,
      health,
    });
    const text = readable(made, JSON.stringify(replied((reply) => replyShards(first.node.view, reply), 3)));
    const shards: { slots: number[] }[] = JSON.parse(text);
    shards.sort((one, other) => one.slots[0] - other.slots[0]);
    assert.deepEqual(shards, [
      { slots: [0, 5460], nodes: [node(1, 'master', 1000, 'online'), node(4, 'replica', 1000, 'online')] },
      { slots: [5461, 10922], nodes: [node(2, 'master', 1001, 'fail'), node(5, 'replica', 1001, 'online')] },
      { slots: [10923, 16383], nodes: [node(3, 'master', 1002, 'online'), node(6, 'replica', 0, 'loading')] },
    ]);
  });
});

describe('CLUSTER LINKS', () => {
  it('has both directions of every pair', () => {
    const made = cluster();
    const [first] = made.members;
    const text = readable(made, JSON.stringify(replied((reply) => replyLinks(first.node.view, reply), 3)));
    const links: Record<string, unknown>[] = JSON.parse(text.replace(/"create-time":T/g, '"create-time":1'));
    assert.equal(links.length, 10);
    assert.deepEqual(Object.keys(links[0]), [
      'direction',
      'node',
      'create-time',
      'events',
      'send-buffer-allocated',
      'send-buffer-used',
    ]);
    assert.equal(new Set(links.map(({ direction, node }) => `${direction} ${node}`)).size, 10);
  });

  it('tells when a link was made by the clock of that moment', () => {
    const { simulation, members } = cluster();
    const [first] = members;
    const before = replied((reply) => replyLinks(first.node.view, reply));
    simulation.jumpClock(first.ip, 3_600_000);
    assert.deepEqual(
      replied((reply) => replyLinks(first.node.view, reply)),
      before,
    );
  });
});
