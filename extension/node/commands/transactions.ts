/** MULTI, EXEC and WATCH. */

import { bytesOf } from '../../redis/bytes.ts';
import {
  ALLOW_BUSY,
  type Command,
  command,
  FAST,
  LOADING,
  NOSCRIPT,
  type Park,
  SKIP_SLOWLOG,
  STALE,
} from '../../redis/commands/command.ts';
import { keys, NO_KEYS } from '../../redis/commands/key-spec.ts';
import { errors } from '../../redis/errors.ts';
import type { NodeCall } from '../call.ts';
import type { Queued } from '../clients/transaction.ts';

const QUICK = NOSCRIPT | LOADING | STALE | FAST | ALLOW_BUSY;

export const transactionCommands: readonly Command<NodeCall>[] = [
  command('discard', 1, QUICK, NO_KEYS, discard),
  command('exec', 1, NOSCRIPT | LOADING | STALE | SKIP_SLOWLOG, NO_KEYS, exec),
  command('multi', 1, QUICK, NO_KEYS, multi),
  command('unwatch', 1, QUICK, NO_KEYS, unwatch),
  command('watch', -2, QUICK, keys(1, -1, 1, 'RO'), watch),
];

function multi({ client, reply }: NodeCall): void {
  if (client.transaction.open) throw errors.nestedMulti();
  client.transaction.begin();
  reply.ok();
}

function discard(call: NodeCall): void {
  if (!call.client.transaction.open) throw errors.withoutMulti('DISCARD');
  leaveTransaction(call);
  call.reply.ok();
}

/** Forgets what was queued, and what is watched. */
export function leaveTransaction({ client, node }: NodeCall): void {
  client.transaction.end();
  node.watchedKeys.unwatch(client);
}

function exec(call: NodeCall): Park | undefined {
  const { client, reply } = call;
  const { transaction } = client;
  if (!transaction.open) throw errors.withoutMulti('EXEC');
  // A watched key whose time is up goes now, and that is a change.
  for (const { db, key } of [...client.watched]) db.findKey(bytesOf(key));
  const { failed } = transaction;
  const changed = client.watchedChanged;
  const queue = [...transaction.queue];
  leaveTransaction(call);
  if (failed) throw errors.execAbort();
  if (changed) {
    reply.nullArray();
    return undefined;
  }
  reply.array(queue.length);
  if (runQueue(call, queue)) return undefined;
  // The script that stands still is the transaction's: so does the session, and takes the rest when it comes.
  return client.park({ timedOut: () => {} });
}

const DENIED = {
  command: 'no permission to execute the command or subcommand',
  key: 'no permission to touch the specified keys',
  channel: 'no permission to access one of the channels used as arguments',
} as const;

/** False: a script among them stands still, and the rest will follow it. */
function runQueue(call: NodeCall, queue: readonly Queued[]): boolean {
  const { client, node, reply } = call;
  for (const [i, queued] of queue.entries()) {
    // It was allowed when it was queued.
    const denial = node.acl.denial(client, queued.entry, queued.args, 'multi');
    if (denial !== undefined) {
      const error = errors.noPermissionAnyMore(DENIED[denial.reason]);
      node.statistics.countError(error.message);
      reply.error(error);
      continue;
    }
    call.run(queued);
    if (!node.scripting.suspended) continue;
    node.scripting.whenEnded((write) => {
      const done = node.scripting.collect(client, () => {
        write(reply);
        return runQueue(call, queue.slice(i + 1));
      });
      if (done.result) client.resume((late) => late.raw(done.bytes));
      else client.push(done.bytes);
    });
    return false;
  }
  return true;
}

function watch({ args, client, node, db, reply }: NodeCall): void {
  if (client.transaction.open) throw errors.watchInMulti();
  for (let i = 1; i < args.count; i++) node.watchedKeys.watch(client, db, args.binary(i));
  reply.ok();
}

function unwatch({ client, node, reply }: NodeCall): void {
  node.watchedKeys.unwatch(client);
  reply.ok();
}
