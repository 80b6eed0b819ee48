/** Sessions: how bytes become commands and replies, who may talk, and how a connection ends. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { field, SimulatedNode } from '../simulated-node.ts';

describe('a session', () => {
  it('answers a pipeline in order, whatever pieces it arrives in', () => {
    const client = SimulatedNode.started().client();
    const request = '*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\nvalue\r\n*2\r\n$3\r\nGET\r\n$1\r\nk\r\nPING\r\n';
    for (const byte of request) client.sendRaw(byte);
    assert.deepEqual([client.next(), client.next(), client.next()], ['OK', 'value', 'PONG']);
  });

  it('takes inline commands with quotes', () => {
    const client = SimulatedNode.started().client();
    client.sendRaw('SET "a key" \'a value\'\r\n');
    assert.equal(client.next(), 'OK');
    assert.equal(client.call('GET', 'a key'), 'a value');
  });

  it('is told what is wrong with its protocol, and closed', () => {
    const node = SimulatedNode.started();
    const client = node.client();
    client.sendRaw('*1\r\n:5\r\n');
    assert.equal(client.next(), "-ERR Protocol error: expected '$', got ':'");
    client.wait(100);
    assert.equal(client.closed, true);
    assert.equal(node.node.clients.size, 0);
  });

  it('says what it does not know, as redis-server does', () => {
    const client = SimulatedNode.started().client();
    assert.equal(
      client.call('NOPE', 'a', 'b'),
      "-ERR unknown command 'NOPE', with args beginning with: 'a' 'b' ",
    );
    assert.equal(client.call('CONFIG', 'NOPE'), "-ERR unknown subcommand 'NOPE'. Try CONFIG HELP.");
    assert.equal(client.call('GET'), "-ERR wrong number of arguments for 'get' command");
    assert.equal(client.call('CONFIG', 'GET'), "-ERR wrong number of arguments for 'config|get' command");
    assert.equal(String(client.call('BAD\r\nNAME')).includes('\r\n'), false);
  });

  it('may quit: the answer still arrives, what follows is not run', () => {
    const node = SimulatedNode.started();
    const client = node.client();
    client.sendRaw('QUIT\r\nSET k v\r\n');
    assert.equal(client.next(), 'OK');
    client.wait(100);
    assert.equal(client.closed, true);
    assert.equal(node.client().call('EXISTS', 'k'), 0);
  });

  it('speaks RESP3 from HELLO on, its own reply included', () => {
    const client = SimulatedNode.started().client();
    client.send('HELLO', 3, 'SETNAME', 'me');
    const reply = client.next();
    assert.deepEqual(Array.isArray(reply) && reply.slice(0, 3), [
      ['server', 'redis'],
      ['version', '7.2.4'],
      ['proto', 3],
    ]);
    assert.equal(client.call('CLIENT', 'GETNAME'), 'me');
    assert.equal(client.call('GET', 'nothing'), null);
    assert.equal(client.call('HELLO', 4), '-NOPROTO unsupported protocol version');
    assert.equal(client.call('HELLO', 'x'), '-ERR Protocol version is not an integer or out of range');
    assert.equal(client.call('HELLO', 2, 'SETNAME'), "-ERR Syntax error in HELLO option 'SETNAME'");
  });

  it('may do without replies', () => {
    const client = SimulatedNode.started().client();
    client.send('CLIENT', 'REPLY', 'SKIP');
    client.send('SET', 'k', 1);
    assert.equal(client.call('INCR', 'k'), 2);
    client.send('CLIENT', 'REPLY', 'OFF');
    client.send('INCR', 'k');
    assert.deepEqual(client.wait(50), []);
    assert.equal(client.call('CLIENT', 'REPLY', 'ON'), 'OK');
    assert.equal(client.call('GET', 'k'), '3');
  });

  it('starts anew after RESET', () => {
    const node = SimulatedNode.started();
    const client = node.client();
    client.call('SELECT', 3);
    client.call('CLIENT', 'SETNAME', 'me');
    client.call('MULTI');
    client.call('SET', 'k', 'v');
    assert.equal(client.call('RESET'), 'RESET');
    assert.equal(client.call('CLIENT', 'GETNAME'), null);
    assert.equal(client.call('EXEC'), '-ERR EXEC without MULTI');
    assert.equal(field(client.call('CLIENT', 'INFO'), 'db'), '0');
  });

  it('has sixteen databases, and in a cluster one', () => {
    const alone = SimulatedNode.started().client();
    assert.equal(alone.call('SELECT', 15), 'OK');
    assert.equal(alone.call('SELECT', 16), '-ERR DB index is out of range');
    const clustered = SimulatedNode.started(['cluster-enabled yes']).client();
    assert.equal(clustered.call('SELECT', 0), 'OK');
    assert.equal(clustered.call('SELECT', 1), '-ERR SELECT is not allowed in cluster mode');
  });
});

describe('logging in', () => {
  const lines = ['requirepass secret'];

  it('comes before everything else', () => {
    const client = SimulatedNode.started(lines).client();
    assert.equal(client.call('GET', 'k'), '-NOAUTH Authentication required.');
    assert.match(String(client.call('HELLO', 3)), /^-NOAUTH HELLO must be called/);
    assert.equal(
      client.call('AUTH', 'wrong'),
      '-WRONGPASS invalid username-password pair or user is disabled.',
    );
    assert.equal(client.call('AUTH', 'default', 'secret'), 'OK');
    assert.equal(client.call('GET', 'k'), null);
  });

  it('knows the users of the configuration, and their passwords in either form', () => {
    const hash = 'ef92b778bafe771e89245b89ecbc08a44a4e166c06659911881f383d4473e94f';
    const node = SimulatedNode.started([
      'user default off',
      'user ann on >secret ~* &* +@all',
      `user bob on #${hash} allkeys allchannels allcommands`,
      'user old off >secret ~* &* +@all',
    ]);
    const client = node.client();
    assert.equal(client.call('PING'), '-NOAUTH Authentication required.');
    assert.match(String(client.call('AUTH', 'old', 'secret')), /^-WRONGPASS/);
    assert.equal(client.call('AUTH', 'ann', 'secret'), 'OK');
    assert.equal(client.call('ACL', 'WHOAMI'), 'ann');
    assert.equal(client.call('AUTH', 'bob', 'password123'), 'OK');
    assert.equal(field(client.call('CLIENT', 'INFO'), 'user'), 'bob');
  });

  it('can be part of HELLO', () => {
    const client = SimulatedNode.started(lines).client();
    const reply = client.call('HELLO', 2, 'AUTH', 'default', 'secret');
    assert.equal(Array.isArray(reply) && reply[0], 'server');
    assert.equal(client.call('PING'), 'PONG');
  });

  it('keeps strangers from making the node hold large requests', () => {
    const client = SimulatedNode.started(lines).client();
    client.sendRaw('*11\r\n');
    assert.equal(client.next(), '-ERR Protocol error: unauthenticated multibulk length');
  });

  it('is over for sessions that came before a password was set', () => {
    const node = SimulatedNode.started();
    const before = node.client();
    assert.match(String(before.call('AUTH', 'x')), /^-ERR AUTH <password> called without any password/);
    before.call('CONFIG', 'SET', 'requirepass', 'new');
    assert.equal(before.call('PING'), 'PONG');
    assert.equal(node.client().call('PING'), '-NOAUTH Authentication required.');
  });

  it('shows no password in MONITOR', () => {
    const node = SimulatedNode.started(lines);
    const monitor = node.client();
    monitor.call('AUTH', 'secret');
    assert.equal(monitor.call('MONITOR'), 'OK');
    node.client().call('AUTH', 'default', 'secret');
    assert.match(String(monitor.next()), /"AUTH" "\(redacted\)" "\(redacted\)"$/);
  });
});

describe('the node', () => {
  it('takes no more clients than maxclients', () => {
    const node = SimulatedNode.started(['maxclients 1']);
    const first = node.client();
    const second = node.client();
    assert.equal(second.next(), '-ERR max number of clients reached');
    second.wait(50);
    assert.equal(second.closed, true);
    assert.equal(field(first.call('INFO', 'stats'), 'rejected_connections'), '1');
  });

  it('lets nobody in from outside while it has no password and is protected', () => {
    const stranger = SimulatedNode.started(['protected-mode yes']).client();
    assert.match(String(stranger.next()), /^-DENIED Redis is running in protected mode/);
  });

  it('closes who has been idle for longer than timeout', () => {
    const node = SimulatedNode.started(['timeout 10']);
    const idle = node.client();
    const busy = node.client();
    for (let i = 0; i < 6; i++) {
      node.simulation.runFor(2000);
      assert.equal(busy.call('PING'), 'PONG');
    }
    assert.equal(idle.closed, true);
    assert.equal(busy.closed, false);
  });

  it('reads without a trace after CLIENT NO-TOUCH, but for TOUCH', () => {
    const node = SimulatedNode.started();
    const [client, other] = [node.client(), node.client()];
    other.call('SET', 'k', 1);
    client.call('CLIENT', 'NO-TOUCH', 'ON');
    client.wait(5000);
    client.call('GET', 'k');
    client.call('EVAL', "return redis.call('GET', 'k')", 0);
    assert.equal(other.call('OBJECT', 'IDLETIME', 'k'), 5);
    client.call('TOUCH', 'k');
    assert.equal(other.call('OBJECT', 'IDLETIME', 'k'), 0);
    client.wait(5000);
    client.call('CLIENT', 'NO-TOUCH', 'OFF');
    client.call('GET', 'k');
    assert.equal(other.call('OBJECT', 'IDLETIME', 'k'), 0);
  });

  it('closes who asks for more than the output limit at once, without a word of it', () => {
    const node = SimulatedNode.started(['client-output-buffer-limit normal 100kb 0 0']);
    const other = node.client();
    other.call('HSET', 'h', 'f', 'v');
    other.call('SET', 'large', 'x'.repeat(60_000));
    const ways: readonly (readonly string[])[] = [
      ['GET large', 'GET large', 'SET afterwards 1'],
      ['MULTI', 'GET large', 'GET large', 'SET in-transaction 1', 'EXEC'],
      ['HRANDFIELD h -999999999'],
    ];
    for (const commands of ways) {
      const client = node.client();
      client.sendRaw(commands.map((command) => `${command}\r\n`).join(''));
      client.wait(100);
      assert.equal(client.closed, true);
      assert.deepEqual(client.received, []);
    }
    // A transaction is done whole; what came behind the reply that was too much is not done.
    assert.equal(other.call('EXISTS', 'in-transaction'), 1);
    assert.equal(other.call('EXISTS', 'afterwards'), 0);
    assert.match(node.log.join('\n'), /closed ASAP for overcoming of output buffer limits/);
  });

  it('closes who asks for more than the output limit and does not read', () => {
    const node = SimulatedNode.started(['client-output-buffer-limit normal 1mb 0 0']);
    const client = node.client('10.1.0.1');
    client.call('SET', 'k', 'x'.repeat(300_000));
    // More than the 4 MiB that the wire itself holds, and the limit.
    for (let i = 0; i < 40; i++) client.send('GET', 'k');
    // Requests come through, answers do not leave.
    node.simulation.cut(node.host, '10.1.0.1');
    node.simulation.runFor(5000);
    assert.equal(node.node.clients.size, 0);
    assert.match(node.log.join(''), /scheduled to be closed ASAP for overcoming of output buffer limits/);
  });

  it('lists, names and kills sessions', () => {
    const node = SimulatedNode.started();
    const [a, b] = [node.client(), node.client()];
    assert.equal(
      a.call('CLIENT', 'SETNAME', 'with blank'),
      '-ERR Client names cannot contain spaces, newlines or special characters.',
    );
    a.call('CLIENT', 'SETNAME', 'a');
    a.call('CLIENT', 'SETINFO', 'LIB-NAME', 'lib');
    const list = String(b.call('CLIENT', 'LIST')).trim().split('\n');
    assert.equal(list.length, 2);
    assert.equal(field(list[0] ?? '', 'name'), 'a');
    assert.equal(field(list[0] ?? '', 'lib-name'), 'lib');
    assert.equal(field(list[1] ?? '', 'cmd'), 'client|list');
    const id = a.call('CLIENT', 'ID');
    assert.equal(b.call('CLIENT', 'KILL', 'ID', String(id)), 1);
    b.wait(50);
    assert.equal(a.closed, true);
    assert.equal(b.call('CLIENT', 'KILL', '1.2.3.4:5'), '-ERR No such client');
    assert.equal(b.call('CLIENT', 'KILL', 'SKIPME', 'no'), 1);
    b.wait(50);
    assert.equal(b.closed, true);
  });

  it('lives through a command that fails in a way nobody foresaw', () => {
    const node = SimulatedNode.started();
    const client = node.client();
    Reflect.set(node.node.slowLog, 'reset', () => {
      throw new TypeError('a bug');
    });
    assert.equal(client.call('SLOWLOG', 'RESET'), '-ERR internal error, see the log');
    assert.equal(client.call('PING'), 'PONG');
    assert.match(node.log.join(''), /Bug in command 'slowlog\|reset': TypeError: a bug/);
    assert.equal(field(client.call('INFO', 'stats'), 'unexpected_error_replies'), '1');
  });

  it('runs commands under the names the configuration gives them', () => {
    const client = SimulatedNode.started([
      'rename-command FLUSHALL ""',
      'rename-command CONFIG hidden',
    ]).client();
    assert.match(String(client.call('FLUSHALL')), /^-ERR unknown command 'FLUSHALL'/);
    assert.match(String(client.call('CONFIG', 'GET', 'port')), /^-ERR unknown command 'CONFIG'/);
    assert.deepEqual(client.call('hidden', 'GET', 'port'), ['port', '6379']);
  });
});
