/** MODULE: modules are code for redis-server's process. There are none here, and loading one fails as a broken one does. */
import { textOf } from '../../redis/bytes.ts';
import {
  ADMIN,
  type Command,
  command,
  LOADING,
  NO_ASYNC_LOADING,
  NOSCRIPT,
  STALE,
} from '../../redis/commands/command.ts';
import { NO_KEYS } from '../../redis/commands/key-spec.ts';
import { errors } from '../../redis/errors.ts';
import type { NodeCall } from '../call.ts';
import { replyHelp } from './help.ts';
import { isLocal } from './local.ts';

const CHANGING = ADMIN | NOSCRIPT | NO_ASYNC_LOADING;

export const moduleCommands: readonly Command<NodeCall>[] = [
  command('module', -2, 0, NO_KEYS, help),
  command('module|help', 2, LOADING | STALE, NO_KEYS, help),
  command('module|list', 2, ADMIN | NOSCRIPT, NO_KEYS, list),
  command('module|load', -3, CHANGING, NO_KEYS, load),
  command('module|loadex', -3, CHANGING, NO_KEYS, load),
  command('module|unload', 3, CHANGING, NO_KEYS, unload),
];

function list({ reply }: NodeCall): void {
  reply.array(0);
}

function load(call: NodeCall): void {
  checkAllowed(call);
  const path = textOf(call.args.binary(2));
  call.node.log('warning', `Module ${path} failed to load: this node runs no modules`);
  throw errors.moduleNotLoaded();
}

function unload(call: NodeCall): void {
  checkAllowed(call);
  throw errors.moduleUnknown();
}

function checkAllowed({ node, client }: NodeCall): void {
  const allowed = node.settings.text('enable-module-command');
  if (allowed !== 'yes' && !(allowed === 'local' && isLocal(client))) {
    throw errors.commandNotAllowed('MODULE', 'enable-module-command');
  }
}

function help({ reply }: NodeCall): void {
  replyHelp(reply, 'MODULE', [
    ['LIST', 'The modules that are loaded: none.'],
    ['LOAD <path> [<arg> ...]', 'Fails: this node runs no modules.'],
    ['LOADEX <path> [CONFIG <name> <value> ...] [ARGS <arg> ...]', 'Fails as LOAD does.'],
    ['UNLOAD <name>', 'Ends a module.'],
  ]);
}
