/** What a node tells of itself: INFO, the slow log, latency, MONITOR, COMMAND, status and events. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LatencyHistogram } from '../../../extension/node/introspection/latency-histogram.ts';
import { logLine } from '../../../extension/node/introspection/log.ts';
import { field, SimulatedNode } from '../simulated-node.ts';

describe('INFO', () => {
  it('has the default sections, each by name, and all of them', () => {
    const client = SimulatedNode.started().client();
    const titles = (text: unknown): string[] =>
      [...String(text).matchAll(/^# (.*)\r$/gm)].map(([, title = '']) => title);
    assert.deepEqual(titles(client.call('INFO')), [
      'Server',
      'Clients',
      'Memory',
      'Persistence',
      'Stats',
      'Replication',
      'CPU',
      'Modules',
      'Errorstats',
      'Cluster',
      'Keyspace',
    ]);
    assert.deepEqual(titles(client.call('INFO', 'keyspace', 'SERVER')), ['Server', 'Keyspace']);
    assert.equal(titles(client.call('INFO', 'everything')).length, 13);
    assert.equal(client.call('INFO', 'nosuch'), '');
  });

  it('says what clients and tools ask for', () => {
    const node = SimulatedNode.started();
    const client = node.client();
    client.call('SET', 'k', 'v');
    client.call('SET', 'e', 'v', 'EX', 100);
    client.call('GET', 'k');
    client.call('GET', 'none');
    client.call('NOSUCH');
    const info = client.call('INFO');
    assert.equal(field(info, 'redis_version'), '7.2.4');
    assert.equal(field(info, 'redis_mode'), 'standalone');
    assert.equal(field(info, 'role'), 'master');
    assert.equal(field(info, 'loading'), '0');
    assert.equal(field(info, 'cluster_enabled'), '0');
    assert.match(field(info, 'db0') ?? '', /^keys=2,expires=1,avg_ttl=99\d{3}$/);
    assert.equal(field(info, 'keyspace_hits'), '1');
    assert.equal(field(info, 'keyspace_misses'), '1');
    assert.equal(field(info, 'errorstat_ERR'), 'count=1');
    assert.equal(field(info, 'tcp_port'), '6379');
    assert.match(field(info, 'run_id') ?? '', /^[0-9a-f]{40}$/);
    node.simulation.runFor(5000);
    assert.equal(field(client.call('INFO', 'server'), 'uptime_in_seconds'), '5');
  });

  it('counts who waits, be it for a key or for the end of a pause', () => {
    const node = SimulatedNode.started();
    const [client, paused, blocked] = [node.client(), node.client(), node.client()];
    client.call('CLIENT', 'PAUSE', 10_000, 'WRITE');
    paused.send('SET', 'k', 'v');
    blocked.send('XREAD', 'BLOCK', 0, 'STREAMS', 's', '$');
    client.wait(1);
    assert.match(String(client.call('INFO', 'clients')), /\r\nblocked_clients:2\r\n/);
    client.call('CLIENT', 'UNPAUSE');
    assert.match(String(client.call('INFO', 'clients')), /\r\nblocked_clients:1\r\n/);
  });

  it('says how busy the event loop is, and more of it to who asks for the debug section', () => {
    const client = SimulatedNode.started().client();
    client.call('DEBUG', 'SLEEP', 0.5);
    client.wait(5000);
    const info = client.call('INFO', 'stats');
    assert.ok(Number(field(info, 'instantaneous_eventloop_cycles_per_sec')) > 5);
    assert.ok(Number(field(info, 'eventloop_duration_cmd_sum')) >= 500_000);
    assert.equal(field(client.call('INFO', 'everything'), 'eventloop_duration_max'), undefined);
    client.sendRaw('PING\r\nPING\r\n');
    client.wait(100);
    assert.equal(field(client.call('INFO', 'debug'), 'eventloop_cmd_per_cycle_max'), '2');
    client.call('CONFIG', 'RESETSTAT');
    assert.equal(field(client.call('INFO', 'stats'), 'eventloop_duration_cmd_sum'), '0');
  });

  it('counts no changes behind a FLUSHALL that saved', () => {
    const client = SimulatedNode.started(['save 3600 1']).client();
    const changes = () => field(client.call('INFO', 'persistence'), 'rdb_changes_since_last_save');
    client.call('SET', 'k', 1);
    client.call('FLUSHALL');
    assert.equal(changes(), '0');
    client.call('CONFIG', 'SET', 'save', '');
    client.call('SET', 'k', 1);
    client.call('FLUSHALL');
    assert.equal(changes(), '2');
  });

  it('counts the error that CLIENT UNBLOCK gives, and its command as failed', () => {
    const node = SimulatedNode.started();
    const [waiter, other] = [node.client(), node.client()];
    const id = Number(waiter.call('CLIENT', 'ID'));
    waiter.send('BLPOP', 'k', 0);
    waiter.wait(100);
    other.call('CLIENT', 'UNBLOCK', id, 'ERROR');
    assert.match(String(waiter.next()), /^-UNBLOCKED /);
    assert.match(String(other.call('INFO', 'errorstats')), /errorstat_UNBLOCKED:count=1\r/);
    assert.match(String(other.call('INFO', 'commandstats')), /cmdstat_blpop:calls=1,.*failed_calls=1\r/);
  });

  it('counts values that UNLINK and FLUSHALL ASYNC left to be freed in the background', () => {
    const client = SimulatedNode.started().client();
    const members = Array.from({ length: 600 }, (_, i) => `member${i}`);
    const count = () => /lazyfreed_objects:(\d+)/.exec(String(client.call('INFO', 'memory')))?.[1];
    for (const key of ['a', 'b', 'c']) client.call('SADD', key, ...members);
    client.call('SADD', 'small', 'a', 'b');
    client.call('UNLINK', 'a', 'small', 'none');
    client.call('DEL', 'b');
    assert.equal(count(), '1');
    client.call('FLUSHALL', 'ASYNC');
    assert.equal(count(), '2');
    client.call('CONFIG', 'RESETSTAT');
    assert.equal(count(), '0');
  });

  it('says how long commands took', () => {
    const client = SimulatedNode.started().client();
    client.call('SET', 'k', 'v');
    assert.match(
      String(client.call('INFO', 'commandstats')),
      /cmdstat_set:calls=1,usec=\d+,usec_per_call=[\d.]+,rejected_calls=0,failed_calls=0\r/,
    );
    assert.match(
      String(client.call('INFO', 'latencystats')),
      /latency_percentiles_usec_set:p50=[\d.]+,p99=[\d.]+,p99\.9=[\d.]+\r/,
    );
    // Who waits takes no time.
    client.send('WAIT', 1, 20);
    client.wait(100);
    assert.match(String(client.call('INFO', 'latencystats')), /latency_percentiles_usec_wait:p50=0\.000,/);
  });

  it('names errors in their order, by what can stand in a field', () => {
    const client = SimulatedNode.started().client();
    for (const error of ['Z last', 'odd#code:of\na\rscript first']) {
      client.call('EVAL', 'return redis.error_reply(ARGV[1])', 0, error);
    }
    client.call('NOSUCH');
    assert.equal(
      client.call('INFO', 'errorstats'),
      '# Errorstats\r\nerrorstat_ERR:count=1\r\nerrorstat_Z:count=1\r\nerrorstat_odd_code_of_a_script:count=1\r\n',
    );
  });

  it('says for how long keys will live on average, and how many are there though their time is up', () => {
    const node = SimulatedNode.started();
    const client = node.client();
    const ttl = () => Number(/avg_ttl=(\d+)/.exec(String(client.call('INFO', 'keyspace')))?.[1]);
    const stale = () => Number(field(client.call('INFO', 'stats'), 'expired_stale_perc'));
    client.call('SET', 'forever', 'v');
    assert.equal(ttl(), 0);
    client.call('SET', 'a', 'v', 'PX', 10_000);
    client.call('SET', 'b', 'v', 'PX', 20_000);
    assert.ok(Math.abs(ttl() - 15_000) < 100);
    client.wait(12_000);
    assert.equal(client.call('DBSIZE'), 2);
    assert.ok(Math.abs(ttl() - 8000) < 500);
    // Each round of active expiry ran to its end. Had one left nothing but keys whose time is up, and the next one none:
    assert.equal(stale(), 0);
    node.node.statistics.expiryEnded(1);
    assert.equal(stale(), 5);
    node.node.statistics.expiryEnded(0);
    assert.equal(stale(), 4.75);
    client.call('CONFIG', 'RESETSTAT');
    assert.equal(stale(), 0);
  });
});

describe('the slow log', () => {
  it('keeps the last commands that took too long, cut to size', () => {
    const client = SimulatedNode.started(['slowlog-log-slower-than 0', 'slowlog-max-len 2']).client();
    client.call('SET', 'long', 'x'.repeat(200));
    client.call('DEL', ...Array.from({ length: 40 }, (_, i) => `k${i}`));
    const entries = client.call('SLOWLOG', 'GET');
    assert.ok(Array.isArray(entries) && entries.length === 2);
    const [latest, before] = entries;
    assert.ok(Array.isArray(latest) && Array.isArray(before));
    const words = latest[3];
    assert.ok(Array.isArray(words) && words.length === 32);
    assert.equal(words[31], '... (10 more arguments)');
    assert.deepEqual(before[3], ['SET', 'long', `${'x'.repeat(128)}... (72 more bytes)`]);
    assert.equal(client.call('SLOWLOG', 'LEN'), 2);
    assert.equal(client.call('SLOWLOG', 'RESET'), 'OK');
  });

  it('has a command that waited when it has run, and not before', () => {
    const node = SimulatedNode.started(['slowlog-log-slower-than 0']);
    const [client, other] = [node.client(), node.client()];
    const logged = () => JSON.stringify(other.call('SLOWLOG', 'GET', 100)).match(/"BLPOP"/g)?.length ?? 0;
    client.send('BLPOP', 'list', 0);
    client.wait(1);
    assert.equal(logged(), 0);
    other.call('LPUSH', 'list', 'a');
    assert.equal(logged(), 1);
  });
});

describe('MONITOR', () => {
  it('shows a command that has to wait once', () => {
    const node = SimulatedNode.started();
    const [watcher, waiter, other] = [node.client(), node.client(), node.client()];
    watcher.call('MONITOR');
    waiter.send('BLPOP', 'list', 0);
    waiter.wait(100);
    other.call('RPUSH', 'list', 1);
    other.call('RPUSH', 'list', 2);
    const shown = watcher.wait(100).map((line) => String(line).replace(/^[^"]*/, ''));
    assert.deepEqual(shown, ['"BLPOP" "list" "0"', '"RPUSH" "list" "1"', '"RPUSH" "list" "2"']);
  });

  it('shows what others do, with time, database and address', () => {
    const node = SimulatedNode.started();
    const [monitor, client] = [node.client(), node.client('10.1.0.77')];
    monitor.call('MONITOR');
    client.call('SELECT', 2);
    client.call('SET', 'k', 'a "b"\n');
    client.call('MULTI');
    client.call('GET', 'k');
    client.call('EXEC');
    const lines = monitor.wait(50).map(String);
    assert.match(lines[1] ?? '', /^\d{10}\.\d{6} \[2 10\.1\.0\.77:\d+\] "SET" "k" "a \\"b\\"\\n"$/);
    assert.deepEqual(
      lines.slice(2).map((line) => line.replace(/^.*\] /, '')),
      ['"MULTI"', '"GET" "k"', '"EXEC"'],
    );
  });
});

describe('MONITOR', () => {
  it('shows a command that waited once, where it was sent', () => {
    const node = SimulatedNode.started();
    const [monitor, client, other] = [node.client(), node.client(), node.client()];
    monitor.call('MONITOR');
    client.send('BLPOP', 'list', 0);
    client.wait(1);
    for (const element of ['1', '2']) other.call('LPUSH', 'list', element);
    assert.deepEqual(
      monitor.wait(50).map((line) => String(line).replace(/^.*\] /, '')),
      ['"BLPOP" "list" "0"', '"LPUSH" "list" "1"', '"LPUSH" "list" "2"'],
    );
  });
});

describe('LATENCY', () => {
  it('remembers what took at least as long as was asked for', () => {
    const node = SimulatedNode.started(['latency-monitor-threshold 100']);
    const client = node.client();
    node.node.latency.add('command', 250, 1_700_000_000_500);
    node.node.latency.add('command', 150, 1_700_000_000_900);
    node.node.latency.add('command', 99, 1_700_000_001_000);
    node.node.latency.add('command', 120, 1_700_000_002_000);
    assert.deepEqual(client.call('LATENCY', 'LATEST'), [['command', 1_700_000_002, 120, 250]]);
    assert.deepEqual(client.call('LATENCY', 'HISTORY', 'command'), [
      [1_700_000_000, 250],
      [1_700_000_002, 120],
    ]);
    assert.equal(client.call('LATENCY', 'RESET', 'command', 'none'), 1);
    assert.deepEqual(client.call('LATENCY', 'LATEST'), []);
  });

  it('counts in buckets that are right within a sixteenth', () => {
    const histogram = new LatencyHistogram();
    for (let us = 1; us <= 1000; us++) histogram.add(us);
    for (const percent of [1, 50, 90, 99, 100]) {
      const exact = percent * 10;
      const told = histogram.percentile(percent);
      assert.ok(told >= exact && told <= exact * (1 + 1 / 16) + 1, `p${percent}: ${told}`);
    }
    assert.deepEqual(histogram.powersOfTwo().at(-1), [1024, 1000]);
    assert.equal(histogram.total, 1000);
  });
});

describe('an observer', () => {
  it('hears that the node started, what it logs, and that it stopped', () => {
    const node = SimulatedNode.started(['cluster-enabled yes']);
    const id = node.node.status().id;
    assert.deepEqual(
      node.events.find(({ type }) => type === 'started'),
      { type: 'started', id },
    );
    assert.ok(node.events.some((event) => event.type === 'log' && event.text === 'Server initialized'));
    node.node.stop();
    assert.equal(node.events.at(-1)?.type, 'stopped');
  });

  it('can ask how the node is', () => {
    const node = SimulatedNode.started(['cluster-enabled yes']);
    const client = node.client();
    client.call('CLUSTER', 'ADDSLOTSRANGE', 0, 16383);
    node.simulation.runFor(3000);
    client.call('SET', 'k', 'v');
    const status = node.node.status();
    assert.equal(status.clusterOk, true);
    assert.deepEqual(status.slots, [[0, 16383]]);
    assert.equal(status.keys, 1);
    assert.equal(status.role, 'primary');
    assert.equal(status.clients, 1);
  });
});

describe('the log', () => {
  it('is written as redis-server writes it', () => {
    const at = new Date(2026, 10, 3, 4, 5, 6, 7).getTime();
    assert.equal(logLine(12, 'M', at, 'notice', 'Ready'), '12:M 03 Nov 2026 04:05:06.007 * Ready\n');
    assert.equal(logLine(12, 'S', at, 'warning', 'Oh'), '12:S 03 Nov 2026 04:05:06.007 # Oh\n');
  });

  it('goes into its file, and shows no more than loglevel says', () => {
    const node = new SimulatedNode(['logfile node.log', 'loglevel warning', 'dir /']);
    node.node.world.disk.makeFolder('/');
    node.start();
    node.node.log('notice', 'not shown');
    node.node.log('warning', 'shown');
    node.simulation.runFor(20);
    const text = Buffer.from(node.node.world.disk.read('/node.log') ?? []).toString();
    assert.match(text, /# shown\n$/);
    assert.doesNotMatch(text, /not shown|Ready/);
    assert.deepEqual(node.log, []);
  });

  it('has the last words of a node that is killed', () => {
    const node = new SimulatedNode(['logfile node.log', 'dir /']);
    node.node.world.disk.makeFolder('/');
    node.start();
    node.node.log('warning', 'Crashed');
    node.node.kill();
    assert.match(Buffer.from(node.node.world.disk.read('/node.log') ?? []).toString(), /# Crashed\n$/);
  });
});

describe('in a cluster', () => {
  it('commands go where their keys are, or are refused', () => {
    const node = SimulatedNode.started(['cluster-enabled yes']);
    const client = node.client();
    assert.equal(client.call('GET', 'foo'), '-CLUSTERDOWN Hash slot not served');
    client.call('CLUSTER', 'ADDSLOTSRANGE', 0, 16383);
    node.simulation.runFor(3000);
    assert.equal(client.call('SET', 'foo', 'bar'), 'OK');
    assert.equal(client.call('MGET', 'foo', 'bar'), "-CROSSSLOT Keys in request don't hash to the same slot");
    assert.deepEqual(client.call('MGET', '{t}a', '{t}b'), [null, null]);
    client.call('MULTI');
    client.call('SET', '{t}a', 1);
    assert.equal(client.call('SET', 'foo', 1), 'QUEUED');
    assert.equal(client.call('EXEC'), "-CROSSSLOT Keys in request don't hash to the same slot");
    assert.equal(client.call('EXEC'), '-ERR EXEC without MULTI');
    assert.equal(
      client.call('SSUBSCRIBE', 'a', 'b'),
      "-CROSSSLOT Keys in request don't hash to the same slot",
    );
  });
});
