/** Commands that wait for a key: who is served, when, and with what. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Simulation } from '../../extension/worlds/simulated.ts';
import { field, type Plain, SimulatedNode, type TestClient } from './simulated-node.ts';
import { pair } from './simulated-pair.ts';

const SOON_MS = 50;

/** Clients that have sent their commands and wait, in this order. */
function waiters(node: SimulatedNode, ...commands: readonly (readonly (string | number)[])[]): TestClient[] {
  return commands.map((argv) => {
    const client = node.client();
    client.send(...argv);
    assert.deepEqual(client.wait(SOON_MS), [], `${argv.join(' ')} does not wait`);
    return client;
  });
}

describe('a client that waits for a key', () => {
  it('gets no reply that it did not want when it came', () => {
    const node = SimulatedNode.started();
    const [silent, other] = [node.client(), node.client()];
    silent.send('CLIENT', 'REPLY', 'SKIP');
    silent.send('BLPOP', 'k', 0);
    assert.deepEqual(silent.wait(SOON_MS), []);
    other.call('RPUSH', 'k', 'x');
    assert.equal(silent.call('ECHO', 'next'), 'next');
    assert.equal(other.call('EXISTS', 'k'), 0);
  });

  it('counts as a call when it has ended, in whatever way', () => {
    const node = SimulatedNode.started();
    const [observer, unblocked] = [node.client(), node.client()];
    const counts = (): string[] => {
      const text = String(field(observer.call('INFO', 'commandstats'), 'cmdstat_blpop'));
      return ['calls', 'rejected_calls', 'failed_calls'].map(
        (name) => new RegExp(`(?:^|,)${name}=(\\d+)`).exec(text)?.[1] ?? '',
      );
    };
    const id = unblocked.call('CLIENT', 'ID');
    const [served, late] = waiters(node, ['BLPOP', 'a', 0], ['BLPOP', 'b', 1]);
    unblocked.send('BLPOP', 'c', 0);
    assert.deepEqual(counts(), ['', '', ''], 'nothing is known of it yet');
    observer.call('RPUSH', 'a', 'x');
    assert.deepEqual(served?.next(), ['a', 'x']);
    assert.deepEqual(counts(), ['1', '0', '0']);
    assert.equal(late?.next(), null);
    assert.deepEqual(counts(), ['2', '0', '0']);
    observer.call('CLIENT', 'UNBLOCK', Number(id), 'ERROR');
    assert.equal(unblocked.next(), '-UNBLOCKED client unblocked via CLIENT UNBLOCK');
    assert.deepEqual(counts(), ['3', '0', '1']);
    assert.equal(field(observer.call('INFO', 'errorstats'), 'errorstat_UNBLOCKED'), 'count=1');
  });

  it('is served at once when there is something', () => {
    const client = SimulatedNode.started().client();
    client.call('RPUSH', 'b', '1', '2', '3');
    client.call('ZADD', 'z', 1, 'x', 2, 'y', 3, 'w');
    assert.deepEqual(client.call('BLPOP', 'a', 'b', 0), ['b', '1']);
    assert.deepEqual(client.call('BRPOP', 'b', 0), ['b', '3']);
    assert.equal(client.call('BLMOVE', 'b', 'c', 'LEFT', 'RIGHT', 0), '2');
    assert.equal(client.call('BRPOPLPUSH', 'c', 'b', 0), '2');
    assert.deepEqual(client.call('BLMPOP', 0, 2, 'a', 'b', 'LEFT', 'COUNT', 5), ['b', ['2']]);
    assert.deepEqual(client.call('BZPOPMIN', 'z', 0), ['z', 'x', '1']);
    assert.deepEqual(client.call('BZPOPMAX', 'z', 0), ['z', 'w', '3']);
    assert.deepEqual(client.call('BZMPOP', 0, 1, 'z', 'MIN', 'COUNT', 5), ['z', [['y', '2']]]);
    assert.equal(client.call('DBSIZE'), 0);
  });

  it('gets what another client pushes, and the pusher its own answer', () => {
    const node = SimulatedNode.started();
    const [client] = waiters(node, ['BLPOP', 'k', 'other', 0]);
    assert.equal(node.client().call('RPUSH', 'k', 'a', 'b'), 2);
    assert.deepEqual(client.next(), ['k', 'a']);
    assert.deepEqual(node.client().call('LRANGE', 'k', 0, -1), ['b']);
  });

  it('is served in the order of coming, whatever it waits with', () => {
    const node = SimulatedNode.started();
    const clients = waiters(
      node,
      ['BLPOP', 'k', 0],
      ['BRPOP', 'k', 0],
      ['BLMPOP', 0, 1, 'k', 'LEFT', 'COUNT', 2],
      ['BLPOP', 'k', 0],
    );
    node.client().call('RPUSH', 'k', '1', '2', '3', '4');
    assert.deepEqual(
      clients.slice(0, 3).map((client) => client.next()),
      [
        ['k', '1'],
        ['k', '4'],
        ['k', ['2', '3']],
      ],
    );
    assert.deepEqual(clients[3]?.wait(SOON_MS), []);
    node.client().call('LPUSH', 'k', '5');
    assert.deepEqual(clients[3]?.next(), ['k', '5']);
  });

  it('comes before what the pusher has sent behind the push', () => {
    const node = SimulatedNode.started();
    const [client] = waiters(node, ['BLPOP', 'k', 0]);
    const pusher = node.client();
    pusher.sendRaw('RPUSH k x\r\nLPOP k\r\n');
    assert.deepEqual([pusher.next(), pusher.next()], [1, null]);
    assert.deepEqual(client.next(), ['k', 'x']);
  });

  it('is served after a whole transaction, not within', () => {
    const node = SimulatedNode.started();
    const [client] = waiters(node, ['BLPOP', 'k', 0]);
    const other = node.client();
    for (const command of ['MULTI', 'RPUSH k a', 'DEL k', 'RPUSH k b', 'EXEC'])
      other.sendRaw(`${command}\r\n`);
    assert.deepEqual(
      Array.from({ length: 5 }, () => other.next()),
      ['OK', 'QUEUED', 'QUEUED', 'QUEUED', [1, 1, 1]],
    );
    assert.deepEqual(client.next(), ['k', 'b']);
  });

  it('does not mind values of another kind', () => {
    const node = SimulatedNode.started();
    const [list, set] = waiters(node, ['BLPOP', 'k', 0], ['BZPOPMIN', 'k', 0]);
    const other = node.client();
    other.call('SET', 'k', 'text');
    other.call('DEL', 'k');
    other.call('ZADD', 'k', 1, 'm');
    assert.deepEqual(set?.next(), ['k', 'm', '1']);
    assert.deepEqual(list?.wait(SOON_MS), []);
    other.call('RPUSH', 'from', 'x');
    other.call('RENAME', 'from', 'k');
    assert.deepEqual(list?.next(), ['k', 'x']);
  });

  it('hands on what it is served', () => {
    const node = SimulatedNode.started();
    const [first, second] = waiters(
      node,
      ['BLMOVE', 'a', 'b', 'LEFT', 'LEFT', 0],
      ['BRPOPLPUSH', 'b', 'c', 0],
    );
    node.client().call('RPUSH', 'a', 'x');
    assert.deepEqual([first?.next(), second?.next()], ['x', 'x']);
    assert.deepEqual(node.client().call('LRANGE', 'c', 0, -1), ['x']);
  });

  it('hears what became wrong meanwhile', () => {
    const node = SimulatedNode.started();
    const [client] = waiters(node, ['BLMOVE', 'a', 'b', 'LEFT', 'LEFT', 0]);
    const other = node.client();
    other.call('SET', 'b', 'text');
    other.call('RPUSH', 'a', 'x');
    assert.match(String(client.next()), /^-WRONGTYPE/);
    assert.equal(other.call('LLEN', 'a'), 1);
  });

  it('goes on with what it has sent meanwhile', () => {
    const node = SimulatedNode.started();
    const [client] = waiters(node, ['BLPOP', 'k', 0]);
    client.send('PING');
    assert.deepEqual(client.wait(SOON_MS), []);
    node.client().call('RPUSH', 'k', 'x');
    assert.deepEqual([client.next(), client.next()], [['k', 'x'], 'PONG']);
  });

  it('speaks its own protocol, whoever serves it', () => {
    const node = SimulatedNode.started();
    const client = node.client();
    client.call('HELLO', 3);
    client.send('BZPOPMIN', 'z', 0);
    client.wait(SOON_MS);
    node.client().call('ZADD', 'z', '1.5', 'm');
    assert.deepEqual(client.next(), ['z', 'm', 1.5]);
  });

  it('is reached by SWAPDB', () => {
    const node = SimulatedNode.started();
    const other = node.client();
    other.call('SELECT', 1);
    other.call('RPUSH', 'k', 'x');
    const [client] = waiters(node, ['BLPOP', 'k', 0]);
    other.call('SWAPDB', 0, 1);
    assert.deepEqual(client.next(), ['k', 'x']);
  });

  it('does not make a key expire by waiting for it', () => {
    const node = SimulatedNode.started(['enable-debug-command yes']);
    const other = node.client();
    other.call('DEBUG', 'SET-ACTIVE-EXPIRE', 0);
    other.call('SELECT', 1);
    other.call('RPUSH', 'k', 'x');
    other.call('PEXPIRE', 'k', 50);
    const [client] = waiters(node, ['BLPOP', 'k', 0]);
    other.wait(100);
    other.call('SWAPDB', 0, 1);
    assert.deepEqual(client.wait(SOON_MS), []);
    assert.equal(field(other.call('INFO', 'stats'), 'expired_keys'), '0');
  });
});

describe('a client that waits while the node stands still', () => {
  it('is served when time goes on, by what is left then', () => {
    const node = SimulatedNode.started();
    const other = node.client();
    other.call('DEBUG', 'SET-ACTIVE-EXPIRE', 0);
    const [short, long] = waiters(node, ['BRPOP', 'short', 0], ['BRPOP', 'long', 0]);
    const commands = [
      'MULTI',
      'RPUSH short x',
      'PEXPIRE short 100',
      'RPUSH long y',
      'DEBUG SLEEP 0.2',
      'EXEC',
    ];
    for (const command of commands) other.send(...command.split(' '));
    other.wait(1000);
    assert.deepEqual(short?.wait(SOON_MS), []);
    assert.deepEqual(long?.wait(SOON_MS), [['long', 'y']]);
  });
});

describe('the end of waiting', () => {
  it('comes when the time is up', () => {
    const client = SimulatedNode.started().client();
    client.send('BLPOP', 'k', '0.2');
    assert.deepEqual(client.wait(150), []);
    assert.equal(client.next(), null);
    assert.equal(client.call('PING'), 'PONG');
  });

  it('is not put off by being served in vain', () => {
    const node = SimulatedNode.started();
    const other = node.client();
    const [client] = waiters(node, ['BLMOVE', 'k', 'k', 'LEFT', 'LEFT', '0.4']);
    // Both wake for one element: who came second finds nothing, and waits for the rest of its time only.
    const [early, late] = waiters(node, ['BLPOP', 'q', 0], ['BLPOP', 'q', '0.3']);
    other.call('RPUSH', 'q', 'x');
    assert.deepEqual(early?.next(), ['q', 'x']);
    assert.deepEqual(late?.wait(100), []);
    assert.deepEqual(late?.wait(150), [null]);
    assert.deepEqual(client?.wait(200), [null]);
  });

  it('is not ordered by CLIENT UNBLOCK for what will be answered anyway', () => {
    const { replica, p, primary } = pair(3);
    replica.node.pause();
    p.call('SET', 'k', 'v');
    const id = p.call('CLIENT', 'ID');
    const other = primary.client();
    p.send('SHUTDOWN');
    p.wait(SOON_MS);
    assert.equal(other.call('CLIENT', 'UNBLOCK', Number(id)), 0);
    assert.equal(other.call('SHUTDOWN', 'ABORT'), 'OK');
    assert.match(String(p.next()), /^-ERR Errors trying to SHUTDOWN/);
    p.send('WAIT', 1, 0);
    p.wait(SOON_MS);
    assert.equal(other.call('CLIENT', 'UNBLOCK', Number(id)), 1);
    assert.equal(p.next(), 0);
  });

  it('may be ordered by CLIENT UNBLOCK', () => {
    const node = SimulatedNode.started();
    const client = node.client();
    const id = client.call('CLIENT', 'ID');
    const other = node.client();
    for (const [reason, answer] of [
      ['TIMEOUT', null],
      ['ERROR', '-UNBLOCKED client unblocked via CLIENT UNBLOCK'],
    ] as const) {
      client.send('BLPOP', 'k', 0);
      client.wait(SOON_MS);
      assert.equal(other.call('CLIENT', 'UNBLOCK', Number(id), reason), 1);
      assert.equal(client.next(), answer);
    }
    other.call('RPUSH', 'k', 'x');
    assert.equal(other.call('LLEN', 'k'), 1);
  });

  it('comes with the end of the session: nothing is lost to the dead', () => {
    const node = SimulatedNode.started();
    const [client] = waiters(node, ['BLPOP', 'k', 0]);
    client?.connection.destroy();
    const other = node.client();
    other.wait(SOON_MS);
    other.call('RPUSH', 'k', 'x');
    assert.equal(other.call('LLEN', 'k'), 1);
  });

  it('comes when the node becomes a replica', () => {
    const node = SimulatedNode.started();
    const [client] = waiters(node, ['BLPOP', 'k', 0]);
    node.client().call('REPLICAOF', '10.9.9.9', 6379);
    assert.match(String(client.next()), /^-UNBLOCKED force unblock/);
    client.wait(SOON_MS);
    assert.equal(client.closed, true);
  });

  it('is refused a time that makes no sense', () => {
    const client = SimulatedNode.started().client();
    const answers: Plain[] = ['abc', '-1', '1e400', '1e20', ''].map((time) =>
      client.call('BLPOP', 'k', time),
    );
    assert.deepEqual(answers, [
      '-ERR timeout is not a float or out of range',
      '-ERR timeout is negative',
      '-ERR timeout is not a float or out of range',
      '-ERR timeout is out of range',
      '-ERR timeout is not a float or out of range',
    ]);
  });

  it('is there from the start inside MULTI', () => {
    const client = SimulatedNode.started().client();
    client.call('MULTI');
    client.call('BLPOP', 'k', 0);
    client.call('BLMOVE', 'k', 'l', 'LEFT', 'LEFT', 0);
    client.call('BZPOPMIN', 'k', 0);
    assert.deepEqual(client.call('EXEC'), [null, null, null]);
  });
});

describe('in a cluster', () => {
  it('waiting ends when the slot is no longer served here', () => {
    const node = SimulatedNode.started(['cluster-enabled yes', 'cluster-require-full-coverage no']);
    const other = node.client();
    other.call('CLUSTER', 'ADDSLOTSRANGE', 0, 16383);
    for (let i = 0; i < 100 && !String(other.call('CLUSTER', 'INFO')).includes('state:ok'); i++)
      other.wait(100);
    const [client] = waiters(node, ['BLPOP', 'k', 0]);
    const slot = Number(other.call('CLUSTER', 'KEYSLOT', 'k'));
    assert.equal(other.call('CLUSTER', 'DELSLOTS', slot), 'OK');
    assert.equal(client.next(), '-CLUSTERDOWN Hash slot not served');
    client.send('BLPOP', 'x', 0);
    assert.deepEqual(client.wait(1000), []);
  });

  it('waiting goes on while the slot is on the move, on either side', () => {
    const simulation = new Simulation(4);
    const lines = ['cluster-enabled yes', 'cluster-require-full-coverage no'];
    const [from, to] = ['10.0.0.1', '10.0.0.2'].map((host) =>
      SimulatedNode.started(lines, { simulation, host }),
    );
    assert.ok(from !== undefined && to !== undefined);
    const [a, b] = [from.client(), to.client()];
    a.call('CLUSTER', 'ADDSLOTSRANGE', 0, 16383);
    a.call('CLUSTER', 'MEET', '10.0.0.2', 6379);
    const ids = [a.call('CLUSTER', 'MYID'), b.call('CLUSTER', 'MYID')].map(String);
    const slot = Number(a.call('CLUSTER', 'KEYSLOT', 'k'));
    const isOk = () => String(b.call('CLUSTER', 'INFO')).includes('slots_ok:16384');
    for (let i = 0; i < 100 && !isOk(); i++) b.wait(100);
    const [client] = waiters(from, ['BLPOP', 'k', 0]);
    b.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', ids[0] ?? '');
    a.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', ids[1] ?? '');
    const late = to.client();
    late.call('ASKING');
    late.send('BLPOP', 'k', 0);
    assert.deepEqual(client?.wait(1000), []);
    b.call('ASKING');
    b.call('RPUSH', 'k', 'v');
    assert.deepEqual(late.next(), ['k', 'v']);
    late.call('ASKING');
    late.send('BLPOP', 'k', 0);
    for (const one of [b, a]) one.call('CLUSTER', 'SETSLOT', slot, 'NODE', ids[1] ?? '');
    assert.equal(client?.next(), `-MOVED ${slot} 10.0.0.2:6379`);
    b.call('RPUSH', 'k', 'v');
    assert.deepEqual(late.next(), ['k', 'v']);
  });
});

describe('replicas', () => {
  it('are told the pop, not the waiting', () => {
    const simulation = new Simulation(3);
    const primary = SimulatedNode.started([], { simulation, host: '10.0.0.1' });
    const replica = SimulatedNode.started(['replicaof 10.0.0.1 6379'], { simulation, host: '10.0.0.2' });
    const watcher = replica.client();
    for (let i = 0; i < 100 && !String(watcher.call('INFO', 'replication')).includes('link_status:up'); i++) {
      watcher.wait(100);
    }
    const monitor = replica.client();
    monitor.call('MONITOR');
    const [first, second] = waiters(primary, ['BLPOP', 'k', 0], ['BLMOVE', 'k', 'l', 'LEFT', 'RIGHT', 0]);
    primary.client().call('RPUSH', 'k', 'a', 'b');
    assert.deepEqual([first?.next(), second?.next()], [['k', 'a'], 'b']);
    const heard = monitor.wait(500).map((line) => String(line).replace(/^[^"]*/, ''));
    assert.deepEqual(
      heard.filter((line) => /push|pop|move/i.test(line)),
      ['"RPUSH" "k" "a" "b"', '"LPOP" "k"', '"LMOVE" "k" "l" "LEFT" "RIGHT"'],
    );
    assert.deepEqual(watcher.call('EXISTS', 'k', 'l'), 1);
  });
});
