/** import: the keys of a server that is no cluster, each to the node that owns its slot. */
import { messageOf } from '../redis/caught.ts';
import { keySlot } from '../redis/slots.ts';
import { moveOptions } from './apply.ts';
import { checkCluster } from './check.ts';
import type { ClusterNode } from './cluster-node.ts';
import { ClusterView } from './cluster-view.ts';
import { buffersOf, listOf, type NodeConnection, parseAddress, textOf } from './connection.ts';
import type { Invocation } from './invocation.ts';
import { authentication } from './move-keys.ts';
import { approved } from './plan.ts';
import { type Report, type Transcript, TribError } from './transcript.ts';

/** Keys asked for in one SCAN. */
const SCAN_COUNT = 1000;
/** Keys in one MIGRATE where nobody asked for a number. */
const BATCH = 100;

export async function importKeys(invocation: Invocation): Promise<Report> {
  const { args, options, dial, dialAs, transcript } = invocation;
  const [address = ''] = args;
  const from = options.text('from');
  if (from === undefined) throw new TribError("Option '--from' is required for subcommand 'import'");
  transcript.line(`>>> Importing data from ${from} to cluster ${address}`);
  const view = await ClusterView.from(parseAddress(address), dial, transcript);
  let source: NodeConnection | undefined;
  try {
    await view.settle();
    if (!(await checkCluster(view, transcript)).whole) {
      throw new TribError('*** Please fix your cluster problems before importing');
    }
    transcript.line('>>> Connecting to the source Redis instance');
    const password = options.has('from-askpass')
      ? await transcript.ask('Password of the source: ', true)
      : options.text('from-pass');
    source = await dialAs(options.text('from-user'), password)(parseAddress(from));
    if (/^cluster_enabled:1/m.test(textOf(await source.call('INFO', 'cluster')))) {
      throw new TribError('[ERR] The source node should not be a cluster node.');
    }
    const size = Number(await source.call('DBSIZE'));
    transcript.line(`*** Importing ${size} keys from DB 0`);
    const says = `${from}> MIGRATE … (${size} keys, each to the owner of its slot)`;
    if (!(await approved([{ says, steps: [] }], invocation))) return { dryRun: true, keys: size };
    return { keys: await carryOver(source, view, invocation) };
  } finally {
    source?.close();
    view.close();
  }
}

async function carryOver(
  source: NodeConnection,
  view: ClusterView,
  { options, transcript }: Invocation,
): Promise<number> {
  const { pipeline = BATCH, timeoutMs, replace } = moveOptions(options);
  const flags = [...(options.has('copy') ? ['COPY'] : []), ...(replace ? ['REPLACE'] : [])];
  let total = 0;
  for await (const keys of scan(source, options.has('copy'))) {
    for (const { target, batch } of batches(view, keys, pipeline)) {
      if (transcript.cancelled) {
        throw new TribError(`*** Cancelled: ${total} keys are imported. Run import again to go on.`, {
          keys: total,
        });
      }
      const { host, port } = target.address;
      const words = [...flags, ...authentication(target.connection.credentials), 'KEYS', ...batch];
      try {
        await source.call('MIGRATE', host, port, '', 0, timeoutMs, ...words);
      } catch (error) {
        // What was imported so far is whole; going on would hide that some of it is not.
        throw new TribError(`[ERR] Calling MIGRATE: ${messageOf(error)}`, { keys: total });
      }
      tell(batch, target, transcript);
      total += batch.length;
    }
  }
  transcript.line(`[OK] ${total} keys imported.`);
  return total;
}

function tell(batch: readonly Buffer[], target: ClusterNode, transcript: Transcript): void {
  for (const key of batch) transcript.line(`Migrating ${key.toString()} to ${target.name}: OK`);
}

/** Pages of keys. SCAN may name a key twice: it is gone the second time, unless it is only copied. */
async function* scan(source: NodeConnection, copied: boolean): AsyncGenerator<Buffer[]> {
  const seen = new Set<string>();
  let cursor = '0';
  do {
    const [next = null, keys = null] = listOf(await source.call('SCAN', cursor, 'COUNT', SCAN_COUNT));
    cursor = textOf(next);
    yield buffersOf(keys).filter((key) => {
      const name = key.toString('latin1');
      const fresh = !seen.has(name);
      if (copied) seen.add(name);
      return fresh;
    });
  } while (cursor !== '0');
}

function* batches(
  view: ClusterView,
  keys: readonly Buffer[],
  size: number,
): Generator<{ target: ClusterNode; batch: Buffer[] }> {
  const byOwner = new Map<ClusterNode, Buffer[]>();
  for (const key of keys) {
    const owner = ownerOf(view, keySlot(key, 0, key.length));
    const others = byOwner.get(owner);
    if (others) others.push(key);
    else byOwner.set(owner, [key]);
  }
  for (const [target, owned] of byOwner)
    for (let at = 0; at < owned.length; at += size) yield { target, batch: owned.slice(at, at + size) };
}

function ownerOf(view: ClusterView, slot: number): ClusterNode {
  const [owner] = view.ownersOf(slot);
  if (!owner) throw new TribError(`[ERR] Nobody serves slot ${slot}`);
  return owner;
}
