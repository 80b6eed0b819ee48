import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseClusterNodes } from '../../extension/trib/cluster-nodes.ts';

const A = 'a'.repeat(40);
const B = 'b'.repeat(40);

describe('CLUSTER NODES', () => {
  it('reads the dialect of 3.2, which knows no bus port', () => {
    const [node] = parseClusterNodes(`${A} 192.168.19.132:7003 slave ${B} 0 1496720263710 4 connected\n`);
    assert.deepEqual(node?.address, { host: '192.168.19.132', port: 7003 });
    assert.equal(node?.primaryId, B);
    assert.equal(node?.configEpoch, 4);
    assert.equal(node?.linkUp, true);
    assert.deepEqual(node?.slots, []);
  });

  it('reads the bus port of 4.0, the host name of 7.0 and the shard id of 7.2', () => {
    const endpoints = [
      '127.0.0.1:7000@17000',
      '127.0.0.1:7000@17000,node-a.example',
      '127.0.0.1:7000@17000,,tls-port=0,shard-id=0123',
    ];
    for (const endpoint of endpoints) {
      const [node] = parseClusterNodes(`${A} ${endpoint} myself,master - 0 0 1 connected 0-5460`);
      assert.deepEqual(node?.address, { host: '127.0.0.1', port: 7000 }, endpoint);
      assert.ok(node?.flags.has('myself'));
    }
  });

  it('tells bus port and host name where they are told', () => {
    const [old] = parseClusterNodes(`${A} 10.0.0.1:6379 master - 0 0 1 connected`);
    assert.deepEqual([old?.busPort, old?.hostname], [undefined, undefined]);
    const [seven] = parseClusterNodes(
      `${A} 10.0.0.1:6379@7000,redis-1.example myself,master - 0 0 1 connected`,
    );
    assert.deepEqual([seven?.busPort, seven?.hostname], [7000, 'redis-1.example']);
    const fields = 'shard-id=0123,tls-port=6380,availability-zone=a';
    for (const endpoint of [`10.0.0.1:6379@16379,,${fields}`, `10.0.0.1:6379@16379,${fields}`]) {
      const [valkey] = parseClusterNodes(`${A} ${endpoint} myself,slave,nofailover ${B} 0 0 1 connected`);
      assert.deepEqual([valkey?.address.port, valkey?.busPort, valkey?.hostname], [6379, 16379, undefined]);
      assert.equal(valkey?.primaryId, B);
    }
  });

  it('reads nodes that are lost, met just now or known by id only', () => {
    const lines = [
      `${A} 10.0.0.1:6379@16379 master,fail? - 1 2 3 connected 5`,
      `${B} :0@0 master,noaddr - 1 2 3 disconnected`,
      `${'c'.repeat(40)} 10.0.0.3:6379@16379 handshake - 0 0 0 disconnected`,
    ];
    const [doubtful, lost, met] = parseClusterNodes(`${lines.join('\n')}\n`);
    assert.ok(doubtful?.flags.has('fail?') && !doubtful.flags.has('fail'));
    assert.deepEqual(lost?.address, { host: '', port: 0 });
    assert.equal(lost?.linkUp, false);
    assert.ok(met?.flags.has('handshake'));
  });

  it('reads IPv6 hosts and a node that does not know its own address', () => {
    const [v6] = parseClusterNodes(`${A} ::1:7000@17000 master - 0 0 1 connected`);
    assert.deepEqual(v6?.address, { host: '::1', port: 7000 });
    const [fresh] = parseClusterNodes(`${A} :7000@17000 myself,master - 0 0 0 connected`);
    assert.deepEqual(fresh?.address, { host: '', port: 7000 });
  });

  it('reads ranges, single slots and open slots', () => {
    const open = `[93->-${B}] [77-<-${B}]`;
    const [node] = parseClusterNodes(`${A} h:1@2 myself,master - 0 0 3 connected 0-92 94 100-200 ${open}`);
    assert.deepEqual(node?.slots, [
      [0, 92],
      [94, 94],
      [100, 200],
    ]);
    assert.deepEqual([...(node?.migrating ?? [])], [[93, B]]);
    assert.deepEqual([...(node?.importing ?? [])], [[77, B]]);
  });
});
