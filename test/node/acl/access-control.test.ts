/** Users at work: what they are refused, where, and what becomes of their sessions when they change. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { field, type Plain, SimulatedNode, type TestClient } from '../simulated-node.ts';

const NO_KEY = '-NOPERM No permissions to access a key';
const NO_CHANNEL = '-NOPERM No permissions to access a channel';

function noCommand(user: string, command: string): string {
  return `-NOPERM User ${user} has no permissions to run the '${command}' command`;
}

/** A client that has logged in as a user with these rules, and one of the default user. */
function withUser(...rules: string[]): { node: SimulatedNode; ann: TestClient; admin: TestClient } {
  const node = SimulatedNode.started();
  const [ann, admin] = [node.client(), node.client()];
  assert.equal(admin.call('ACL', 'SETUSER', 'ann', 'on', 'nopass', ...rules), 'OK');
  assert.equal(ann.call('AUTH', 'ann', ''), 'OK');
  return { node, ann, admin };
}

/** A field of the newest entry of ACL LOG, or of another one. */
function logged(admin: TestClient, name: string, at = 0): Plain | undefined {
  const entries = admin.call('ACL', 'LOG');
  const entry = Array.isArray(entries) ? entries[at] : undefined;
  return Array.isArray(entry) ? entry[entry.indexOf(name) + 1] : undefined;
}

describe('a user', () => {
  it('may do what it may, and is told what it may not', () => {
    const { ann, admin } = withUser('+get', '+set', '~a*', '+publish', '&news');
    assert.equal(ann.call('SET', 'a1', 'x'), 'OK');
    assert.equal(ann.call('GET', 'b'), NO_KEY);
    assert.equal(ann.call('DEL', 'a1'), noCommand('ann', 'del'));
    assert.equal(ann.call('ACL', 'WHOAMI'), noCommand('ann', 'acl|whoami'));
    assert.equal(ann.call('PUBLISH', 'news', 'x'), 0);
    assert.equal(ann.call('PUBLISH', 'other', 'x'), NO_CHANNEL);
    // It is not the reason that its arguments are wrong.
    assert.equal(ann.call('GET'), "-ERR wrong number of arguments for 'get' command");
    assert.equal(field(admin.call('INFO', 'stats'), 'acl_access_denied_cmd'), '2');
    assert.equal(field(admin.call('INFO', 'stats'), 'acl_access_denied_key'), '1');
    assert.equal(field(admin.call('INFO', 'stats'), 'acl_access_denied_channel'), '1');
    assert.equal(field(admin.call('INFO', 'errorstats'), 'errorstat_NOPERM'), 'count=4');
    admin.call('CONFIG', 'RESETSTAT');
    assert.equal(field(admin.call('INFO', 'stats'), 'acl_access_denied_cmd'), '0');
  });

  it('can do at once what it may do now', () => {
    const { ann, admin } = withUser('+@all', '~*', '&*');
    assert.equal(ann.call('SET', 'k', 'v'), 'OK');
    admin.call('ACL', 'SETUSER', 'ann', '-set', 'off');
    assert.equal(ann.call('SET', 'k', 'v'), noCommand('ann', 'set'));
    assert.equal(ann.call('GET', 'k'), 'v', 'who is logged in stays so');
    assert.match(String(admin.call('AUTH', 'ann', '')), /^-WRONGPASS/);
    admin.call('ACL', 'SETUSER', 'ann', '+set');
    assert.equal(ann.call('SET', 'k', 'v'), 'OK');
  });

  it('is changed by all of the rules, or by none', () => {
    const { admin } = withUser('~a');
    const before = admin.call('ACL', 'LIST');
    assert.equal(
      admin.call('ACL', 'SETUSER', 'ann', '~b', '+nosuch'),
      "-ERR Error in ACL SETUSER modifier '+nosuch': Unknown command or category name in ACL",
    );
    assert.equal(
      admin.call('ACL', 'SETUSER', 'new', 'on', '(~a', '+get'),
      "-ERR Unmatched parenthesis in acl selector starting at '(~a'.",
    );
    assert.match(String(admin.call('ACL', 'SETUSER', 'a b')), /^-ERR Usernames can't contain spaces/);
    assert.deepEqual(admin.call('ACL', 'LIST'), before);
  });

  it('should not be given single first arguments of a command: the log says so', () => {
    const { node, admin } = withUser('+select|0', '+config|get');
    admin.call('ACL', 'LIST');
    const warnings = node.log.filter((line) => line.includes('Deprecation warning'));
    assert.equal(warnings.length, 1);
    assert.match(String(warnings[0]), /offender: \+select\|0\)\n$/);
  });

  it('that is removed takes its sessions along', () => {
    const { node, ann, admin } = withUser('+@all');
    assert.equal(admin.call('ACL', 'DELUSER', 'default', 'ann'), "-ERR The 'default' user cannot be removed");
    assert.equal(ann.call('ACL', 'DELUSER', 'ann', 'nobody'), 1, 'the own one after the answer');
    ann.wait(10);
    assert.ok(ann.closed);
    assert.deepEqual(admin.call('ACL', 'USERS'), ['default']);
    assert.equal(node.client().call('PING'), 'PONG');
  });

  it('may skip the second look at what it RESTOREs', () => {
    const { ann, admin } = withUser('+@all', '~*', 'skip-sanitize-payload');
    admin.call('CONFIG', 'SET', 'sanitize-dump-payload', 'clients');
    admin.call('RPUSH', 'list', 'a');
    const payload = String(admin.call('DUMP', 'list'));
    const looks = () => field(admin.call('INFO', 'stats'), 'dump_payload_sanitizations');
    ann.sendRaw(request(['RESTORE', 'copy1', '0', payload]));
    assert.equal(ann.next(), 'OK');
    assert.equal(looks(), '0');
    admin.sendRaw(request(['RESTORE', 'copy2', '0', payload]));
    assert.equal(admin.next(), 'OK');
    assert.equal(looks(), '1');
  });
});

/** As bytes. */
function request(words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`;
}

describe('the default user', () => {
  it('is everybody until it has a password', () => {
    const node = SimulatedNode.started();
    const [early, admin] = [node.client(), node.client()];
    admin.call('CONFIG', 'SET', 'requirepass', 'secret');
    const late = node.client();
    assert.equal(late.call('GET', 'k'), '-NOAUTH Authentication required.');
    assert.equal(early.call('GET', 'k'), null, 'who was there before stays');
    admin.call('CONFIG', 'SET', 'requirepass', '');
    assert.equal(late.call('GET', 'k'), null);
    admin.call('ACL', 'SETUSER', 'default', 'off');
    assert.match(String(node.client().call('PING')), /^-NOAUTH/);
  });

  it('has the password of requirepass and others, until that one changes', () => {
    const client = SimulatedNode.started(['requirepass one']).client();
    assert.equal(client.call('AUTH', 'one'), 'OK');
    client.call('ACL', 'SETUSER', 'default', '>two');
    assert.equal(client.call('AUTH', 'two'), 'OK');
    client.call('CONFIG', 'SET', 'requirepass', 'three');
    assert.match(String(client.call('AUTH', 'two')), /^-WRONGPASS/);
    assert.equal(client.call('AUTH', 'three'), 'OK');
  });

  it('of a user line is no other than that says', () => {
    const client = SimulatedNode.started(['requirepass one', 'user default on >two ~* +@all']).client();
    assert.match(String(client.call('AUTH', 'one')), /^-WRONGPASS/);
    assert.equal(client.call('AUTH', 'two'), 'OK');
    assert.equal(client.call('PUBLISH', 'c', 'x'), NO_CHANNEL);
    client.call('CONFIG', 'SET', 'acl-pubsub-default', 'allchannels');
    client.call('ACL', 'SETUSER', 'default', 'reset', 'on', 'nopass', '+@all');
    assert.equal(client.call('PUBLISH', 'c', 'x'), 0);
  });
});

describe('permissions', () => {
  it('count in a transaction when a command is queued and when it runs', () => {
    const { ann, admin } = withUser('+@all', '-del', '~a');
    ann.call('MULTI');
    assert.equal(ann.call('DEL', 'a'), noCommand('ann', 'del'));
    assert.match(String(ann.call('EXEC')), /^-EXECABORT/);
    ann.call('MULTI');
    for (const command of [
      ['INCR', 'a'],
      ['SET', 'a', '5'],
      ['GET', 'a'],
    ] as const) {
      assert.equal(ann.call(...command), 'QUEUED');
    }
    admin.call('ACL', 'SETUSER', 'ann', '-incr', 'resetkeys', '%R~a');
    const refused =
      '-NOPERM ACLs rules changed between the moment the transaction was accumulated and the EXEC call.';
    assert.deepEqual(
      ann.list('EXEC').map((reply) => String(reply).replace(/ This command.*: /, ' ')),
      [
        `${refused} no permission to execute the command or subcommand`,
        `${refused} no permission to touch the specified keys`,
        'null',
      ],
    );
    assert.equal(logged(admin, 'context'), 'multi');
    assert.match(String(logged(admin, 'client-info')), / cmd=exec /);
  });

  it('are those of the caller in scripts and functions', () => {
    const { ann, admin } = withUser('+eval', '+fcall', '+get', '~a');
    const failure = /^-ERR ACL failure in script: (.*) script: /;
    const answer = (...argv: string[]): string | undefined => failure.exec(String(ann.call(...argv)))?.[1];
    assert.equal(ann.call('EVAL', "return redis.call('get', 'a')", '0'), null);
    assert.equal(answer('EVAL', "redis.call('get', 'b')", '0'), 'No permissions to access a key');
    assert.equal(
      answer('EVAL', "redis.call('set', 'a', 'x')", '0'),
      "User ann has no permissions to run the 'set' command",
    );
    assert.equal(logged(admin, 'context'), 'lua');
    assert.equal(logged(admin, 'object'), 'set');
    assert.match(String(logged(admin, 'client-info')), / cmd=eval user=ann /);
    admin.call(
      'FUNCTION',
      'LOAD',
      "#!lua name=l\nredis.register_function('f', function(keys) return redis.call('get', keys[1]) end)",
    );
    assert.equal(ann.call('FCALL', 'f', '1', 'b'), NO_KEY);
    assert.equal(ann.call('FCALL', 'f', '1', 'a'), null);
    assert.equal(admin.call('FCALL', 'f', '1', 'b'), null);
  });

  it('can be asked for by a script', () => {
    const { ann } = withUser('+eval', '+get', '~a');
    const asks = (command: string): Plain =>
      ann.call('EVAL', `return tostring(redis.acl_check_cmd(${command}))`, '0');
    assert.equal(asks("'get', 'a'"), 'true');
    assert.equal(asks("'get', 'b'"), 'false');
    assert.equal(asks("'set', 'a', 'x'"), 'false');
    assert.match(String(asks("'nosuch'")), /Invalid command passed to redis.acl_check_cmd\(\)/);
  });

  it('count for SORT’s patterns, which name keys that nobody sees before', () => {
    const { ann, admin } = withUser('+@all', '~list');
    admin.call('RPUSH', 'list', '1');
    assert.deepEqual(ann.call('SORT', 'list', 'BY', 'nosort'), ['1']);
    const denied = (option: string) =>
      `-ERR ${option} option of SORT denied due to insufficient ACL permissions.`;
    assert.equal(ann.call('SORT', 'list', 'BY', 'w_*'), denied('BY'));
    assert.equal(ann.call('SORT', 'list', 'GET', '#'), denied('GET'));
    admin.call('ACL', 'SETUSER', 'ann', '%R~*');
    assert.deepEqual(ann.call('SORT', 'list', 'BY', 'w_*', 'GET', '#'), ['1']);
  });

  it('are asked for again when a command has waited', () => {
    const { ann, admin } = withUser('+@all', '~*', '&*');
    ann.send('BLPOP', 'list', '0');
    ann.wait(10);
    admin.call('ACL', 'SETUSER', 'ann', 'resetkeys');
    assert.equal(admin.call('LPUSH', 'list', 'x'), 1);
    assert.equal(ann.next(), NO_KEY);
    assert.equal(admin.call('LLEN', 'list'), 1);
    const counted = field(admin.call('INFO', 'commandstats'), 'cmdstat_blpop');
    assert.match(String(counted), /^calls=0,usec=0,.*rejected_calls=1,failed_calls=0$/);
  });

  it('to listen end the sessions that go on listening', () => {
    const { node, admin } = withUser('+@all', '&a', '&b*');
    const listener = (...argv: string[]): TestClient => {
      const client = node.client();
      client.call('AUTH', 'ann', '');
      client.call(...argv);
      return client;
    };
    const [a, b, pattern, shard] = [
      listener('SUBSCRIBE', 'a'),
      listener('SUBSCRIBE', 'b1'),
      listener('PSUBSCRIBE', 'b*'),
      listener('SSUBSCRIBE', 'a'),
    ];
    const idle = listener('PING');
    const closed = (): boolean[] => {
      idle.wait(10);
      return [a, b, pattern, shard, idle].map((client) => client.closed);
    };
    admin.call('ACL', 'SETUSER', 'ann', 'resetchannels', '&a', '&b*', '&c');
    assert.deepEqual(closed(), [false, false, false, false, false], 'nothing was taken');
    admin.call('ACL', 'SETUSER', 'ann', 'resetchannels', '&a', '&b1');
    assert.deepEqual(closed(), [false, false, true, false, false], 'a pattern has to be named');
    admin.call('ACL', 'SETUSER', 'ann', 'allchannels');
    admin.call('ACL', 'SETUSER', 'ann', 'resetchannels', '&b*');
    assert.deepEqual(closed(), [true, false, true, true, false]);
  });
});

describe('who logs in', () => {
  it('in vain is logged, and nobody sees passwords in other logs', () => {
    const node = SimulatedNode.started();
    const client = node.client();
    client.call('CONFIG', 'SET', 'slowlog-log-slower-than', '0');
    client.call('ACL', 'SETUSER', 'ann', 'on', '>secret1');
    assert.match(String(client.call('AUTH', 'ann', 'secret2')), /^-WRONGPASS/);
    assert.match(String(client.call('HELLO', 3, 'AUTH', 'ann', 'secret3')), /^-WRONGPASS/);
    assert.equal(field(client.call('INFO', 'stats'), 'acl_access_denied_auth'), '2');
    assert.deepEqual(
      ['reason', 'context', 'object', 'username'].map((name) => logged(client, name, 1)),
      ['auth', 'toplevel', 'AUTH', 'ann'],
    );
    client.call('CONFIG', 'SET', 'masterauth', 'secret4', 'requirepass', 'secret5');
    assert.doesNotMatch(JSON.stringify(client.call('SLOWLOG', 'GET')), /secret/);
  });

  it('as somebody who is off hears the same as with a wrong password', () => {
    const client = SimulatedNode.started(['user ann off >x ~* &* +@all']).client();
    const answers = [
      ['ann', 'x'],
      ['ann', 'y'],
      ['nobody', 'x'],
    ].map((pair) => client.call('AUTH', ...pair));
    assert.equal(new Set(answers).size, 1);
  });
});

describe('DRYRUN', () => {
  it('says what would be, and does nothing', () => {
    const { admin } = withUser('+@all', '-del', '~a', '&c');
    const dry = (...argv: string[]): Plain => admin.call('ACL', 'DRYRUN', 'ann', ...argv);
    assert.equal(dry('SET', 'a', 'x'), 'OK');
    assert.equal(admin.call('EXISTS', 'a'), 0);
    assert.equal(dry('DEL', 'a'), "User ann has no permissions to run the 'del' command");
    assert.equal(dry('GET', 'b'), "User ann has no permissions to access the 'b' key");
    assert.equal(dry('PUBLISH', 'd', 'x'), "User ann has no permissions to access the 'd' channel");
    assert.equal(dry('NOSUCH'), "-ERR Command 'NOSUCH' not found");
    assert.equal(dry('GET'), "-ERR wrong number of arguments for 'get' command");
    assert.equal(admin.call('ACL', 'DRYRUN', 'nobody', 'GET', 'a'), "-ERR User 'nobody' not found");
    assert.deepEqual(admin.call('ACL', 'LOG'), []);
  });
});
