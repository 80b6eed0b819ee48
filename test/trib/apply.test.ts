/** Carrying a plan out on nodes that have something else to do. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { apply } from '../../extension/trib/apply.ts';
import { ClusterNode } from '../../extension/trib/cluster-node.ts';
import { commands } from '../../extension/trib/plan.ts';

const transcript = { line: () => {}, progress: () => {}, ask: async () => 'yes', cancelled: false };

/** Refuses so many commands with this error before it takes them. */
function nodeThat(refuses: number, error: string): { node: ClusterNode; taken: string[] } {
  const taken: string[] = [];
  let left = refuses;
  const node = new ClusterNode({
    address: { host: 'h', port: 1 },
    credentials: {},
    call: async (name, ...args) => {
      if (left-- > 0) throw new Error(error);
      taken.push([name, ...args].join(' '));
      return 'OK';
    },
    close: () => {},
  });
  return { node, taken };
}

const plan = (node: ClusterNode) => [[{ steps: [commands(node, [['CLUSTER', 'SETSLOT', 5, 'STABLE']])] }]];

describe('carrying a plan out', () => {
  it('waits for a node that runs a script, and sends the command again', async () => {
    const { node, taken } = nodeThat(3, 'BUSY Redis is busy running a script.');
    const options = { pipeline: undefined, timeoutMs: 1000, replace: false };
    assert.equal((await apply(plan(node), options, transcript)).done, 1);
    assert.deepEqual(taken, ['CLUSTER SETSLOT 5 STABLE']);
  });

  it('gives up when it takes longer than --timeout, and at once where waiting is no use', async () => {
    const options = { pipeline: undefined, timeoutMs: 100, replace: false };
    for (const error of ['BUSY Redis is busy running a script.', 'ERR Unknown node']) {
      const { node, taken } = nodeThat(1000, error);
      const words = new RegExp(`\\[ERR\\] Node h:1 replied to CLUSTER SETSLOT 5 STABLE: ${error}`);
      await assert.rejects(apply(plan(node), options, transcript), words);
      assert.deepEqual(taken, []);
    }
  });
});
