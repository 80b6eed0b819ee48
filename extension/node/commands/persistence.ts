/** The RDB file and the append-only file on request. */
import {
  ADMIN,
  type Command,
  command,
  FAST,
  LOADING,
  NO_ASYNC_LOADING,
  NO_MULTI,
  NOSCRIPT,
  STALE,
} from '../../redis/commands/command.ts';
import { NO_KEYS } from '../../redis/commands/key-spec.ts';
import { errors } from '../../redis/errors.ts';
import type { NodeCall } from '../call.ts';

export const persistenceCommands: readonly Command<NodeCall>[] = [
  command('bgrewriteaof', 1, NO_ASYNC_LOADING | ADMIN | NOSCRIPT, NO_KEYS, rewriteAppendOnly),
  command('bgsave', -1, NO_ASYNC_LOADING | ADMIN | NOSCRIPT, NO_KEYS, backgroundSave),
  command('lastsave', 1, LOADING | STALE | FAST, NO_KEYS, lastSave),
  command('save', 1, NO_ASYNC_LOADING | ADMIN | NOSCRIPT | NO_MULTI, NO_KEYS, save),
];

function save({ node, reply }: NodeCall): void {
  if (node.persistence.saving && !node.persistence.rewriting) throw errors.backgroundSaveRunning();
  if (!node.persistence.save()) throw errors.saveFailedNow();
  reply.ok();
}

function backgroundSave({ args, node, reply, mayPark }: NodeCall): void {
  if (args.count > 2 || (args.count === 2 && !args.is(1, 'schedule'))) throw errors.syntax();
  // Within a transaction half of its effects would be in the file.
  const schedule = !mayPark || (args.count === 2 && node.persistence.rewriting);
  const what = node.persistence.backgroundSave(schedule);
  reply.simple(`Background saving ${what}`);
}

function rewriteAppendOnly({ node, reply, mayPark }: NodeCall): void {
  const { rewrite } = node.appendOnly;
  if (rewrite.underWay) throw errors.rewriteAlreadyRunning();
  if (rewrite.blocked || !mayPark) {
    rewrite.schedule();
    reply.simple('Background append only file rewriting scheduled');
  } else if (rewrite.start()) reply.simple('Background append only file rewriting started');
  else throw errors.rewriteFailed();
}

function lastSave({ node, reply }: NodeCall): void {
  reply.integer(node.persistence.lastSave);
}
