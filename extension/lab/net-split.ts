/**
 * A net split to watch: a primary is cut off from all other nodes while clients write on both sides. What it
 * acknowledges until it notices is lost when the network heals, as the Redis Cluster specification says ("Write
 * safety"): its replica was elected meanwhile, and it becomes that one's replica.
 */
import { binaryOfText } from '../redis/bytes.ts';
import { keySlot, type SlotRange } from '../redis/slots.ts';
import { monotonicMs } from '../worlds/system-clock.ts';
import type { Changes } from './changes.ts';
import { LabError, say } from './message.ts';
import type { Message, NetSplit, NetworkFault, TimelineEntry } from './protocol.ts';
import type { RespClient } from './resp-client.ts';
import type { NodeView } from './snapshots.ts';

/** What the lab lends to the demonstration. */
export interface Stage {
  readonly changes: Changes;
  views(): readonly NodeView[];
  connect(port: number): Promise<RespClient>;
  disturb(fault: NetworkFault): void;
  tell(kind: TimelineEntry['kind'], port: number | undefined, message: Message): void;
}

/** A client of a busy application writes more often; a person can follow this. */
const WRITE_EVERY_MS = 20;
/** The other side need only show that it goes on. */
const WRITES_AFTER_ELECTION = 20;
/** Times the node timeout: the election takes two or three of them, a primary that comes back as replica no longer. */
const PATIENCE = 10;
const LEAST_PATIENCE_MS = 20_000;

export async function showNetSplit(stage: Stage, port: number, nodeTimeoutMs: number): Promise<NetSplit> {
  const { replicas, slots } = checkCast(stage, port);
  const limitMs = Math.max(LEAST_PATIENCE_MS, PATIENCE * nodeTimeoutMs);
  const key = keyIn(slots);
  const run = `${Date.now()}`;
  let split = true;
  const heal = () => {
    if (split) stage.disturb({ type: 'heal' });
    split = false;
  };
  stage.disturb({ type: 'partition', ports: [port] });
  const cutAt = monotonicMs();
  try {
    const [lonely, successor] = await Promise.all([
      writeUntilRefused(stage, port, key, run, cutAt + limitMs),
      succeed(stage, replicas, limitMs),
    ]);
    const other = await writeSome(stage, successor, key, run);
    heal();
    await returnAsReplica(stage, port, limitMs);
    const client = await stage.connect(successor);
    try {
      const lost = await countLost(client, lonely.keys, run);
      const lostOther = await countLost(client, other, run);
      const outcome: NetSplit = {
        port,
        successor,
        acknowledged: lonely.keys.length,
        lost,
        refusal: lonely.refusal,
        tookWritesMs: Math.round(lonely.refusedAt - cutAt),
        nodeTimeoutMs,
        acknowledgedBySuccessor: other.length,
        lostBySuccessor: lostOther,
      };
      tellEnd(stage, outcome);
      return outcome;
    } finally {
      client.close();
    }
  } finally {
    heal();
  }
}

function checkCast(stage: Stage, port: number): { replicas: number[]; slots: readonly SlotRange[] } {
  const views = stage.views();
  if (views.some(({ cutOff }) => cutOff)) throw new LabError('The network is split already: heal it first.');
  const status = views.find((view) => view.port === port && view.state === 'running')?.status;
  const slots = status?.role === 'primary' ? status.slots : [];
  if (slots.length === 0) throw new LabError('{0} is not a running primary with slots.', port);
  const replicas = views
    .filter((view) => view.state === 'running' && view.status?.role === 'replica')
    .filter((view) => view.status?.primaryId === status?.id)
    .map((view) => view.port);
  if (replicas.length === 0) throw new LabError('{0} has no running replica that could take over.', port);
  return { replicas, slots };
}

/** A hash tag whose slot is served by the primary, so that every key of the demonstration is. */
function keyIn(slots: readonly SlotRange[]): string {
  for (let i = 0; ; i++) {
    const tag = `split-${i}`;
    const slot = keySlot(new TextEncoder().encode(tag), 0, tag.length);
    if (slots.some(([first, last]) => first <= slot && slot <= last)) return `{${tag}}`;
  }
}

/** Writes as a client that reaches only this node, until it says CLUSTERDOWN. */
async function writeUntilRefused(
  stage: Stage,
  port: number,
  key: string,
  run: string,
  deadline: number,
): Promise<{ keys: string[]; refusal: string; refusedAt: number }> {
  const client = await stage.connect(port);
  const keys: string[] = [];
  try {
    while (monotonicMs() < deadline) {
      const name = `${key}:${port}:${keys.length}`;
      const reply = await client.send('SET', name, run);
      if (reply.type === 'error') {
        const refusal = reply.value;
        stage.tell('client', port, say('acknowledged {0} writes while it was cut off', keys.length));
        stage.tell('client', port, say('takes no more: {0}', refusal));
        return { keys, refusal, refusedAt: monotonicMs() };
      }
      keys.push(name);
      if (keys.length === 1) stage.tell('client', port, say('acknowledges a write, though it is cut off'));
      await new Promise((resolve) => setTimeout(resolve, WRITE_EVERY_MS));
    }
  } finally {
    client.close();
  }
  throw new LabError('{0} went on taking writes.', port);
}

/** The port of the replica that was elected, once it takes writes. */
async function succeed(stage: Stage, replicas: readonly number[], limitMs: number): Promise<number> {
  const elected = (): number | undefined =>
    stage
      .views()
      .find(({ port, status }) => replicas.includes(port) && status?.role === 'primary' && status.clusterOk)
      ?.port;
  await stage.changes.until(
    () => elected() !== undefined,
    limitMs,
    () => say('No replica took over.'),
  );
  return elected() ?? 0;
}

async function writeSome(stage: Stage, port: number, key: string, run: string): Promise<string[]> {
  const client = await stage.connect(port);
  try {
    const keys = Array.from({ length: WRITES_AFTER_ELECTION }, (_, i) => `${key}:${port}:${i}`);
    await Promise.all(keys.map((name) => client.call('SET', name, run)));
    stage.tell('client', port, say('acknowledged {0} writes on the other side', keys.length));
    return keys;
  } finally {
    client.close();
  }
}

async function returnAsReplica(stage: Stage, port: number, limitMs: number): Promise<void> {
  const status = () => stage.views().find((view) => view.port === port)?.status;
  await stage.changes.until(
    () => status()?.role === 'replica' && status()?.primaryLinkUp === true,
    limitMs,
    () => say('{0} did not come back as a replica.', port),
  );
}

/** How many of the keys do not have what this run wrote. */
async function countLost(client: RespClient, keys: readonly string[], run: string): Promise<number> {
  const replies = await Promise.all(keys.map((key) => client.send('GET', key)));
  return replies.filter((reply) => !('value' in reply) || reply.value !== binaryOfText(run)).length;
}

function tellEnd(stage: Stage, outcome: NetSplit): void {
  const { port, successor, acknowledged, lost, tookWritesMs, nodeTimeoutMs } = outcome;
  stage.tell(
    'client',
    port,
    say(
      '{0} of {1} writes it had acknowledged are lost; the {2} of the other side are kept',
      lost,
      acknowledged,
      outcome.acknowledgedBySuccessor - outcome.lostBySuccessor,
    ),
  );
  if (lost === 0) return;
  stage.tell(
    'client',
    port,
    say(
      'this is why: it acknowledged them for {0} s, until cluster-node-timeout ({1} ms) told it that it was cut off; no replica had them, and now it has the data of {2}, which was elected',
      seconds(tookWritesMs),
      nodeTimeoutMs,
      successor,
    ),
  );
}

/** With one digit behind the point: what a person reads. */
function seconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}
