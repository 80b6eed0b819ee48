import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import net from 'node:net';
import { after, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { History } from '../../extension/console/history.ts';
import { Repl } from '../../extension/console/repl.ts';
import { until } from '../until.ts';
import { RequestLog } from './request-log.ts';
import { Screen } from './screen.ts';

const closing: (() => void)[] = [];
after(() => {
  for (const close of closing) close();
});

/** A server that answers by a table; what it was sent is kept. */
async function serve(answer: (argv: readonly string[], port: number) => string | undefined) {
  const requests: string[] = [];
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    const log = new RequestLog((argv) => {
      if (argv[0] !== 'COMMAND') requests.push(argv.join(' '));
      const reply = argv[0] === 'COMMAND' ? '*0\n' : answer(argv, port);
      if (reply !== undefined) socket.write(Buffer.from(reply.replaceAll('\n', '\r\n')));
    });
    socket.on('data', (bytes) => log.feed(bytes));
    socket.on('error', () => undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(address && typeof address === 'object');
  const { port } = address;
  const stop = (): void => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  closing.push(stop);
  const push = (text: string): void => {
    for (const socket of sockets) socket.write(text.replaceAll('\n', '\r\n'));
  };
  return { port, requests, stop, push };
}

function consoleAt(port: number, options: { follow?: boolean } = {}) {
  const screen = new Screen();
  const history = new History();
  let exited = false;
  const settings = { follow: options.follow ?? true };
  const repl = new Repl({
    host: '127.0.0.1',
    port,
    columns: 80,
    history,
    followsRedirects: () => settings.follow,
    printsUtf8: () => false,
    write: screen.write,
    exit: () => {
      exited = true;
    },
  });
  closing.push(() => repl.close());
  /** Waits until the last row shown is `row`. */
  const shows = async (row: string): Promise<void> => {
    const isLast = () => screen.text.split('\n').at(-1) === row.trimEnd();
    await until(isLast, row, () => screen.text);
  };
  const type = async (line: string, next: string): Promise<void> => {
    repl.input(`${line}\r`);
    await shows(next);
  };
  return { repl, screen, history, settings, shows, type, exited: () => exited };
}

describe('the console', () => {
  it('shows the prompt, runs what is typed and prints the reply', async () => {
    const { port, requests } = await serve(() => '$5\nworld\n');
    const { repl, screen, shows, type } = consoleAt(port);
    await repl.open();
    await shows(`127.0.0.1:${port}> `);
    await type(`get "hel lo"`, `127.0.0.1:${port}> `);
    // On a busy machine the reply may have taken so long that the console tells how long.
    const shown = screen.text.replace(/\n\(\d+\.\d\ds\)/, '');
    assert.equal(shown, `127.0.0.1:${port}> get "hel lo"\n"world"\n127.0.0.1:${port}>`);
    assert.deepEqual(requests, ['get hel lo']);
  });

  it('sends typed text as UTF-8', async () => {
    const { port, requests } = await serve(() => '+OK\n');
    const { repl, type } = consoleAt(port);
    await repl.open();
    await type('set 键 \\x00', `127.0.0.1:${port}> `);
    assert.deepEqual(
      requests.map((request) => Buffer.from(request, 'latin1').toString()),
      ['set 键 \\x00'],
    );
  });

  it('follows MOVED to the other node, and stays there', async () => {
    const owner = await serve(() => '$1\nv\n');
    const first = await serve(() => `-MOVED 866 127.0.0.1:${owner.port}\n`);
    const { repl, screen, type } = consoleAt(first.port);
    await repl.open();
    await type('get k', `127.0.0.1:${owner.port}> `);
    assert.match(
      screen.text,
      new RegExp(`-> Redirected to slot \\[866\\] located at 127.0.0.1:${owner.port}\n"v"`),
    );
    await type('get k', `127.0.0.1:${owner.port}> `);
    assert.deepEqual(first.requests, ['get k']);
    assert.deepEqual(owner.requests, ['get k', 'get k']);
  });

  it('asks before it follows ASK', async () => {
    const target = await serve(([name]) => (name === 'ASKING' ? '+OK\n' : '$1\nv\n'));
    const source = await serve(() => `-ASK 866 127.0.0.1:${target.port}\n`);
    const { repl, type } = consoleAt(source.port);
    await repl.open();
    await type('get k', `127.0.0.1:${target.port}> `);
    assert.deepEqual(target.requests, ['ASKING', 'get k']);
  });

  it('shows the error instead when redirections are switched off', async () => {
    const { port } = await serve(() => '-MOVED 866 127.0.0.1:1\n');
    const { repl, screen, settings, type } = consoleAt(port, { follow: false });
    await repl.open();
    await type('get k', `127.0.0.1:${port}> `);
    assert.match(screen.text, /\(error\) MOVED 866 127\.0\.0\.1:1\n/);
    settings.follow = true;
    await type(':redirects off', `127.0.0.1:${port}> `);
    await type('get k', `127.0.0.1:${port}> `);
    assert.doesNotMatch(screen.text, /Redirected/);
  });

  it('does not run in circles when two nodes send it to each other', async () => {
    const server = await serve((_, port) => `-MOVED 866 127.0.0.1:${port}\n`);
    const { repl, screen, type } = consoleAt(server.port);
    await repl.open();
    await type('get k', `127.0.0.1:${server.port}> `);
    assert.match(screen.text, /\(error\) MOVED 866/);
    assert.equal(server.requests.length, 17);
  });

  it('shows transactions and databases in the prompt', async () => {
    const { port } = await serve(([name]) => (name === 'exec' ? '*1\n:1\n' : '+OK\n'));
    const { repl, type } = consoleAt(port);
    await repl.open();
    await type('select 3', `127.0.0.1:${port}[3]> `);
    await type('multi', `127.0.0.1:${port}[3](TX)> `);
    await type('exec', `127.0.0.1:${port}[3]> `);
  });

  it('says what is wrong with the quotes, and what the server refuses', async () => {
    const { port } = await serve(() => '-ERR syntax error\n');
    const { repl, screen, type } = consoleAt(port);
    await repl.open();
    await type('get "a', `127.0.0.1:${port}> `);
    assert.match(screen.text, /Invalid argument\(s\)/);
    await type('set', `127.0.0.1:${port}> `);
    assert.match(screen.text, /\(error\) ERR syntax error/);
  });

  it('runs pasted lines one after the other and leaves the last one to be edited', async () => {
    const { port, requests } = await serve(() => '+OK\n');
    const { repl, shows } = consoleAt(port);
    await repl.open();
    repl.input('\x1b[200~set a 1\nset b 2\nget a\x1b[201~');
    await shows(`127.0.0.1:${port}> get a`);
    assert.deepEqual(requests, ['set a 1', 'set b 2']);
  });

  it('repeats a command that a number stands before', async () => {
    let count = 0;
    const { port, requests } = await serve(() => `:${++count}\n`);
    const { repl, screen, type } = consoleAt(port);
    await repl.open();
    await type('3 incr a', `127.0.0.1:${port}> `);
    assert.match(screen.text, /\(integer\) 1\n\(integer\) 2\n\(integer\) 3\n/);
    assert.equal(requests.length, 3);
  });

  it('keeps passwords out of the history', async () => {
    const { port } = await serve(() => '+OK\n');
    const { repl, history, type } = consoleAt(port);
    await repl.open();
    await type('ping', `127.0.0.1:${port}> `);
    await type('auth secret', `127.0.0.1:${port}> `);
    assert.deepEqual(history.lines, ['ping']);
  });
});

describe('connections', () => {
  it('a server that is not there is named', async () => {
    const { port, stop } = await serve(() => undefined);
    stop();
    const { repl, screen, shows } = consoleAt(port);
    await repl.open();
    await shows('not connected> ');
    assert.match(
      screen.text,
      new RegExp(`Could not connect to Redis at 127.0.0.1:${port}: Connection refused`),
    );
  });

  it('a server that goes away shows in the prompt, and is called again by the next command', async () => {
    const { port, push, stop } = await serve(() => '+PONG\n');
    const { repl, shows, type } = consoleAt(port);
    await repl.open();
    await type('ping', `127.0.0.1:${port}> `);
    push('');
    stop();
    await shows('not connected> ');
    await type('ping', 'not connected> ');
  });

  it('a new connection logs in, speaks RESP3 and selects as the one before', async () => {
    const answers = ([name]: readonly string[]): string =>
      name === 'hello' || name === 'HELLO' ? '%0\n' : '+OK\n';
    const other = await serve(answers);
    const first = await serve((argv) =>
      argv[0] === 'get' ? `-MOVED 1 127.0.0.1:${other.port}\n` : answers(argv),
    );
    const { repl, type } = consoleAt(first.port);
    await repl.open();
    for (const line of ['auth pw', 'hello 3']) await type(line, `127.0.0.1:${first.port}> `);
    await type('get k', `127.0.0.1:${other.port}> `);
    assert.deepEqual(other.requests, ['auth pw', 'HELLO 3', 'get k']);
  });

  it('Ctrl-C gives up a command that does not end', async () => {
    const { port, requests } = await serve(([name]) => (name === 'ping' ? '+PONG\n' : undefined));
    const { repl, shows, type } = consoleAt(port);
    await repl.open();
    repl.input('blpop q 0\r');
    await until(() => requests.length > 0);
    repl.input('\x03');
    await shows(`127.0.0.1:${port}> `);
    await type('ping', `127.0.0.1:${port}> `);
  });

  it('Ctrl-C takes back a line, Ctrl-D and quit end the console', async () => {
    const { port } = await serve(() => '+OK\n');
    const { repl, screen, shows, exited } = consoleAt(port);
    await repl.open();
    repl.input('set a\x03');
    await shows(`127.0.0.1:${port}> `);
    assert.match(screen.text, /set a\^C\n/);
    repl.input('quit\r');
    await until(exited);
  });
});

describe('subscriptions', () => {
  const confirmed = ([name, channel]: readonly string[]): string =>
    name === 'ping' ? '*2\n$4\npong\n$0\n\n' : `*3\n$9\nsubscribe\n$${channel?.length}\n${channel}\n:1\n`;
  const MESSAGE = '*3\n$7\nmessage\n$4\nnews\n$2\nhi\n';

  it('print messages until Ctrl-C', async () => {
    const { port, push } = await serve(confirmed);
    const { repl, screen, shows, type } = consoleAt(port);
    await repl.open();
    await type('subscribe news', 'Reading messages... (press Ctrl-C to quit or any key to type command)');
    push(MESSAGE);
    push(MESSAGE);
    await until(() => screen.text.split('"hi"').length > 2);
    repl.input('\x03');
    await shows(`127.0.0.1:${port}> `);
    assert.equal(
      screen.text.split('\n').slice(1, -1).join('\n'),
      '1) "subscribe"\n2) "news"\n3) (integer) 1\n1) "message"\n2) "news"\n3) "hi"\n1) "message"\n2) "news"\n3) "hi"',
    );
  });

  it('let commands be typed in between, and hold messages back meanwhile', async () => {
    const { port, push } = await serve(confirmed);
    const { repl, screen, shows, type } = consoleAt(port);
    await repl.open();
    await type('subscribe news', 'Reading messages... (press Ctrl-C to quit or any key to type command)');
    repl.input('pi');
    await shows(`127.0.0.1:${port}(subscribed mode)> pi`);
    push(MESSAGE);
    await pause(50);
    assert.doesNotMatch(screen.text, /"hi"/);
    await type('ng', 'Reading messages... (press Ctrl-C to quit or any key to type command)');
    assert.match(screen.text, /3\) "hi"\n1\) "pong"/);
  });
});
