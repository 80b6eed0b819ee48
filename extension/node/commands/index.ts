/** Every command of a node, by family: those on data, and those that need more of the node than its data. */
import type { Command, Group, Handler } from '../../redis/commands/command.ts';
import { commandGroups as dataGroups } from '../../redis/commands/index.ts';
import type { NodeCall } from '../call.ts';
import { CommandCatalogue } from '../command-catalogue.ts';
import { aclCommands } from './acl.ts';
import { blockingListCommands, blockingSortedSetCommands } from './blocking.ts';
import { blockingStreamCommands } from './blocking-streams.ts';
import { clientCommands } from './client.ts';
import { clientTrackingCommands } from './client-tracking.ts';
import { clusterCommands } from './cluster.ts';
import { commandCommands } from './command.ts';
import { configCommands } from './config.ts';
import { connectionCommands } from './connection.ts';
import { debugCommands } from './debug.ts';
import { functionCommands } from './functions.ts';
import { latencyCommands } from './latency.ts';
import { memoryCommands } from './memory.ts';
import { migrateCommands } from './migrate.ts';
import { moduleCommands } from './module.ts';
import { persistenceCommands } from './persistence.ts';
import { pubsubCommands } from './pubsub.ts';
import { replicationCommands, waitCommands } from './replication.ts';
import { scriptingCommands } from './scripting.ts';
import { serverCommands } from './server.ts';
import { transactionCommands } from './transactions.ts';
import { restoreAskingCommands, transferCommands } from './transfer.ts';

const commandGroups: readonly (readonly [group: Group, rows: readonly Command<NodeCall>[]])[] = [
  ...dataGroups,
  ['list', blockingListCommands],
  ['sorted-set', blockingSortedSetCommands],
  ['stream', blockingStreamCommands],
  ['generic', [...waitCommands, ...transferCommands, ...migrateCommands]],
  ['connection', [...connectionCommands, ...clientCommands, ...clientTrackingCommands]],
  ['cluster', clusterCommands],
  ['pubsub', pubsubCommands],
  ['scripting', [...scriptingCommands, ...functionCommands]],
  ['transactions', transactionCommands],
  [
    'server',
    [
      ...serverCommands,
      ...aclCommands,
      ...moduleCommands,
      ...configCommands,
      ...commandCommands,
      ...debugCommands,
      ...latencyCommands,
      ...memoryCommands,
      ...persistenceCommands,
      ...replicationCommands,
      ...restoreAskingCommands,
    ],
  ],
];

export const catalogue = new CommandCatalogue(commandGroups);

/** By the id of their command. */
export const handlers: readonly Handler<NodeCall>[] = catalogue.rows.map(({ row }) => row.handler);
