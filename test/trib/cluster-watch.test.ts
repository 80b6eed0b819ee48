/** Watching a cluster of which one node says nothing: the others are told of, and nobody waits longer than he must. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { ClusterPicture } from '../../extension/trib/cluster-picture.ts';
import { ClusterWatch } from '../../extension/trib/cluster-watch.ts';
import { addressText, type Dial } from '../../extension/trib/connection.ts';

const IDS = ['a', 'b'].map((letter) => letter.repeat(40));
const PORTS = [7000, 7001];

/** Two primaries; `silent` says which ports are not answered at, and connections that were asked for are noted. */
function cluster(silent: ReadonlySet<number>): { dial: Dial; dialled: string[] } {
  const dialled: string[] = [];
  const nodes = (me: number) =>
    PORTS.map((port, i) => {
      const flags = port === me ? 'myself,master' : 'master';
      return `${IDS[i]} h:${port}@1${port} ${flags} - 0 0 ${i + 1} connected ${i === 0 ? '0-8191' : '8192-16383'}`;
    }).join('\n');
  const answers: Record<string, (port: number) => string> = {
    'CLUSTER NODES': nodes,
    'CLUSTER INFO': () => 'cluster_state:ok\r\ncluster_current_epoch:2\r\n',
    INFO: () => 'redis_version:7.2.4\r\n',
  };
  const dial: Dial = async (address) => {
    dialled.push(addressText(address));
    if (silent.has(address.port)) return new Promise(() => {});
    return {
      address,
      credentials: {},
      call: async (...words) => {
        if (silent.has(address.port)) return new Promise(() => {});
        return answers[words.join(' ')]?.(address.port) ?? '';
      },
      close: () => {},
    };
  };
  return { dial, dialled };
}

it('a node that says nothing is asked once, and told of with what the others say', async (t) => {
  const silent = new Set<number>();
  const { dial, dialled } = cluster(silent);
  const pictures: ClusterPicture[] = [];
  const watch = new ClusterWatch([{ host: 'h', port: 7000 }], dial, (picture) => pictures.push(picture));
  await watch.start();
  assert.deepEqual(
    watch.picture.nodes.map(({ unreachable }) => unreachable),
    [undefined, undefined],
  );
  silent.add(7000);
  dialled.length = 0;
  t.mock.timers.enable({ apis: ['setInterval'] });
  const looked = watch.refresh();
  await turn();
  t.mock.timers.tick(5000);
  await looked;
  assert.deepEqual(dialled, []);
  const [one, other] = watch.picture.nodes;
  assert.equal(watch.picture.state, 'connected');
  assert.deepEqual([one?.unreachable, other?.unreachable], ['h:7000: no answer within 5 s', undefined]);

  // Nor is a connection waited for that nobody greets.
  const again = watch.refresh();
  await turn();
  t.mock.timers.tick(6000);
  await again;
  assert.deepEqual(dialled, ['h:7000']);
  assert.equal(watch.picture.nodes[0]?.unreachable, 'h:7000: no answer within 6 s');
  watch.stop();
});
