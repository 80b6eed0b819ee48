import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { REPLICA } from '../../../extension/node/cluster/message.ts';
import { nodesConfText, parseNodesConf, restore } from '../../../extension/node/cluster/nodes-conf.ts';
import { nodesText } from '../../../extension/node/cluster/nodes-text.ts';
import { View } from '../../../extension/node/cluster/view.ts';
import { bytesOf } from '../../../extension/redis/bytes.ts';
import { SimulatedNode } from '../simulated-node.ts';
import { type Member, peerOf, TestCluster } from './simulated-cluster.ts';

const ME = '1ee35ff2d3355288bbaeb48bfbf4883ce0c79609';
const PRIMARY = '24919612c06b6de305a33c0659945d12af0f8344';
const OTHER = '106eed927b31df6ff42cbd2c2902a653e59931d7';
const SHARD = 'c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00';

/** As redis-server 7.0.15 wrote it, before shards had ids. */
const OLD = `\
${PRIMARY} 127.0.0.1:21400@21410,host-0.example master - 0 1795424619865 8 connected 0-99 101
${ME} 127.0.0.1:21403@21413 myself,slave ${PRIMARY} 0 1795424619000 8 connected
${OTHER} 127.0.0.1:21401@21411 master,fail? - 1795424619676 0 2 connected 5461-10922
vars currentEpoch 8 lastVoteEpoch 7
`;

/** As redis-server 7.2.4 writes it. */
const NEW = `\
${ME} 10.0.0.1:7000@17000,,tls-port=0,shard-id=${SHARD} myself,master - 0 0 3 connected 0-865 867-5460 [866->-${OTHER}] [9000-<-${OTHER}]
${OTHER} 10.0.0.2:7000@17000,two.example,tls-port=0,nodename=two,shard-id=${PRIMARY} master - 0 0 2 disconnected 866 5461-16383
vars currentEpoch 3 lastVoteEpoch 0
`;

function viewOf(text: string): View {
  const view = new View(new TestCluster(1).add());
  const stored = parseNodesConf(bytesOf(text));
  assert.ok(stored);
  restore(view, stored);
  return view;
}

describe('nodes.conf', () => {
  it('of 7.2 is read, and written again as it was', () => {
    assert.equal(nodesConfText(viewOf(NEW)), NEW);
  });

  it('of 7.0 is read: a replica takes the shard of its primary', () => {
    const view = viewOf(OLD);
    const primary = view.nodes.get(PRIMARY);
    assert.equal(view.self.id, ME);
    assert.equal(view.self.primary, primary);
    assert.equal(view.self.shardId, primary?.shardId);
    assert.equal(view.self.configEpoch, 0, "the epoch on a replica's line is its primary's");
    assert.equal(primary?.configEpoch, 8);
    assert.equal(primary?.hostname, 'host-0.example');
    assert.deepEqual(primary?.slots.ranges(), [
      [0, 99],
      [101, 101],
    ]);
    assert.deepEqual([view.currentEpoch, view.lastVoteEpoch], [8, 7]);
    const other = view.nodes.get(OTHER);
    assert.ok(other?.possiblyFailed && other.pingSentAt !== undefined);
  });

  it('has one shard for a primary and its replicas, whatever was heard of it last: redis-server takes no other file', () => {
    const view = viewOf(
      NEW.replace(`master - 0 0 2 disconnected 866 5461-16383`, `slave ${ME} 0 0 3 disconnected`).replace(
        `shard-id=${PRIMARY}`,
        `shard-id=${SHARD}`,
      ),
    );
    assert.equal(view.nodes.get(OTHER)?.shardId, SHARD);
    const replica = view.nodes.get(OTHER);
    assert.ok(replica);
    replica.shardId = PRIMARY;
    assert.doesNotMatch(nodesConfText(view), new RegExp(`shard-id=${PRIMARY}`));
  });

  it('has one shard for a chain of replicas, too: a primary that became one leaves its own behind', () => {
    const view = viewOf(OLD);
    const stale = view.nodes.get(OTHER);
    const { self } = view;
    assert.ok(stale);
    stale.primary = self;
    stale.flags = REPLICA;
    assert.notEqual(stale.shardId, self.primary?.shardId);
    const shards = [...nodesConfText(view).matchAll(/^(\S+) .*shard-id=(\w+)/gm)];
    const of = (id: string) => shards.find(([, named]) => named === id)?.[2];
    assert.equal(of(OTHER), self.primary?.shardId);
    assert.equal(of(self.id), self.primary?.shardId);
  });

  it('may name a replica of another shard, as redis-server 7.2 may write it and then not read it: it is of its primary’s', () => {
    const asReplica = NEW.replace(
      'master - 0 0 2 disconnected 866 5461-16383',
      `slave ${ME} 0 0 3 disconnected`,
    );
    const view = viewOf(asReplica);
    assert.equal(view.nodes.get(OTHER)?.shardId, SHARD);
    const before = viewOf(`${PRIMARY} :1@2 slave ${ME} 0 0 3 disconnected\n${NEW}`);
    assert.equal(before.nodes.get(PRIMARY)?.shardId, SHARD);
  });

  it('never turns the epoch back', () => {
    assert.equal(viewOf(NEW.replace('currentEpoch 3', 'currentEpoch 1')).currentEpoch, 3);
  });

  it('before 4.0 had no bus port', () => {
    assert.equal(viewOf(OLD.replace('@21411', '')).nodes.get(OTHER)?.busPort, 31401);
  });

  it('that is empty is none: the server was killed before it first saved', () => {
    assert.equal(parseNodesConf(new Uint8Array(0)), undefined);
  });

  it('of an encrypted cluster before 7.2 tells the port for TLS; of a later one both', () => {
    const portsOf = (text: string): number[] => {
      const node = parseNodesConf(bytesOf(text), true)?.nodes.find(({ id }) => id === OTHER);
      return node === undefined ? [] : [node.port, node.tlsPort, node.busPort];
    };
    assert.deepEqual(portsOf(OLD), [0, 21401, 21411]);
    assert.deepEqual(portsOf(NEW.replaceAll('tls-port=0', 'tls-port=7443')), [7000, 7443, 17000]);
    assert.deepEqual(portsOf(NEW.replaceAll('tls-port=0', 'tcp-port=6379')), [6379, 7000, 17000]);
  });

  it('in a folder that can not be written is refused as redis-server does', () => {
    const simulated = new SimulatedNode(['cluster-enabled yes']);
    simulated.node.world.disk.lock = () => {
      throw Object.assign(new Error("EROFS: read-only file system, open 'x'"), { code: 'EROFS' });
    };
    assert.equal(
      simulated.start()?.message,
      "Can't open /data/nodes.conf in order to acquire a lock: Read-only file system",
    );
  });

  it('that can not be saved ends the node, which says nothing that it would have to remember', () => {
    const simulated = SimulatedNode.started(['cluster-enabled yes']);
    const { world } = simulated.node;
    const client = simulated.client();
    client.call('CLUSTER', 'SAVECONFIG');
    const { replace } = world.disk;
    world.disk.replace = () => {
      throw new Error('ENOSPC: no space left on device');
    };
    client.send('CLUSTER', 'BUMPEPOCH');
    assert.deepEqual(client.wait(100), []);
    world.disk.replace = replace;
    assert.equal(simulated.exitCode, 1);
    assert.match(simulated.log.join(''), /no space left.*\n.*Fatal: can't update cluster config file/);
  });

  // What redis-server 7.2.4 makes of files that were edited by hand, found by mutating real ones.
  describe('edited by hand', () => {
    const nodesOf = (text: string): string[] =>
      nodesText(viewOf(text))
        .split('\n')
        .map((line) => line.replace(/ \d+ \d+ (?=\d+ (dis)?connected)/, ' '));
    const other = (text: string): string | undefined => nodesOf(text).find((line) => line.startsWith(OTHER));

    it('may have lost its vars, and the last line feed', () => {
      assert.equal(viewOf(NEW.replace(/vars.*\n/, '')).currentEpoch, 3, 'the highest of the nodes');
      assert.deepEqual(nodesOf(NEW.slice(0, -1)), nodesOf(NEW));
      assert.deepEqual(nodesOf(NEW.replace(/\n/g, '\r\n\n')), nodesOf(NEW));
    });

    it('may have vars that are not known, and in any order', () => {
      const view = viewOf(`VARS lastVoteEpoch 4 weather fine CURRENTEPOCH 9\n${NEW.replace(/vars.*\n/, '')}`);
      assert.deepEqual([view.currentEpoch, view.lastVoteEpoch], [9, 4]);
    });

    it('has a node on two lines: the later one counts, and slots and flags of both', () => {
      const second = `${OTHER} 10.0.0.9:7001@17001 nofailover - 0 0 7 connected 0-10 867`;
      const text = `${NEW.replace(/ \[9000.*\]/, '')}${second}\n`;
      assert.match(
        other(text) ?? '',
        /10.0.0.9:7001@17001 master,nofailover - 7 disconnected 866 5461-16383$/,
      );
    });

    it('names nodes that have no line', () => {
      const text = `${ME} :7000@17000 myself,slave ${PRIMARY} 0 0 3 connected [7-<-${OTHER}]\n`;
      assert.deepEqual(nodesOf(text), [
        `${ME} :7000@17000 myself,slave ${PRIMARY} 0 connected [7-<-${OTHER}]`,
        `${PRIMARY} :0@0 noflags - 0 disconnected`,
        `${OTHER} :0@0 noflags - 0 disconnected`,
        '',
      ]);
    });

    it('has numbers as C reads them: what begins no number is 0, what follows one is left out', () => {
      assert.match(other(NEW.replace('0 0 2', 'x y 12th')) ?? '', / master - 12 disconnected/);
      assert.match(other(NEW.replace('10.0.0.2:7000@17000', '10.0.0.2:7a@')) ?? '', / 10.0.0.2:7@0,/);
      assert.match(
        other(NEW.replace('866 5461-16383', '866x -2 9-7 6000-6001-6002')) ?? '',
        / 866 6000-6001$/,
      );
    });

    it('calls this node one in handshake, and is written with it all the same', () => {
      const view = viewOf(NEW.replace('myself,master', 'myself,master,handshake'));
      assert.ok(nodesConfText(view).startsWith(ME));
    });

    it('says anything of links, and of a primary that begins with a dash', () => {
      assert.match(other(NEW.replace('- 0 0 2 disconnected', '-none 0 0 2 maybe')) ?? '', / master - 2 /);
    });
  });

  const broken: [string, string][] = [
    ['an unknown flag', NEW.replace('myself,master', 'myself,boss')],
    ['no flag', NEW.replace('myself,master', '""')],
    ['an id that is none', NEW.replace(`${ME} 10`, `${ME.toUpperCase()} 10`)],
    ["a primary's id that is none", NEW.replace('master - 0 0 2', 'slave x 0 0 2')],
    ['a slot too high', NEW.replace('867-5460', '867-16384')],
    ['an open slot without node', NEW.replace(`[866->-${OTHER}]`, '[866->-]')],
    ['an open slot too high', NEW.replace('[866->', '[16384->')],
    ['an unknown extra', NEW.replace('tls-port=0', 'tls-gate=0')],
    ['an extra without value', NEW.replace('tls-port=0', 'tls-port')],
    ['a name with forbidden letters', NEW.replace('nodename=two', 'nodename=t;o')],
    ['a shard id that is none', NEW.replace(`shard-id=${PRIMARY}`, 'shard-id=two')],
    ['a port too high', NEW.replace(':7000', ':70000')],
    ['a bus port too high', NEW.replace(':7000@17000', ':56000')],
    ['a port below 0', NEW.replace('tls-port=0', 'tls-port=-1')],
    ['no port', NEW.replace('10.0.0.2:7000@17000', '10.0.0.2')],
    ['an address longer than any', NEW.replace('10.0.0.2', '10.0.0.2'.repeat(6))],
    ['too few words', NEW.replace(' connected 0-865 867-5460', '').replace(/ \[.*\]/, '')],
    ['a quote that does not close', NEW.replace('two.example', '"two')],
    ['an epoch below 0', NEW.replace('- 0 0 3', '- 0 0 -1')],
    ['an epoch beyond all', NEW.replace('currentEpoch 3', 'currentEpoch 9007199254740993')],
    ['vars without a value', NEW.replace(' lastVoteEpoch 0', ' lastVoteEpoch')],
    ['nobody that is myself', NEW.replace('myself,', '')],
    ['two that are', NEW.replace('master - 0 0 2', 'myself,master - 0 0 2')],
    ['a line of blanks', `${NEW} \n`],
    ['an end in the middle', NEW.slice(0, 200)],
    ['another kind of file', '<?xml version="1.0"?>\n<nodes/>\n'],
  ];
  for (const [what, text] of broken) {
    it(`with ${what} is refused`, () => {
      assert.throws(
        () => parseNodesConf(bytesOf(text)),
        /^CorruptConfig: Unrecoverable error: corrupted cluster config file /,
      );
    });
  }
});

describe('a node and its nodes.conf', () => {
  const fileOf = (member: Member): string => {
    const bytes = member.world.disk.read(member.configPath);
    assert.ok(bytes);
    return Buffer.from(bytes).toString();
  };

  const fresh = (id: string): RegExp =>
    new RegExp(
      `^${id} :7000@17000,,tls-port=0,shard-id=\\w{40} myself,master - 0 0 0 connected\nvars currentEpoch 0 lastVoteEpoch 0\n$`,
    );

  it('a fresh one writes it before a client hears who it is', () => {
    const member = new TestCluster(1).add();
    const id = member.run((node) => node.myId);
    assert.match(fileOf(member), fresh(id));
  });

  it('a fresh one writes it before another node hears who it is', () => {
    const cluster = new TestCluster(1);
    const [one, other] = [cluster.add(), cluster.add()];
    one.run((node) => node.membership.meet(other.ip, 7000));
    cluster.simulation.runUntil(() => one.node.view.nodes.get(other.id) !== undefined, 1000);
    cluster.crash(other, 'process');
    assert.equal(cluster.restart(other).id, other.id);
  });

  it('a fresh one that nobody asks writes it soon', () => {
    const cluster = new TestCluster(1);
    const member = cluster.add();
    cluster.simulation.runFor(150);
    assert.match(fileOf(member), fresh(member.id));
  });

  it('comes back as who it was, killed at any moment', () => {
    for (let seed = 1; seed <= 10; seed++) {
      const cluster = TestCluster.create(seed, 3, 3);
      const [member, , , replica] = cluster.members;
      for (const kind of ['process', 'power'] as const) {
        // A tick later even a power cut loses nothing.
        if (kind === 'power') cluster.simulation.runFor(150);
        cluster.crash(replica, kind);
        const back = cluster.restart(replica);
        assert.equal(back.fatalText, undefined);
        assert.equal(back.id, replica.id);
        assert.equal(back.node.view.nodes.size, 6);
        assert.equal(back.node.view.self.primary?.id, member.id);
        cluster.settle(5000);
        assert.equal(back.following?.host, member.ip);
        cluster.members[3] = back;
      }
    }
  });

  it('restarted, a primary takes no queries for two seconds; a replica may', () => {
    const cluster = TestCluster.create(1, 3, 3);
    cluster.simulation.runFor(500);
    const [primary, , , replica] = cluster.members;
    cluster.crash(primary);
    cluster.crash(replica);
    const [primaryBack, replicaBack] = [cluster.restart(primary), cluster.restart(replica)];
    assert.ok(cluster.simulation.runUntil(() => replicaBack.node.stateOk, 1000) < 200);
    const took = cluster.simulation.runUntil(() => primaryBack.node.stateOk, 3000);
    assert.ok(took > 1800 && took < 2200, `${took}`);
  });

  it('does not start on a corrupt one, and leaves it as it is', () => {
    const cluster = TestCluster.create(1, 3, 0);
    const [member] = cluster.members;
    cluster.simulation.runFor(500);
    cluster.crash(member);
    const half = bytesOf(fileOf(cluster.members[1]).slice(0, 200));
    cluster.simulation.world(member.ip).disk.replace('/nodes.conf', half);
    const back = cluster.restart(member);
    assert.match(back.fatalText ?? '', /Unrecoverable error: corrupted cluster config file/);
    assert.deepEqual(Buffer.from(back.world.disk.read('/nodes.conf') ?? ''), Buffer.from(half));
    // Whoever mends the file can start again.
    back.world.disk.replace('/nodes.conf', bytesOf(fileOf(cluster.members[1])));
    assert.equal(cluster.restart(back).fatalText, undefined);
  });

  it('does not start on one that another node uses', () => {
    const cluster = new TestCluster(1);
    const member = cluster.add();
    cluster.simulation.runFor(200);
    const before = fileOf(member);
    const second = cluster.restart(member);
    assert.match(second.fatalText ?? '', /nodes\.conf is already used by a different Redis Cluster node/);
    assert.equal(fileOf(member), before);
    member.node.stop(true);
    const third = cluster.restart(member);
    assert.equal(third.fatalText, undefined);
    assert.equal(third.id, member.id);
  });

  it('does not start where it can not be locked or read, and says why', () => {
    const cluster = new TestCluster(1);
    const member = cluster.add();
    cluster.simulation.runFor(200);
    cluster.crash(member);
    const readOnly = () => {
      throw Object.assign(new Error('EROFS: read-only file system, open'), { code: 'EROFS' });
    };
    const { disk } = cluster.simulation.world(member.ip);
    const { lock, read } = disk;
    disk.lock = readOnly;
    assert.equal(
      cluster.restart(member).fatalText,
      "Can't open /nodes.conf in order to acquire a lock: Read-only file system",
    );
    disk.lock = lock;
    disk.read = () => {
      throw Object.assign(new Error('EISDIR: illegal operation on a directory, read'), { code: 'EISDIR' });
    };
    assert.equal(
      cluster.restart(member).fatalText,
      'Loading the cluster node config from /nodes.conf: Is a directory',
    );
    disk.read = read;
    const back = cluster.restart(member);
    assert.equal(back.fatalText, undefined);
    assert.equal(back.id, member.id);
  });

  it('a port whose bus port would not exist is refused', () => {
    const member = new TestCluster(1).add({ port: '55536' });
    assert.match(member.fatalText ?? '', /Your Redis port number must be 55535 or less/);
  });

  it('stopped in order it is saved as it is', () => {
    const cluster = TestCluster.create(1, 3, 0);
    const [member, other] = cluster.members;
    peerOf(member, other).hostname = 'changed';
    member.node.stop(true);
    assert.match(fileOf(member), /,changed,/);
    assert.equal(
      member.node.view.nodes.all.some(({ link }) => link !== undefined),
      false,
    );
  });
});
