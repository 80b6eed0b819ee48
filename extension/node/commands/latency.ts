/** LATENCY: what took long, and how long commands take. */
import { ADMIN, type Command, command, LOADING, NOSCRIPT, STALE } from '../../redis/commands/command.ts';
import { NO_KEYS } from '../../redis/commands/key-spec.ts';
import { errors } from '../../redis/errors.ts';
import type { NodeCall } from '../call.ts';
import type { CommandEntry } from '../command-table.ts';
import type { LatencySample } from '../introspection/latency-monitor.ts';
import { replyHelp } from './help.ts';

const FLAGS = ADMIN | NOSCRIPT | LOADING | STALE;

export const latencyCommands: readonly Command<NodeCall>[] = [
  command('latency', -2, 0, NO_KEYS, help),
  command('latency|doctor', 2, FLAGS, NO_KEYS, doctor),
  command('latency|graph', 3, FLAGS, NO_KEYS, graph),
  command('latency|help', 2, LOADING | STALE, NO_KEYS, help),
  command('latency|histogram', -2, FLAGS, NO_KEYS, histogram),
  command('latency|history', 3, FLAGS, NO_KEYS, history),
  command('latency|latest', 2, FLAGS, NO_KEYS, latest),
  command('latency|reset', -2, FLAGS, NO_KEYS, reset),
];

function latest({ node, reply }: NodeCall): void {
  reply.array(node.latency.events.size);
  for (const [event, { samples, maxMs }] of node.latency.events) {
    const last = samples.at(-1);
    reply.array(4);
    reply.binary(event);
    reply.integer(last?.at ?? 0);
    reply.integer(last?.ms ?? 0);
    reply.integer(maxMs);
  }
}

function history({ args, node, reply }: NodeCall): void {
  const samples = node.latency.events.get(args.binary(2))?.samples ?? [];
  reply.array(samples.length);
  for (const { at, ms } of samples) {
    reply.array(2);
    reply.integer(at);
    reply.integer(ms);
  }
}

function reset({ args, node, reply }: NodeCall): void {
  reply.integer(node.latency.reset(args.binaries(2)));
}

function graph({ args, node, reply }: NodeCall): void {
  const event = args.binary(2);
  const known = node.latency.events.get(event);
  if (known === undefined) throw errors.noLatencySamples(event);
  reply.verbatim(drawSamples(event, known.samples, known.maxMs), 'txt');
}

/** One column a sample, as many rows as a quick look needs. */
const GRAPH_ROWS = 4;

function drawSamples(event: string, samples: readonly LatencySample[], maxMs: number): string {
  const high = Math.max(1, ...samples.map(({ ms }) => ms));
  const low = Math.min(high, ...samples.map(({ ms }) => ms));
  const rows = [`${event} - high ${high} ms, low ${low} ms (all time high ${maxMs} ms)`];
  for (let row = GRAPH_ROWS; row > 0; row--) {
    rows.push(samples.map(({ ms }) => ((ms / high) * GRAPH_ROWS > row - 1 ? '#' : ' ')).join(''));
  }
  return `${rows.join('\n')}\n`;
}

function doctor({ node, reply }: NodeCall): void {
  const { events, threshold } = node.latency;
  const lines: string[] = [];
  if (threshold === 0) {
    lines.push(
      'Nothing is watched: set latency-monitor-threshold to the milliseconds that are too long for you.',
    );
  } else if (events.size === 0) lines.push(`Nothing took ${threshold} ms or longer.`);
  for (const [event, { samples, maxMs }] of events) {
    const mean = samples.reduce((sum, { ms }) => sum + ms, 0) / samples.length;
    lines.push(
      `${event}: ${samples.length} seconds with spikes, ${mean.toFixed(0)} ms on average, ${maxMs} ms at most.`,
    );
  }
  if (events.has('command')) lines.push('SLOWLOG GET names the commands that took so long.');
  reply.verbatim(`${lines.join('\n')}\n`, 'txt');
}

function histogram({ args, node, reply }: NodeCall): void {
  const asked = args.count === 2 ? [...node.commands.all()] : namedEntries(args.binaries(2), node.commands);
  const shown = asked.filter((entry) => entry.hasLatency);
  reply.map(shown.length);
  for (const { row, latency } of shown) {
    const steps = latency.powersOfTwo();
    reply.binary(row.name);
    reply.map(2);
    reply.binary('calls');
    reply.integer(latency.total);
    reply.binary('histogram_usec');
    reply.map(steps.length);
    for (const [bound, count] of steps) {
      reply.integer(bound);
      reply.integer(count);
    }
  }
}

function namedEntries(names: readonly string[], table: NodeCall['node']['commands']): CommandEntry[] {
  return names.flatMap((name) => {
    const entry = table.named(name);
    return entry === undefined ? [] : [entry, ...entry.subcommands.values()];
  });
}

function help({ reply }: NodeCall): void {
  replyHelp(reply, 'LATENCY', [
    ['DOCTOR', 'A report in words.'],
    ['GRAPH <event>', 'The spikes of an event, drawn.'],
    ['HISTOGRAM [<command> ...]', 'How long commands took, by powers of two of microseconds.'],
    ['HISTORY <event>', 'Time and length of the spikes of an event.'],
    ['LATEST', 'The last and the longest spike of each event.'],
    ['RESET [<event> ...]', 'Forgets the spikes of all events, or of those named.'],
  ]);
}
