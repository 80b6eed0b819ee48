import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import type { Connection, DialEvents, NetworkError, World } from '../../extension/redis/world.ts';
import { Simulation } from '../../extension/worlds/simulated.ts';

const A = '10.0.0.1';
const B = '10.0.0.2';

/** Remembers what one end heard. */
class Ear implements DialEvents {
  text = '';
  reads = 0;
  opened = false;
  drains = 0;
  isClosed = false;
  error: NetworkError | undefined;

  connected(): void {
    this.opened = true;
  }

  data(bytes: Uint8Array, start: number, end: number): void {
    this.text += Buffer.from(bytes.subarray(start, end)).toString('latin1');
    this.reads++;
  }

  drained(): void {
    this.drains++;
  }

  closed(error?: NetworkError): void {
    assert.equal(this.isClosed, false, 'closed is told once');
    this.isClosed = true;
    this.error = error;
  }
}

/** A listener on `world` that remembers its last connection and what it heard on it. */
function serve(world: World, port = 6379): { connection: Connection | undefined; heard: Ear } {
  const server: { connection: Connection | undefined; heard: Ear } = {
    connection: undefined,
    heard: new Ear(),
  };
  world.network.listen(
    { host: '0.0.0.0', port },
    (connection) => {
      const heard = new Ear();
      server.connection = connection;
      server.heard = heard;
      return heard;
    },
    (error) => assert.equal(error, undefined),
  );
  return server;
}

function dial(world: World, host: string, port = 6379): { connection: Connection; heard: Ear } {
  const heard = new Ear();
  return { connection: world.network.connect({ host, port }, heard), heard };
}

function connected(simulation: Simulation) {
  const server = serve(simulation.world(B));
  const client = dial(simulation.world(A), B);
  simulation.runUntil(() => client.heard.opened && server.connection !== undefined, 100);
  return { server, client };
}

test('bytes arrive late, cut anywhere, complete and in order', () => {
  const simulation = new Simulation(1, { splitChance: 0.9, minDelayMs: 1, maxDelayMs: 5 });
  const { server, client } = connected(simulation);
  const sent = Array.from({ length: 300 }, (_, i) => `line ${i}\n`).join('');
  for (let i = 0; i < sent.length; i += 50)
    client.connection.write(Buffer.from(sent), i, Math.min(i + 50, sent.length));
  const took = simulation.runUntil(() => server.heard.text.length === sent.length, 1000);
  assert.equal(server.heard.text, sent);
  assert.equal(simulation.bytesSent, sent.length);
  assert.ok(server.heard.reads > 60, `${server.heard.reads} reads`);
  assert.ok(took >= 1, `${took} ms`);
});

test('the same seed gives the same run, another seed another one', () => {
  const run = (seed: number) => {
    const simulation = new Simulation(seed, { splitChance: 0.5, stallChance: 0.1, stallMs: 50 });
    const lines: string[] = [];
    simulation.trace = (line) => lines.push(line);
    const { server, client } = connected(simulation);
    for (let i = 0; i < 50; i++) client.connection.write(simulation.world(A).random.bytes(100));
    simulation.runUntil(() => server.heard.text.length === 5000, 10_000);
    return `${lines.join('\n')}\n${server.heard.text}`;
  };
  assert.equal(run(7), run(7));
  assert.notEqual(run(7), run(8));
});

test('nobody listening is a refusal, nobody there is silence', () => {
  const simulation = new Simulation(2);
  simulation.world(B);
  const refused = dial(simulation.world(A), B, 1);
  const silent = dial(simulation.world(A), '10.9.9.9', 1);
  simulation.runFor(1000);
  assert.equal(refused.heard.error?.code, 'ECONNREFUSED');
  assert.equal(silent.heard.isClosed, false);
  simulation.runFor(127_000);
  assert.equal(silent.heard.error?.code, 'ETIMEDOUT');
});

test('a port is taken once', () => {
  const simulation = new Simulation(3);
  serve(simulation.world(A));
  let code: string | undefined;
  simulation.world(A).network.listen(
    { host: '0.0.0.0', port: 6379 },
    () => new Ear(),
    (error) => {
      code = error?.code;
    },
  );
  simulation.runFor(1);
  assert.equal(code, 'EADDRINUSE');
});

test('a cut link swallows nothing: all of it arrives after the heal', () => {
  const simulation = new Simulation(4);
  const { server, client } = connected(simulation);
  // `server` will remember the later connection.
  const { heard } = server;
  simulation.cut(A, B);
  client.connection.write(Buffer.from('forth'));
  server.connection?.write(Buffer.from('back'));
  const late = dial(simulation.world(A), B);
  simulation.runFor(5000);
  assert.equal(heard.text, '');
  assert.equal(client.heard.text, 'back');
  assert.equal(late.heard.opened, false);
  simulation.heal(A, B);
  simulation.runUntil(() => heard.text === 'forth' && late.heard.opened, 2000);
  assert.equal(client.heard.isClosed, false);
});

test('what was written before a partition and during it keeps its order', () => {
  const simulation = new Simulation(5, { splitChance: 0.5 });
  const { server, client } = connected(simulation);
  client.connection.write(Buffer.from('one '));
  simulation.partition([A], [B]);
  client.connection.write(Buffer.from('two '));
  simulation.runFor(3000);
  simulation.heal();
  client.connection.write(Buffer.from('three'));
  simulation.runUntil(() => server.heard.text.length === 13, 2000);
  assert.equal(server.heard.text, 'one two three');
});

test('a peer that does not read fills the buffers, then the writer waits', () => {
  const simulation = new Simulation(6, { bufferBytes: 1000 });
  const { server, client } = connected(simulation);
  server.connection?.pause();
  assert.equal(client.connection.write(Buffer.alloc(5000, 'x')), false);
  simulation.runFor(100);
  assert.equal(client.connection.pendingBytes, 4000);
  assert.equal(client.heard.drains, 0);
  // Small writes behind it are copied.
  const small = Buffer.from('tail');
  assert.equal(client.connection.write(small), true);
  small.fill('?');
  server.connection?.resume();
  simulation.runUntil(() => client.heard.drains === 1, 1000);
  simulation.runUntil(() => server.heard.text.length === 5004, 1000);
  assert.equal(server.heard.text.slice(-4), 'tail');
});

test('an end sends all and then closes both sides', () => {
  const simulation = new Simulation(7, { bufferBytes: 100 });
  const { server, client } = connected(simulation);
  client.connection.write(Buffer.alloc(1000, 'x'));
  client.connection.end();
  simulation.runUntil(() => server.heard.isClosed && client.heard.isClosed, 1000);
  assert.equal(server.heard.text.length, 1000);
  assert.equal(server.heard.error, undefined);
});

test('one does not hear of the end one brought about', () => {
  const simulation = new Simulation(8);
  const { server, client } = connected(simulation);
  client.connection.destroy();
  simulation.runUntil(() => server.heard.isClosed, 100);
  assert.equal(client.heard.isClosed, false);
});

test('a reset breaks both ends', () => {
  const simulation = new Simulation(9);
  const { server, client } = connected(simulation);
  simulation.reset(A, B);
  assert.equal(client.heard.error?.code, 'ECONNRESET');
  assert.equal(server.heard.error?.code, 'ECONNRESET');
});

test('a process that dies closes its connections, a machine that dies says nothing until it is back', () => {
  const simulation = new Simulation(10);
  const first = connected(simulation);
  simulation.crash(B, 'process');
  simulation.runUntil(() => first.client.heard.isClosed, 100);

  const second = connected(simulation);
  simulation.crash(B, 'power');
  simulation.runFor(60_000);
  assert.equal(second.client.heard.isClosed, false);
  simulation.world(B);
  simulation.runUntil(() => second.client.heard.isClosed, 1000);
  assert.equal(second.client.heard.error?.code, 'ECONNRESET');
});

test('a timer lets time pass, however short', () => {
  const simulation = new Simulation(16);
  simulation.runFor(123_456.789);
  const { clock } = simulation.world(A);
  const before = clock.monotonicMs();
  let after = before;
  clock.after(1e-12, () => {
    after = clock.monotonicMs();
  });
  simulation.runFor(1);
  assert.ok(after > before);
});

test('what a cut link held back is lost with the power of the machine that sent it', () => {
  for (const [kind, heard] of [
    ['process', 'late'],
    ['power', ''],
  ] as const) {
    const simulation = new Simulation(17);
    const { server, client } = connected(simulation);
    simulation.cut(A, B);
    client.connection.write(Buffer.from('late'));
    simulation.runFor(1000);
    simulation.crash(A, kind);
    simulation.heal();
    simulation.runFor(1000);
    assert.equal(server.heard.text, heard);
  }
});

test('the timers of a dead process never run', () => {
  const simulation = new Simulation(11);
  simulation.world(A).clock.after(10, () => assert.fail('the process is dead'));
  simulation.crash(A);
  simulation.world(A);
  simulation.runFor(100);
});

test('a paused process hears, on waking, what came meanwhile', () => {
  const simulation = new Simulation(12);
  const { server, client } = connected(simulation);
  let ticks = 0;
  simulation.world(B).clock.after(10, () => ticks++);
  simulation.pause(B);
  client.connection.write(Buffer.from('hello'));
  simulation.runFor(1000);
  assert.deepEqual([ticks, server.heard.text], [0, '']);
  simulation.resume(B);
  assert.deepEqual([ticks, server.heard.text], [1, 'hello']);
});

test('a process that sleeps wakes by itself; one that ends itself leaves its host free', () => {
  const simulation = new Simulation(15);
  const { server, client } = connected(simulation);
  simulation.world(B).freezeFor(500);
  client.connection.write(Buffer.from('good night'));
  simulation.runFor(400);
  assert.equal(server.heard.text, '');
  simulation.runFor(200);
  assert.equal(server.heard.text, 'good night');
  const before = simulation.world(B);
  before.destroyAll();
  simulation.runUntil(() => client.heard.isClosed, 100);
  assert.notEqual(simulation.world(B), before);
});

test('wall clocks jump, monotonic ones do not', () => {
  const simulation = new Simulation(13);
  const { clock } = simulation.world(A);
  const [wall, monotonic] = [clock.wallMs(), clock.monotonicMs()];
  simulation.jumpClock(A, -3_600_000);
  simulation.runFor(1000);
  assert.equal(clock.wallMs() - wall, -3_599_000);
  assert.equal(clock.monotonicMs() - monotonic, 1000);
});

test('a process crash loses nothing that was written; a power cut leaves what was synced', () => {
  const simulation = new Simulation(14);
  const write = (world: World) => {
    world.disk.replace('nodes.conf', Buffer.from('old'));
    world.disk.replace('nodes.conf', Buffer.from('new'), false);
    const log = world.disk.open('dir/log', 'append');
    log.append(Buffer.from('synced'));
    let synced = false;
    log.sync(() => {
      synced = true;
    });
    simulation.runUntil(() => synced, 100);
    log.append(Buffer.from('unsynced'));
  };
  const content = (path: string) => Buffer.from(simulation.world(A).disk.read(path) ?? []).toString();

  write(simulation.world(A));
  assert.ok(simulation.world(A).disk.lock('nodes.lock'));
  assert.equal(simulation.world(A).disk.lock('nodes.lock'), undefined);
  simulation.crash(A, 'process');
  assert.ok(simulation.world(A).disk.lock('nodes.lock'), 'the lock died with its owner');
  assert.deepEqual([content('nodes.conf'), content('./dir//log')], ['new', 'syncedunsynced']);
  assert.deepEqual(simulation.world(A).disk.list('dir'), ['log']);

  simulation.crash(A, 'power');
  assert.equal(content('nodes.conf'), 'old');
  assert.ok(content('dir/log').startsWith('synced'));

  simulation.crash(A, 'disk');
  assert.equal(simulation.world(A).disk.read('nodes.conf'), undefined);
});

test('links that reset at random always tell both ends', () => {
  for (let seed = 0; seed < 50; seed++) {
    const simulation = new Simulation(seed, { resetChance: 0.2, splitChance: 0.5 });
    const { server, client } = connected(simulation);
    for (let i = 0; i < 30; i++) client.connection.write(Buffer.alloc(100));
    simulation.runFor(1000);
    assert.equal(server.heard.isClosed, client.heard.isClosed, `seed ${seed}`);
  }
});
