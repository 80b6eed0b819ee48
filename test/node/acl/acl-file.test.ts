/** Users in a file of their own: read when the node starts and when it is told to, written when it is told to. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { binaryOf, bytesOf } from '../../../extension/redis/bytes.ts';
import { Simulation } from '../../../extension/worlds/simulated.ts';
import { SimulatedNode } from '../simulated-node.ts';

const FILE = '/data/users.acl';
const UNCHANGED = 'WARNING: ACL errors detected, no change to the previously active ACL rules was performed';

function nodeWith(file: string | undefined, ...lines: string[]): SimulatedNode {
  const simulation = new Simulation(1);
  const host = '10.0.0.1';
  if (file !== undefined) simulation.world(host).disk.replace(FILE, bytesOf(file));
  return new SimulatedNode(['aclfile users.acl', ...lines], { simulation, host });
}

function started(file: string): SimulatedNode {
  const node = nodeWith(file);
  assert.equal(node.start(), undefined);
  return node;
}

describe('the ACL file', () => {
  it('says who there is', () => {
    const node = started(`user ann on >secret ~a* +@read\n\n  user bob on nopass (~b +get) \r\n`);
    const client = node.client();
    assert.deepEqual(client.call('ACL', 'USERS'), ['ann', 'bob', 'default'], 'who is not in it is open');
    assert.equal(client.call('AUTH', 'ann', 'secret'), 'OK');
    assert.equal(client.call('GET', 'a1'), null);
    assert.match(String(client.call('SET', 'a1', 'x')), /^-NOPERM/);
    assert.equal(client.call('AUTH', 'bob', ''), 'OK');
    assert.equal(client.call('GET', 'b'), null);
  });

  it('is refused with every fault of it, and the node does not start', () => {
    const file = [
      'user ann on +nosuch ~a ~* ~b >x <y +nosuch2',
      'user ann on',
      'ann on',
      'user',
      'user bob (+get',
      '# a comment',
    ].join('\n');
    const node = nodeWith(file);
    assert.equal(
      node.start()?.message,
      'Aborting Redis startup because of ACL errors: ' +
        "users.acl:1: Error in applying operation '+nosuch': Unknown command or category name in ACL. " +
        "users.acl:1: Adding a pattern after the * pattern (or the 'allkeys' flag) is not valid and does not have any " +
        "effect. Try 'resetkeys' to start with an empty list of patterns. " +
        "users.acl:1: Error in applying operation '+nosuch2': Unknown command or category name in ACL. " +
        "WARNING: Duplicate user 'ann' found on line 2. " +
        'users.acl:3 should start with user keyword followed by the username. ' +
        'users.acl:4 should start with user keyword followed by the username. ' +
        'users.acl:5: Unmatched parenthesis in selector definition.' +
        'users.acl:6 should start with user keyword followed by the username. ' +
        UNCHANGED,
    );
    assert.match(
      String(nodeWith(undefined).start()?.message),
      /Error loading ACLs, opening file 'users.acl': No such file or directory$/,
    );
    assert.match(String(nodeWith('', 'user ann on').start()?.message), /users defined in redis.conf and at/);
  });

  it('is written and read again', () => {
    const node = started('user default on nopass ~* &* +@all\n');
    const client = node.client();
    const { disk } = node.simulation.world(node.host);
    client.call(
      'ACL',
      'SETUSER',
      'ann',
      'on',
      '#'.padEnd(65, 'a'),
      '~a',
      '+get',
      '-@set',
      '+select|0',
      '(%R~b +@all)',
    );
    const users = client.list('ACL', 'LIST');
    assert.equal(client.call('ACL', 'SAVE'), 'OK');
    assert.equal(binaryOf(disk.read(FILE) ?? new Uint8Array()), `${users.join('\n')}\n`);
    client.call('ACL', 'SETUSER', 'ann', 'reset');
    client.call('ACL', 'SETUSER', 'bob');
    client.call('ACL', 'SETUSER', 'default', '>secret');
    assert.equal(client.call('ACL', 'LOAD'), 'OK');
    assert.deepEqual(client.call('ACL', 'LIST'), users);
    assert.equal(node.client().call('PING'), 'PONG', 'the default user is open again');
  });

  it('that is wrong changes nothing; a right one ends the sessions of all other users', () => {
    const node = started('user ann on nopass +@all\n');
    const { disk } = node.simulation.world(node.host);
    const [ann, other, admin] = [node.client(), node.client(), node.client()];
    ann.call('AUTH', 'ann', '');
    other.call('AUTH', 'ann', '');
    disk.replace(FILE, bytesOf('user ann on nopass -@all\nuser x y\n'));
    assert.equal(admin.call('ACL', 'LOAD'), `-ERR users.acl:2: Syntax error. ${UNCHANGED}`);
    assert.equal(ann.call('ACL', 'WHOAMI'), 'ann');
    disk.replace(FILE, bytesOf('user ann on nopass +@all\n'));
    assert.equal(ann.call('ACL', 'LOAD'), 'OK', 'the own session hears the answer');
    admin.wait(10);
    assert.deepEqual([ann.closed, other.closed, admin.closed], [true, true, false]);
  });

  it('has to be named', () => {
    const client = SimulatedNode.started().client();
    for (const subcommand of ['LOAD', 'SAVE']) {
      assert.match(
        String(client.call('ACL', subcommand)),
        /^-ERR This Redis instance is not configured to use an ACL/,
      );
    }
    assert.match(String(client.call('CONFIG', 'SET', 'aclfile', 'x')), /can't set immutable config/);
  });
});
