/** The commands of replication on whole nodes: who is told what, and when. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Simulation } from '../../../extension/worlds/simulated.ts';
import { field, PORT, SimulatedNode } from '../simulated-node.ts';
import { AT_ONCE, PRIMARY, pair, REPLICA } from '../simulated-pair.ts';

describe('WAIT', () => {
  it('asks replicas at once and answers as soon as enough have what this session wrote', () => {
    const { simulation, p } = pair(1);
    p.call('SET', 'k', 'v');
    const before = simulation.nowMs;
    assert.equal(p.call('WAIT', 1, 0), 1);
    assert.ok(simulation.nowMs - before < 50, `${simulation.nowMs - before} ms`);
    assert.equal(p.call('WAIT', 0, 0), 1, 'more than asked for');
  });

  it('answers after its time with those there are', () => {
    const { simulation, p } = pair(2);
    p.call('SET', 'k', 'v');
    const before = simulation.nowMs;
    assert.equal(p.call('WAIT', 2, 700), 1);
    const took = simulation.nowMs - before;
    assert.ok(took >= 700 && took < 800, `${took} ms`);
  });

  it('counts only what a cut-off replica really has', () => {
    const { simulation, p } = pair(3);
    simulation.partition(PRIMARY, REPLICA);
    p.call('SET', 'k', 'v');
    assert.equal(p.call('WAIT', 1, 500), 0);
    simulation.heal();
    assert.equal(p.call('WAIT', 1, 0), 1);
  });

  it('does not wait inside a transaction, and not on a replica', () => {
    const { p, r } = pair(4);
    p.call('MULTI');
    p.call('SET', 'k', 'v');
    p.call('WAIT', 1, 0);
    assert.deepEqual(p.call('EXEC'), ['OK', 1]);
    assert.match(String(r.call('WAIT', 1, 0)), /^-ERR WAIT cannot be used with replica instances\./);
    assert.equal(p.call('WAIT', 1, -1), '-ERR timeout is negative');
    assert.equal(p.call('WAIT', 'x', 1), '-ERR value is not an integer or out of range');
  });

  it('ends with an error when its node becomes a replica', () => {
    const { simulation, primary, p } = pair(6);
    simulation.pause(REPLICA);
    p.call('SET', 'k', 'v');
    p.send('WAIT', 1, 0);
    simulation.runFor(10);
    primary.client().call('REPLICAOF', '10.0.0.77', 1);
    assert.equal(
      p.next(),
      '-UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)',
    );
  });

  it('is over when its session is', () => {
    const { simulation, primary, replica, p } = pair(5);
    simulation.pause(REPLICA);
    p.call('SET', 'k', 'v');
    p.send('WAIT', 1, 0);
    simulation.runFor(10);
    p.connection.destroy();
    simulation.runFor(10);
    simulation.resume(REPLICA);
    simulation.runUntil(() => replica.node.replication.offset === primary.node.replication.offset, 2000);
    assert.equal(primary.client().call('PING'), 'PONG');
  });
});

describe('ROLE', () => {
  it('tells a primary its replicas and a replica its primary', () => {
    const { simulation, primary, p, r } = pair(10);
    simulation.runFor(2500);
    const offset = primary.node.replication.offset;
    assert.deepEqual(p.call('ROLE'), ['master', offset, [[REPLICA, String(PORT), String(offset)]]]);
    assert.deepEqual(r.call('ROLE'), ['slave', PRIMARY, PORT, 'connected', offset]);
    assert.equal(r.call('REPLICAOF', '10.0.0.77', 1), 'OK');
    assert.deepEqual(r.call('ROLE'), ['slave', '10.0.0.77', 1, 'connecting', -1]);
    r.call('REPLICAOF', 'no', 'one');
    assert.deepEqual(r.call('ROLE'), ['master', offset, []]);
  });
});

describe('REPLICAOF', () => {
  it('says the same twice, and refuses what makes no sense', () => {
    const { r } = pair(20);
    assert.equal(r.call('REPLICAOF', PRIMARY, PORT), 'OK Already connected to specified master');
    assert.equal(r.call('SLAVEOF', PRIMARY, 65536), '-ERR Invalid master port');
    assert.equal(r.call('SLAVEOF', PRIMARY, 'x'), '-ERR Invalid master port');
    assert.equal(field(r.call('INFO', 'replication'), 'master_host'), PRIMARY);
  });

  it('is for the cluster to decide in a cluster', () => {
    const node = SimulatedNode.started(['cluster-enabled yes']);
    assert.equal(node.client().call('REPLICAOF', 'no', 'one'), '-ERR REPLICAOF not allowed in cluster mode.');
  });

  it('logs in with masterauth', () => {
    const simulation = new Simulation(21);
    const primary = SimulatedNode.started(['requirepass secret', AT_ONCE], { simulation, host: PRIMARY });
    const replica = SimulatedNode.started([`replicaof ${PRIMARY} ${PORT}`], { simulation, host: REPLICA });
    simulation.runFor(1500);
    assert.equal(replica.node.replication.linkUp, false);
    replica.client().call('CONFIG', 'SET', 'masterauth', 'wrong');
    simulation.runFor(1500);
    assert.ok(replica.log.some((line) => line.includes('Unable to AUTH to MASTER')));
    replica.client().call('CONFIG', 'SET', 'masterauth', 'secret');
    simulation.runUntil(() => replica.node.replication.linkUp, 3000);
    assert.equal(primary.node.replication.replicas().length, 1);
  });

  it('logs in as masteruser, who need not be able to do more than a replica does', () => {
    const simulation = new Simulation(23);
    const rules = 'user replica on >secret +ping +replconf +psync';
    const primary = SimulatedNode.started([rules, 'requirepass x', AT_ONCE], { simulation, host: PRIMARY });
    const login = ['masteruser replica', 'masterauth secret', `replicaof ${PRIMARY} ${PORT}`];
    const replica = SimulatedNode.started(login, { simulation, host: REPLICA });
    simulation.runUntil(() => replica.node.replication.linkUp, 3000);
    const client = primary.client();
    client.call('AUTH', 'x');
    client.call('ACL', 'SETUSER', 'ann', 'on');
    client.call('EVAL', "return redis.call('set', 'k', 'v')", '0');
    simulation.runFor(100);
    assert.equal(
      replica.client().call('GET', 'k'),
      'v',
      'what comes from the primary is not asked for permissions',
    );
    assert.deepEqual(replica.client().call('ACL', 'USERS'), ['default'], 'users are no data');
  });

  it('of a conf file is followed from the start, and the old data is continued', () => {
    const { simulation, primary, replica, p, r } = pair(22);
    p.call('SET', 'k', 'v', 'PX', 20_000);
    p.call('WAIT', 1, 0);
    assert.equal(r.call('SAVE'), 'OK');
    replica.node.kill();
    simulation.crash(REPLICA);
    p.call('SET', 'k2', 'v');
    // By its clock the key is gone, but that is for the primary to say.
    simulation.jumpClock(REPLICA, 60_000);
    const again = SimulatedNode.started([`replicaof ${PRIMARY} ${PORT}`], { simulation, host: REPLICA });
    simulation.runUntil(() => again.node.replication.linkUp, 2000);
    assert.equal(again.client().call('DBSIZE'), 2);
    assert.deepEqual({ ...primary.node.replication.syncCounts }, { full: 1, partial: 1, refused: 0 });
  });
});

describe('PSYNC and REPLCONF', () => {
  it('answer what a replica or a tool asks, and nothing to an ACK', () => {
    const node = SimulatedNode.started();
    const client = node.client();
    assert.equal(client.call('REPLCONF', 'capa', 'eof', 'listening-port', 7001), 'OK');
    assert.equal(client.call('REPLCONF', 'capa'), '-ERR syntax error');
    assert.equal(client.call('REPLCONF', 'nope', 1), '-ERR Unrecognized REPLCONF option: nope');
    client.send('REPLCONF', 'ACK', 1);
    assert.equal(client.call('PING'), 'PONG');
    assert.equal(client.call('PSYNC', '?', 'x'), '-ERR value is not an integer or out of range');
  });

  it('end with who asks anything else behind them: an answer would be taken for the stream', () => {
    const server = SimulatedNode.started([AT_ONCE]);
    for (const [first, then, name, refused] of [
      [['SYNC'], ['PING'], 'ping', false],
      [['SYNC'], ['XINFO', 'HELP'], 'xinfo|help', false],
      [['PSYNC', '?', '-1'], ['SUBSCRIBE', 'news'], 'subscribe', false],
      [['PSYNC', '?', '-1'], ['GET', 'k'], 'get', true],
    ] as const) {
      const replica = server.client();
      replica.send(...first);
      server.simulation.runFor(10);
      replica.send(...then);
      server.simulation.runUntil(() => replica.closed, 1000);
      const told = server.log.splice(0).join('');
      const ended = `# Replica generated a reply to command '${name}', disconnecting it: id=`;
      assert.ok(told.includes(ended), told);
      const critical = /== CRITICAL == This master is sending an error to its replica: '.*keyspace/;
      assert.equal(critical.test(told), refused);
      assert.equal(field(server.client().call('INFO', 'replication'), 'connected_slaves'), '0');
    }
  });

  it('are refused with an offset that is none', () => {
    const server = SimulatedNode.started();
    const client = server.client();
    assert.equal(client.call('PSYNC', 'id', 'here'), '-ERR value is not an integer or out of range');
    assert.match(server.log.join(''), /# Replica .* asks for synchronization but with a wrong offset/);
    assert.equal(client.call('PING'), 'PONG');
  });

  it('are refused by a replica that has no data to give', () => {
    const node = SimulatedNode.started(['replicaof 10.0.0.77 1']);
    const client = node.client();
    const refused = "-NOMASTERLINK Can't SYNC while not connected with my master";
    assert.equal(client.call('PSYNC', '?', -1), refused);
    assert.equal(client.call('SYNC'), refused);
    assert.equal(
      client.call('PSYNC', 'a'.repeat(40), 1, 'FAILOVER'),
      '-ERR PSYNC FAILOVER replid must match my replid.',
    );
  });

  it('hand the lead over when the primary asks for it', () => {
    const { simulation, primary, replica } = pair(30);
    const client = replica.client();
    client.send(
      'PSYNC',
      primary.node.replication.replicationId,
      primary.node.replication.offset + 1,
      'FAILOVER',
    );
    simulation.runFor(20);
    assert.equal(replica.node.replication.role, 'primary');
    assert.equal(client.received.length, 1);
  });
});

describe('a replica', () => {
  it('serves old data while its link is down, or not, as replica-serve-stale-data says', () => {
    const { simulation, p, r } = pair(40);
    p.call('SET', 'k', 'v');
    p.call('WAIT', 1, 0);
    simulation.crash(PRIMARY);
    simulation.runFor(100);
    assert.equal(r.call('GET', 'k'), 'v');
    assert.equal(field(r.call('INFO', 'replication'), 'master_link_status'), 'down');
    r.call('CONFIG', 'SET', 'replica-serve-stale-data', 'no');
    assert.match(String(r.call('GET', 'k')), /^-MASTERDOWN /);
  });

  it('refuses nothing while a small image arrives in pieces, and reads a large one in as it comes', () => {
    for (const [kilobytes, refuses] of [
      [300, false],
      [3000, true],
    ] as const) {
      const simulation = new Simulation(43);
      const primary = SimulatedNode.started([AT_ONCE], { simulation, host: PRIMARY });
      const replica = SimulatedNode.started([], { simulation, host: REPLICA });
      const client = primary.client();
      for (let i = 0; i < kilobytes; i++) client.call('SET', `k${i}`, String(i).repeat(400).slice(0, 1000));
      primary.client().call('CONFIG', 'SET', 'rdbcompression', 'no');
      replica.client().call('REPLICAOF', PRIMARY, PORT);
      let loading = false;
      simulation.runUntil(() => {
        loading ||= replica.node.loading;
        return replica.node.replication.linkUp;
      }, 5000);
      assert.equal(replica.client().call('DBSIZE'), kilobytes);
      assert.equal(loading, refuses, `${kilobytes} kB`);
    }
  });

  it('hears a PING every repl-ping-replica-period, and none before that', () => {
    const { simulation, p } = pair(46, 'repl-ping-replica-period 5');
    const offset = () => Number(field(p.call('INFO', 'replication'), 'master_repl_offset'));
    const before = offset();
    simulation.runFor(3000);
    assert.equal(offset(), before);
    simulation.runFor(5000);
    assert.equal(offset(), before + '*1\r\n$4\r\nPING\r\n'.length);
  });

  it('that may be written to lets its own keys expire, and leaves those of its primary to it', () => {
    const { simulation, p, r } = pair(47, 'replica-read-only no', 'repl-ping-replica-period 3600');
    p.call('DEBUG', 'SET-ACTIVE-EXPIRE', 0);
    // One comes with the image of a full sync.
    r.call('REPLICAOF', 'NO', 'ONE');
    p.call('SET', 'early', 'v', 'PX', 1000);
    r.call('REPLICAOF', PRIMARY, PORT);
    simulation.runUntil(() => r.call('DBSIZE') === 1, 5000);
    p.call('SET', 'theirs', 'v', 'PX', 1000);
    p.call('SET', 'both', 'v', 'PX', 1000);
    p.call('WAIT', 1, 0);
    r.call('SET', 'own', 'v', 'PX', 1000);
    r.call('SADD', 'set', 'a');
    r.call('PEXPIRE', 'set', 1000);
    r.call('SET', 'kept', 'v', 'PX', 1000);
    r.call('PERSIST', 'kept');
    r.call('PEXPIRE', 'both', 2000);
    assert.equal(r.call('DBSIZE'), 6);
    simulation.runFor(1500);
    assert.equal(r.call('DBSIZE'), 4);
    simulation.runFor(1000);
    assert.deepEqual(r.call('KEYS', '*'), ['kept']);
    // The primary's are there and not shown until their DEL comes.
    assert.equal(r.call('DBSIZE'), 3);
  });

  it('takes what its primary took, whatever its own limits for clients are', () => {
    const { simulation, p, r } = pair(45);
    for (const limit of ['client-query-buffer-limit', 'proto-max-bulk-len']) {
      r.call('CONFIG', 'SET', limit, 1024 * 1024);
    }
    p.call('SET', 'long', 'x'.repeat(1_100_000));
    simulation.runUntil(() => r.call('STRLEN', 'long') === 1_100_000, 5000);
    assert.equal(field(r.call('INFO', 'replication'), 'master_link_status'), 'up');
    assert.equal(field(p.call('INFO', 'stats'), 'sync_partial_ok'), '0');
  });

  it('shows its primary among the clients; whoever kills that one breaks the link for a moment', () => {
    const { simulation, replica, p, r } = pair(44);
    const shown = String(r.call('CLIENT', 'LIST', 'TYPE', 'MASTER'));
    assert.equal(field(shown, 'addr'), `${PRIMARY}:${PORT}`);
    assert.equal(field(shown, 'flags'), 'M');
    assert.equal(r.call('CLIENT', 'KILL', `${PRIMARY}:${PORT}`), 'OK');
    assert.equal(replica.node.replication.linkUp, false);
    simulation.runUntil(() => replica.node.replication.linkUp, 2000);
    p.call('SET', 'k', 'v');
    assert.equal(p.call('WAIT', 1, 0), 1);
    assert.equal(field(p.call('INFO', 'stats'), 'sync_partial_ok'), '1');
    assert.equal(r.call('CLIENT', 'KILL', 'TYPE', 'master'), 1);
  });

  it('takes a transaction of its primary as a whole', () => {
    const { simulation, replica, p, r } = pair(41);
    p.call('MULTI');
    for (let i = 0; i < 5; i++) p.call('INCR', 'a');
    p.call('INCR', 'b');
    p.call('EXEC');
    simulation.runUntil(() => replica.node.databases[0].size === 2, 1000);
    assert.deepEqual([r.call('GET', 'a'), r.call('GET', 'b')], ['5', '1']);
  });

  it('lets a primary refuse writes when it is too few: min-replicas-to-write', () => {
    const { simulation, p } = pair(42, 'min-replicas-to-write 1');
    assert.equal(p.call('SET', 'k', 'v'), 'OK');
    simulation.pause(REPLICA);
    simulation.runFor(12_000);
    assert.equal(p.call('SET', 'k', 'v'), '-NOREPLICAS Not enough good replicas to write.');
    assert.equal(field(p.call('INFO', 'replication'), 'min_slaves_good_slaves'), '0');
  });
});

describe('the stream of a primary', () => {
  const offset = (client: { call(...argv: string[]): unknown }): number =>
    Number(field(String(client.call('INFO', 'replication')), 'slave_repl_offset'));

  it('waits while its replica is paused, is not counted as executed, and goes on behind the pause', () => {
    const { simulation, p, r } = pair(21);
    p.call('SET', 'k', 'before');
    simulation.runUntil(() => r.call('GET', 'k') === 'before', 1000);
    const before = offset(r);
    r.call('CLIENT', 'PAUSE', '100000', 'WRITE');
    p.call('SET', 'k', 'between');
    p.call('MULTI');
    p.call('SET', 'k', 'after');
    p.call('INCR', 'n');
    p.call('EXEC');
    simulation.runFor(1000);
    assert.equal(r.call('GET', 'k'), 'before');
    assert.equal(offset(r), before);
    r.call('CLIENT', 'UNPAUSE');
    assert.equal(r.call('GET', 'k'), 'after');
    assert.equal(r.call('GET', 'n'), '1');
    assert.equal(p.call('WAIT', 1, 0), 1);
    p.call('SET', 'k', 'last');
    assert.equal(p.call('WAIT', 1, 0), 1);
    assert.equal(r.call('GET', 'k'), 'last');
  });

  it('goes on when a script of the replica has ended', () => {
    const { simulation, p, r } = pair(22);
    p.call('SET', 'k', 'before');
    simulation.runUntil(() => r.call('GET', 'k') === 'before', 1000);
    r.send('EVAL', 'for i = 1, 1e7 do end', 0);
    simulation.runFor(5);
    p.call('SET', 'k', 'between');
    p.call('SET', 'k', 'after');
    assert.equal(r.next(), null);
    assert.equal(p.call('WAIT', 1, 0), 1);
    assert.equal(r.call('GET', 'k'), 'after');
  });
});

describe('INFO stats', () => {
  it('counts what goes to replicas, and comes from the primary, beside the traffic of clients', () => {
    const { simulation, p, r } = pair(20);
    const bytes = (client: typeof p, which: string) =>
      Number(field(client.call('INFO', 'stats'), `total_net_${which}_bytes`));
    const sent = bytes(p, 'repl_output');
    const received = bytes(r, 'repl_input');
    assert.ok(sent > 0 && received > sent, "the full sync; and the replies before it, which are a session's");
    p.call('SET', 'k', 'x'.repeat(10_000));
    simulation.runFor(100);
    const grown = bytes(p, 'repl_output') - sent;
    assert.ok(grown > 10_000 && grown < 10_200, `${grown}`);
    assert.equal(bytes(r, 'repl_input') - received, grown);
    assert.ok(bytes(p, 'output') >= sent + grown);
    assert.equal(bytes(r, 'repl_output'), 0);
    const rate = Number(field(r.call('INFO', 'stats'), 'instantaneous_input_repl_kbps'));
    assert.ok(rate > 0, `${rate}`);
    r.call('CONFIG', 'RESETSTAT');
    assert.equal(bytes(r, 'repl_input'), 0);
  });
});
