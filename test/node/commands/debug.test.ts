/** DEBUG: what it does is truly done. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Simulation } from '../../../extension/worlds/simulated.ts';
import { field, PORT, SimulatedNode } from '../simulated-node.ts';
import { pair } from '../simulated-pair.ts';

describe('DEBUG POPULATE', () => {
  it('makes numbered strings beside those there are', () => {
    const client = SimulatedNode.started().client();
    client.call('SET', 'key:1', 'mine');
    assert.equal(client.call('DEBUG', 'POPULATE', 3), 'OK');
    assert.deepEqual(client.call('MGET', 'key:0', 'key:1', 'key:2'), ['value:0', 'mine', 'value:2']);
    client.call('DEBUG', 'POPULATE', 2, 'big', 100);
    assert.equal(client.call('GET', 'big:1'), `value:1${'\0'.repeat(93)}`);
    client.call('DEBUG', 'POPULATE', 1, 'small', 3);
    assert.equal(client.call('GET', 'small:0'), 'val');
    assert.equal(client.call('DBSIZE'), 6);
    assert.equal(client.call('DEBUG', 'POPULATE', -1), '-ERR value is out of range, must be positive');
  });

  it('tells no replica', () => {
    const { p, r } = pair(1);
    p.call('DEBUG', 'POPULATE', 10);
    p.call('SET', 'k', 'v');
    assert.equal(p.call('WAIT', 1, 0), 1);
    assert.equal(r.call('DBSIZE'), 1);
  });
});

describe('DEBUG RELOAD', () => {
  it('is a change of all keys, for who watches some or keeps copies', () => {
    const node = SimulatedNode.started();
    const [client, other] = [node.client(), node.client()];
    client.call('SET', 'k', 'v');
    client.call('HELLO', 3);
    client.call('CLIENT', 'TRACKING', 'ON');
    client.call('GET', 'k');
    client.call('WATCH', 'k');
    other.call('DEBUG', 'RELOAD');
    assert.deepEqual(client.next(), ['invalidate', null]);
    client.call('MULTI');
    assert.equal(client.call('EXEC'), null);
    assert.equal(client.call('GET', 'k'), 'v');
  });
});

describe('DEBUG SET-SKIP-CHECKSUM-VALIDATION', () => {
  it('lets payloads in whatever their checksum, and nothing that is no value', () => {
    const client = SimulatedNode.started().client();
    client.call('SET', 'k', 'value');
    const payload = String(client.call('DUMP', 'k'));
    const other = payload.replace('value', 'VALUE');
    const refused = '-ERR DUMP payload version or checksum are wrong';
    assert.equal(client.call('RESTORE', 'other', 0, other), refused);
    client.call('DEBUG', 'SET-SKIP-CHECKSUM-VALIDATION', 1);
    assert.equal(client.call('RESTORE', 'other', 0, other), 'OK');
    assert.equal(client.call('GET', 'other'), 'VALUE');
    assert.equal(client.call('RESTORE', 'bad', 0, payload.slice(1)), '-ERR Bad data format');
    client.call('DEBUG', 'SET-SKIP-CHECKSUM-VALIDATION', 0);
    assert.equal(client.call('RESTORE', 'again', 0, other), refused);
  });
});

describe('DEBUG PROTOCOL', () => {
  it('answers with an attribute in front where there are attributes', () => {
    const client = SimulatedNode.started().client();
    assert.equal(client.call('DEBUG', 'PROTOCOL', 'attrib'), 'Some real reply following the attribute');
    assert.equal(client.call('DEBUG', 'PROTOCOL', 'push'), '-ERR RESP2 is not supported by this command');
  });
});

describe('DEBUG OBJECT', () => {
  it('tells how a value is kept, how long it is in an RDB, and when it was used', () => {
    const node = SimulatedNode.started();
    const client = node.client();
    const about = (key: string, what: string): string | undefined =>
      new RegExp(`${what}:(\\S+)`).exec(String(client.call('DEBUG', 'OBJECT', key)))?.[1];
    client.call('SET', 'number', '100');
    client.call('SET', 'text', 'x'.repeat(20));
    client.call('RPUSH', 'list', 'a', 'b');
    assert.deepEqual(
      ['number', 'text', 'list'].map((key) => about(key, 'encoding')),
      ['int', 'embstr', 'listpack'],
    );
    assert.equal(about('number', 'serializedlength'), '2');
    assert.equal(about('text', 'serializedlength'), '21');
    const before = Number(about('text', 'lru'));
    client.wait(2000);
    client.call('GET', 'text');
    assert.equal(about('text', 'lru'), String(before + 2));
    assert.equal(client.call('DEBUG', 'OBJECT', 'none'), '-ERR no such key');
  });
});

describe('DEBUG QUICKLIST-PACKED-THRESHOLD', () => {
  it('gives elements of a list blocks of their own, as DEBUG OBJECT shows', () => {
    const client = SimulatedNode.started().client();
    const blocks = (key: string) => /ql_nodes:(\d+)/.exec(String(client.call('DEBUG', 'OBJECT', key)))?.[1];
    client.call('CONFIG', 'SET', 'list-max-listpack-size', '2');
    client.call('RPUSH', 'before', 'aaa', 'b', 'ccc', 'd');
    assert.equal(client.call('DEBUG', 'QUICKLIST-PACKED-THRESHOLD', '3b'), 'OK');
    client.call('RPUSH', 'after', 'aaa', 'b', 'ccc', 'd');
    assert.deepEqual([blocks('before'), blocks('after')], ['1', '4']);
    client.call('LINSERT', 'after', 'BEFORE', 'd', 'dd');
    assert.equal(blocks('after'), '4');
    client.call('LSET', 'after', 1, 'bbb');
    client.call('LINSERT', 'after', 'AFTER', 'dd', 'eee');
    assert.deepEqual(client.call('LRANGE', 'after', 0, -1), ['aaa', 'bbb', 'ccc', 'dd', 'eee', 'd']);
    assert.equal(blocks('after'), '6');
    assert.equal(client.call('DEBUG', 'QUICKLIST-PACKED-THRESHOLD', '0'), 'OK');
    client.call('RPUSH', 'after', 'fff');
    assert.equal(blocks('after'), '6');
  });
});

describe('DEBUG REPLICATE', () => {
  it('is executed by replicas only', () => {
    const { p, r } = pair(2);
    assert.equal(p.call('DEBUG', 'REPLICATE', 'SET', 'k', 'theirs'), 'OK');
    p.call('SET', 'other', 'v');
    p.call('WAIT', 1, 0);
    assert.deepEqual([p.call('GET', 'k'), r.call('GET', 'k')], [null, 'theirs']);
  });
});

describe('DEBUG CHANGE-REPL-ID', () => {
  it('makes a replica that comes back start over', () => {
    const { simulation, primary, replica, p } = pair(3);
    p.call('SET', 'k', 'v');
    const before = primary.node.replication.replicationId;
    p.call('DEBUG', 'CHANGE-REPL-ID');
    assert.notEqual(primary.node.replication.replicationId, before);
    assert.equal(replica.node.replication.linkUp, true);
    p.call('CLIENT', 'KILL', 'TYPE', 'REPLICA');
    simulation.runUntil(() => primary.node.replication.syncCounts.full === 2, 3000);
  });
});

describe('DEBUG CLUSTERLINK KILL', () => {
  function two() {
    const simulation = new Simulation(1);
    const [one, other] = ['10.0.0.1', '10.0.0.2'].map((host) =>
      SimulatedNode.started(['cluster-enabled yes'], { simulation, host }),
    );
    assert.ok(one !== undefined && other !== undefined);
    const client = one.client();
    client.call('CLUSTER', 'MEET', '10.0.0.2', PORT);
    const id = String(other.client().call('CLUSTER', 'MYID'));
    const directions = () => {
      const links = client.call('CLUSTER', 'LINKS');
      assert.ok(Array.isArray(links));
      return links.map((link) => (Array.isArray(link) ? link[1] : undefined)).sort();
    };
    simulation.runUntil(() => one.node.cluster?.view.nodes.get(id)?.inboundLink !== undefined, 3000);
    return { simulation, one, client, id, directions };
  }

  it('closes what it is told to, and the links come back', () => {
    const { simulation, client, id, directions } = two();
    for (const [direction, rest] of [
      ['to', ['from']],
      ['from', ['to']],
      ['all', []],
    ] as const) {
      client.call('MULTI');
      client.call('DEBUG', 'CLUSTERLINK', 'KILL', direction, id);
      client.call('CLUSTER', 'LINKS');
      const reply = client.call('EXEC');
      assert.ok(Array.isArray(reply) && Array.isArray(reply[1]));
      assert.deepEqual(
        reply[1].map((link) => (Array.isArray(link) ? link[1] : undefined)),
        rest,
      );
      simulation.runFor(500);
      assert.deepEqual(directions(), ['from', 'to']);
    }
  });

  it('knows whom and in a cluster only', () => {
    const { client } = two();
    assert.equal(client.call('DEBUG', 'CLUSTERLINK', 'KILL', 'to', 'x'), '-ERR Unknown node x');
    const alone = SimulatedNode.started().client();
    assert.match(String(alone.call('DEBUG', 'CLUSTERLINK', 'KILL', 'to', 'x')), /^-ERR Debug option only/);
  });
});

describe('INFO', () => {
  it('tells of the memory that links and the backlog take', () => {
    const { p } = pair(4);
    p.call('SET', 'k', 'v'.repeat(1000));
    const info = p.call('INFO', 'memory');
    assert.ok(Number(field(info, 'mem_replication_backlog')) > 1000);
    assert.equal(field(info, 'mem_cluster_links'), '0');
  });
});

describe('DEBUG SEGFAULT', () => {
  it('crashes the node, whose log says in which state; nothing is saved, and nobody is told', () => {
    const node = SimulatedNode.started(['save 900 1', 'appendonly yes', 'appendfsync always']);
    const [client, other] = [node.client(), node.client()];
    client.call('SET', 'k', 'v');
    client.send('DEBUG', 'SEGFAULT');
    node.simulation.runUntil(() => client.closed && other.closed, 1000);
    assert.equal(node.exitCode, 139);
    assert.deepEqual(client.received, []);
    const { disk } = node.simulation.world(node.host);
    assert.equal(disk.exists('/data/dump.rdb'), false);
    const log = node.log.join('');
    assert.match(
      log,
      /REPORT START[\s\S]*crashed by signal: 11[\s\S]*STACK TRACE[\s\S]*segfault[\s\S]*redis_version/,
    );
    const again = SimulatedNode.started(['appendonly yes'], { simulation: node.simulation, host: node.host });
    assert.equal(again.client().call('GET', 'k'), 'v');
  });

  it('without a report when nobody wants one', () => {
    const node = SimulatedNode.started(['crash-log-enabled no']);
    const client = node.client();
    client.send('DEBUG', 'SEGFAULT');
    node.simulation.runUntil(() => client.closed, 1000);
    assert.doesNotMatch(node.log.join(''), /REPORT START/);
  });
});
