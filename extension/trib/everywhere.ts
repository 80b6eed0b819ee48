/** set-timeout and call: the same command on every node. */
import { ClusterView } from './cluster-view.ts';
import { type Answer, messageOf, parseAddress } from './connection.ts';
import type { Invocation } from './subcommands.ts';
import { TribError } from './transcript.ts';

/** Below this a garbage collection or a slow disk looks like a dead node. */
const SHORTEST_TIMEOUT_MS = 100;

export async function setTimeoutEverywhere({ args, dial, transcript }: Invocation): Promise<void> {
  const [address = '', text = ''] = args;
  const timeout = Number(text);
  if (!Number.isInteger(timeout) || timeout < SHORTEST_TIMEOUT_MS) {
    throw new TribError('Setting a node timeout of less than 100 milliseconds is a bad idea.');
  }
  const view = await ClusterView.from(parseAddress(address), dial, transcript);
  try {
    transcript.line('>>> Reconfiguring node timeout in every cluster node...');
    let ok = 0;
    for (const node of view.nodes) {
      try {
        await node.connection.call('CONFIG', 'SET', 'cluster-node-timeout', timeout);
        await node.connection.call('CONFIG', 'REWRITE');
        ok++;
        transcript.line(`*** New timeout set for ${node.name}`);
      } catch (error) {
        transcript.line(`[ERR] setting node-timeout for ${node.name}: ${messageOf(error)}`);
      }
    }
    const failed = view.nodes.length - ok;
    transcript.line(`>>> New node timeout set. ${ok} OK, ${failed} ERR.`);
    if (failed > 0) throw new TribError('');
  } finally {
    view.close();
  }
}

export async function callEverywhere({ args, options, dial, transcript }: Invocation): Promise<void> {
  const [address = '', command = '', ...rest] = args;
  const view = await ClusterView.from(parseAddress(address), dial, transcript);
  try {
    transcript.line(`>>> Calling ${[command.toUpperCase(), ...rest].join(' ')}`);
    for (const node of view.nodes) {
      if (options.has('only-masters') && node.isReplica) continue;
      if (options.has('only-replicas') && !node.isReplica) continue;
      const answer = await node.connection.call(command, ...rest).then(render, messageOf);
      transcript.line(`${node.name}: ${answer}`);
    }
  } finally {
    view.close();
  }
}

function render(answer: Answer): string {
  if (answer === null) return '(nil)';
  if (Array.isArray(answer)) return answer.map(render).join('\n');
  return Buffer.isBuffer(answer) ? answer.toString() : String(answer);
}
