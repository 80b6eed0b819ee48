/** Scripts in a cluster: they go where their keys are, and stay there. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { SimulatedNode, type TestClient } from '../simulated-node.ts';

/** Slots of the keys: foo 12182, bar 5061, hello 866. */
const FIRST_HALF = ['0', '8191'];

describe('a script in a cluster', () => {
  let client: TestClient;
  before(() => {
    const server = SimulatedNode.started(['cluster-enabled yes', 'cluster-require-full-coverage no']);
    client = server.client();
    assert.equal(client.call('CLUSTER', 'ADDSLOTSRANGE', ...FIRST_HALF), 'OK');
    server.simulation.runFor(3000);
  });
  const told = (...argv: string[]) => String(client.call(...argv));
  const get = (key: string) => `redis.call('get', '${key}')`;

  it('is refused as any command when its keys are elsewhere, or in several slots', () => {
    assert.equal(told('EVAL', 'return 1', '1', 'foo'), '-CLUSTERDOWN Hash slot not served');
    assert.match(told('EVAL', 'return 1', '2', 'bar', 'hello'), /^-CROSSSLOT /);
    assert.equal(told('EVAL', 'return KEYS[1]', '1', 'bar'), 'bar');
    assert.equal(told('EVAL', 'return 1', '0'), '1');
  });

  it('may use keys that it did not name, as long as they are here', () => {
    assert.equal(told('EVAL', `return {${get('bar')}, ${get('hello')}}`, '0'), ',');
    assert.match(
      told('EVAL', get('foo'), '0'),
      /^-ERR Script attempted to access a non local key in a cluster node/,
    );
  });

  it('stays in one slot when it says what it needs, unless it says otherwise', () => {
    const both = `return {${get('bar')}, ${get('hello')}}`;
    const crossing = /^-ERR Script attempted to access keys that do not hash to the same slot/;
    assert.match(told('EVAL', `#!lua\n${both}`, '0'), crossing);
    assert.match(told('EVAL', `#!lua\nreturn ${get('hello')}`, '1', 'bar'), crossing);
    assert.equal(told('EVAL', `#!lua flags=allow-cross-slot-keys\n${both}`, '0'), ',');
    assert.match(
      told('EVAL', '#!lua flags=no-cluster\nreturn 1', '0'),
      /^-ERR Can not run script on cluster/,
    );
  });
});
