/** The configuration at run time: CONFIG GET, SET and REWRITE. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Configuration, TARGET } from '../../../extension/node/configuration/configuration.ts';
import { rewritten } from '../../../extension/node/configuration/configuration-file.ts';
import { parseConf } from '../../../extension/redis/config/parse-conf.ts';
import { Simulation } from '../../../extension/worlds/simulated.ts';
import { field, SimulatedNode } from '../simulated-node.ts';

function configured(text: string, folder = '/start'): Configuration {
  const configuration = new Configuration(folder, '/start/redis.conf');
  configuration.load(parseConf(text, { target: TARGET }));
  return configuration;
}

const ANYBODY = { mayProtected: false, loading: false };

describe('a configuration', () => {
  it('has the defaults of 7.2', () => {
    const settings = new Configuration('/start');
    assert.equal(settings.number('port'), 6379);
    assert.equal(settings.number('cluster-node-timeout'), 15_000);
    assert.equal(settings.flag('cluster-enabled'), false);
    assert.deepEqual(settings.words('bind'), ['*', '-::*']);
    assert.equal(settings.savePoints().length, 3);
    assert.equal(settings.text('dir'), '/start');
  });

  it('takes the last line, adds up what adds up, and knows old names', () => {
    const settings = configured(
      'port 1\nport 2\nsave 900 1\nsave 60 100\nslave-read-only no\nclient-output-buffer-limit pubsub 1mb 2mb 3',
    );
    assert.equal(settings.number('port'), 2);
    assert.deepEqual(settings.savePoints(), [
      { seconds: 900, changes: 1 },
      { seconds: 60, changes: 100 },
    ]);
    assert.equal(settings.flag('replica-read-only'), false);
    assert.equal(settings.number('slave-priority'), 100);
    assert.equal(settings.bufferLimit('pubsub').hard, 1024n * 1024n);
    assert.equal(settings.bufferLimit('replica').hard, 256n * 1024n * 1024n);
  });

  it('starts relative paths from dir, which is relative to where it started', () => {
    const settings = configured('dir ./data');
    assert.equal(settings.text('dir'), '/start/data');
    assert.equal(settings.pathOf('nodes.conf'), '/start/data/nodes.conf');
    assert.equal(settings.pathOf('/x/nodes.conf'), '/x/nodes.conf');
  });

  it('changes all or nothing', () => {
    const settings = configured('');
    settings.set(
      [
        ['maxmemory', '1gb'],
        ['timeout', '5'],
      ],
      ANYBODY,
    );
    assert.equal(settings.number('maxmemory'), 2 ** 30);
    assert.throws(
      () =>
        settings.set(
          [
            ['timeout', '9'],
            ['hz', 'fast'],
          ],
          ANYBODY,
        ),
      /ERR CONFIG SET failed \(possibly related to argument 'hz'\) - argument couldn't be parsed into an integer/,
    );
    assert.equal(settings.number('timeout'), 5);
  });

  it('takes back what could not be applied', () => {
    const settings = configured('');
    settings.onSet('timeout', () => 'not today');
    assert.throws(() => settings.set([['timeout', '9']], ANYBODY), /argument 'timeout'\) - not today/);
    assert.equal(settings.number('timeout'), 0);
  });
});

describe('CONFIG', () => {
  it('answers several patterns, and names as they were asked for', () => {
    const client = SimulatedNode.started().client();
    assert.deepEqual(client.call('CONFIG', 'GET', 'maxmemor?', 'TIMEOUT', 'nothing'), [
      'maxmemory',
      '0',
      'TIMEOUT',
      '0',
    ]);
    const all = client.call('CONFIG', 'GET', '*');
    assert.ok(Array.isArray(all) && all.length > 2 * 190);
  });

  it('refuses in the words of redis-server', () => {
    const client = SimulatedNode.started().client();
    const refusals: readonly (readonly [given: string[], answer: string])[] = [
      [['nope', '1'], "-ERR Unknown option or number of arguments for CONFIG SET - 'nope'"],
      [
        ['daemonize', 'yes'],
        "-ERR CONFIG SET failed (possibly related to argument 'daemonize') - can't set immutable config",
      ],
      [
        ['dbfilename', 'x'],
        "-ERR CONFIG SET failed (possibly related to argument 'dbfilename') - can't set protected config",
      ],
      [
        ['hz', '1', 'HZ', '2'],
        "-ERR CONFIG SET failed (possibly related to argument 'HZ') - duplicate parameter",
      ],
      [
        ['maxmemory-policy', 'x'],
        "-ERR CONFIG SET failed (possibly related to argument 'maxmemory-policy') - argument(s) must be one of the following: volatile-lru, volatile-lfu, volatile-random, volatile-ttl, allkeys-lru, allkeys-lfu, allkeys-random, noeviction",
      ],
      [['hz', '1', 'timeout'], '-ERR syntax error'],
    ];
    for (const [given, answer] of refusals) assert.equal(client.call('CONFIG', 'SET', ...given), answer);
  });

  it('SET takes effect at once', () => {
    const node = SimulatedNode.started();
    const client = node.client();
    client.call('CONFIG', 'SET', 'slowlog-log-slower-than', 0, 'notify-keyspace-events', 'KA');
    client.call('SET', 'k', 'v');
    const log = client.call('SLOWLOG', 'GET', 1);
    assert.deepEqual(Array.isArray(log) && Array.isArray(log[0]) && log[0][3], ['SET', 'k', 'v']);
    client.call('CONFIG', 'SET', 'hash-max-listpack-entries', 1);
    client.call('HSET', 'h', 'a', 1, 'b', 2);
    assert.equal(client.call('OBJECT', 'ENCODING', 'h'), 'hashtable');
  });

  it('SET tells no log of names and passwords', () => {
    const client = SimulatedNode.started(['slowlog-log-slower-than 0']).client();
    client.call(
      'CONFIG',
      'SET',
      'MasterUser',
      'ann',
      'timeout',
      1,
      'masterauth',
      'secret',
      'requirepass',
      '',
    );
    const log = String(client.call('SLOWLOG', 'GET', 1));
    const shown = 'CONFIG,SET,MasterUser,(redacted),timeout,1,masterauth,(redacted),requirepass,(redacted)';
    assert.ok(log.includes(shown), log);
  });

  it('SET refuses what cannot take effect', () => {
    const client = SimulatedNode.started(['enable-protected-configs yes']).client();
    assert.match(
      String(client.call('CONFIG', 'SET', 'dir', '/nowhere')),
      /'dir'\) - No such file or directory$/,
    );
    assert.equal(String(client.call('CONFIG', 'GET', 'dir')), 'dir,/data');
  });

  it('SET port moves the node to another port', () => {
    const node = SimulatedNode.started();
    const client = node.client();
    assert.equal(client.call('CONFIG', 'SET', 'port', 7777), 'OK');
    assert.deepEqual(
      node.node.addresses.map(({ port }) => port),
      [7777, 7777],
    );
    assert.equal(client.call('PING'), 'PONG');
  });

  it('SET takes back everything when the port cannot be opened', () => {
    const node = SimulatedNode.started();
    SimulatedNode.started(['port 7777'], { simulation: node.simulation, host: node.host });
    const client = node.client();
    const pairs = ['maxmemory', '10000001', 'port', '7777', 'save', '1 1'];
    assert.match(
      String(client.call('CONFIG', 'SET', ...pairs)),
      /argument 'port'\) - Unable to listen on this port\. Check server logs\.$/,
    );
    assert.deepEqual(client.call('CONFIG', 'GET', 'maxmemory'), ['maxmemory', '0']);
    assert.deepEqual(client.call('CONFIG', 'GET', 'save'), ['save', '']);
    assert.equal(node.client().call('PING'), 'PONG');
  });

  it('SET takes back what has taken effect already when another directive cannot', () => {
    const node = SimulatedNode.started(['auto-aof-rewrite-percentage 0']);
    const client = node.client();
    const refused = String(client.call('CONFIG', 'SET', 'appendonly', 'yes', 'tls-port', 7777));
    assert.match(refused, /argument 'tls-port'\) - Unable to update TLS configuration/);
    assert.deepEqual(client.call('CONFIG', 'GET', 'appendonly'), ['appendonly', 'no']);
    assert.equal(field(client.call('INFO', 'persistence'), 'aof_enabled'), '0');
    client.wait(5000);
    assert.equal(node.node.appendOnly.state, 'off');
  });

  it('SET does not move the node in the midst of a transaction', () => {
    const client = SimulatedNode.started().client();
    client.call('MULTI');
    client.call('CONFIG', 'SET', 'port', 7777);
    client.call('PING');
    assert.deepEqual(client.call('EXEC'), [
      "-ERR CONFIG SET failed (possibly related to argument 'port') - can't be changed within a transaction",
      'PONG',
    ]);
    assert.deepEqual(client.call('CONFIG', 'GET', 'port'), ['port', '6379']);
  });

  it('REWRITE writes into the file it was started with', () => {
    const node = SimulatedNode.started();
    const client = node.client();
    const { disk } = node.node.world;
    disk.makeFolder('/data');
    disk.replace(
      '/data/redis.conf',
      Uint8Array.from('# mine\ntimeout 1\n', (c) => c.charCodeAt(0)),
    );
    client.call('CONFIG', 'SET', 'timeout', 30);
    assert.equal(client.call('CONFIG', 'REWRITE'), 'OK');
    const text = Buffer.from(disk.read('/data/redis.conf') ?? []).toString();
    assert.match(text, /^# mine\ntimeout 30\n/);
  });

  it('RESETSTAT sets the counters of syncs, saves and rewrites to zero', () => {
    const simulation = new Simulation(5);
    const node = SimulatedNode.started(['repl-diskless-sync-delay 0'], { simulation, host: '10.0.0.1' });
    const replica = SimulatedNode.started(['replicaof 10.0.0.1 6379'], { simulation, host: '10.0.0.2' });
    simulation.runUntil(() => replica.node.replication.linkUp, 60_000);
    const client = node.client();
    client.call('SAVE');
    client.call('CONFIG', 'SET', 'appendonly', 'yes');
    const counters = () =>
      String(client.call('INFO', 'everything')).match(/^(sync_full|rdb_saves|aof_rewrites):\d+/gm);
    simulation.runUntil(() => counters()?.includes('aof_rewrites:1') === true, 5000);
    assert.deepEqual(counters(), ['rdb_saves:1', 'aof_rewrites:1', 'sync_full:1']);
    client.call('CONFIG', 'RESETSTAT');
    assert.deepEqual(counters(), ['rdb_saves:0', 'aof_rewrites:0', 'sync_full:0']);
  });

  it('RESETSTAT sets the counters to zero', () => {
    const client = SimulatedNode.started().client();
    for (let i = 0; i < 5; i++) client.call('GET', 'k');
    assert.match(String(client.call('INFO', 'commandstats')), /cmdstat_get:calls=5,/);
    assert.match(String(client.call('INFO', 'stats')), /keyspace_misses:5\r/);
    client.call('CONFIG', 'RESETSTAT');
    assert.doesNotMatch(String(client.call('INFO', 'commandstats')), /cmdstat_get/);
    assert.match(String(client.call('INFO', 'stats')), /keyspace_misses:0\r/);
  });
});

describe('rewriting a conf file', () => {
  const FILE = `# A node of the tutorial.
port 7000
  maxmemory   100mb
# between
save 900 1
save 60 10000
appendonly no
logfile "/var/log/redis 7000.log"
slave-read-only yes
`;

  function changed(...pairs: [string, string][]): string {
    const settings = configured(FILE);
    if (pairs.length > 0) settings.set(pairs, ANYBODY);
    return rewritten(FILE, settings, { primary: undefined, users: undefined });
  }

  it('leaves a file as it is when nothing changed', () => {
    assert.equal(changed(), FILE);
  });

  it('changes the lines whose values changed, under the names they have', () => {
    assert.equal(
      changed(['maxmemory', '2147483648'], ['replica-read-only', 'no']),
      FILE.replace('  maxmemory   100mb', 'maxmemory 2gb').replace(
        'slave-read-only yes',
        'slave-read-only no',
      ),
    );
  });

  it('writes a line for each part of a list, where it stood before', () => {
    assert.equal(changed(['save', '10 1']), FILE.replace('save 900 1\nsave 60 10000', 'save 10 1'));
    assert.equal(
      changed(['save', '10 1 20 2 30 3']),
      FILE.replace('save 900 1\nsave 60 10000', 'save 10 1\nsave 20 2\nsave 30 3'),
    );
    const limits = changed(['client-output-buffer-limit', 'normal 1mb 0 0']).slice(FILE.length);
    assert.match(limits, /\nclient-output-buffer-limit normal 1mb 0 0\nclient-output-buffer-limit \w+ 256mb/);
    assert.equal(changed(['save', '']), FILE.replace('save 900 1\nsave 60 10000', 'save ""'));
  });

  it('adds what the file did not have behind a line that says where it comes from', () => {
    assert.equal(
      changed(['timeout', '5'], ['requirepass', 'two words']),
      `${FILE}# Generated by CONFIG REWRITE\ntimeout 5\nrequirepass "two words"\n`,
    );
  });

  it('writes whom the node follows, and drops it when it follows nobody', () => {
    const settings = configured('port 1\n');
    const following = rewritten('port 1\n', settings, {
      primary: { host: '10.0.0.1', port: 7000 },
      users: undefined,
    });
    assert.equal(following, 'port 1\n# Generated by CONFIG REWRITE\nreplicaof 10.0.0.1 7000\n');
    assert.equal(
      rewritten('slaveof 1.2.3.4 5\nport 1\n', settings, { primary: undefined, users: undefined }),
      'port 1\n',
    );
  });

  it('keeps the line ends of another system', () => {
    const settings = configured('timeout 1\r\nport 2\r\n');
    settings.set([['timeout', '3']], ANYBODY);
    assert.equal(
      rewritten('timeout 1\r\nport 2\r\n', settings, { primary: undefined, users: undefined }),
      'timeout 3\r\nport 2\r\n',
    );
  });

  it('gives a file that reads back to the same configuration', () => {
    const settings = configured(FILE);
    settings.set(
      [
        ['proc-title-template', '{title} x'],
        ['notify-keyspace-events', 'KEA'],
        ['bind', '127.0.0.1 ::1'],
        ['latency-tracking-info-percentiles', '50 99.9'],
        ['oom-score-adj-values', '0 100 200'],
        ['client-output-buffer-limit', 'normal 1 2 3'],
      ],
      ANYBODY,
    );
    const again = configured(rewritten(FILE, settings, { primary: undefined, users: undefined }));
    assert.deepEqual(again.matching(['*']), settings.matching(['*']));
    const whole = rewritten('', settings, { primary: undefined, users: undefined, all: true });
    assert.ok(whole.split('\n').length > 150);
    assert.deepEqual(configured(whole).matching(['*']), settings.matching(['*']));
  });
});
