/** Scripts on a node: what runs, what is told to replicas, and what happens when one does not end. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { field, SimulatedNode, type TestClient } from '../simulated-node.ts';

const FOREVER = 'while true do end';
const LIBRARY =
  "#!lua name=mine\nlocal n = 0\nredis.register_function('count', function() n = n + 1 return n end)\n" +
  "redis.register_function{function_name='put', callback=function(keys, args) return redis.call('set', keys[1], " +
  "args[1]) end}\nredis.register_function{function_name='spin', callback=function() while true do end end, " +
  "flags={'no-writes'}}";

function clients(...lines: string[]): { server: SimulatedNode; client: TestClient; other: TestClient } {
  const server = SimulatedNode.started(['busy-reply-threshold 50', ...lines]);
  return { server, client: server.client(), other: server.client() };
}

describe('a script', () => {
  it('is known by its SHA-1 from then on, whatever case that is written in', () => {
    const { client } = clients();
    const sha = 'e0e1f9fabfc9d4800c877a703b823ac0578ff8db';
    assert.equal(client.call('EVALSHA', sha, 0), '-NOSCRIPT No matching script. Please use EVAL.');
    assert.equal(client.call('EVAL', 'return 1', 0), 1);
    assert.equal(client.call('EVALSHA', sha.toUpperCase(), 0), 1);
    assert.deepEqual(client.call('SCRIPT', 'EXISTS', sha, '0'), [1, 0]);
    assert.equal(field(client.call('INFO', 'memory'), 'number_of_cached_scripts'), '1');
    assert.equal(client.call('SCRIPT', 'FLUSH'), 'OK');
    assert.deepEqual(client.call('SCRIPT', 'EXISTS', sha), [0]);
    assert.equal(client.call('SCRIPT', 'LOAD', 'return 1'), sha);
  });

  it('writes numbers so that nothing of them is lost', () => {
    const { client } = clients();
    const written = (number: string) => client.call('EVAL', `return redis.call('echo', ${number})`, 0);
    assert.equal(written('1e-7'), '1e-7');
    assert.equal(written('0.1 + 0.2'), '0.30000000000000004');
    assert.equal(written('123456789012345678'), '123456789012345680');
    assert.equal(written('1e100'), '1e+100');
    assert.equal(written('-1/3'), '-0.3333333333333333');
  });

  it('may read more than the output of its caller may hold', () => {
    const { client } = clients();
    client.call('SET', 'k', 'x'.repeat(300_000));
    client.call('CONFIG', 'SET', 'client-output-buffer-limit', 'normal 100000 0 0');
    assert.equal(client.call('EVAL', "return #redis.call('get', KEYS[1])", 1, 'k'), 300_000);
    client.send('EVAL', "return redis.call('get', KEYS[1])", 1, 'k');
    assert.deepEqual(client.wait(100), []);
    assert.equal(client.closed, true);
  });

  it('selects a database for itself alone', () => {
    const { client } = clients();
    client.call('EVAL', "redis.call('select', 3) return redis.call('set', 'k', 'v')", 0);
    assert.equal(client.call('EXISTS', 'k'), 0);
    client.call('SELECT', 3);
    assert.equal(client.call('GET', 'k'), 'v');
  });

  it('is shown by MONITOR in front of what it calls', () => {
    const { client, other } = clients();
    assert.equal(other.call('MONITOR'), 'OK');
    client.call('EVAL', "return redis.call('set', KEYS[1], 1)", 1, 'k');
    const [first, second] = other.wait(10).map(String);
    assert.match(first, /\[0 10\..*\] "EVAL"/);
    assert.match(second, /\[0 lua\] "set" "k" "1"/);
  });

  it('may not write on a replica, nor by EVAL_RO', () => {
    const { client } = clients('replicaof 10.0.0.9 6379');
    const write = "return redis.call('set', KEYS[1], 1)";
    assert.match(
      String(client.call('EVAL', write, 1, 'k')),
      /^-READONLY You can't write against a read only replica/,
    );
    assert.equal(
      client.call('EVAL', `#!lua\n${write}`, 1, 'k'),
      "-READONLY You can't write against a read only replica.",
    );
    assert.match(
      String(client.call('EVAL_RO', write, 1, 'k')),
      /^-ERR Write commands are not allowed from read-only/,
    );
    assert.equal(client.call('EVAL_RO', "return redis.call('get', KEYS[1])", 1, 'k'), null);
  });
});

describe('a script that does not end', () => {
  it('lets others wait, then hear that the node is busy, until somebody ends it', () => {
    const { server, client, other } = clients();
    client.send('EVAL', FOREVER, 0);
    server.simulation.runFor(15);
    other.send('GET', 'k');
    assert.deepEqual(other.wait(10), []);
    const busy = '-BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.';
    assert.equal(other.next(), busy);
    assert.equal(other.call('PING'), busy);
    assert.equal(other.call('FUNCTION', 'KILL'), busy);
    assert.equal(other.call('SCRIPT', 'KILL'), 'OK');
    assert.match(
      String(client.next()),
      /^-ERR Script killed by user with SCRIPT KILL\.\.\. script: [0-9a-f]{40}, on @user_script:1\.$/,
    );
    assert.equal(other.call('PING'), 'PONG');
    assert.equal(other.call('SCRIPT', 'KILL'), '-NOTBUSY No scripts in execution right now.');
    assert.ok(server.log.some((line) => line.includes('Slow script detected')));
  });

  it('cannot be ended once it has written; what it wrote is told to nobody before its end', () => {
    const { server, client, other } = clients();
    client.send('EVAL', "redis.call('set', 'k', 1) for i = 1, 3e7 do end return redis.call('incr', 'k')", 0);
    server.simulation.runFor(100);
    assert.match(
      String(other.call('SCRIPT', 'KILL')),
      /^-UNKILLABLE Sorry the script already executed write/,
    );
    assert.equal(client.next(), 2);
    assert.equal(other.call('GET', 'k'), '2');
  });

  it('catches no SCRIPT KILL with pcall', () => {
    const { server, client, other } = clients();
    client.send('EVAL', `while true do pcall(function() ${FOREVER} end) end`, 0);
    server.simulation.runFor(100);
    assert.equal(other.call('SCRIPT', 'KILL'), 'OK');
    assert.match(String(client.next()), /^-ERR Script killed by user/);
  });

  it('is the rest of its transaction waiting for', () => {
    const { client } = clients();
    client.call('MULTI');
    client.call('SET', 'k', 1);
    client.call('EVAL', "for i = 1, 5e6 do end return redis.call('incr', 'k')", 0);
    client.call('INCR', 'k');
    client.call('EVAL', 'for i = 1, 5e6 do end return {1, 2}', 0);
    client.call('GET', 'k');
    assert.deepEqual(client.call('EXEC'), ['OK', 2, 3, [1, 2], '3']);
    assert.equal(client.call('PING'), 'PONG');
  });

  it('outlives the session that sent it, and still blocks the node', () => {
    const { server, client, other } = clients();
    client.send('EVAL', FOREVER, 0);
    server.simulation.runFor(60);
    client.connection.destroy();
    assert.match(String(other.call('PING')), /^-BUSY/);
    assert.equal(other.call('SCRIPT', 'KILL'), 'OK');
    server.simulation.runFor(20);
    assert.equal(other.call('PING'), 'PONG');
  });
});

describe('functions', () => {
  it('are loaded with their library, and keep what it remembers', () => {
    const { client } = clients();
    assert.equal(client.call('FUNCTION', 'LOAD', LIBRARY), 'mine');
    assert.equal(client.call('FUNCTION', 'LOAD', LIBRARY), "-ERR Library 'mine' already exists");
    assert.equal(client.call('FCALL', 'count', 0), 1);
    assert.equal(client.call('FCALL', 'count', 0), 2);
    assert.equal(client.call('FCALL', 'put', 1, 'k', 'v'), 'OK');
    assert.match(
      String(client.call('FCALL_RO', 'put', 1, 'k', 'v')),
      /^-ERR Can not execute a script with write flag/,
    );
    assert.equal(client.call('FUNCTION', 'LOAD', 'REPLACE', LIBRARY), 'mine');
    assert.equal(client.call('FCALL', 'count', 0), 1);
    assert.equal(client.call('FUNCTION', 'DELETE', 'mine'), 'OK');
    assert.equal(client.call('FCALL', 'count', 0), '-ERR Function not found');
  });

  it('are found whatever case their names are written in, and so no two libraries have the same one', () => {
    const { client, other } = clients();
    const library = (name: string, one: string) =>
      `#!lua name=${name}\nredis.register_function('${one}', function() return '${name}' end)`;
    client.call('FUNCTION', 'LOAD', library('a', 'Foo'));
    assert.equal(client.call('FUNCTION', 'LOAD', library('b', 'foo')), '-ERR Function foo already exists');
    assert.equal(client.call('FCALL', 'FOO', 0), 'a');
    // In the library itself a name may come in several cases, as in Redis.
    assert.equal(client.call('FUNCTION', 'LOAD', 'REPLACE', library('a', 'FOO')), 'a');
    const dump = String(other.call('FUNCTION', 'DUMP'));
    client.call('FUNCTION', 'FLUSH');
    client.call('FUNCTION', 'LOAD', library('b', 'foo'));
    client.sendRaw(`*3\r\n$8\r\nFUNCTION\r\n$7\r\nRESTORE\r\n$${dump.length}\r\n${dump}\r\n`);
    assert.equal(client.next(), '-ERR Function FOO already exists');
    assert.equal(client.call('FCALL', 'foo', 0), 'b');
  });

  it('are told of while they run, and ended by FUNCTION KILL', () => {
    const { server, client, other } = clients();
    client.call('FUNCTION', 'LOAD', LIBRARY);
    client.send('FCALL', 'spin', 0, 'argument');
    server.simulation.runFor(100);
    const stats = JSON.stringify(other.call('FUNCTION', 'STATS'));
    assert.match(stats, /"name","spin","command",\["FCALL","spin","0","argument"\],"duration_ms"/);
    assert.match(String(other.call('SCRIPT', 'KILL')), /^-BUSY .* FUNCTION KILL/);
    assert.equal(other.call('FUNCTION', 'KILL'), 'OK');
    assert.match(String(client.next()), /^-ERR Script killed by user.* script: spin, on @user_function:5\.$/);
  });

  it('are in the file that the node saves', () => {
    const { client } = clients();
    client.call('FUNCTION', 'LOAD', LIBRARY);
    assert.equal(client.call('DEBUG', 'RELOAD'), 'OK');
    assert.equal(client.call('FCALL', 'count', 0), 1);
    assert.equal(field(client.call('INFO', 'memory'), 'number_of_libraries'), '1');
  });
});

describe('a primary', () => {
  it('tells its replicas what scripts did, not the scripts', () => {
    const { server, client } = clients('repl-diskless-sync-delay 0');
    const where = { simulation: server.simulation, host: '10.0.0.2' };
    const replica = SimulatedNode.started([`replicaof ${server.host} 6379`], where);
    client.call('FUNCTION', 'LOAD', LIBRARY);
    server.simulation.runUntil(() => replica.node.replication.linkUp, 20_000);
    const there = replica.client();
    client.call(
      'EVAL',
      "redis.call('set', 'a', 1) redis.call('incr', 'a') redis.set_repl(redis.REPL_NONE) redis.call('set', 'b', 1)",
      0,
    );
    client.call(
      'FUNCTION',
      'LOAD',
      LIBRARY.replace('name=mine', 'name=mine2')
        .replaceAll("'count'", "'count2'")
        .replaceAll("'put'", "'put2'")
        .replaceAll("'spin'", "'spin2'"),
    );
    client.call('WAIT', 1, 0);
    assert.deepEqual(there.call('MGET', 'a', 'b'), ['2', null]);
    assert.equal(JSON.stringify(there.call('FUNCTION', 'STATS')).includes('"functions_count",6'), true);
    assert.equal(field(there.call('INFO', 'commandstats'), 'cmdstat_eval'), undefined);
  });
});
