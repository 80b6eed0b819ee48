import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { checkConfFiles } from '../../extension/lab/check-conf-files.ts';
import { confFileOf } from '../../extension/lab/conf-files.ts';
import { InThreadLab } from '../../extension/lab/in-thread-lab.ts';
import type { LabOptions, LabSnapshot } from '../../extension/lab/protocol.ts';
import { RespClient } from '../../extension/lab/resp-client.ts';
import { nodeOf, removeFolder, temporaryOptions, told } from './temporary-lab.ts';

/** One command on a connection of its own. */
async function ask(port: number, ...argv: string[]): Promise<string> {
  const client = await RespClient.open('127.0.0.1', port, '');
  try {
    return await client.call(...argv);
  } finally {
    client.close();
  }
}

describe('a lab of six', { concurrency: false }, () => {
  const lab = new InThreadLab();
  let options: LabOptions;
  let base = 0;

  before(async () => {
    options = await temporaryOptions();
    base = options.basePort;
    await lab.start(options);
  });
  after(async () => {
    await lab.dispose();
    removeFolder(options);
  });

  test('is ready when all say ok and every replica is linked', async () => {
    const { state, clusterState, slotsCovered, nodes, startedInMs } = lab.snapshot;
    assert.deepEqual([state, clusterState, slotsCovered], ['ready', 'ok', 16384]);
    assert.ok(startedInMs !== undefined && startedInMs > 0);
    const idOf = (port: number) => nodeOf(lab.snapshot, port).id;
    assert.deepEqual(
      nodes.map(({ role, primaryId, slots, primaryLinkUp }) => [role, primaryId, slots, primaryLinkUp]),
      [
        ['primary', undefined, [[0, 5460]], undefined],
        ['primary', undefined, [[5461, 10922]], undefined],
        ['primary', undefined, [[10923, 16383]], undefined],
        ['replica', idOf(base), [], true],
        ['replica', idOf(base + 1), [], true],
        ['replica', idOf(base + 2), [], true],
      ],
    );
    for (const { port } of nodes) assert.match(await ask(port, 'CLUSTER', 'INFO'), /^cluster_state:ok/);
  });

  test('the nodes met over the bus', async () => {
    const info = await ask(base + 5, 'CLUSTER', 'INFO');
    assert.match(info, /cluster_known_nodes:6/);
    assert.ok(Number(/cluster_stats_messages_received:(\d+)/.exec(info)?.[1]) > 0);
    assert.match(info, /cluster_current_epoch:6/);
  });

  test('a client is sent to the owner, who replicates what it wrote', async () => {
    // foo is in slot 12182.
    await assert.rejects(ask(base, 'SET', 'foo', 'bar'), { message: `MOVED 12182 127.0.0.1:${base + 2}` });
    const client = await RespClient.open('127.0.0.1', base + 2, '');
    assert.equal(await client.call('SET', 'foo', 'bar'), 'OK');
    assert.deepEqual(await client.send('WAIT', 1, 1000), { type: 'integer', value: 1 });
    client.close();
    const replica = await RespClient.open('127.0.0.1', base + 5, '');
    await replica.call('READONLY');
    assert.equal(await replica.call('GET', 'foo'), 'bar');
    replica.close();
  });

  test('a killed primary is replaced by its replica, and comes back as a replica', async () => {
    await lab.act(base + 2, 'kill');
    await assert.rejects(ask(base + 2, 'PING'), { code: 'ECONNREFUSED' });
    const after = await told(
      lab,
      (snapshot) => nodeOf(snapshot, base + 5).role === 'primary' && snapshot.clusterState === 'ok',
    );
    assert.equal(nodeOf(after, base + 2).process, 'killed');
    assert.equal(nodeOf(after, base + 2).health, 'fail');
    assert.deepEqual(nodeOf(after, base + 5).slots, [[10923, 16383]]);
    assert.equal(await ask(base + 5, 'GET', 'foo'), 'bar');

    await lab.act(base + 2, 'start');
    const back = await told(lab, (snapshot) => {
      const { role, primaryLinkUp, health } = nodeOf(snapshot, base + 2);
      return role === 'replica' && primaryLinkUp === true && health === 'ok';
    });
    assert.equal(nodeOf(back, base + 2).primaryId, nodeOf(back, base + 5).id);
  });

  test('a replica takes over when asked to', async () => {
    await lab.act(base + 2, 'failover');
    assert.equal(nodeOf(lab.snapshot, base + 2).role, 'primary');
    await told(lab, (snapshot) => nodeOf(snapshot, base + 5).primaryLinkUp === true);
    await assert.rejects(lab.act(base + 2, 'failover'), /You should send CLUSTER FAILOVER to a replica/);
  });

  test('a paused node answers nobody, is missed, and answers again when resumed', async () => {
    await lab.act(base + 3, 'pause');
    const missed = await told(lab, (snapshot) => nodeOf(snapshot, base + 3).health === 'fail');
    assert.equal(nodeOf(missed, base + 3).process, 'paused');
    assert.equal(missed.clusterState, 'ok');
    const waiting = ask(base + 3, 'PING');
    await lab.act(base + 3, 'resume');
    assert.equal(await waiting, 'PONG');
    await told(
      lab,
      (snapshot) =>
        nodeOf(snapshot, base + 3).health === 'ok' && nodeOf(snapshot, base + 3).primaryLinkUp === true,
    );
  });

  test('a node that a client shuts down is seen to have stopped', async () => {
    await assert.rejects(ask(base + 4, 'SHUTDOWN'));
    await told(lab, (snapshot) => nodeOf(snapshot, base + 4).process === 'stopped');
    await assert.rejects(lab.act(base + 4, 'pause'), { message: `${base + 4} is not running.` });
    await lab.act(base + 4, 'restart');
    await told(lab, (snapshot) => nodeOf(snapshot, base + 4).primaryLinkUp === true);
  });

  test('a node is not shut down for a restart that its conf file would not allow', async () => {
    const file = confFileOf(options.folder, base + 4);
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, `${text}maxmemory lots\n`);
    const refused = /redis-\d+\.conf, line \d+: 'maxmemory lots': argument must be a memory value/;
    await assert.rejects(lab.act(base + 4, 'restart'), refused);
    assert.throws(() => checkConfFiles(options), refused);
    assert.equal(nodeOf(lab.snapshot, base + 4).process, 'running');
    writeFileSync(file, text);
    checkConfFiles(options);
  });

  test('who is not there cannot be acted on', async () => {
    await assert.rejects(lab.act(1, 'kill'), { message: 'The lab has no node on port 1.' });
    await assert.rejects(lab.start(options), /running already/);
    await assert.rejects(lab.act(base, 'start'), /running already/);
  });

  test('stopped and started again it is the same cluster with the same data', async () => {
    const ids = lab.snapshot.nodes.map(({ id }) => id);
    await lab.stop();
    assert.equal(lab.snapshot.state, 'stopped');
    assert.ok(lab.snapshot.nodes.every((node) => node.process === 'stopped'));
    const told: string[] = [];
    const forget = lab.onTimeline((entries) => told.push(...entries.map(({ text }) => text)));
    await lab.start(options);
    forget();
    assert.deepEqual(
      lab.snapshot.nodes.map(({ id }) => id),
      ids,
    );
    // What a node remembers of others it tells before they are up; the user knows them by their ports all the same.
    const owners = told.filter((text) => text.includes(' owns slots '));
    assert.ok(owners.length > 0);
    for (const text of owners) assert.match(text, /^\d{4,5} owns slots /);
    // Whoever has the slot of `foo` by now: starting may take a busy machine long enough for a failover.
    const owner = lab.snapshot.nodes.find(({ slots }) =>
      slots.some(([first, last]) => first <= 12_182 && last >= 12_182),
    );
    assert.ok(owner);
    assert.equal(await ask(owner.port, 'GET', 'foo'), 'bar');
  });

  test('the nodes keep their files apart, and a log', () => {
    for (const { port } of lab.snapshot.nodes) {
      for (const file of [`nodes-${port}.conf`, `dump-${port}.rdb`, `redis-${port}.log`]) {
        assert.ok(existsSync(join(options.folder, String(port), file)), file);
      }
    }
    const log = readFileSync(join(options.folder, String(base), `redis-${base}.log`), 'utf8');
    assert.match(log, /Ready to accept connections/);
  });
});

/** Somebody else's server, once it has the port. */
async function listening(port: number): Promise<Server> {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

test('a taken port is named, and another base offered', async () => {
  const options = await temporaryOptions();
  const squatter = await listening(options.basePort + 3);
  const lab = new InThreadLab();
  try {
    await assert.rejects(
      lab.start(options),
      new RegExp(`^Error: Port ${options.basePort + 3} is in use\\. Free: \\d+ and the ports behind it\\.$`),
    );
    assert.equal(lab.snapshot.state, 'failed');
    assert.match(lab.snapshot.error?.text ?? '', /in use/);
    squatter.close();
    // Nothing is left of the first try.
    assert.equal((await lab.start(options)).state, 'ready');
  } finally {
    squatter.close();
    await lab.dispose();
    removeFolder(options);
  }
});

test('a bus port in use is a taken port', async () => {
  const options = await temporaryOptions();
  const squatter = await listening(options.basePort + 10_001);
  const lab = new InThreadLab();
  try {
    await assert.rejects(lab.start(options), new RegExp(`Port ${options.basePort + 10_001} is in use`));
  } finally {
    squatter.close();
    await lab.dispose();
    removeFolder(options);
  }
});

test('files that are no good are refused, and left as they are', async () => {
  const options = await temporaryOptions();
  const lab = new InThreadLab();
  try {
    await lab.start(options);
    await lab.stop();
    const nodesConf = join(options.folder, String(options.basePort), `nodes-${options.basePort}.conf`);
    writeFileSync(nodesConf, 'no such thing\n');
    await assert.rejects(lab.start(options), /Unrecoverable error: corrupted cluster config file/);
    assert.equal(readFileSync(nodesConf, 'utf8'), 'no such thing\n');
    const conf = confFileOf(options.folder, options.basePort);
    writeFileSync(conf, `${readFileSync(conf, 'utf8')}maxmemory lots\n`);
    await assert.rejects(lab.start(options), /maxmemory lots/);
    assert.equal(nodeOf(lab.snapshot, options.basePort).process, 'failed');
    // Nobody killed the others: they were shut down.
    assert.equal(nodeOf(lab.snapshot, options.basePort + 1).process, 'stopped');
  } finally {
    await lab.dispose();
    removeFolder(options);
  }
});

test('a lab that stops tells of a node whose data could not be saved', async () => {
  const options = await temporaryOptions();
  const lab = new InThreadLab();
  const first = options.basePort;
  try {
    await lab.start(options);
    // `b` is in a slot of the first node.
    await ask(first, 'SET', 'b', '1');
    removeFolder({ folder: join(options.folder, String(first)) });
    // Whichever it is about to write first.
    const why = "could not save its data: .* is lost|: .* Fatal: can't update cluster config file";
    await assert.rejects(lab.stop(), new RegExp(`^Error: ${first}.*(${why})`));
    assert.equal(lab.snapshot.state, 'stopped');
  } finally {
    await lab.dispose();
    removeFolder(options);
  }
});

test('a node whose files were removed joins again as a replica', async () => {
  const options = await temporaryOptions();
  const lab = new InThreadLab();
  try {
    await lab.start(options);
    const last = options.basePort + 5;
    const before = nodeOf(lab.snapshot, last).id;
    await lab.stop();
    removeFolder({ ...options, folder: join(options.folder, String(last)) });
    const { nodes } = await lab.start(options);
    assert.notEqual(nodes[5]?.id, before);
    assert.equal(nodes[5]?.role, 'replica');
  } finally {
    await lab.dispose();
    removeFolder(options);
  }
});

test('a start that is stopped ends at once, and is no failure', async () => {
  const options = await temporaryOptions();
  const lab = new InThreadLab();
  try {
    const early = assert.rejects(lab.start(options), /^Error: The lab was stopped\.$/);
    await lab.stop();
    await early;
    assert.equal(lab.snapshot.state, 'stopped');
    assert.equal((await lab.start(options)).state, 'ready');
    await lab.stop();

    // Half of a cluster, with half of its slots, waits for the rest.
    const six = { ...options, folder: join(options.folder, 'six'), replicasPerPrimary: 0 };
    await lab.start(six);
    await lab.stop();
    const hopeless = assert.rejects(lab.start({ ...six, nodes: 3 }), /^Error: The lab was stopped\.$/);
    await told(lab, ({ nodes }) => nodes.length === 3 && nodes.every(({ process }) => process === 'running'));
    await lab.stop();
    await hopeless;
    assert.equal(lab.snapshot.state, 'stopped');
  } finally {
    await lab.dispose();
    removeFolder(options);
  }
});

test('a node that ends while the others are waited for ends the start at once, with its last words', async () => {
  const options = await temporaryOptions({ replicasPerPrimary: 0 });
  const lab = new InThreadLab();
  const first = options.basePort;
  try {
    await lab.start(options);
    await lab.stop();
    // Half of a cluster, which waits for the rest.
    const half = { ...options, nodes: 3 };
    const allRun = ({ nodes }: LabSnapshot) =>
      nodes.length === 3 && nodes.every(({ process }) => process === 'running');
    const killed = assert.rejects(
      lab.start(half),
      new RegExp(`^Error: ${first} ended while the lab was starting: It was killed\\.$`),
    );
    await told(lab, allRun);
    await lab.act(first, 'kill');
    await killed;
    assert.equal(lab.snapshot.state, 'failed');

    const noPlace = new RegExp(
      `^Error: ${first} ended while the lab was starting: Could not write the cluster config file: ENOENT.* ` +
        "Fatal: can't update cluster config file\\.$",
    );
    const failed = assert.rejects(lab.start(half), noPlace);
    await told(lab, allRun);
    removeFolder({ folder: join(options.folder, String(first)) });
    await assert.rejects(ask(first, 'CLUSTER', 'BUMPEPOCH'));
    await failed;
    assert.match(nodeOf(lab.snapshot, first).error?.text ?? '', /can't update cluster config file/);
  } finally {
    await lab.dispose();
    removeFolder(options);
  }
});

test('twenty starts and stops leave nothing behind', async () => {
  const options = await temporaryOptions();
  const lab = new InThreadLab();
  // Handles of connections that were destroyed go with the next turns of the loop.
  const noneOpen = async () => {
    const open = () => process.getActiveResourcesInfo().filter((resource) => /TCP|Timeout|FS/.test(resource));
    const deadline = performance.now() + 2000;
    while (open().length > 0 && performance.now() < deadline) await new Promise(setImmediate);
    return open();
  };
  try {
    assert.deepEqual(await noneOpen(), []);
    for (let i = 0; i < 20; i++) {
      const folder = join(options.folder, String(i));
      await lab.start({ ...options, folder });
      await lab.stop();
    }
    await lab.dispose();
    assert.deepEqual(await noneOpen(), []);
  } finally {
    await lab.dispose();
    removeFolder(options);
  }
});

test('replicas that their primary would not let in are told of at once', async () => {
  const lab = new InThreadLab();
  const options = await temporaryOptions();
  const [replica, primary] = [options.basePort + 3, options.basePort];
  await assert.rejects(
    lab.start({ ...options, directives: { ...options.directives, requirepass: 'secret' } }),
    new RegExp(
      `^Error: ${replica} can’t follow ${primary}, which asks for a password: masterauth has to say`,
    ),
  );
  assert.equal(lab.snapshot.state, 'failed');
  await lab.dispose();
  removeFolder(options);
});
