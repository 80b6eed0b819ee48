/** Who is told of a command that has run, besides its client: monitors, the slow log, latency events, the log. */
import { ADMIN, FAST, SKIP_MONITOR, SKIP_SLOWLOG } from '../../redis/commands/command.ts';
import { Args } from '../../redis/resp/args.ts';
import type { NodeServices } from '../call.ts';
import type { Client } from '../clients/client.ts';
import { describeClient, peerName, sourceName } from '../clients/clients.ts';
import type { CommandEntry } from '../command-table.ts';
import type { Frame } from '../frame.ts';
import { monitorLine } from './monitor.ts';

export class CommandReports {
  readonly #node: NodeServices;
  readonly #frame: Frame;

  constructor(node: NodeServices, frame: Frame) {
    this.#node = node;
    this.#frame = frame;
  }

  /** It may have been slow. */
  note(client: Client, entry: CommandEntry, args: Args, microseconds: number): void {
    const node = this.#node;
    const { threshold } = node.slowLog;
    if (threshold >= 0 && microseconds >= threshold && (entry.flags & SKIP_SLOWLOG) === 0) {
      const shown = redacted(args, this.#frame.redacted);
      node.slowLog.add(shown, microseconds, this.#frame.now, peerName(client), client.name);
    }
    const event = (entry.flags & FAST) !== 0 ? 'fast-command' : 'command';
    node.latency.add(event, microseconds / 1000, this.#frame.now);
  }

  tellMonitors(client: Client, entry: CommandEntry, args: Args): void {
    const node = this.#node;
    if (node.loading || (entry.flags & (SKIP_MONITOR | ADMIN)) !== 0) return;
    const shown = redacted(args, this.#frame.redacted);
    const line = monitorLine(shown, this.#frame.now, client.database, sourceName(client));
    for (const monitor of node.monitors) monitor.push(line);
  }

  /** An error in a stream means that two nodes do not have the same any more. */
  warnOfStream({ isPrimary, isReplica }: Client, command: string, message: string): void {
    if (!isPrimary && !isReplica) return;
    const who = isPrimary
      ? 'This replica is sending an error to its master'
      : 'This master is sending an error to its replica';
    this.#node.log(
      'warning',
      `== CRITICAL == ${who}: '${message}' after processing the command '${command}'`,
    );
  }

  /** What a replica was answered would be taken for the replication stream. */
  replicaAnswered(client: Client, entry: CommandEntry | undefined): void {
    const what = `Replica generated a reply to command '${entry?.name ?? '<unknown>'}'`;
    this.#node.log('warning', `${what}, disconnecting it: ${describeClient(client, this.#node.world.clock)}`);
  }

  /** A handler threw what is no ReplyError. */
  bug(entry: CommandEntry, error: unknown): void {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.#node.statistics.unexpectedErrors++;
    this.#node.log('warning', `Bug in command '${entry.name}': ${text}`);
  }
}

/** Passwords are not for the slow log and not for MONITOR. */
function redacted(args: Args, hidden: Frame['redacted']): Args {
  if (hidden.length === 0) return args;
  const isHidden = (i: number): boolean => hidden.some(([first, last]) => i >= first && i <= last);
  return Args.from(args.binaries().map((word, i) => (isHidden(i) ? '(redacted)' : word)));
}
