import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import path from 'node:path';
import { afterEach, test } from 'node:test';
import { connect as connectEncrypted } from 'node:tls';
import type { Connection, ConnectionEvents, NetworkError, TlsContext } from '../../extension/redis/world.ts';
import { TcpWorld } from '../../extension/worlds/tcp.ts';

/** Less than the kernel takes without anybody reading. */
const FLOOD = 256 * 1024;

const worlds: TcpWorld[] = [];
const sockets: Socket[] = [];

afterEach(() => {
  for (const world of worlds.splice(0)) world.destroyAll();
  for (const socket of sockets.splice(0)) socket.destroy();
});

function world(): TcpWorld {
  const made = new TcpWorld();
  worlds.push(made);
  return made;
}

/** Listens on a port that the operating system chooses; the dialled side tells which. */
function listening(
  on: TcpWorld,
  accept: (connection: Connection) => ConnectionEvents,
  port: number,
  tls?: TlsContext,
): Promise<NetworkError | undefined> {
  return new Promise((resolve) => {
    on.network.listen({ host: '127.0.0.1', port }, accept, resolve, () => tls);
  });
}

function encryptedClient(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const options = { port, host: '127.0.0.1', rejectUnauthorized: false };
    const socket = connectEncrypted(options, () => resolve(socket));
    socket.on('error', reject);
    sockets.push(socket);
  });
}

function tlsOf(on: TcpWorld): TlsContext {
  const file = (name: string): Buffer =>
    readFileSync(path.join(import.meta.dirname, '../conformance/conf-files/tls', name));
  return on.network.tls({
    identity: { certificate: file('redis.crt'), key: file('redis.key'), password: '' },
    clientIdentity: undefined,
    authorities: [file('ca.crt')],
    clientAuthentication: 'no',
    versions: [],
    ciphers: '',
    suites: '',
    preferOwnCiphers: false,
    diffieHellman: undefined,
    sessionSeconds: 300,
  });
}

function client(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket));
    socket.on('error', reject);
    sockets.push(socket);
  });
}

const echo = (connection: Connection): ConnectionEvents => ({
  data: (bytes, start, end) => {
    if (!connection.write(bytes, start, end)) throw new Error('an echo this small goes out at once');
  },
  closed() {},
});

function text(socket: Socket, length: number): Promise<string> {
  return new Promise((resolve) => {
    let got = '';
    socket.on('data', (chunk) => {
      got += chunk;
      if (got.length >= length) resolve(got);
    });
  });
}

test('what arrives is handed over and what is written goes out at once', async () => {
  assert.equal(await listening(world(), echo, 21600), undefined);
  const socket = await client(21600);
  const answer = text(socket, 10);
  socket.write('hello');
  socket.write('world');
  assert.equal(await answer, 'helloworld');
});

test('who sends a lot at once is read a little at a time, and the others meanwhile', async () => {
  const accepted: Connection[] = [];
  const received = [0, 0];
  let whenOtherCame: number | undefined;
  let allCame = (): void => {};
  const all = new Promise<void>((resolve) => (allCame = resolve));
  const accept = (connection: Connection): ConnectionEvents => {
    const who = accepted.push(connection) - 1;
    connection.pause();
    return {
      data: (_, start, end) => {
        received[who] = (received[who] ?? 0) + end - start;
        if (who === 1) whenOtherCame ??= received[0];
        if (received[0] === FLOOD && received[1] === 1) allCame();
      },
      closed() {},
    };
  };
  assert.equal(await listening(world(), accept, 21600), undefined);
  const [flooding, other] = [await client(21600), await client(21600)];
  while (accepted.length < 2) await new Promise((resolve) => setImmediate(resolve));
  flooding.write(Buffer.alloc(FLOOD));
  await new Promise((resolve) => other.write('x', resolve));
  for (const connection of accepted) connection.resume();
  await all;
  assert.ok((whenOtherCame ?? FLOOD) <= FLOOD / 4, `${whenOtherCame} bytes came first`);
});

test('who sends a lot at once over TLS is, too: it comes in smaller pieces, but many of them', async () => {
  const sent = 8 * 1024 * 1024;
  let received = 0;
  let inThisRound = 0;
  let most = 0;
  const on = world();
  const all = new Promise<void>((resolve) => {
    const accept = (): ConnectionEvents => ({
      data: (_, start, end) => {
        received += end - start;
        if (inThisRound === 0) setImmediate(() => (inThisRound = 0));
        inThisRound += end - start;
        most = Math.max(most, inThisRound);
        if (received === sent) resolve();
      },
      closed() {},
    });
    void listening(on, accept, 21600, tlsOf(on));
  });
  (await encryptedClient(21600)).write(Buffer.alloc(sent));
  await all;
  // What was read before reading stopped is still handed over, and comes beside the next.
  assert.ok(most <= 128 * 1024, `${most} bytes at once`);
});

test('a port in use is told by its code', async () => {
  assert.equal(await listening(world(), echo, 21600), undefined);
  assert.equal((await listening(world(), echo, 21600))?.code, 'EADDRINUSE');
});

test('a name is listened on like an address', async () => {
  const ready = new Promise((resolve) => {
    world().network.listen({ host: 'localhost', port: 21600 }, echo, resolve);
  });
  assert.equal(await ready, undefined);
  const socket = connect(21600, 'localhost');
  sockets.push(socket);
  socket.write('hello');
  assert.equal(await text(socket, 5), 'hello');
});

test('only loopback addresses are listened on unless told otherwise', async () => {
  const error = await new Promise<NetworkError | undefined>((resolve) => {
    world().network.listen({ host: '0.0.0.0', port: 21600 }, echo, resolve);
  });
  assert.equal(error?.code, 'EACCES');
});

test('a write that the kernel does not take keeps the array until it drains', async () => {
  const big = Buffer.alloc(32 * 1024 * 1024, 'x');
  let drained = 0;
  let taken: boolean | undefined;
  await listening(
    world(),
    (connection) => ({
      data: () => {
        taken = connection.write(big);
        assert.ok(connection.pendingBytes > 0);
        // Small ones behind it are copied: the array may be reused at once.
        const small = Buffer.from('end');
        assert.equal(connection.write(small), true);
        small.fill('?');
      },
      drained: () => {
        drained++;
        assert.equal(connection.pendingBytes, 0);
        connection.end();
      },
      closed() {},
    }),
    21600,
  );
  const socket = await client(21600);
  let length = 0;
  let last = '';
  socket.on('data', (chunk) => {
    length += chunk.length;
    last = chunk.subarray(-3).toString();
  });
  const ended = new Promise((resolve) => socket.on('close', resolve));
  socket.write('go');
  await ended;
  assert.equal(taken, false);
  assert.equal(drained, 1);
  assert.equal(length, big.length + 3);
  assert.equal(last, 'end');
});

test('small messages leave at once, on dialled and on accepted connections', async () => {
  let received = 0;
  let accepted: Connection | undefined;
  const ends = (reply: () => Connection | undefined) => ({
    data: (bytes: Uint8Array, start: number, end: number) => {
      received += end - start;
      if (bytes[start] === 0x3f) reply()?.write(Buffer.from('!'));
    },
    closed() {},
  });
  const accept = (connection: Connection) => {
    accepted = connection;
    return ends(() => accepted);
  };
  await listening(world(), accept, 21600);
  const address = { host: '127.0.0.1', port: 21600 };
  const dialled: Connection = world().network.connect(address, { ...ends(() => dialled), connected() {} });
  await until(() => accepted !== undefined);
  const took = async (from: Connection | undefined) => {
    // Question and answer make the kernels delay their acknowledgements, in the hope of another answer to ride on …
    received = 0;
    from?.write(Buffer.from('?'));
    await until(() => received === 2);
    // … and here there is none: with Nagle's algorithm the second message would wait for one, 40 ms.
    received = 0;
    const started = performance.now();
    from?.write(Buffer.from('1'));
    from?.write(Buffer.from('2'));
    await until(() => received === 2);
    return performance.now() - started;
  };
  for (const from of [dialled, accepted]) {
    const times: number[] = [];
    for (let i = 0; i < 20; i++) times.push(await took(from));
    assert.ok(times.filter((ms) => ms > 30).length < 5, `${times}`);
  }
});

test('a dial that is refused closes with the reason', async () => {
  const error = await new Promise<NetworkError | undefined>((resolve) => {
    world().network.connect(
      { host: '127.0.0.1', port: 21601 },
      { connected: () => assert.fail('nobody listens there'), data() {}, closed: resolve },
    );
  });
  assert.equal(error?.code, 'ECONNREFUSED');
});

test('an impossible port closes with the reason too', async () => {
  const error = await new Promise<NetworkError | undefined>((resolve) => {
    world().network.connect(
      { host: '127.0.0.1', port: 70000 },
      { connected: () => assert.fail('there is no such port'), data() {}, closed: resolve },
    );
  });
  assert.equal(error?.code, 'ERR_SOCKET_BAD_PORT');
});

test('two worlds talk, and each hears of the end of the other', async () => {
  const [a, b] = [world(), world()];
  const closedOnB = new Promise<void>((resolve) => {
    void listening(b, () => ({ data() {}, closed: () => resolve() }), 21600);
  });
  await new Promise<void>((resolve) => {
    a.network.connect(
      { host: '127.0.0.1', port: 21600 },
      {
        connected: resolve,
        data() {},
        closed: () => assert.fail('one does not hear of the end one brought about'),
      },
    );
  });
  a.destroyAll();
  await closedOnB;
});

test('a killed world frees its port, its timers never run', async () => {
  const killed = world();
  await listening(killed, echo, 21600);
  const socket = await client(21600);
  killed.clock.after(0, () => assert.fail('dead nodes have no timers'));
  killed.clock.after(5, () => assert.fail('dead nodes have no timers'));
  const gone = new Promise((resolve) => socket.on('close', resolve));
  killed.destroyAll();
  await gone;
  assert.equal(await listening(world(), echo, 21600), undefined);
  await new Promise((resolve) => world().clock.after(10, () => resolve(undefined)));
});

test('a frozen world takes connections and bytes in only after it is thawed', async () => {
  const frozen = world();
  const heard: string[] = [];
  await listening(
    frozen,
    () => ({
      data: (bytes, start, end) => heard.push(Buffer.from(bytes.subarray(start, end)).toString()),
      closed() {},
    }),
    21600,
  );
  const before = await client(21600);
  before.write('1');
  await until(() => heard.length === 1);

  frozen.freeze();
  frozen.clock.after(0, () => heard.push('timer'));
  before.write('2');
  // The kernel shakes hands for a stopped process too.
  const meanwhile = await client(21600);
  meanwhile.write('3');
  await new Promise((resolve) => world().clock.after(20, () => resolve(undefined)));
  assert.deepEqual(heard, ['1']);

  frozen.thaw();
  await until(() => heard.length === 4);
  assert.deepEqual([...heard].sort(), ['1', '2', '3', 'timer']);
  assert.equal(heard[1], 'timer');
});

test('a timer for the end of days does not run today', async () => {
  const { clock } = world();
  const timer = clock.after(Number.MAX_SAFE_INTEGER, () => assert.fail('not yet'));
  await new Promise((resolve) => clock.after(20, () => resolve(undefined)));
  timer.cancel();
});

test('a node killed while it stands still drops those who waited to be accepted', async () => {
  const frozen = world();
  await listening(frozen, () => assert.fail('nobody is accepted'), 21600);
  frozen.freeze();
  const waiting = await client(21600);
  const gone = new Promise((resolve) => waiting.on('close', resolve));
  // The kernel's handshake is done; the event of it comes with the next turn of the loop.
  await new Promise((resolve) => world().clock.after(5, () => resolve(undefined)));
  frozen.destroyAll();
  await gone;
});

test('what a node throws is told to whoever runs it', async () => {
  const crashes: unknown[] = [];
  const faulty = new TcpWorld({ crashed: (error) => crashes.push(error) });
  worlds.push(faulty);
  const bug = new Error('a bug');
  const fail = () => {
    throw bug;
  };
  await listening(faulty, () => ({ data: fail, closed() {} }), 21600);
  faulty.clock.after(0, fail);
  (await client(21600)).write('x');
  await until(() => crashes.length === 2);
  assert.deepEqual(crashes, [bug, bug]);
});

test('a world that sleeps wakes by itself, but not while it is stopped', async () => {
  const sleeper = world();
  let ticks = 0;
  sleeper.freezeFor(10);
  sleeper.freeze();
  sleeper.clock.after(0, () => ticks++);
  await new Promise((resolve) => world().clock.after(30, () => resolve(undefined)));
  assert.equal(ticks, 0);
  sleeper.thaw();
  assert.equal(ticks, 1);

  sleeper.freezeFor(10);
  sleeper.clock.after(0, () => ticks++);
  await until(() => ticks === 2);
});

test('a node that does not read makes its peer wait', async () => {
  let served: Connection | undefined;
  let received = 0;
  await listening(
    world(),
    (connection) => {
      served = connection;
      connection.pause();
      return {
        data: (_, start, end) => {
          received += end - start;
        },
        closed() {},
      };
    },
    21600,
  );
  const socket = await client(21600);
  const size = 16 * 1024 * 1024;
  let sent = false;
  socket.write(Buffer.alloc(size), () => {
    sent = true;
  });
  await new Promise((resolve) => world().clock.after(30, () => resolve(undefined)));
  assert.equal(received, 0);
  assert.equal(sent, false);
  served?.resume();
  await until(() => received === size);
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
