/** MULTI, EXEC and WATCH. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Simulation } from '../../../extension/worlds/simulated.ts';
import { SimulatedNode } from '../simulated-node.ts';

describe('a transaction', () => {
  it('is asked for as a whole: ASKING before MULTI holds until EXEC', () => {
    const simulation = new Simulation(1);
    const lines = ['cluster-enabled yes', 'cluster-require-full-coverage no'];
    const [from, to] = ['10.0.0.1', '10.0.0.2'].map((host) =>
      SimulatedNode.started(lines, { simulation, host }).client(),
    );
    assert.ok(from !== undefined && to !== undefined);
    from.call('CLUSTER', 'ADDSLOTSRANGE', 0, 16383);
    from.call('CLUSTER', 'MEET', '10.0.0.2', 6379);
    const isOk = () => String(to.call('CLUSTER', 'INFO')).includes('slots_ok:16384');
    for (let i = 0; i < 100 && !isOk(); i++) to.wait(100);
    const [slot, source] = [to.call('CLUSTER', 'KEYSLOT', 'k'), from.call('CLUSTER', 'MYID')].map(String);
    to.call('CLUSTER', 'SETSLOT', slot ?? '', 'IMPORTING', source ?? '');
    for (const command of ['ASKING', 'MULTI', 'SET k 1', 'INCR k', 'EXEC']) to.send(...command.split(' '));
    const replies = [to.next(), to.next(), to.next(), to.next(), to.next()];
    assert.deepEqual(replies, ['OK', 'OK', 'QUEUED', 'QUEUED', ['OK', 2]]);
    assert.equal(to.call('GET', 'k'), `-MOVED ${slot} 10.0.0.1:6379`);
  });

  it('runs what was queued, in one piece', () => {
    const client = SimulatedNode.started().client();
    assert.equal(client.call('MULTI'), 'OK');
    assert.equal(client.call('SET', 'a', 1), 'QUEUED');
    assert.equal(client.call('INCR', 'a'), 'QUEUED');
    assert.equal(client.call('GET', 'a'), 'QUEUED');
    assert.deepEqual(client.call('EXEC'), ['OK', 2, '2']);
    assert.equal(client.call('EXEC'), '-ERR EXEC without MULTI');
  });

  it('goes on after a command that fails, and shows its error in its place', () => {
    const client = SimulatedNode.started().client();
    client.call('SET', 's', 'text');
    client.call('MULTI');
    client.call('INCR', 's');
    client.call('SET', 's', 'other');
    assert.deepEqual(client.call('EXEC'), ['-ERR value is not an integer or out of range', 'OK']);
    assert.equal(client.call('GET', 's'), 'other');
  });

  it('runs nothing after a command that could not be queued', () => {
    const client = SimulatedNode.started().client();
    client.call('MULTI');
    assert.equal(client.call('SET', 'a'), "-ERR wrong number of arguments for 'set' command");
    assert.equal(client.call('SET', 'a', 1), 'QUEUED');
    assert.equal(client.call('EXEC'), '-EXECABORT Transaction discarded because of previous errors.');
    assert.equal(client.call('EXISTS', 'a'), 0);
  });

  it('can be given up', () => {
    const client = SimulatedNode.started().client();
    client.call('MULTI');
    client.call('SET', 'a', 1);
    assert.equal(client.call('MULTI'), '-ERR MULTI calls can not be nested');
    assert.equal(client.call('WATCH', 'a'), '-ERR WATCH inside MULTI is not allowed');
    assert.equal(client.call('DISCARD'), 'OK');
    assert.equal(client.call('DISCARD'), '-ERR DISCARD without MULTI');
    assert.equal(client.call('EXISTS', 'a'), 0);
  });

  it('refuses what makes no sense inside it', () => {
    const client = SimulatedNode.started().client();
    client.call('MULTI');
    assert.equal(client.call('SAVE'), '-ERR Command not allowed inside a transaction');
    assert.equal(client.call('EXEC'), '-EXECABORT Transaction discarded because of previous errors.');
  });

  it('does not wait: WAIT answers what there is', () => {
    const client = SimulatedNode.started().client();
    client.call('MULTI');
    client.call('WAIT', 1, 0);
    assert.deepEqual(client.call('EXEC'), [0]);
  });
});

describe('WATCH', () => {
  function watching(): {
    node: SimulatedNode;
    watcher: ReturnType<SimulatedNode['client']>;
    other: typeof watcher;
  } {
    const node = SimulatedNode.started();
    const [watcher, other] = [node.client(), node.client()];
    watcher.call('SET', 'k', 1);
    watcher.call('WATCH', 'k', 'absent');
    watcher.call('MULTI');
    watcher.call('INCR', 'k');
    return { node, watcher, other };
  }

  it('lets EXEC run when nothing happened', () => {
    assert.deepEqual(watching().watcher.call('EXEC'), [2]);
  });

  for (const [what, ...change] of [
    ['a write', 'SET', 'k', 5],
    ['a removal', 'DEL', 'k'],
    ['an expiry time', 'EXPIRE', 'k', 100],
    ['a key that came to be', 'SET', 'absent', 1],
    ['FLUSHALL', 'FLUSHALL'],
    ['SWAPDB', 'SWAPDB', 0, 1],
  ] as const) {
    it(`keeps EXEC from running after ${what}`, () => {
      const { watcher, other } = watching();
      other.call(...change);
      assert.equal(watcher.call('EXEC'), null);
      // Watching is over with it.
      watcher.call('MULTI');
      assert.deepEqual(watcher.call('EXEC'), []);
    });
  }

  it('keeps EXEC from running when the key ran out meanwhile', () => {
    const node = SimulatedNode.started();
    const client = node.client();
    client.call('DEBUG', 'SET-ACTIVE-EXPIRE', 0);
    client.call('SET', 'k', 1, 'PX', 50);
    client.call('WATCH', 'k');
    client.call('MULTI');
    client.call('PING');
    node.simulation.runFor(100);
    assert.equal(client.call('EXEC'), null);
  });

  it('does not mind a key that had run out before', () => {
    const node = SimulatedNode.started();
    const client = node.client();
    client.call('DEBUG', 'SET-ACTIVE-EXPIRE', 0);
    client.call('SET', 'k', 1, 'PX', 50);
    node.simulation.runFor(100);
    client.call('WATCH', 'k');
    client.call('MULTI');
    client.call('PING');
    assert.deepEqual(client.call('EXEC'), ['PONG']);
  });

  it('is taken back by UNWATCH, and by the end of the session', () => {
    const { node, watcher, other } = watching();
    watcher.call('DISCARD');
    watcher.call('WATCH', 'k');
    watcher.call('UNWATCH');
    other.call('SET', 'k', 5);
    watcher.call('MULTI');
    watcher.call('GET', 'k');
    assert.deepEqual(watcher.call('EXEC'), ['5']);
    watcher.call('WATCH', 'k');
    watcher.connection.destroy();
    node.simulation.runFor(50);
    assert.equal(node.node.watchedKeys.active, false);
  });
});

describe('an error', () => {
  it('that keeps EXEC from being one ends the transaction, and says so', () => {
    const client = SimulatedNode.started().client();
    const aborted =
      "-EXECABORT Transaction discarded because of: wrong number of arguments for 'exec' command";
    assert.equal(client.call('EXEC', 'x'), aborted);
    client.call('MULTI');
    assert.equal(client.call('EXEC', 'x'), aborted);
    assert.equal(client.call('EXEC'), '-ERR EXEC without MULTI');
    assert.match(String(client.call('INFO', 'errorstats')), /errorstat_EXECABORT:count=2\r\n/);
  });

  it('counts by its first word, and as ERR when that is all it has', () => {
    const client = SimulatedNode.started().client();
    for (const text of ['MINE', 'MINE and more', `${'X'.repeat(40)} is no code`]) {
      client.call('EVAL', 'return {err = ARGV[1]}', 0, text);
    }
    assert.match(
      String(client.call('INFO', 'errorstats')),
      /errorstat_ERR:count=2\r\nerrorstat_MINE:count=1\r\n|errorstat_MINE:count=1\r\nerrorstat_ERR:count=2\r\n/,
    );
  });
});
