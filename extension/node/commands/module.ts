/** MODULE: there are none, and none can be loaded. */
import { ADMIN, type Command, command, LOADING, NOSCRIPT, STALE } from '../../redis/commands/command.ts';
import { NO_KEYS } from '../../redis/commands/key-spec.ts';
import type { NodeCall } from '../call.ts';
import { replyHelp } from './help.ts';

export const moduleCommands: readonly Command<NodeCall>[] = [
  command('module', -2, 0, NO_KEYS, help),
  command('module|help', 2, LOADING | STALE, NO_KEYS, help),
  command('module|list', 2, ADMIN | NOSCRIPT, NO_KEYS, list),
];

function list({ reply }: NodeCall): void {
  reply.array(0);
}

function help({ reply }: NodeCall): void {
  replyHelp(reply, 'MODULE', [['LIST', 'The modules that are loaded.']]);
}
