/** What the log gets of a node that crashes, for whoever looks into it afterwards. */
import type { NodeServices } from '../call.ts';
import { describeClient } from '../clients/clients.ts';
import { VERSION } from '../version.ts';
import { infoText } from './info.ts';

/** Of signal.h: the number of the signal, and what a shell shows of a process that it ended. */
export const SIGABRT = 6;
export const SIGSEGV = 11;
export const EXIT_BY_SIGNAL = 128;

/** In lines; none with `crash-log-enabled no`. `stack`: what was being done, as JavaScript tells it. */
export function crashReport(node: NodeServices, signal: number, stack: string): readonly string[] {
  if (!node.settings.flag('crash-log-enabled')) return [];
  return [
    '=== REDIS BUG REPORT START: Cut & paste starting from here ===',
    `Redis ${VERSION} crashed by signal: ${signal}`,
    '------ STACK TRACE ------',
    ...stack.split('\n'),
    '------ INFO OUTPUT ------',
    ...infoText(node, ['everything']).trimEnd().split('\r\n'),
    '------ CLIENT LIST OUTPUT ------',
    ...Array.from(node.clients, (client) => describeClient(client, node.world.clock)),
    '=== REDIS BUG REPORT END. Make sure to include from START to END. ===',
  ];
}
