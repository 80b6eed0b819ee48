/** import: the keys of a server that is no cluster, each to the node that owns its slot. */
import { keySlot } from '../redis/slots.ts';
import { checkCluster } from './check.ts';
import { type ClusterNode, ClusterView } from './cluster-view.ts';
import { listOf, messageOf, type NodeConnection, parseAddress, textOf } from './connection.ts';
import { DEFAULT_TIMEOUT_MS } from './move-slot.ts';
import type { Invocation } from './subcommands.ts';
import { TribError } from './transcript.ts';

/** Keys asked for in one SCAN. */
const SCAN_COUNT = 1000;

export async function importKeys({
  args: [address = ''],
  options,
  dial,
  transcript,
}: Invocation): Promise<void> {
  const from = options.text('from');
  if (from === undefined) throw new TribError("Option '--from' is required for subcommand 'import'");
  transcript.line(`>>> Importing data from ${from} to cluster ${address}`);
  const view = await ClusterView.from(parseAddress(address), dial, transcript);
  let source: NodeConnection | undefined;
  try {
    await view.settle();
    if (!(await checkCluster(view, transcript))) {
      throw new TribError('*** Please fix your cluster problems before importing');
    }
    transcript.line('>>> Connecting to the source Redis instance');
    source = await dial(parseAddress(from));
    if (/^cluster_enabled:1/m.test(textOf(await source.call('INFO', 'cluster')))) {
      throw new TribError('[ERR] The source node should not be a cluster node.');
    }
    transcript.line(`*** Importing ${textOf(await source.call('DBSIZE'))} keys from DB 0`);
    const flags = [...(options.has('copy') ? ['COPY'] : []), ...(options.has('replace') ? ['REPLACE'] : [])];
    const timeout = options.number('timeout', DEFAULT_TIMEOUT_MS);
    for await (const key of scan(source)) {
      const target = ownerOf(view, keySlot(key, 0, key.length));
      transcript.progress(`Migrating ${key.toString()} to ${target.name}: `);
      const { host, port } = target.address;
      try {
        await source.call('MIGRATE', host, port, key, 0, timeout, ...flags);
        transcript.progress('OK\n');
      } catch (error) {
        // What was imported so far is whole; going on would hide that some of it is not.
        transcript.progress('\n');
        throw new TribError(`[ERR] Calling MIGRATE: ${messageOf(error)}`);
      }
    }
  } finally {
    source?.close();
    view.close();
  }
}

async function* scan(source: NodeConnection): AsyncGenerator<Buffer> {
  let cursor = '0';
  do {
    const [next = null, keys = null] = listOf(await source.call('SCAN', cursor, 'COUNT', SCAN_COUNT));
    cursor = textOf(next);
    for (const key of listOf(keys)) if (Buffer.isBuffer(key)) yield key;
  } while (cursor !== '0');
}

function ownerOf(view: ClusterView, slot: number): ClusterNode {
  const [owner] = view.ownersOf(slot);
  if (!owner) throw new TribError(`[ERR] Nobody serves slot ${slot}`);
  return owner;
}
