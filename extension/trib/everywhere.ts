/** set-timeout and call: the same command on every node. */
import { messageOf } from '../redis/caught.ts';
import type { ClusterNode } from './cluster-node.ts';
import { ClusterView } from './cluster-view.ts';
import { type Answer, parseAddress } from './connection.ts';
import type { Invocation } from './invocation.ts';
import { SHORTEST_NODE_TIMEOUT_MS } from './limits.ts';
import { approved, command, reportPlan } from './plan.ts';
import { type Json, type Report, type Transcript, TribError } from './transcript.ts';

export async function setTimeoutEverywhere(invocation: Invocation): Promise<Report> {
  const { args, dial, transcript } = invocation;
  const [address = '', text = ''] = args;
  const timeout = Number(text);
  if (!Number.isInteger(timeout) || timeout < SHORTEST_NODE_TIMEOUT_MS) {
    throw new TribError(
      `Setting a node timeout of less than ${SHORTEST_NODE_TIMEOUT_MS} milliseconds is a bad idea.`,
    );
  }
  const view = await ClusterView.from(parseAddress(address), dial, transcript);
  try {
    const set = ['CONFIG', 'SET', 'cluster-node-timeout', timeout] as const;
    const plan = [{ steps: [command(view.nodes, set), command(view.nodes, ['CONFIG', 'REWRITE'])] }];
    if (!(await approved(plan, invocation))) return { dryRun: true, plan: reportPlan(plan) };
    transcript.line('>>> Reconfiguring node timeout in every cluster node...');
    const errors: { node: string; error: string }[] = [];
    for (const node of view.nodes) {
      try {
        await node.connection.call(...set);
        await node.connection.call('CONFIG', 'REWRITE');
        transcript.line(`*** New timeout set for ${node.name}`);
      } catch (error) {
        errors.push({ node: node.name, error: messageOf(error) });
        transcript.line(`[ERR] setting node-timeout for ${node.name}: ${messageOf(error)}`);
      }
    }
    const ok = view.nodes.length - errors.length;
    transcript.line(`>>> New node timeout set. ${ok} OK, ${errors.length} ERR.`);
    if (errors.length > 0) throw new TribError('', { timeout, ok, errors });
    return { timeout, ok };
  } finally {
    view.close();
  }
}

export async function callEverywhere(invocation: Invocation): Promise<Report> {
  const { args, options, dial, transcript } = invocation;
  const [address = '', name = '', ...rest] = args;
  const view = await ClusterView.from(parseAddress(address), dial, transcript);
  try {
    const wanted = ({ isReplica }: ClusterNode) =>
      !(options.has('only-masters') && isReplica) && !(options.has('only-replicas') && !isReplica);
    const nodes = view.nodes.filter(wanted);
    const plan = [{ steps: [command(nodes, [name, ...rest])] }];
    if (!(await approved(plan, invocation))) return { dryRun: true, plan: reportPlan(plan) };
    transcript.line(`>>> Calling ${[name.toUpperCase(), ...rest].join(' ')}`);
    const replies: Json[] = [];
    for (const node of nodes) {
      try {
        const answer = await unlessCancelled(transcript, node.connection.call(name, ...rest));
        replies.push({ node: node.name, reply: jsonOf(answer) });
        transcript.line(`${node.name}: ${render(answer)}`);
      } catch (error) {
        if (error instanceof TribError) throw new TribError(error.message, { replies });
        replies.push({ node: node.name, error: messageOf(error) });
        transcript.line(`${node.name}: ${messageOf(error)}`);
      }
    }
    return { replies };
  } finally {
    view.close();
  }
}

/** How often somebody who may have cancelled is looked at. */
const CANCEL_POLL_MS = 100;

/** A command may take as long as it likes: only whoever sent it can say that it is too long. */
async function unlessCancelled(transcript: Transcript, answer: Promise<Answer>): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined;
  const cancelled = new Promise<never>((_, reject) => {
    timer = setInterval(() => {
      if (transcript.cancelled) reject(new TribError('*** Cancelled: the last node has not replied yet.'));
    }, CANCEL_POLL_MS);
  });
  try {
    return await Promise.race([answer, cancelled]);
  } finally {
    clearInterval(timer);
  }
}

function render(answer: Answer): string {
  if (answer === null) return '(nil)';
  if (Array.isArray(answer)) return answer.map(render).join('\n');
  return Buffer.isBuffer(answer) ? answer.toString() : String(answer);
}

function jsonOf(answer: Answer): Json {
  if (answer === null || typeof answer === 'number') return answer;
  if (typeof answer === 'string' || Buffer.isBuffer(answer)) return answer.toString();
  return answer.map(jsonOf);
}
